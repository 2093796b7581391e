"""The web page, as a client without JavaScript sees it."""

import json
import re
from io import StringIO
from typing import Any

from django.core.management import call_command

from oci.models import Tag
from oci.services.parsing import OCI_IMAGE
from oci.web.describing import describe, kind_of, read_config
from oci.web.templatetags.registry import ago, short, size
from tests.around.base import GATE, PASSWORD, AccessTestCase
from tests.base import RegistryTestCase, descriptor, index

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>'\"{{ 7|add:7 }}"


class PageTests(RegistryTestCase):
    def text(self, url: str, status: int = 200) -> str:
        response = self.client.get(url)
        self.assertEqual(response.status_code, status)
        self.assertIn("default-src 'none'", response.headers["Content-Security-Policy"])
        text: str = response.content.decode()
        # What the policy would block is not in the page.
        self.assertNotIn("style=", text)
        self.assertNotIn("<script>", text)
        self.assertNotIn("onclick", text)
        return text

    def test_an_empty_registry_says_how_to_begin(self) -> None:
        self.assertIn("docker push testserver/hello/world:1.0", self.text("/"))

    def test_repositories_are_listed_and_searched(self) -> None:
        for name in ("acme/shop", "acme/web", "other/shop"):
            self.push_image("v1", b"layer", name=name)
        self.assertIn("3 repositories", self.text("/"))
        found = self.text("/?q=shop")
        self.assertIn("acme/shop", found)
        self.assertNotIn("acme/web", found)
        self.assertIn("No repository has this", self.text("/?q=nothing"))

    def test_long_lists_have_pages(self) -> None:
        for number in range(30):
            self.push_blob(b"x", f"many/n{number:02}")
        self.assertIn("Page 1 of 2", self.text("/"))
        second = self.text("/?q=many&page=2")
        self.assertIn("many/n29", second)
        self.assertIn('href="?q=many&amp;page=1"', second)
        for page in ("0", "-1", "99", "x", ""):
            self.text(f"/?page={page}")

    def test_a_repository_shows_its_tags(self) -> None:
        self.push_image("v1", b"layer")
        self.push_image("v2", b"other")
        text = self.text("/repositories/acme/shop")
        self.assertIn("docker pull testserver/acme/shop:v2", text)
        self.assertIn(">v1</a>", text)
        self.assertNotIn(">v2</a>", self.text("/repositories/acme/shop/?q=v1"))
        Tag.objects.filter(name="v1").delete()
        self.assertIn("/-/sha256:", self.text("/repositories/acme/shop?show=untagged"))

    def test_an_image_shows_layers_and_configuration(self) -> None:
        config = {
            "architecture": "arm64",
            "os": "linux",
            "config": {"Cmd": ["serve"], "Env": ["A=1"]},
            "history": [{"created_by": "/bin/sh -c make"}, {"created_by": "ENV A=1", "empty_layer": True}],
        }
        content = json.dumps(config).encode()
        self.push_blob(content)
        data = self.image(b"layer" * 300)
        data["config"] = descriptor(content, "application/vnd.oci.image.config.v1+json")
        self.put_manifest("v1", data)
        text = self.text("/repositories/acme/shop/-/v1")
        for part in (
            "linux/arm64",
            "serve",
            "A=1",
            "<code>make</code>",
            "1.5 kB",
            "docker pull testserver/acme/shop:v1",
        ):
            self.assertIn(part, text)

    def test_an_index_shows_platforms_and_referrers(self) -> None:
        image = json.dumps(self.image(b"layer")).encode()
        self.put_manifest("amd64", image)
        entry = {**descriptor(image, OCI_IMAGE), "platform": {"os": "linux", "architecture": "amd64"}}
        digest = self.put_manifest("all", index(entry)).headers["Docker-Content-Digest"]
        subject = {"mediaType": OCI_IMAGE, "digest": digest, "size": 1}
        self.push_image("signature", b"s", subject=subject, artifactType="application/vnd.demo.signature")
        text = self.text("/repositories/acme/shop/-/all")
        self.assertIn("linux/amd64", text)
        self.assertIn("application/vnd.demo.signature", text)
        self.assertIn(f'/-/{entry["digest"]}"', text)

    def test_what_is_not_there_is_not_found(self) -> None:
        self.push_image("v1", b"layer")
        for path in (
            "nope",
            "acme/shop/-/v9",
            "acme/shop/-/sha256:" + "0" * 64,
            "ACME",
            "acme/shop/-/..",
            "a//b",
            "%00",
        ):
            self.text(f"/repositories/{path}", 404)

    def test_methods_that_change_are_refused(self) -> None:
        self.assertEqual(self.client.post("/").status_code, 405)


