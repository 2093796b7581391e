"""The web page in a real browser: themes, keyboard, phones, and what is left without JavaScript."""

from io import StringIO

from django.core.management import call_command
from greenroom.cases.browser import PlaywrightTestCase

from tests.around.base import PASSWORD, Access, basic
from tests.base import OwnFolder


class WebPageTests(OwnFolder, PlaywrightTestCase):
    """A visitor looks around. What the policy of the page blocks would be a message in its console."""

    def setUp(self) -> None:
        super().setUp()
        call_command("registry_demo", verbosity=0, stdout=StringIO())
        self.messages: list[str] = []
        self.page.on("console", lambda message: self.messages.append(message.text))

    def tearDown(self) -> None:
        self.assertEqual(self.messages, [])
        super().tearDown()

    def go(self, path: str) -> None:
        self.page.goto(f"{self.live_server_url}{path}")

    def colour(self) -> str:
        colour: str = self.page.evaluate("getComputedStyle(document.body).backgroundColor")
        return colour

    def test_from_the_search_to_a_layer(self) -> None:
        self.go("/")
        self.page.get_by_label("Search repositories").fill("shop")
        self.page.keyboard.press("Enter")
        self.page.get_by_role("link", name="acme/shop", exact=True).click()
        self.page.get_by_role("link", name="latest", exact=True).click()
        self.page.get_by_role("row", name="linux/arm64").get_by_role("link").click()
        self.assertIn("pip install", self.page.get_by_role("listitem").all_inner_texts()[2])
        self.assertEqual(self.page.get_by_role("heading", name="Layers").count(), 1)

    def test_the_command_is_copied(self) -> None:
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.go("/repositories/acme/shop")
        self.page.get_by_role("button", name="Copy").click()
        self.page.get_by_role("button", name="Copied").wait_for()
        copied = self.page.evaluate("navigator.clipboard.readText()")
        self.assertTrue(copied.startswith("docker pull "), copied)
        self.assertTrue(copied.endswith("/acme/shop:latest"), copied)

    def test_the_theme_follows_the_system_until_it_is_chosen(self) -> None:
        self.page.emulate_media(color_scheme="light")
        self.go("/repositories/acme/shop")
        light = self.colour()
        self.page.emulate_media(color_scheme="dark")
        dark = self.colour()
        self.assertNotEqual(light, dark)
        self.page.get_by_role("button", name="Light").click()
        self.assertEqual(self.colour(), light)
        self.assertTrue(self.page.url.endswith("/repositories/acme/shop"))
        self.page.get_by_role("button", name="Auto").click()
        self.assertEqual(self.colour(), dark)

    def test_nothing_is_wider_than_a_phone(self) -> None:
        self.page.set_viewport_size({"width": 360, "height": 740})
        for path in (
            "/",
            "/repositories/acme/shop",
            "/repositories/acme/shop/-/latest",
            "/repositories/models/sentiment/-/latest",
            "/login/",
        ):
            self.go(path)
            self.assertEqual(self.page.evaluate("document.documentElement.scrollWidth"), 360, path)

    def test_the_keyboard_reaches_the_content(self) -> None:
        self.go("/")
        self.page.keyboard.press("Tab")
        self.assertEqual(self.page.evaluate("document.activeElement.textContent"), "Skip to the content")
        self.page.keyboard.press("Enter")
        self.assertTrue(self.page.url.endswith("#content"))


class RobotsTests(Access, PlaywrightTestCase):
    """An owner makes a robot, takes its secret along, and revokes it."""

    def setUp(self) -> None:
        super().setUp()
        self.messages: list[str] = []
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.goto(f"{self.live_server_url}/robots/")
        self.page.get_by_label("Name").fill("alice")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.get_by_role("heading", name="Your robots").wait_for()

    def tearDown(self) -> None:
        self.assertEqual(self.messages, [])
        super().tearDown()

    def make(self) -> str:
        self.page.get_by_label("Name").fill("ci")
        self.page.get_by_label("Repositories", exact=True).fill("acme/**")
        self.page.get_by_label("push").check()
        self.page.get_by_label("What it is for").fill("Builds the shop, and pushes it")
        self.page.get_by_role("button", name="Make the robot").click()
        secret: str = self.page.inner_text(".command.value code")
        return secret

    def works(self, secret: str) -> bool:
        answer = self.page.request.get(f"{self.live_server_url}/v2/", headers=basic("robot$alice.ci", secret))
        return bool(answer.ok)

    def test_from_the_form_to_the_end(self) -> None:
        first = self.make()
        self.assertTrue(self.works(first))
        self.page.get_by_role("button", name="New secret").click()
        second = self.page.inner_text(".command.value code")
        self.assertEqual((self.works(first), self.works(second)), (False, True))
        self.page.get_by_role("link", name="Robots").click()
        self.assertEqual(self.page.locator(".secret").count(), 0)
        self.page.get_by_role("button", name="Revoke").click()
        self.page.get_by_text("revoked", exact=True).wait_for()
        self.assertFalse(self.works(second))
        self.page.get_by_role("button", name="Remove").click()
        self.page.get_by_text("0 robots").wait_for()

    def test_the_secret_is_copied(self) -> None:
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        secret = self.make()
        self.page.locator(".command.value").get_by_role("button", name="Copy").click()
        self.page.get_by_role("button", name="Copied").wait_for()
        self.assertEqual(self.page.evaluate("navigator.clipboard.readText()"), secret)

    def test_nothing_is_wider_than_a_phone(self) -> None:
        self.page.set_viewport_size({"width": 360, "height": 740})
        self.make()
        self.assertEqual(self.page.evaluate("document.documentElement.scrollWidth"), 360)


class WithoutJavaScriptTests(OwnFolder, PlaywrightTestCase):
    context_options = {"java_script_enabled": False}

    def test_everything_but_the_button_that_copies(self) -> None:
        call_command("registry_demo", verbosity=0, stdout=StringIO())
        self.page.goto(f"{self.live_server_url}/repositories/acme/shop")
        self.assertEqual(self.page.get_by_role("button", name="Copy").count(), 0)
        self.assertIn("docker pull", self.page.inner_text(".command"))
        self.page.get_by_role("button", name="Dark").click()
        self.assertEqual(self.page.get_attribute("html", "data-theme"), "dark")
        self.page.get_by_role("link", name="v1.1.0", exact=True).click()
        self.page.get_by_text("The manifest itself").click()
        self.assertIn("schemaVersion", self.page.inner_text("pre"))
