"""A project whose tests are served over HTTP, in each way that a test can be."""

from __future__ import annotations

URLS = """
    from django.urls import path
    from shop import views

    urlpatterns = [
        path("add/", views.add),
        path("names/", views.names),
        path("twice/", views.twice),
        path("later/", views.later),
        path("boom/", views.boom),
        path("hang/", views.hang),
        path("page/", views.page),
        path("fail/", views.fail),
    ]
"""

VIEWS = """
    import threading

    from django.db import IntegrityError, connection, transaction
    from django.http import HttpResponse
    from shop.models import Item

    LET_GO = threading.Event()
    REACHED = threading.Event()
    DONE = []


    def _names():
        return HttpResponse(",".join(Item.objects.order_by("name").values_list("name", flat=True)))


    def add(request):
        Item.objects.create(name=request.GET["name"])
        return _names()


    def names(request):
        return _names()


    def twice(request):
        with transaction.atomic(durable=True):
            Item.objects.create(name="kept")
            try:
                with transaction.atomic():
                    Item.objects.create(name="dropped")
                    raise KeyError
            except KeyError:
                pass
        try:
            with transaction.atomic(savepoint=False):
                Item.objects.create(name="rolled back")
                raise KeyError
        except KeyError:
            pass
        # In autocommit mode a statement that fails takes nothing with it.
        try:
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO shop_item (name) VALUES (NULL)")
        except IntegrityError:
            pass
        return _names()


    def later(request):
        seen = []
        with transaction.atomic():
            transaction.on_commit(lambda: seen.append("committed"))
            seen.append("in")
        return HttpResponse(",".join(seen))


    def boom(request):
        Item.objects.filter(name="of boom").exists()
        raise ValueError("the view broke")


    def hang(request):
        REACHED.set()
        LET_GO.wait(20)
        DONE.append(True)
        return HttpResponse("let go")


    def page(request):
        return HttpResponse('<title>A page</title><p><a href="/names/">all</a> <a class="bad" href="/boom/">bad</a></p>')


    def fail(request):
        return HttpResponse("out of order", status=503)
"""

TESTS = """
    import threading
    import urllib.error
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection, transaction
    from django.test import SimpleTestCase, TestCase, TransactionTestCase

    from greenroom.cases import HttpTestCase
    from greenroom.cases.http import ServerRaisedError
    from shop import views
    from shop.models import Item


    class Served:
        def names(self):
            return self.urlopen("/names/").read().decode()

        def test_each_sees_what_the_other_wrote(self):
            Item.objects.create(name="b")
            self.assertEqual(self.get_ok("add/?name=c").read(), b"a,b,c")
            self.assertEqual(Item.objects.count(), 3)

        def test_nothing_is_left_of_the_test_before(self):
            self.assertEqual(self.names(), "a")
            Item.objects.create(name="z")
            self.urlopen("/add/?name=y")

        def test_transactions_of_the_server(self):
            self.assertEqual(self.get_ok("/twice/").read(), b"a,kept")
            self.assertEqual(self.get_ok("/later/").read(), b"in,committed")

        def test_many_at_once(self):
            with ThreadPoolExecutor(8) as pool:
                for answer in pool.map(self.urlopen, [f"/add/?name=n{n}" for n in range(24)]):
                    answer.close()
                list(pool.map(lambda n: self.urlopen("/twice/").read(), range(8)))
            self.assertEqual(Item.objects.count(), 1 + 24 + 8)

        def test_exceptions_of_the_server_are_raised(self):
            with self.assertRaises(ServerRaisedError) as caught:
                self.urlopen("/boom/")
            self.assertEqual(caught.exception.code, 500)
            self.assertIsInstance(caught.exception.__cause__, ValueError)
            self.assertIn("of boom", caught.exception.raised.sql[-1])
            self.raise_request_exception = False
            with self.assertRaises(urllib.error.HTTPError) as caught:
                self.urlopen("/boom/")
            self.assertNotIsInstance(caught.exception, ServerRaisedError)
            caught.exception.close()


    class Flushed(Served, HttpTestCase):
        def setUp(self):
            Item.objects.create(name="a")


    class Shared(Served, HttpTestCase):
        share_transaction = True

        @classmethod
        def setUpTestData(cls):
            cls.item = Item.objects.create(name="a")

        def test_it_is_a_django_test_case(self):
            self.assertIsInstance(self, TestCase)

        def test_the_server_works_within_a_block_of_the_test(self):
            with transaction.atomic():
                self.item.name = "changed"
                self.item.save()
                self.assertEqual(self.names(), "changed")


    class SharedCheroot(Shared):
        live_server = "cheroot"


    class SharedAsgi(Shared):
        live_server = "asgi"


    class FlushedAsgi(Flushed):
        live_server = "asgi"


    class Attribute(TestCase):
        start_live_server = True

        @classmethod
        def setUpTestData(cls):
            Item.objects.create(name="a")

        async def test_an_async_test(self):
            from asgiref.sync import sync_to_async
            from urllib.request import urlopen

            read = sync_to_async(lambda: urlopen(self.live_server_url + "/names/").read(), thread_sensitive=False)
            self.assertEqual(await read(), b"a")


    class OnMethods(TransactionTestCase):
        def test_without(self):
            self.assertFalse(hasattr(self, "live_server_url"))

        def test_with(self):
            self.assertEqual(self.live_server.url, self.live_server_url)

        test_with.start_live_server = True


    class WithTwill(HttpTestCase):
        def setUp(self):
            Item.objects.create(name="a")

        def test_pages(self):
            self.twill.go("/page/")
            self.assert_code(200)
            self.assertEqual((self.twill.get_title(), self.twill.get_code()), ("A page", 200))
            self.twill.commands.follow("all")
            self.twill.commands.code("200")
            self.twill.commands.url(".*/names/")
            self.twill.commands.go("/page/")
            self.twill.go_xpath("//p/a[1]")
            self.assertTrue(self.twill.url.endswith("/names/"))
            with self.assertRaises(AssertionError):
                self.assert_code(404)

        def test_errors(self):
            self.twill.go("/page/")
            with self.assertRaises(ServerRaisedError) as caught:
                self.twill.go_xpath("//a[@class='bad']")
            self.assertIsInstance(caught.exception.__cause__, ValueError)
            self.assert_code(500)
            with self.assertRaises(urllib.error.HTTPError):
                self.twill.go("/fail/")
"""