class EscapingTests(RegistryTestCase):
    """Everything that a client pushed is text."""

    def assert_harmless(self, url: str) -> str:
        text: str = self.client.get(url).content.decode()
        self.assertNotIn("<script>alert", text)
        self.assertNotIn("<img", text)
        self.assertNotIn("14", text.partition("alert(1)&gt;")[2][:20])
        return text

    def test_annotations_titles_and_configurations(self) -> None:
        config = json.dumps(
            {
                "author": EVIL,
                "created": EVIL,
                "os": EVIL,
                "config": {"Cmd": [EVIL], "Env": [EVIL], "User": EVIL, "ExposedPorts": {EVIL: {}}},
                "history": [{"created_by": EVIL}],
            }
        ).encode()
        self.push_blob(config)
        data = self.image(b"layer", annotations={"org.opencontainers.image.description": EVIL, EVIL: EVIL})
        data["config"] = descriptor(config, "application/vnd.oci.image.config.v1+json")
        data["layers"][0]["annotations"] = {"org.opencontainers.image.title": EVIL}
        data["layers"][0]["mediaType"] = EVIL
        self.assertEqual(self.put_manifest("v1", data).status_code, 201)
        for url in ("/", "/repositories/acme/shop", "/repositories/acme/shop/-/v1"):
            self.assertIn("&lt;script&gt;alert(1)", self.assert_harmless(url))

    def test_the_search(self) -> None:
        self.push_image("v1", b"layer")
        for url in ("/", "/repositories/acme/shop"):
            self.assert_harmless(f"{url}?q=%3Cscript%3Ealert(1)%3C/script%3E%22%3E")

    def test_a_page_that_is_not_there(self) -> None:
        self.assert_harmless("/repositories/%3Cscript%3Ealert(1)%3C/script%3E")

    def test_strange_manifests_are_shown_as_far_as_they_go(self) -> None:
        media_type = "application/vnd.strange+json"
        for number, strange in enumerate(
            (
                {"layers": 7, "config": [], "manifests": {"a": 1}, "annotations": None},
                {"layers": [{"size": "big", "digest": 5, "annotations": [1], "platform": 3}, "x", None]},
                {"layers": [{"size": -1}, {"size": True}, {"size": 10**30}], "config": {"digest": None}},
                {"manifests": [{"platform": {"os": 1, "architecture": ["x"]}, "annotations": {"a": 2}}]},
            )
        ):
            content = json.dumps({"schemaVersion": 2, **strange}).encode()
            self.assertEqual(self.put_manifest(f"t{number}", content, content_type=media_type).status_code, 201)
            self.assertEqual(self.client.get(f"/repositories/acme/shop/-/t{number}").status_code, 200)

    def test_a_configuration_that_is_none(self) -> None:
        for content in (b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'{"config": 1, "history": {"a": 1}, "os": {}}'):
            self.assertEqual(read_config(content).commands, [])


