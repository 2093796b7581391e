"""What is read out of queries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenroom.events import Query
from greenroom.reporters.queries import MANY, repeated, shape_of

BOOKS = 'SELECT "shop_book"."id", "shop_book"."title", "shop_book"."author_id" FROM "shop_book"'
TAGS = (
    'SELECT "shop_tag"."id" FROM "shop_tag" INNER JOIN "shop_book_tags" ON ("shop_tag"."id" = "shop_book_tags"."tag_id") '
    'WHERE "shop_book_tags"."book_id" = {}'
)


def asked(*statements: str, line: int = 7) -> list[Query]:
    """Queries from one line."""
    return [Query(0.0, 0.001, "default", sql, "shop/views.py", line, "books") for sql in statements]


@pytest.mark.parametrize(
    ("sql", "shape"),
    [
        ("SELECT  1", "SELECT ?"),
        ("SELECT a FROM b\n WHERE c = 'it''s' AND d = 1.5", "SELECT a FROM b WHERE c = ? AND d = ?"),
        ("SELECT a FROM b WHERE c IN (1, 2, 3)", "SELECT a FROM b WHERE c IN (?)"),
        ("SELECT a1 FROM b2", "SELECT a1 FROM b2"),
    ],
)
def test_a_shape_is_a_statement_without_its_values(sql: str, shape: str) -> None:
    """So that those which differ in them alone are of one shape."""
    assert shape_of(sql) == shape


@pytest.mark.parametrize(
    ("first", "each", "advice"),
    [
        (
            BOOKS,
            'SELECT "shop_author"."id" FROM "shop_author" WHERE "shop_author"."id" = {} LIMIT 21',
            'select_related("author") on the query of shop_book',
        ),
        (
            BOOKS.replace("author_id", "writer_id"),
            'SELECT "shop_author"."id" FROM "shop_author" WHERE "shop_author"."id" = {} LIMIT 21',
            'select_related("writer") on the query of shop_book',
        ),
        (
            f'{BOOKS[:7]}"shop_book"."a_id", "shop_book"."b_id" FROM "shop_book"',
            'SELECT "shop_author"."id" FROM "shop_author" WHERE "shop_author"."id" = {}',
            "select_related() with the relation to shop_author, one of a, b on the query of shop_book",
        ),
        (
            BOOKS,
            'SELECT "shop_review"."id" FROM "shop_review" WHERE "shop_review"."book_id" = {}',
            'prefetch_related("review_set") on the query of shop_book, or by the related_name of shop_review.book_id',
        ),
        (
            BOOKS,
            TAGS,
            'prefetch_related("tags") on the query of shop_book',
        ),
        (
            BOOKS.replace('"', "`"),
            "SELECT `shop_author`.`id` FROM `shop_author` WHERE `shop_author`.`id` = {}",
            'select_related("author") on the query of shop_book',
        ),
        ("SELECT 1", 'SELECT count(*) FROM "shop_tag" WHERE "shop_tag"."name" LIKE {}', ""),
    ],
)
def test_one_query_for_each_row_has_its_mend(first: str, each: str, advice: str) -> None:
    """Named as far as the SQL says what it is."""
    queries = asked(first, line=5) + asked(*(each.format(number) for number in range(MANY)))
    [found] = repeated(queries)
    assert (found.count, found.same, found.line, found.function) == (MANY, False, 7, "books")
    assert found.advice == advice


def test_fewer_are_not_suspected() -> None:
    """A few statements of one shape are nobody's fault."""
    assert repeated(asked(*(f"SELECT a FROM b WHERE id = {number}" for number in range(MANY - 1)))) == []


def test_the_same_statement_twice_is_told() -> None:
    """But not what changes data, nor from another line."""
    [found] = repeated(asked("SELECT 1", "SELECT 1"))
    assert (found.same, found.count, found.advice) == (True, 2, "Ask once, and keep the answer.")
    assert repeated(asked("UPDATE a SET b = 1", "UPDATE a SET b = 1")) == []
    assert repeated(asked("SELECT 1") + asked("SELECT 1", line=8)) == []


@given(st.lists(st.text(max_size=30).map("SELECT ".__add__), max_size=30))
def test_any_text_will_do(statements: list[str]) -> None:
    """The counts never exceed what there is, and the most frequent comes first."""
    found = repeated(asked(*statements))
    assert sum(each.count for each in found) <= len(statements)
    assert [each.count for each in found] == sorted((each.count for each in found), reverse=True)
