"""Who may do what: anonymous pulls, passwords, groups, robots, and who guesses."""

from datetime import timedelta
from io import StringIO
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from oci.auth.models import Permission, Robot
from tests.around.base import PASSWORD, AccessTestCase, basic, bearer
from tests.base import code


class GateTests(AccessTestCase):
    def status(self, url: str, method: str = "get", headers: dict[str, str] | None = None) -> int:
        return getattr(self.client, method)(url, headers=headers or {}).status_code

    def test_who_says_nothing_is_told_where_to_get_a_token(self) -> None:
        response = self.client.get("/v2/")
        self.assertEqual((response.status_code, code(response)), (401, "UNAUTHORIZED"))
        challenge = 'Bearer realm="http://testserver/auth/token",service="registry"'
        self.assertEqual(response.headers["WWW-Authenticate"], challenge)

    def test_the_challenge_of_a_push_names_its_scope(self) -> None:
        response = self.client.post("/v2/acme/shop/blobs/uploads/")
        self.assertIn('scope="repository:acme/shop:pull,push"', response.headers["WWW-Authenticate"])

    def test_passwords_are_taken_at_once_too(self) -> None:
        self.assertEqual(self.status("/v2/", headers=basic("alice")), 200)
        self.assertEqual(self.status("/v2/", headers=basic("alice", "wrong")), 401)

    def test_the_challenge_can_be_a_password(self) -> None:
        self.use_auth(CHALLENGE="basic")
        response = self.client.get("/v2/")
        self.assertEqual(response.headers["WWW-Authenticate"], 'Basic realm="registry", charset="UTF-8"')

    def test_groups_decide(self) -> None:
        upload = "/v2/acme/shop/blobs/uploads/"
        self.assertEqual(self.status(upload, "post", basic("alice")), 202)
        self.assertEqual(self.status(upload, "post", basic("bob")), 403)
        self.assertEqual(self.status("/v2/other/shop/blobs/uploads/", "post", basic("alice")), 403)
        self.assertEqual(self.status("/v2/other/shop/blobs/uploads/", "post", basic("root")), 202)

    def test_what_is_forbidden_looks_like_what_is_not_there(self) -> None:
        self.as_root()
        self.push_image("v1", b"secret", name="private/app")
        self.as_nobody()
        answers = []
        for name in ("private/app", "private/nothing"):
            response = self.client.get(f"/v2/{name}/manifests/v1", headers=basic("bob"))
            answers.append((response.status_code, response.content.replace(name.encode(), b"NAME")))
        self.assertEqual(answers[0], answers[1])
        self.assertEqual(answers[0][0], 403)

    def test_anonymous_pulls_are_a_choice(self) -> None:
        self.as_root()
        self.push_image("v1", b"layer")
        self.as_nobody()
        self.assertEqual(self.status("/v2/acme/shop/manifests/v1"), 401)
        self.use_auth(ANONYMOUS_PULL=True)
        self.assertEqual(self.status("/v2/acme/shop/manifests/v1"), 200)
        headers = bearer(self.token(None, "repository:acme/shop:pull,push"))
        self.assertEqual(self.status("/v2/acme/shop/manifests/v1", headers=headers), 200)
        self.assertEqual(self.status("/v2/acme/shop/blobs/uploads/", "post", headers), 401)

    def test_some_repositories_are_for_everybody(self) -> None:
        Permission.objects.create(pattern="public/*", audience="everybody")
        self.assertEqual(self.status("/v2/public/app/tags/list"), 404)
        self.assertEqual(self.status("/v2/acme/shop/tags/list"), 401)

    def test_some_are_for_everybody_with_an_account(self) -> None:
        Permission.objects.create(pattern="inner/*", audience="signed-in", push=True)
        self.assertEqual(self.status("/v2/inner/app/blobs/uploads/", "post", basic("bob")), 202)
        self.assertEqual(self.status("/v2/inner/app/blobs/uploads/", "post"), 401)

    def test_users_own_what_is_below_their_name(self) -> None:
        self.assertEqual(self.status("/v2/bob/app/blobs/uploads/", "post", basic("bob")), 403)
        self.use_auth(OWN_NAMESPACE=True)
        self.assertEqual(self.status("/v2/bob/app/blobs/uploads/", "post", basic("bob")), 202)
        self.assertEqual(self.status("/v2/alice/app/blobs/uploads/", "post", basic("bob")), 403)
        self.assertEqual(self.status("/v2/bobby/app/blobs/uploads/", "post", basic("bob")), 403)

    def test_a_name_is_no_pattern(self) -> None:
        User.objects.create_user("*", password=PASSWORD)
        self.use_auth(OWN_NAMESPACE=True)
        self.assertEqual(self.status("/v2/alice/app/blobs/uploads/", "post", basic("*")), 403)

    def test_deleting_is_a_right_of_its_own(self) -> None:
        Permission.objects.filter(group=self.developers).update(delete_content=False)
        self.assertEqual(self.status("/v2/acme/shop/manifests/v1", "delete", basic("alice")), 403)

    def test_a_blob_is_mounted_only_from_where_it_may_be_pulled(self) -> None:
        self.as_root()
        digest = self.push_blob(b"secret", "private/app")
        self.as_nobody()
        for query in (f"?mount={digest}&from=private/app", f"?mount={digest}"):
            url = f"/v2/acme/shop/blobs/uploads/{query}"
            self.assertEqual(self.status(url, "post", basic("alice")), 202, query)
            self.assertEqual(
                self.status(url, "post", bearer(self.token(basic("alice"), "repository:acme/shop:*"))), 202
            )

    def test_a_mount_asks_for_a_token_for_both_repositories(self) -> None:
        self.as_root()
        digest = self.push_blob(b"shared", "acme/one")
        self.as_nobody()
        url = f"/v2/acme/two/blobs/uploads/?mount={digest}&from=acme/one"
        response = self.client.post(url, headers=bearer(self.token(basic("alice"), "repository:acme/two:pull,push")))
        scope = "repository:acme/two:pull,push repository:acme/one:pull"
        self.assertIn(f'scope="{scope}"', response.headers["WWW-Authenticate"])
        self.assertEqual(self.status(url, "post", bearer(self.token(basic("alice"), scope))), 201)

    def test_a_mount_from_anywhere_looks_where_the_account_may(self) -> None:
        self.as_root()
        digest = self.push_blob(b"shared", "acme/one")
        self.as_nobody()
        headers = bearer(self.token(basic("alice"), "repository:acme/two:pull,push"))
        self.assertEqual(self.status(f"/v2/acme/two/blobs/uploads/?mount={digest}", "post", headers), 201)

    def test_malformed_headers_open_nothing(self) -> None:
        for header in ("Basic", "Basic !!!", "Basic YQ==", "Basic OnB3", "Bearer", "Digest x", "x" * 5000, "Basic \0"):
            self.assertEqual(self.status("/v2/", headers={"Authorization": header}), 401, header[:20])

    def test_a_session_cookie_opens_nothing(self) -> None:
        """Otherwise another site could make a browser push."""
        self.client.force_login(self.root)
        self.assertEqual(self.status("/v2/"), 401)
        self.assertEqual(self.status("/v2/acme/shop/blobs/uploads/", "post"), 401)

    def test_a_forged_host_is_refused_and_a_header_has_one_line(self) -> None:
        self.assertEqual(self.client.get("/v2/", headers={"Host": 'x"\r\nX-Evil: 1'}).status_code, 400)
        self.use_auth(SERVICE='a"b\\c\r\nX-Evil: 1')
        response = self.client.get("/v2/")
        self.assertNotIn("X-Evil", response.headers)
        self.assertIn('service="a\\"b\\\\cX-Evil: 1"', response.headers["WWW-Authenticate"])


