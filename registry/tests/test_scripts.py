"""What somebody pushes is shown by the web page, and does nothing there."""

from greenroom.cases import PlaywrightTestCase

from tests.base import OwnFolder

SCRIPT = "<script>window.owned = true</script>"
IMAGE = '"><img src=x onerror="window.owned = true">'


class ScriptTests(OwnFolder, PlaywrightTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.push_image(
            "v1",
            b"layer",
            annotations={
                "org.opencontainers.image.description": SCRIPT,
                "org.opencontainers.image.title": IMAGE,
                "org.opencontainers.image.url": "javascript:window.owned = true",
                "org.opencontainers.image.source": "javascript:window.owned = true",
                SCRIPT: IMAGE,
            },
        )

    def test_annotations_are_text(self) -> None:
        for path in ("/", "/repositories/acme/shop", "/repositories/acme/shop/-/v1", f"/?q={SCRIPT}", f"/?q={IMAGE}"):
            with self.subTest(path):
                self.page.goto(path)
                self.assertIsNone(self.page.evaluate("window.owned || null"))
                self.assertEqual(self.page.locator("a[href^='javascript:'], img[onerror]").count(), 0)
        self.page.goto("/repositories/acme/shop/-/v1")
        self.assertIn(SCRIPT, self.page.content().replace("&lt;", "<").replace("&gt;", ">"))