FAILING = """
    import threading
    import urllib.request

    from django.db import transaction
    from django.test import LiveServerTestCase, TransactionTestCase

    from greenroom.cases import HttpTestCase
    from shop import views
    from shop.models import Item


    class Failing(HttpTestCase):
        live_server_seconds = 0.5

        def test_raised(self):
            self.urlopen("/boom/?n=1")

        def test_told(self):
            try:
                urllib.request.urlopen(self.live_server_url + "/boom/?n=2")
            except OSError as error:
                error.close()
            self.fail("the page was not there")

        def test_untold(self):
            self.fail("no request at all")

        def test_stuck(self):
            threading.Thread(target=self._ask).start()
            self.assertTrue(views.REACHED.wait(20))

        def _ask(self):
            try:
                urllib.request.urlopen(self.live_server_url + "/hang/").close()
            except OSError as error:
                error.close()

        def test_stuck_no_more(self):
            views.LET_GO.set()


    class Waiting(HttpTestCase):
        share_transaction = True
        live_server_seconds = 0.5

        def test_after(self):
            self.assertEqual(self.urlopen("/names/").read(), b"")


    class InMemory(HttpTestCase):
        live_server_seconds = 0.5

        def test_the_server_waits_for_the_test(self):
            with transaction.atomic():
                Item.objects.create(name="mine")
                self.urlopen("/names/")


    class NoTransaction(TransactionTestCase):
        start_live_server = True
        share_transaction = True

        def test_it(self):
            pass


    class Stock(LiveServerTestCase):
        def test_told(self):
            try:
                urllib.request.urlopen(self.live_server_url + "/boom/?n=3")
            except OSError as error:
                error.close()
            self.fail("stock")

        def test_drained(self):
            views.LET_GO.clear()
            views.REACHED.clear()
            views.DONE.clear()
            threading.Thread(target=self._ask).start()
            self.assertTrue(views.REACHED.wait(20))
            threading.Timer(0.3, views.LET_GO.set).start()

        def _ask(self):
            urllib.request.urlopen(self.live_server_url + "/hang/").close()

        def _fixture_teardown(self):
            # The request is over before the database is flushed.
            if self._testMethodName == "test_drained":
                self.assertTrue(views.DONE)
            super()._fixture_teardown()
"""
