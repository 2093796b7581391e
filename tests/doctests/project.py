"""A project with doctests in modules and text files, some of which it runs by itself."""

from __future__ import annotations

FILES = {
    "shop/models.py": '''\
        """The shop.

        >>> Item.objects.create(name="a").pk is not None
        True
        >>> Item.objects.count()
        1
        """
        from django.db import models
        from django.utils.functional import cached_property


        class Item(models.Model):
            """An item.

            >>> Item.objects.create(name="b").pk is not None
            True
            >>> Item.objects.count()
            1
            """

            name = models.CharField(max_length=50)

            @cached_property
            def title(self):
                """Its title.

                >>> Item(name="x").title
                'X'
                """
                return self.name.title()

            def total(self, n):
                """A total.

                >>> Item().total(2)
                4
                >>> Item().total(3)
                7
                """
                return n + n
        ''',
    "shop/money.py": '''\
        def add(a, b):
            """
            >>> list(range(20)), add(1, 2)
            ([0, 1, ..., 19], 3)
            """
            return a + b

        def skipped():
            """
            >>> add(1, 1)  # doctest: +SKIP
            5
            """

        def quiet():
            """Nothing to try.  And >>> here is no example."""

        def broken():
            """
            >>> 1  # doctest: +NO_SUCH_OPTION
            1
            """
        ''',
    "shop/never.py": 'raise RuntimeError("nobody imports this")\n',
    "shop/tests/__init__.py": "",
    "shop/tests/test_cases.py": '''\
        from django.test import SimpleTestCase

        class Plain(SimpleTestCase):
            def test_it(self):
                """
                >>> 1 + 1
                2
                """
        ''',
    "docs/guide.rst": """\
        >>> from shop.models import Item
        >>> Item.objects.create(name="from the guide").pk is not None
        True

        >>> Item.objects.count()
        2
        """,
    "docs/test_plain.txt": ">>> 1 + 1\n2\n",
    "docs/words.rst": "No examples.\n",
    "own/__init__.py": "",
    "own/codes.py": '''\
        def code():
            """
            >>> code(), given
            (1, 'given')
            """
            return 1
        ''',
    "own/tests.py": """\
        import doctest
        from own import codes

        def load_tests(loader, tests, pattern):
            tests.addTests(doctest.DocTestSuite(codes, extraglobs={"given": "given"}))
            tests.addTests(doctest.DocFileSuite("own.txt"))
            return tests
        """,
    "own/own.txt": ">>> 2 + 2\n4\n",
}
