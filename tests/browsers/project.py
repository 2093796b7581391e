"""A project with pages, and tests that drive browsers over them."""

from __future__ import annotations

URLS = """\
    from django.http import HttpResponse
    from django.urls import path
    from django.views.decorators.csrf import csrf_exempt
    from shop.models import Item

    def page(request):
        names = ", ".join(Item.objects.order_by("pk").values_list("name", flat=True))
        response = HttpResponse(
            "<title>Shop</title><h1>Items</h1><p id=names>" + names + "</p><p id=language>"
            + request.headers.get("Accept-Language", "") + "</p><p id=cookies>" + ",".join(request.COOKIES) + "</p>"
            + "<form method=post action=/add/><input name=name><button>Add</button></form>"
            + "<a id=file href=/file/ download>file</a>"
            + "<script>console.log('the page speaks'); localStorage.seen = (localStorage.seen || '') + 'x';"
            + "sessionStorage.seen = (sessionStorage.seen || '') + 'x'</script>"
        )
        response.set_cookie("visited", "yes", httponly=True)
        return response

    @csrf_exempt
    def add(request):
        Item.objects.create(name=request.POST["name"])
        return page(request)

    def file(request):
        return HttpResponse("content", headers={"Content-Disposition": "attachment; filename=list.txt"})

    def boom(request):
        raise ValueError("the view broke")

    urlpatterns = [path("", page), path("add/", add), path("file/", file), path("boom/", boom)]
    """

PLAYWRIGHT = """\
    import asyncio
    import os

    from asgiref.sync import async_to_sync
    from django.utils import translation
    from playwright.sync_api import Page, expect
    from greenroom.cases import PlaywrightTestCase
    from shop.models import Item

    class OrmTests(PlaywrightTestCase):
        def test_beside_the_page(self):
            assert "DJANGO_ALLOW_ASYNC_UNSAFE" not in os.environ
            Item.objects.create(name="one")
            self.page.goto("/")
            self.assertIsInstance(self.page, Page)
            expect(self.page.locator("#names")).to_have_text("one")
            self.assertEqual(Item.objects.count(), 1)
            self.page.fill("input", "two")
            with self.page.expect_navigation():
                self.assertEqual(Item.objects.count(), 1)
                self.page.click("button")
            self.assertEqual(Item.objects.count(), 2)
            with self.assertRaises(AssertionError):
                expect(self.page).to_have_title("Another", timeout=50)
            self.assertEqual(Item.objects.count(), 2)

        def test_in_handlers(self):
            heard = []

            def said(message):
                Item.objects.create(name=message.text)
                heard.append((self.page.title(), Item.objects.count(), translation.get_language()))

            def instead(route):
                Item.objects.create(name="routed")
                route.fulfill(body="<title>Instead</title><script>console.log('said')</script>", content_type="text/html")
                Item.objects.create(name="after")

            translation.activate("de")
            self.page.on("console", said)
            self.page.route("**/elsewhere/", instead)
            self.page.expose_function("count", lambda: Item.objects.count())
            self.page.goto("/elsewhere/")
            self.page.wait_for_function("count().then(number => number >= 3)")
            with self.page.expect_event("console", lambda message: Item.objects.exists() and message.text == "last"):
                self.page.evaluate("console.log('first'); console.log('last')")
            self.assertIn(("Instead", "de"), {(title, language) for title, _, language in heard})
            self.page.remove_listener("console", said)
            before = Item.objects.count()
            self.page.evaluate("console.log('unheard')")
            self.page.title()
            self.assertEqual(Item.objects.count(), before)

        def test_loops_of_its_own(self):
            async def count():
                await asyncio.sleep(0)
                return await Item.objects.acount()

            self.page.goto("/")
            self.assertEqual(async_to_sync(count)(), 0)
            self.assertEqual(asyncio.run(count()), 0)
            self.assertEqual(self.page.title(), "Shop")

        async def test_async(self):
            await Item.objects.acreate(name="async")
            await self.async_page.goto("/")
            self.assertEqual(await self.async_page.inner_text("#names"), "async")

    class FreshTests(PlaywrightTestCase):
        locale = "de-DE"
        viewport = (400, 300)
        timezone = "Pacific/Auckland"

        def visit(self):
            self.page.goto("/")
            self.assertEqual(self.page.inner_text("#cookies"), "")
            self.assertEqual(self.page.evaluate("localStorage.seen + sessionStorage.seen"), "xx")
            self.assertTrue(self.page.inner_text("#language").startswith("de-DE"))
            self.assertEqual(self.page.evaluate("[innerWidth, innerHeight]"), [400, 300])
            self.assertEqual(self.page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone"), self.timezone)

        test_one = test_two = visit

    class TraceTests(PlaywrightTestCase):
        def visit(self):
            self.assertEqual(self.browser.contexts, [self.context])
            self.assertEqual(self.context.pages, [self.page])
            self.page.goto("/")
            self.assertEqual(self.page.evaluate("indexedDB.databases().then(all => all.length)"), 0)
            self.assertEqual(self.page.evaluate("[innerWidth, innerHeight]"), [1280, 720])
            self.page.evaluate("new Promise(done => { indexedDB.open('kept').onsuccess = () => done() })")
            self.page.set_viewport_size({"width": 500, "height": 400})
            self.context.new_page().goto("/")

        test_one = test_two = visit

    class SharedTests(PlaywrightTestCase):
        share_transaction = True

        @classmethod
        def setUpTestData(cls):
            Item.objects.create(name="data")

        def visit(self):
            Item.objects.create(name="mine")
            self.page.goto("/")
            self.assertEqual(self.page.inner_text("#names"), "data, mine")
            self.page.fill("input", "theirs")
            self.page.click("button")
            expect(self.page.locator("#names")).to_have_text("data, mine, theirs")
            self.assertEqual(Item.objects.count(), 3)

        test_one = test_two = visit
    """

