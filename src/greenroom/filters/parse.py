"""Reads an expression, or says where it can't be read.

From the weakest to the strongest: `|` and `or`; `&`, `and` and `-`, from left to right; `!` and `not`; parentheses.
"""

from __future__ import annotations

import re
from typing import NoReturn

from greenroom.errors import ConfigError, did_you_mean
from greenroom.filters.regexes import compile_safely
from greenroom.filters.terms import (
    OTHERS,
    PREDICATES,
    And,
    Everything,
    Expression,
    How,
    Matcher,
    Minus,
    Not,
    Nothing,
    Or,
    Predicate,
    Slow,
)
from greenroom.model import KINDS

LONGEST = 4000
"""Characters that an expression may have."""
DEEPEST = 60
"""How deep parentheses and negations may be nested."""
MOST = 300
"""How many predicates there may be."""

_SPACE = re.compile(r"\s*")
_WORD = re.compile(r"[^\W\d]\w*")
_PLAIN = re.compile(r"[^,()\"'\s|&!]+")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"' r"|'((?:[^'\\]|\\.)*)'", re.DOTALL)
_REGEX = re.compile(r"/((?:[^/\\]|\\.)*)/", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_DURATION = re.compile(r"(>=|<=|>|<)?\s*(\d{1,9}(?:\.\d{1,9})?)\s*(ms|s|m|min|h)?(?!\w)")
_UNITS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_SIGNS: dict[str, How] = {"=": "exact", "~": "contains", "#": "glob"}
_BINARY = {"|": "or", "or": "or", "||": "or", "&": "and", "and": "and", "&&": "and", "-": "minus"}
_GLOB = set("*?[")


def parse(text: str, where: str = "the filter") -> Expression:
    """Read an expression.

    Args:
        text: as written.
        where: where it was written, to begin a message with.

    Raises:
        ConfigError: it is none; with the column, and the nearest known name.
    """
    return _Parser(text, where).whole()


class _Parser:
    def __init__(self, text: str, where: str) -> None:
        self._text = text
        self._where = where
        self._at = 0
        self._depth = 0
        self._count = 0

    def whole(self) -> Expression:
        if len(self._text) > LONGEST:
            raise ConfigError(f"{self._where}: the filter is longer than {LONGEST} characters")
        if not self._text.strip():
            raise ConfigError(f"{self._where}: the filter is empty", "all() stands for each test.")
        found = self._either()
        if self._peek():
            hint = "A ) has no ( before it." if self._peek() == ")" else "Known: &, and, |, or, -, !, not."
            self._fail(f"{self._shown()} is not expected here: an operator, or the end, is", hint)
        return found

    # Operators --------------------------------------------------------------------------------------------------------

    def _either(self) -> Expression:
        found = self._both()
        while self._takes("or"):
            found = Or(found, self._both())
        return found

    def _both(self) -> Expression:
        found = self._one()
        while True:
            if self._takes("and"):
                found = And(found, self._one())
            elif self._takes("minus"):
                found = Minus(found, self._one())
            else:
                return found

    def _takes(self, operator: str) -> bool:
        self._peek()
        word = _WORD.match(self._text, self._at)
        sign = word[0] if word else self._text[self._at : self._at + 2]
        if not word and sign not in _BINARY:
            sign = sign[:1]
        if _BINARY.get(sign) != operator:
            return False
        self._at += len(sign)
        return True

    def _one(self) -> Expression:
        self._depth += 1
        if self._depth > DEEPEST:
            self._fail(f"more than {DEEPEST} parentheses and negations within each other")
        found = self._term()
        self._depth -= 1
        return found

    def _term(self) -> Expression:
        sign = self._peek()
        if sign == "!":
            self._at += 1
            return Not(self._one())
        if sign == "(":
            opened = self._at
            self._at += 1
            found = self._either()
            if self._peek() != ")":
                if self._peek():
                    self._fail(f"{self._shown()} is not expected here: an operator or ) is")
                self._fail("this ( is not closed", at=opened)
            self._at += 1
            return found
        word = _WORD.match(self._text, self._at)
        if word is None:
            self._fail(f"{self._shown()} is not expected here: a predicate is", _examples())
        if word[0] == "not":
            self._at = word.end()
            return Not(self._one())
        return self._predicate(word[0])

    # Predicates -------------------------------------------------------------------------------------------------------

    def _predicate(self, name: str) -> Expression:
        begin = self._at
        known = [*PREDICATES, *OTHERS]
        if name not in known:
            self._fail(f"there is no predicate {name!r}", did_you_mean(name, known))
        self._count += 1
        if self._count > MOST:
            self._fail(f"more than {MOST} predicates")
        self._at += len(name)
        if self._peek() != "(":
            self._fail(f"a ( is missing behind {name}", _examples())
        opened = self._at
        self._at += 1
        found = self._inside(name, begin)
        if self._peek() != ")":
            if not self._peek():
                self._fail("this ( is not closed", at=opened)
            hint = "Put quotes around text with spaces, commas, parentheses or quotes."
            self._fail(f"{self._shown()} is not expected here: ) is", hint)
        self._at += 1
        return found

    def _inside(self, name: str, begin: int) -> Expression:
        if name == "slow":
            return self._slow()
        if name == "all":
            return Everything()
        if name == "none":
            return Nothing()
        if self._peek() == ")":
            self._fail(f"{name}() takes a name", _examples(), at=begin)
        matchers = [self._matcher(name)]
        while self._peek() == ",":
            self._at += 1
            matchers.append(self._matcher(name))
        return Predicate(name, tuple(matchers))

    def _slow(self) -> Slow:
        if self._peek() == ")":
            return Slow(">", 1.0)
        found = _DURATION.match(self._text, self._at)
        if found is None:
            self._fail(f"{self._shown()} is no duration", "Write slow(>1s), slow(>=500ms) or slow(<2m).")
        self._at = found.end()
        seconds = float(found[2]) * _UNITS[found[3] or ""]
        return Slow(found[1] or ">", seconds)  # type: ignore[arg-type]

    def _matcher(self, name: str) -> Matcher:
        sign = self._peek()
        begin = self._at
        if sign == "/" and (regex := _REGEX.match(self._text, self._at)):
            text = regex[1].replace("\\/", "/")
            if trouble := compile_safely(text)[1]:
                self._fail(trouble)
            self._at = regex.end()
            return Matcher("regex", text)
        how = _SIGNS.get(sign)
        if how is not None:
            self._at += 1
            self._peek()
        text, quoted = self._words(name)
        if how is None:
            how = "glob" if not quoted and not _GLOB.isdisjoint(text) else PREDICATES[name]
        if name == "kind" and how == "exact" and text not in KINDS:
            self._fail(f"there is no kind of tests {text!r}", did_you_mean(text, KINDS), at=begin)
        return Matcher(how, text)

    def _words(self, name: str) -> tuple[str, bool]:
        """Text, and whether it was in quotes."""
        if quoted := _QUOTED.match(self._text, self._at):
            self._at = quoted.end()
            text = quoted[1] if quoted[1] is not None else quoted[2]
            return _ESCAPED.sub(r"\1", text), True
        plain = _PLAIN.match(self._text, self._at)
        if plain is None:
            what = self._shown()
            hint = "A quote is not closed." if what in {"'\"'", '"\'"'} else _examples()
            self._fail(f"{what} is not expected here: what {name}() is to match is", hint)
        self._at = plain.end()
        return plain[0], False

    # Places -----------------------------------------------------------------------------------------------------------

    def _peek(self) -> str:
        """The next character that is no space; empty at the end."""
        space = _SPACE.match(self._text, self._at)
        self._at = space.end() if space else self._at
        return self._text[self._at : self._at + 1]

    def _shown(self) -> str:
        sign = self._peek()
        word = _WORD.match(self._text, self._at)
        return repr(word[0]) if word else repr(sign) if sign else "the end"

    def _fail(self, what: str, hint: str = "", *, at: int | None = None) -> NoReturn:
        place = min(self._at if at is None else at, len(self._text))
        before = self._text[:place]
        line = before.count("\n")
        column = place - (before.rfind("\n") + 1)
        lines = [*self._text.split("\n")]
        picture = f"  {_flat(lines[line])}\n  {' ' * column}^"
        about = f"column {column + 1}" if len(lines) == 1 else f"line {line + 1}, column {column + 1}"
        raise ConfigError(f"{self._where}: {about} of the filter: {what}", f"{picture}\n{hint}" if hint else picture)


def _flat(line: str) -> str:
    """A line in which each character takes one place."""
    return "".join(sign if sign.isprintable() else " " for sign in line)


def _examples() -> str:
    return "Known: kind(unit), app(shop), tag(slow), name(…), test(…), class(…), file(…), database(…), slow(>1s), all(), none()."
