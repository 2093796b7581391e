"""A user's own robots: what they may do, and the page for them."""

import re
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.utils import timezone

from oci.audit.models import Entry
from oci.auth.accounts import of_robot
from oci.auth.models import Permission, Robot
from oci.auth.permissions import grants
from oci.web.forms import prefix_of
from tests.around.base import AccessTestCase, basic, bearer

NEW = {"name": "ci", "repositories": "acme/**", "push": "on", "days": "30"}


class LentTests(AccessTestCase):
    """A robot may do what it is lent, and never more than its owner."""

    def lent(self, **more: Any) -> tuple[Robot, str]:
        robot = Robot(**{"name": "alice.ci", "owner": self.alice, "repositories": "acme/**", "push": True, **more})
        secret = robot.new_secret()
        robot.save()
        return robot, secret

    def actions(self, robot: Robot, repository: str = "acme/shop") -> set[str]:
        return set(grants(of_robot(robot)).actions(repository))

    def test_it_may_what_both_say(self) -> None:
        robot, _ = self.lent()
        self.assertEqual(self.actions(robot), {"pull", "push"})
        self.assertEqual(self.actions(robot, "private/app"), set())
        robot, _ = self.lent(name="bob.ci", owner=self.bob, delete_content=True)
        self.assertEqual(self.actions(robot), {"pull"})
        robot, _ = self.lent(name="root.ci", owner=self.root, repositories="**", push=False)
        self.assertEqual(self.actions(robot, "private/app"), {"pull"})
        robot, _ = self.lent(name="alice.other", repositories="**")
        self.assertEqual(self.actions(robot, "private/app"), set())

    def test_what_its_owner_loses_it_loses(self) -> None:
        robot, secret = self.lent()
        self.client.defaults["HTTP_AUTHORIZATION"] = basic(robot.username, secret)["Authorization"]
        self.push_blob(b"content")
        self.alice.groups.clear()
        self.assertEqual(self.client.post("/v2/acme/shop/blobs/uploads/").status_code, 403)
        self.alice.is_active = False
        self.alice.save()
        self.assertEqual(self.client.post("/v2/acme/shop/blobs/uploads/").status_code, 401)

    def test_a_token_has_no_more(self) -> None:
        robot, secret = self.lent(push=False)
        token = self.token(basic(robot.username, secret), "repository:acme/shop:pull,push")
        response = self.client.post("/v2/acme/shop/blobs/uploads/", headers=bearer(token))
        self.assertEqual(response.status_code, 403)
        response = self.client.get("/v2/acme/shop/tags/list", headers=bearer(token))
        self.assertEqual(response.status_code, 404)

    def test_an_owner_without_a_loan_is_a_group_s_robot_as_before(self) -> None:
        robot, _ = self.robot(owner=self.bob)
        self.assertEqual(self.actions(robot), {"pull", "push", "delete"})