SELENIUM = """\
    from django.contrib.staticfiles.testing import StaticLiveServerTestCase
    from greenroom.cases import SeleniumTestCase
    from greenroom.cases.browsing import session_of
    from selenium.webdriver import Chrome
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.expected_conditions import url_contains
    from selenium.webdriver.support.wait import WebDriverWait
    from shop.models import Item

    class PageTests(SeleniumTestCase):
        def visit(self):
            self.assertIsInstance(self.selenium, Chrome)
            self.selenium.get("/")
            self.assertEqual(self.selenium.find_element(By.ID, "cookies").text, "")
            self.assertEqual(self.selenium.execute_script("return localStorage.seen + sessionStorage.seen"), "xx")
            self.assertEqual(self.selenium.execute_script("return [innerWidth, innerHeight]"), [1280, 720])
            self.assertEqual(len(self.selenium.window_handles), 1)
            self.selenium.find_element(By.NAME, "name").send_keys("sent")
            self.selenium.find_element(By.TAG_NAME, "button").click()
            WebDriverWait(self.selenium, 10).until(url_contains("/add/"))
            self.assertEqual(self.selenium.find_element(By.ID, "names").text, "sent")
            self.assertEqual(Item.objects.get().name, "sent")
            self.selenium.execute_script("open('/'); setTimeout(() => alert('still here'), 0)")

        test_one = test_two = visit

    class DownloadTests(SeleniumTestCase):
        keep_downloads = True

        def test_download(self):
            self.selenium.open("/")
            self.selenium.find_element(By.ID, "file").click()
            WebDriverWait(self.selenium, 10).until(lambda _: session_of(self).downloads())

    class MatrixTests(SeleniumTestCase):
        browsers = ("chromium", "firefox")

        def test_title(self):
            self.selenium.get("/")
            self.assertEqual(self.selenium.title, "Shop")

    class TraceTests(SeleniumTestCase):
        LEAVE = '''
            const done = arguments[0];
            window.name = "mine";
            const asked = indexedDB.open("kept", 1);
            asked.onsuccess = async () => { await (await caches.open("kept")).put("/x", new Response("x")); done(); };
        '''
        SEE = '''
            const done = arguments[0];
            (async () => done([
                (await indexedDB.databases()).length, (await caches.keys()).length, window.name,
                innerWidth, innerHeight, localStorage.seen, sessionStorage.seen,
            ]))();
        '''

        def visit(self):
            handles = self.selenium.window_handles
            self.assertEqual(handles, [self.selenium.current_window_handle])
            self.assertEqual(self.selenium.get_log("browser"), [])
            self.selenium.get("/")
            seen = self.selenium.execute_async_script(self.SEE)
            self.assertEqual(seen, [0, 0, "", 1280, 720, "x", "x"])
            self.selenium.execute_async_script(self.LEAVE)
            self.selenium.get("/?more")
            self.selenium.set_window_size(600, 500)
            self.selenium.switch_to.new_window("tab")
            self.selenium.get("/")
            self.selenium.close()  # And goes to no other.

        test_one = test_two = visit

    class StockTests(StaticLiveServerTestCase):
        selenium_start = True

        def test_title(self):
            self.selenium.get("/")
            self.assertEqual(self.selenium.title, "Shop")
    """