class CatalogTests(AccessTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.as_root()
        for name in ("acme/a", "acme/b", "acme/c", "private/app"):
            self.push_blob(b"content", name)
        self.as_nobody()

    def names(self, headers: dict[str, str], query: str = "") -> Any:
        response = self.client.get(f"/v2/_catalog{query}", headers=headers)
        self.assertEqual(response.status_code, 200, response.content)
        return response.json()["repositories"], response.headers.get("Link")

    def test_it_has_what_may_be_pulled(self) -> None:
        self.assertEqual(self.names(basic("bob"))[0], ["acme/a", "acme/b", "acme/c"])
        self.assertEqual(len(self.names(basic("root"))[0]), 4)

    def test_by_a_token(self) -> None:
        headers = bearer(self.token(basic("bob"), "registry:catalog:*"))
        self.assertEqual(self.names(headers)[0], ["acme/a", "acme/b", "acme/c"])

    def test_a_token_without_the_scope_is_not_enough(self) -> None:
        response = self.client.get("/v2/_catalog", headers=bearer(self.token(basic("bob"))))
        self.assertIn('scope="registry:catalog:*"', response.headers["WWW-Authenticate"])
        self.assertEqual(self.client.get("/v2/_catalog").status_code, 401)

    def test_pages(self) -> None:
        names, link = self.names(basic("bob"), "?n=2")
        self.assertEqual((names, link), (["acme/a", "acme/b"], '</v2/_catalog?n=2&last=acme%2Fb>; rel="next"'))
        self.assertEqual(self.names(basic("bob"), "?n=2&last=acme/b"), (["acme/c"], None))
        self.assertEqual(self.names(basic("bob"), "?n=0"), ([], None))

    def test_strange_parameters_are_refused(self) -> None:
        for query in ("?n=-1", "?n=x", "?last=../x", "?last=%00"):
            self.assertEqual(self.client.get(f"/v2/_catalog{query}", headers=basic("bob")).status_code, 400, query)


class RobotTests(AccessTestCase):
    def test_it_logs_in_with_its_secret(self) -> None:
        robot, secret = self.robot()
        self.assertEqual(self.client.get("/v2/", headers=basic("robot$ci", secret)).status_code, 200)
        upload = self.client.post("/v2/acme/shop/blobs/uploads/", headers=basic("robot$ci", secret))
        self.assertEqual(upload.status_code, 202)
        robot.refresh_from_db()
        self.assertIsNotNone(robot.used_at)

    def test_its_secret_is_kept_as_a_hash(self) -> None:
        robot, secret = self.robot()
        row = Robot.objects.filter(pk=robot.pk).values().get()
        self.assertNotIn(secret, str(row))
        self.assertEqual(len(row["secret_hash"]), 64)

    def test_it_ends_on_its_day(self) -> None:
        _, secret = self.robot(expires_at=timezone.now() - timedelta(seconds=1))
        self.assertEqual(self.client.get("/v2/", headers=basic("robot$ci", secret)).status_code, 401)

    def test_revoked_it_can_do_nothing_nor_can_its_tokens(self) -> None:
        robot, secret = self.robot()
        headers = bearer(self.token(basic("robot$ci", secret), "repository:acme/shop:push"))
        robot.revoke()
        self.assertEqual(self.client.get("/v2/", headers=basic("robot$ci", secret)).status_code, 401)
        self.assertEqual(self.client.post("/v2/acme/shop/blobs/uploads/", headers=headers).status_code, 401)
        self.assertEqual(self.client.get("/v2/", headers=basic("robot$ci", "")).status_code, 401)

    def test_it_ends_with_its_owner(self) -> None:
        _, secret = self.robot(owner=self.alice)
        self.alice.is_active = False
        self.alice.save()
        self.assertEqual(self.client.get("/v2/", headers=basic("robot$ci", secret)).status_code, 401)

    def test_the_command_makes_and_revokes_it(self) -> None:
        out, err = StringIO(), StringIO()
        call_command("registry_robot", "create", "build", "--group", "developers", stdout=out, stderr=err)
        secret = out.getvalue().strip()
        self.assertEqual(self.client.get("/v2/", headers=basic("robot$build", secret)).status_code, 200)
        call_command("registry_robot", "renew", "build", stdout=(out := StringIO()))
        self.assertEqual(self.client.get("/v2/", headers=basic("robot$build", secret)).status_code, 401)
        self.assertEqual(self.client.get("/v2/", headers=basic("robot$build", out.getvalue().strip())).status_code, 200)
        call_command("registry_robot", "revoke", "robot$build")
        call_command("registry_robot", "list", stdout=(out := StringIO()))
        self.assertIn("robot$build\tnot valid", out.getvalue())

    def test_the_command_says_what_is_wrong(self) -> None:
        for arguments in (["create", "Bad Name"], ["create", "x", "--group", "no"], ["revoke", "no"]):
            with self.assertRaises(CommandError):
                call_command("registry_robot", *arguments)
        with self.assertRaises(CommandError):
            call_command("registry_robot", "create", "x", "--owner", "no")


class GuessingTests(AccessTestCase):
    auth = {"LOGIN_FAILURES": 3, "ADDRESS_FAILURES": 5}

    def guess(self, name: str = "alice", password: str = "wrong", **meta: str) -> int:
        return self.client.get("/v2/", headers=basic(name, password), **meta).status_code

    def test_after_some_failures_not_even_the_right_password_counts(self) -> None:
        self.assertEqual([self.guess() for _ in range(4)], [401, 401, 401, 429])
        response = self.client.get("/v2/", headers=basic("alice"))
        self.assertEqual((response.status_code, code(response)), (429, "TOOMANYREQUESTS"))
        self.assertIn("Retry-After", response.headers)

    def test_nobody_else_is_locked_out(self) -> None:
        for _ in range(4):
            self.guess()
        self.assertEqual(self.guess("alice", PASSWORD, REMOTE_ADDR="192.0.2.7"), 200)
        self.assertEqual(self.guess("bob", PASSWORD), 200)

    def test_many_names_of_one_address_are_noticed(self) -> None:
        self.assertEqual([self.guess(f"user{number}") for number in range(6)], [401] * 5 + [429])

    def test_the_right_password_forgets_the_failures(self) -> None:
        self.assertEqual(
            [self.guess(), self.guess(), self.guess("alice", PASSWORD), self.guess()], [401, 401, 200, 401]
        )

    def test_the_header_of_proxies_is_believed_as_far_as_there_are_proxies(self) -> None:
        forwarded = [self.guess(HTTP_X_FORWARDED_FOR=f"192.0.2.{number}") for number in range(4)]
        self.assertEqual(forwarded, [401, 401, 401, 429])
        self.use_auth(LOGIN_FAILURES=3, PROXIES=1)
        self.assertEqual(self.guess(HTTP_X_FORWARDED_FOR="10.0.0.1, 192.0.2.77"), 401)

    def test_names_that_exist_are_answered_as_those_that_do_not(self) -> None:
        answers = {
            (response.status_code, response.content, response.headers["WWW-Authenticate"])
            for name in ("alice", "nobody", "robot$ci", "robot$nobody")
            for response in [self.client.get("/v2/", headers=basic(name, "wrong"))]
        }
        self.assertEqual(len(answers), 1)

    def test_a_changed_password_is_noticed_at_once(self) -> None:
        self.assertEqual(self.guess("alice", PASSWORD), 200)
        self.alice.set_password("another")
        self.alice.save()
        self.assertEqual(self.guess("alice", PASSWORD), 401)
        self.assertEqual(self.guess("alice", "another"), 200)

    def test_a_closed_account_is_noticed_at_once(self) -> None:
        self.assertEqual(self.guess("alice", PASSWORD), 200)
        User.objects.filter(pk=self.alice.pk).update(is_active=False)
        self.assertEqual(self.guess("alice", PASSWORD), 401)


class PermissionTests(AccessTestCase):
    def test_a_group_is_named_where_one_is_meant(self) -> None:
        for wrong in ({"audience": "group"}, {"audience": "everybody", "group": self.readers}):
            with self.assertRaises(IntegrityError), transaction.atomic():
                Permission.objects.create(pattern="a/*", **wrong)

    def test_nobody_without_an_account_can_push(self) -> None:
        with self.assertRaises(IntegrityError), transaction.atomic():
            Permission.objects.create(pattern="a/*", audience="everybody", push=True)

    def test_a_pattern_is_checked(self) -> None:
        with self.assertRaises(ValidationError):
            Permission(pattern="no spaces", group=self.readers).full_clean()