class RobotPageTests(AccessTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.client.force_login(self.alice)

    def make(self, status: int = 200, **form: str) -> str:
        response = self.client.post("/robots/", NEW | form)
        self.assertEqual(response.status_code, status, response.content)
        self.assertEqual(response.headers["Cache-Control"], "no-store")
        return response.content.decode()

    def secret_in(self, text: str) -> str:
        found = re.findall(r"rbt_[\w-]{43}", text)
        self.assertEqual(len(found), 1)
        return found[0]

    def test_a_robot_that_is_made_can_push_and_its_secret_is_shown_once(self) -> None:
        secret = self.secret_in(self.make())
        self.assertNotContains(self.client.get("/robots/"), "rbt_")
        self.client.logout()
        self.client.defaults["HTTP_AUTHORIZATION"] = basic("robot$alice.ci", secret)["Authorization"]
        self.push_image("v1", b"layer")
        robot = Robot.objects.get()
        self.assertEqual((robot.owner, robot.repositories, robot.delete_content), (self.alice, "acme/**", False))
        self.assertAlmostEqual(robot.expires_at, timezone.now() + timedelta(days=30), delta=timedelta(minutes=1))

    def test_a_new_secret_ends_the_old_one(self) -> None:
        old = self.secret_in(self.make())
        new = self.secret_in(self.client.post("/robots/alice.ci/renew/").content.decode())
        self.assertEqual(self.client.get("/v2/", headers=basic("robot$alice.ci", old)).status_code, 401)
        self.assertEqual(self.client.get("/v2/", headers=basic("robot$alice.ci", new)).status_code, 200)

    def test_one_that_is_revoked_can_nothing_and_may_be_removed(self) -> None:
        secret = self.secret_in(self.make())
        self.assertEqual(self.client.post("/robots/alice.ci/delete/").status_code, 404)
        self.assertRedirects(self.client.post("/robots/alice.ci/revoke/"), "/robots/")
        self.assertEqual(self.client.get("/v2/", headers=basic("robot$alice.ci", secret)).status_code, 401)
        self.assertContains(self.client.get("/robots/"), "revoked")
        self.assertRedirects(self.client.post("/robots/alice.ci/delete/"), "/robots/")
        self.assertFalse(Robot.objects.exists())

    def test_the_robots_of_others_are_not_there(self) -> None:
        self.make()
        self.client.force_login(self.bob)
        self.assertNotContains(self.client.get("/robots/"), "alice.ci")
        for what in ("renew", "revoke", "delete"):
            self.assertEqual(self.client.post(f"/robots/alice.ci/{what}/").status_code, 404)
        self.assertTrue(Robot.objects.get().is_valid)

    def test_a_group_s_robot_is_not_its_owner_s_to_renew(self) -> None:
        # Bob may only pull; a robot of the developers with him as its owner would be a way to push.
        robot, _ = self.robot(owner=self.bob, repositories="acme/**")
        self.client.force_login(self.bob)
        self.assertEqual(self.client.post(f"/robots/{robot.name}/renew/").status_code, 404)
        robot.groups.set([])
        robot.repositories = ""
        robot.save()
        self.assertEqual(self.client.post(f"/robots/{robot.name}/renew/").status_code, 404)

    def test_visitors_sign_in_first(self) -> None:
        self.client.logout()
        self.assertRedirects(self.client.get("/robots/"), "/login/?next=/robots/")
        self.assertEqual(self.client.post("/robots/", NEW).status_code, 302)
        self.assertEqual(self.client.post("/robots/alice.ci/renew/").status_code, 302)
        self.assertFalse(Robot.objects.exists())
        self.assertNotContains(self.client.get("/"), "Robots")

    def test_a_token_or_password_in_a_header_opens_no_page(self) -> None:
        self.client.logout()
        self.assertEqual(self.client.get("/robots/", headers=basic("alice")).status_code, 302)

    def test_other_sites_can_send_no_form(self) -> None:
        self.client.handler.enforce_csrf_checks = True
        self.assertEqual(self.client.post("/robots/", NEW).status_code, 403)
        self.assertFalse(Robot.objects.exists())

    def test_what_is_wrong_is_said(self) -> None:
        self.make()
        for form, text in (
            ({}, "There is a robot robot$alice.ci already."),
            ({"name": "CI"}, "Lower-case letters"),
            ({"name": "../x"}, "Lower-case letters"),
            ({"name": "x" * 41}, "at most 40 characters"),
            ({"name": "a", "repositories": "private/app"}, "You may do nothing in private/app yourself."),
            ({"name": "a", "repositories": "<b>"}, "A pattern is made of"),
            ({"name": "a", "repositories": "**a**b**c**"}, "three times at most"),
            ({"name": "a", "repositories": " "}, "This field is required."),
            ({"name": "a", "days": "100000"}, "not one of the available choices"),
        ):
            with self.subTest(text):
                self.assertIn(text, self.make(400, **form).replace("&#x27;", "'"))
        self.assertEqual(Robot.objects.count(), 1)

    def test_no_more_than_the_settings_say(self) -> None:
        self.use_auth(OWN_ROBOTS=1)
        self.make()
        self.assertIn("may have no more", self.make(400, name="other"))
        self.use_auth(OWN_ROBOTS=0)
        self.assertEqual(self.client.get("/robots/").status_code, 404)
        self.assertNotContains(self.client.get("/"), "Robots")

    def test_other_methods_and_words(self) -> None:
        self.make()
        self.assertEqual(self.client.get("/robots/alice.ci/renew/").status_code, 405)
        self.assertEqual(self.client.delete("/robots/").status_code, 405)
        self.assertEqual(self.client.post("/robots/alice.ci/explode/").status_code, 404)

    def test_descriptions_are_text(self) -> None:
        self.make(description="<script>alert(1)</script>")
        self.assertNotContains(self.client.get("/robots/"), "<script>alert")

    def test_each_change_is_in_the_audit_log(self) -> None:
        self.make()
        for what in ("renew", "revoke", "delete"):
            self.client.post(f"/robots/alice.ci/{what}/")
        entries = Entry.objects.filter(event__startswith="robot.").order_by("pk")
        self.assertEqual(
            [entry.event for entry in entries], [f"robot.{w}" for w in ("create", "renew", "revoke", "delete")]
        )
        self.assertEqual({entry.account for entry in entries}, {"alice"})
        self.assertEqual(entries[0].detail["robot"], "robot$alice.ci")
        self.assertNotIn("rbt_", str([entry.detail for entry in entries]))

    def test_names_of_strange_users(self) -> None:
        names = {"Ann": "ann.", "ann@example.org": "ann-example.org.", "_x": "x.", "é+": f"{self.alice.pk}."}
        for username, prefix in (*names.items(), ("x" * 150, "x" * 58 + ".")):
            self.alice.username = username
            self.assertEqual(prefix_of(self.alice), prefix)

    def test_a_robot_of_a_user_is_shown_to_groups_no_more_than_before(self) -> None:
        group = Group.objects.create(name="pushers")
        Permission.objects.create(pattern="other/**", group=group, push=True)
        self.alice.groups.add(group)
        secret = self.secret_in(self.make(repositories="acme/shop, other/*"))
        headers = basic("robot$alice.ci", secret)
        for name, status in (("acme/shop", 202), ("acme/web", 403), ("other/app", 202), ("other/app/debug", 403)):
            with self.subTest(name):
                self.assertEqual(self.client.post(f"/v2/{name}/blobs/uploads/", headers=headers).status_code, status)
