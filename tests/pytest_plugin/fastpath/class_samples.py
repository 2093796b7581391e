"""Test cases with fixtures, decorators and makers of their own, after the module that `samples` begins."""

from __future__ import annotations

CLASSES = """\
    class ClassFails(SimpleTestCase):
        @classmethod
        def setUpClass(cls):
            super().setUpClass()
            raise RuntimeError("setUpClass broke")

        def test_a(self):
            pass

        def test_b(self):
            pass


    class ClassSkips(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            raise unittest.SkipTest("the class is not for now")

        def test_a(self):
            pass

        def test_b(self):
            pass


    class ClassEndFails(unittest.TestCase):
        @classmethod
        def tearDownClass(cls):
            raise RuntimeError("tearDownClass broke")

        def test_a(self):
            pass

        def test_b(self):
            pass


    class ClassCleanupFails(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            cls.addClassCleanup(print, "class cleaned")
            cls.addClassCleanup(1 .__truediv__, 0)
            cls.addClassCleanup(int, "not a number")

        def test_a(self):
            pass

        def test_b(self):
            pass


    @unittest.skip("the whole class")
    class Skipped(SimpleTestCase):
        def test_a(self):
            pass

        def test_b(self):
            pass


    class Base(SimpleTestCase):
        expected = 1

        def test_inherited(self):
            self.assertEqual(self.expected, 1)

        def test_two(self):
            self.assertEqual(self.expected, 1)


    class Derived(Base):
        expected = 2


    @tag("slow")
    class Tagged(TestCase):
        def test_a(self):
            pass

        @tag("slower")
        def test_b(self):
            pass

        def test_c(self):
            pass


    class Async(unittest.IsolatedAsyncioTestCase):
        async def asyncSetUp(self):
            self.number = 1

        async def test_a(self):
            await asyncio.sleep(0)

        async def test_b(self):
            await asyncio.sleep(0)
            self.assertEqual(self.number, 2)

        async def test_c(self):
            self.assertEqual(self.number, 1)


    class AsyncDjango(TestCase):
        async def test_a(self):
            await Item.objects.acreate(name="one")

        async def test_b(self):
            self.assertEqual(await Item.objects.acount(), 0)

        def test_c(self):
            self.assertEqual(Item.objects.count(), 0)


    class Data(TestCase):
        @classmethod
        def setUpTestData(cls):
            cls.item = Item.objects.create(name="shared")

        def test_a(self):
            self.item.name = "changed"
            self.item.save()
            Item.objects.create(name="one")

        def test_b(self):
            self.assertEqual(self.item.name, "shared")
            self.assertEqual(Item.objects.get().name, "shared")

        def test_c_queries(self):
            with self.assertNumQueries(2):
                list(Item.objects.all())

        def test_d_breaks_transaction(self):
            from django.db import IntegrityError, transaction
            with self.assertRaises(IntegrityError), transaction.atomic():
                Item.objects.create(pk=self.item.pk, name="twice")

        def test_e(self):
            self.assertEqual(Item.objects.get().name, "shared")


    class Blocked(SimpleTestCase):
        def test_a(self):
            pass

        def test_b(self):
            Item.objects.count()

        def test_c(self):
            pass


    class Commits(TransactionTestCase):
        def test_a(self):
            Item.objects.create(name="one")

        def test_b(self):
            self.assertEqual(Item.objects.count(), 0)
            Item.objects.create(name="two")

        def test_c(self):
            self.assertEqual(Item.objects.count(), 0)


    @override_settings(ROOT_URLCONF="shop.urls")
    class Overridden(TestCase):
        def test_a(self):
            self.assertContains(self.client.get("/count/"), "0")

        def test_b(self):
            Item.objects.create(name="one")
            self.assertContains(self.client.get("/count/"), "1")

        def test_c(self):
            self.client.get("/boom/")


    class Xunit(unittest.TestCase):
        def setup_method(self, method):
            print("set up for", method)

        def test_a(self):
            pass

        def test_b(self):
            self.fail("with what setup_method printed")


    class OwnFixture(SimpleTestCase):
        @pytest.fixture(autouse=True)
        def given(self):
            self.value = 1

        def test_a(self):
            self.assertEqual(self.value, 1)

        def test_b(self):
            self.assertEqual(self.value, 2)


    class OwnInit(unittest.TestCase):
        def __init__(self, *args):
            super().__init__(*args)
            self.value = 1

        def test_a(self):
            self.assertEqual(self.value, 1)

        def test_b(self):
            self.assertEqual(self.value, 1)


    class Debris(unittest.TestCase):
        def runTest(self):
            pass


    def test_function():
        print("of a function")
        assert mail.outbox == []


    class TestPlain:
        def test_a(self):
            assert True
    """
