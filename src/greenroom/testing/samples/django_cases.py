"""What Django adds: databases and their isolation, the client, async tests, the outbox."""

from greenroom.testing.sample import PASSED, Expected, Sample, error, failed

DJANGO = (
    Sample(
        "test_data",
        "class data is fresh for each test, in memory and in the database",
        """
        class Case(TestCase):
            @classmethod
            def setUpTestData(cls):
                cls.item = Item.objects.create(name="original")

            def change(self):
                self.assertEqual(self.item.name, "original")
                self.assertEqual(Item.objects.get().name, "original")
                self.item.name = "changed"
                self.item.save()
                Item.objects.create(name="another")

            test_one = test_two = test_three = lambda self: self.change()
        """,
        {"Case.test_one": PASSED, "Case.test_three": PASSED, "Case.test_two": PASSED},
    ),
    Sample(
        "transactions",
        "a TransactionTestCase begins with empty tables and leaves them empty",
        """
        class First(TransactionTestCase):
            def make(self):
                self.assertEqual(Item.objects.count(), 0)
                Item.objects.create(name="left behind")

            test_one = test_two = lambda self: self.make()

        class Second(TransactionTestCase):
            reset_sequences = True

            def test_sequence(self):
                self.assertEqual(Item.objects.create(name="first").pk, 1)

            def test_sequence_again(self):
                self.assertEqual(Item.objects.create(name="first").pk, 1)

            def test_commit_hooks(self):
                from django.db import transaction
                called = []
                with transaction.atomic():
                    transaction.on_commit(lambda: called.append(1))
                self.assertEqual(called, [1])

        class Rolled(TestCase):
            def test_empty(self):
                self.assertEqual(Item.objects.count(), 0)
        """,
        {
            "First.test_one": PASSED,
            "First.test_two": PASSED,
            "Second.test_commit_hooks": PASSED,
            "Second.test_sequence": PASSED,
            "Second.test_sequence_again": PASSED,
            "Rolled.test_empty": PASSED,
        },
    ),
    Sample(
        "database_errors",
        "assertions and errors about the database",
        """
        class Case(TestCase):
            def test_queries(self):
                with self.assertNumQueries(2):
                    Item.objects.create(name="counted")

            def test_broken_transaction(self):
                from django.db import IntegrityError, transaction
                Item.objects.create(pk=1, name="one")
                with self.assertRaises(IntegrityError), transaction.atomic():
                    Item.objects.create(pk=1, name="two")
                self.assertEqual(Item.objects.count(), 1)

            def test_missing(self):
                Item.objects.get(name="missing")

        class Forbidden(SimpleTestCase):
            def test_it(self):
                Item.objects.count()
        """,
        {
            "Case.test_queries": failed("1 != 2 : 1 queries executed, 2 expected", "INSERT INTO"),
            "Case.test_broken_transaction": PASSED,
            "Case.test_missing": error("DoesNotExist: Item matching query does not exist."),
            "Forbidden.test_it": failed("DatabaseOperationForbidden: Database queries to 'default' are not allowed"),
        },
    ),
    Sample(
        "client",
        "the test client, and an error inside a view with its traceback",
        """
        from django.core import mail

        class Case(SimpleTestCase):
            def test_hello(self):
                self.assertContains(self.client.get("/hello/"), "hello")

            def test_missing(self):
                self.assertContains(self.client.get("/missing/"), "hello")

            def test_view_error(self):
                self.client.get("/boom/")

            def send(self):
                self.assertEqual(mail.outbox, [])
                mail.send_mail("subject", "body", "a@example.com", ["b@example.com"])
                self.assertEqual(len(mail.outbox), 1)

            test_mail_one = test_mail_two = lambda self: self.send()

            def test_settings(self):
                from django.conf import settings
                with self.settings(USE_TZ=False):
                    self.assertFalse(settings.USE_TZ)
                self.assertTrue(settings.USE_TZ)
        """,
        {
            "Case.test_hello": PASSED,
            "Case.test_missing": failed("404 != 200 : Couldn't retrieve content: Response code was 404"),
            "Case.test_view_error": error("ValueError: the view broke", "in boom"),
            "Case.test_mail_one": PASSED,
            "Case.test_mail_two": PASSED,
            "Case.test_settings": PASSED,
        },
    ),
    Sample(
        "live_server",
        "a live server that shares the test's database",
        """
        from urllib.error import HTTPError
        from urllib.request import urlopen
        from django.test import LiveServerTestCase

        class First(LiveServerTestCase):
            def test_page(self):
                self.assertEqual(urlopen(self.live_server_url + "/hello/").read(), b"hello")

            def test_missing(self):
                with self.assertRaises(HTTPError):
                    urlopen(self.live_server_url + "/missing/")

            def test_rows(self):
                self.assertEqual(Item.objects.count(), 0)
                Item.objects.create(name="committed")

        class Second(First):
            pass
        """,
        {f"{case}.test_{name}": PASSED for case in ("First", "Second") for name in ("page", "missing", "rows")},
    ),
    Sample(
        "asynchronous",
        "async tests, Django's and unittest's",
        """
        class Case(TestCase):
            async def test_passing(self):
                await Item.objects.acreate(name="awaited")
                self.assertEqual(await Item.objects.acount(), 1)

            async def test_failing(self):
                await asyncio.sleep(0)
                self.assertEqual(await Item.objects.acount(), 1)

            async def test_group(self):
                async def fail():
                    raise ValueError("in a task")
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(fail())

            async def test_client(self):
                response = await self.async_client.get("/hello/")
                self.assertEqual(response.status_code, 200)

        class Isolated(unittest.IsolatedAsyncioTestCase):
            async def asyncSetUp(self):
                self.ready = True

            async def test_passing(self):
                self.assertTrue(self.ready)

            async def test_erring(self):
                await asyncio.wait_for(asyncio.sleep(60), 0.01)
        """,
        {
            "Case.test_passing": PASSED,
            "Case.test_failing": failed("AssertionError: 0 != 1"),
            "Case.test_group": error("ExceptionGroup: unhandled errors in a TaskGroup", "ValueError: in a task"),
            "Case.test_client": PASSED,
            "Isolated.test_passing": PASSED,
            "Isolated.test_erring": error("TimeoutError"),
        },
    ),
    Sample(
        "late_errors",
        "Django's TestCase tells unittest of what its tear-down raised when the test is over: it is that test's error.",
        """
        class Passing(TestCase):
            tags = {"unbuffered"}

            def test_first(self):
                self.assertEqual(Item.objects.count(), 0)

            def test_second(self):
                self.assertEqual(Item.objects.count(), 0)

            def _post_teardown(self):
                super()._post_teardown()
                if self._testMethodName == "test_first":
                    raise LookupError("after the test")

        class Failing(SimpleTestCase):
            tags = {"unbuffered"}

            def test_it(self):
                self.fail("in the test")

            def _post_teardown(self):
                super()._post_teardown()
                raise LookupError("after it too")
        """,
        {
            "Passing.test_first": error("LookupError: after the test"),
            "Passing.test_second": PASSED,
            "Failing.test_it": Expected("error", ("failure", "error"), ("in the test", "after it too")),
        },
    ),
)