class PermissionTests(AccessTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.as_root()
        self.push_image("v1", b"layer")
        self.push_image("v1", b"layer", name="private/app")
        self.as_nobody()

    def test_a_page_shows_what_may_be_pulled(self) -> None:
        self.client.force_login(self.bob)
        text = self.client.get("/").content.decode()
        self.assertIn("acme/shop", text)
        self.assertNotIn("private/app", text)

    def test_the_rest_looks_like_what_is_not_there(self) -> None:
        self.client.force_login(self.bob)
        hidden = self.client.get("/repositories/private/app/-/v1")
        missing = self.client.get("/repositories/private/xyz/-/v1")
        self.assertEqual((hidden.status_code, missing.status_code), (404, 404))
        token = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"')  # masked anew for each page
        hidden_page, missing_page = token.sub(b"", hidden.content), token.sub(b"", missing.content)
        self.assertEqual(hidden_page.replace(b"/app", b"/xyz"), missing_page)

    def test_visitors_see_nothing_unless_pulls_are_anonymous(self) -> None:
        self.assertNotContains(self.client.get("/"), "acme/shop")
        self.assertEqual(self.client.get("/repositories/acme/shop").status_code, 404)
        self.use_auth(ANONYMOUS_PULL=True)
        self.assertContains(self.client.get("/"), "acme/shop")

    def test_a_token_in_a_header_is_nobody_s_session(self) -> None:
        self.as_root()
        self.assertNotContains(self.client.get("/"), "private/app")

    def test_signing_in_and_out(self) -> None:
        response = self.client.post("/login/?next=/repositories/acme/shop", {"username": "bob", "password": PASSWORD})
        self.assertRedirects(response, "/repositories/acme/shop")
        self.assertContains(self.client.get("/"), "Sign out")
        self.assertRedirects(self.client.post("/logout/"), "/")
        self.assertContains(self.client.get("/"), "Sign in")

    def test_it_leads_nowhere_else(self) -> None:
        for target in ("https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"):
            form = {"username": "bob", "password": PASSWORD, "next": target}
            self.assertEqual(self.client.post("/login/", form).headers["Location"], "/", target)
            self.client.logout()

    def test_who_guesses_is_slowed_down_here_too(self) -> None:
        self.use_auth(LOGIN_FAILURES=2)
        for url in ("/login/", "/admin/login/"):
            for _ in range(3):
                response = self.client.post(url, {"username": "root", "password": "guess"})
            self.assertContains(response, "Too many failed logins")
            response = self.client.post(url, {"username": "root", "password": PASSWORD})
            self.assertContains(response, "Too many failed logins")

    def test_the_admin_is_for_staff(self) -> None:
        self.client.force_login(self.root)
        for path in ("oci/repository", "oci/manifest", "oci/tag", "oci/blob", "oci_auth/permission",
                     "oci_auth/robot", "oci_auth/signingkey", "oci_limits/quota", "oci_limits/immutabletag",
                     "oci_limits/retentionrule", "oci_limits/readonly", "oci_audit/entry", "oci_webhooks/webhook",
                     "oci_webhooks/delivery"):  # fmt: skip
            self.assertEqual(self.client.get(f"/admin/{path}/?q=a").status_code, 200, path)
        self.client.force_login(self.bob)
        self.assertEqual(self.client.get("/admin/oci_auth/robot/").status_code, 302)

    def test_a_robot_made_in_the_admin_shows_its_secret_once(self) -> None:
        self.client.force_login(self.root)
        response = self.client.post("/admin/oci_auth/robot/add/", {"name": "ci", "groups": []}, follow=True)
        self.assertContains(response, "robot$ci")
        self.assertContains(response, "rbt_")
        self.assertNotContains(self.client.get("/admin/oci_auth/robot/"), "rbt_")

    def test_a_repository_can_be_deleted_in_the_admin(self) -> None:
        self.client.force_login(self.root)
        from oci.models import Repository

        key = Repository.objects.get(name="private/app").pk
        self.client.post(f"/admin/oci/repository/{key}/delete/", {"post": "yes"})
        self.assertEqual(list(Repository.objects.values_list("name", flat=True)), ["acme/shop"])


class ThemeTests(RegistryTestCase):
    def choose(self, **form: str) -> Any:
        return self.client.post("/theme/", form)

    def test_it_follows_the_system_until_one_is_chosen(self) -> None:
        self.assertContains(self.client.get("/"), 'data-theme="auto"')
        self.assertRedirects(self.choose(theme="dark", next="/?q=a"), "/?q=a")
        self.assertContains(self.client.get("/"), 'data-theme="dark"')

    def test_strange_values_are_ignored(self) -> None:
        self.choose(theme='"><script>')
        self.client.cookies["registry_theme"] = "x' onload='alert(1)"
        self.assertContains(self.client.get("/"), 'data-theme="auto"')

    def test_it_leads_nowhere_else(self) -> None:
        for target in ("https://evil.example/", "//evil.example", "javascript:alert(1)", ""):
            self.assertEqual(self.choose(theme="dark", next=target).headers["Location"], "/", target)


class ApiTests(AccessTestCase):
    def test_the_api_sets_no_cookie_and_looks_at_none(self) -> None:
        self.client.force_login(self.root)
        with self.assertNumQueries(0):
            response = self.client.get("/v2/")
        self.assertFalse(response.cookies)
        self.assertNotIn("Vary", response.headers)


class DemoTests(RegistryTestCase):
    def test_it_can_be_run_twice_and_every_page_works(self) -> None:
        for _ in range(2):
            call_command("registry_demo", "--accounts", stdout=(out := StringIO()))
        self.assertIn("account admin: is there already", out.getvalue())
        for url in (
            "/",
            "/repositories/acme/shop",
            "/repositories/models/sentiment",
            "/repositories/charts/shop/-/1.2.0",
        ):
            self.assertEqual(self.client.get(url).status_code, 200, url)
        self.assertContains(self.client.get("/repositories/acme/shop/-/latest"), "linux/arm64")

    def test_its_accounts_work(self) -> None:
        self.use(AUTHORIZE=GATE)
        call_command("registry_demo", "--accounts", stdout=(out := StringIO()))
        password = out.getvalue().partition("account developer: password ")[2].strip()
        self.assertTrue(self.client.login(username="developer", password=password))
        text = self.client.get("/").content.decode()
        self.assertIn("acme/shop", text)
        self.assertNotIn("tools/migrate", text)


class WordsTests(RegistryTestCase):
    def test_sizes(self) -> None:
        values = {0: "0 B", 999: "999 B", 1000: "1.0 kB", 1_500_000: "1.5 MB", 120_000_000: "120 MB", 10**18: "1000 PB"}
        self.assertEqual({value: size(value) for value in values}, values)

    def test_digests(self) -> None:
        self.assertEqual(short("sha256:0123456789abcdef"), "0123456789ab")
        self.assertEqual(short("x"), "x")

    def test_kinds(self) -> None:
        self.assertEqual(kind_of(OCI_IMAGE, "application/vnd.oci.image.config.v1+json"), "image")
        self.assertEqual(kind_of(OCI_IMAGE, "application/spdx+json"), "artifact")
        self.assertEqual(kind_of("application/vnd.strange", ""), "other")

    def test_ages(self) -> None:
        from datetime import timedelta

        from django.utils import timezone

        for seconds, text in (
            (5 * 60, "5 min ago"),
            (7200, "2 h ago"),
            (86400 * 3, "3 d ago"),
            (86400 * 800, "2 y ago"),
        ):
            self.assertEqual(ago(timezone.now() - timedelta(seconds=seconds + 1)), text)

    def test_a_manifest_is_described_without_its_configuration(self) -> None:
        self.push_image("v1", b"layer")
        tag = Tag.objects.select_related("manifest").get()
        self.assertEqual(len(describe(tag.manifest).layers), 1)