FAILING = """\
    import os
    import signal
    import time

    import greenroom
    from greenroom.cases import PlaywrightTestCase, SeleniumTestCase

    def kill_browser(root):
        # The browser of this very process: below its keeper.
        with open(os.path.join(root, "keeper")) as file:
            keeper = int(file.read())
        todo, found = [keeper], []
        parents = {}
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                fields = open(f"/proc/{entry}/stat").read().rpartition(")")[2].split()
                parents.setdefault(int(fields[1]), []).append(int(entry))
            except OSError:
                pass
        while todo:
            below = parents.get(todo.pop(), [])
            found += below
            todo += below
        for pid in found:
            try:
                if os.readlink(f"/proc/{pid}/exe").endswith(("/chromium", "/chrome")):
                    os.kill(pid, signal.SIGKILL)
                    while " Z " not in open(f"/proc/{pid}/stat").read():
                        time.sleep(0.01)
            except OSError:
                pass  # It has ended.

    class PlaywrightFails(PlaywrightTestCase):
        def test_a_fails(self):
            self.page.goto("/")
            self.page.evaluate("console.error('something is wrong')")
            self.fail("seen")

        def test_b_subtests(self):
            for name in ("first", "second"):
                with self.subTest(name):
                    self.page.goto(f"/?{name}")
                    self.fail("in a subtest")

        async def test_c_async(self):
            await self.async_page.goto("/")
            with self.subTest("inner"):
                self.fail("in a subtest")
            self.fail("seen")

        def test_d_server(self):
            self.page.goto("/boom/")
            self.fail("the server raised")

        def test_e_dies(self):
            self.page.goto("/")
            kill_browser(self.greenroom_folder())
            self.page.title()

        def test_f_after(self):
            self.page.goto("/")
            self.assertEqual(self.page.title(), "Shop")

        def test_g_hangs(self):
            self.page.goto("/")
            self.page.set_default_timeout(200)
            self.page.click("#nowhere")

        @greenroom.timeout(1)
        def test_h_takes_too_long(self):
            self.page.goto("/")
            self.page.wait_for_timeout(60_000)

        def test_i_after(self):
            self.page.goto("/")
            self.assertEqual(self.page.title(), "Shop")

        def greenroom_folder(self):
            from greenroom.cases.browsing import session_of
            return session_of(self).den.inside

    class SeleniumFails(SeleniumTestCase):
        implicit_wait = 0

        def test_a_fails(self):
            self.selenium.get("/")
            self.selenium.execute_script("console.error('something is wrong'); setTimeout(() => alert('stop'), 0)")
            time.sleep(0.2)
            self.fail("seen")

        def test_b_dies(self):
            self.selenium.get("/")
            kill_browser(PlaywrightFails.greenroom_folder(self))
            self.selenium.title

        def test_c_after(self):
            self.selenium.get("/")
            self.assertEqual(self.selenium.title, "Shop")
    """

FILES = {
    "shop/urls.py": URLS,
    "shop/tests/__init__.py": "",
    "shop/tests/test_playwright.py": PLAYWRIGHT,
    "shop/tests/test_selenium.py": SELENIUM,
    "shop/tests/test_failing.py": FAILING,
}
APPS = ("django.contrib.staticfiles",)
