"""Tokens: given, refreshed, rotated, and all the ways to forge one."""

import base64
import json
import time
from io import StringIO
from typing import Any

import jwt
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

from oci.auth import keys, tokens
from oci.auth.accounts import of_user
from oci.auth.models import SigningKey
from oci.auth.scopes import Scope, parse, repository
from tests.around.base import PASSWORD, AccessTestCase, basic, bearer

SCOPE = "repository:acme/shop:pull,push"


def segment(data: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


class ScopeTests(AccessTestCase):
    def test_scopes_of_one_repository_are_one(self) -> None:
        found = parse(["repository:a/b:pull repository:a/b:push", "repository:c:delete"])
        self.assertEqual(found, [repository("a/b", "pull", "push"), repository("c", "delete")])

    def test_a_star_is_every_action(self) -> None:
        self.assertEqual(parse(["repository:a:*"]), [repository("a", "pull", "push", "delete")])

    def test_what_is_malformed_is_left_out(self) -> None:
        texts = ["repository:../x:pull", "repository:A:pull", "x", "", "repository::pull", "registry:users:*", "a:b"]
        self.assertEqual(parse(texts), [])


class TokenTests(AccessTestCase):
    def test_a_token_has_what_is_allowed_of_what_was_asked_for(self) -> None:
        claims = jwt.decode(self.token(basic("bob"), SCOPE), options={"verify_signature": False})
        self.assertEqual(claims["access"], [{"type": "repository", "name": "acme/shop", "actions": ["pull"]}])
        self.assertEqual((claims["sub"], claims["aud"]), (f"user:{self.bob.pk}", "registry"))

    def test_a_token_opens_what_it_says_and_nothing_else(self) -> None:
        headers = bearer(self.token(basic("alice"), SCOPE))
        self.assertEqual(self.client.post("/v2/acme/shop/blobs/uploads/", headers=headers).status_code, 202)
        self.assertEqual(self.client.get("/v2/", headers=headers).status_code, 200)
        other = self.client.post("/v2/acme/other/blobs/uploads/", headers=headers)
        self.assertEqual(other.status_code, 401)
        self.assertIn('scope="repository:acme/other:pull,push"', other.headers["WWW-Authenticate"])
        self.assertIn('error="insufficient_scope"', other.headers["WWW-Authenticate"])

    def test_what_no_token_could_open_is_denied(self) -> None:
        headers = bearer(self.token(basic("bob"), SCOPE))
        response = self.client.post("/v2/acme/shop/blobs/uploads/", headers=headers)
        self.assertEqual((response.status_code, response.json()["errors"][0]["code"]), (403, "DENIED"))

    def test_a_wrong_password_gets_none(self) -> None:
        for name in ("alice", "nobody", "robot$nobody"):
            response = self.client.get("/auth/token", headers=basic(name, "guess"))
            self.assertEqual((response.status_code, response.json()["errors"][0]["code"]), (401, "UNAUTHORIZED"))
            self.assertNotIn("token", response.json())

    def test_who_gives_no_password_gets_a_token_for_nothing(self) -> None:
        claims = jwt.decode(self.token(None, SCOPE), options={"verify_signature": False})
        self.assertEqual((claims["access"], claims["sub"]), ([], ""))

    def test_a_token_of_another_service_is_not_given(self) -> None:
        self.assertEqual(self.client.get("/auth/token?service=other", headers=basic("alice")).status_code, 400)

    def test_the_answer_is_kept_by_no_cache(self) -> None:
        response = self.client.get("/auth/token", headers=basic("alice"))
        self.assertEqual(response.headers["Cache-Control"], "no-store")

    def test_a_token_buys_no_token(self) -> None:
        headers = bearer(self.token(basic("alice"), SCOPE))
        self.assertEqual(self.client.get("/auth/token", {"scope": SCOPE}, headers=headers).status_code, 401)

    def test_other_methods_are_refused(self) -> None:
        self.assertEqual(self.client.put("/auth/token").status_code, 405)


class RefreshTests(AccessTestCase):
    def refresh(self, token: str) -> Any:
        form = {"grant_type": "refresh_token", "service": "registry", "scope": SCOPE, "refresh_token": token}
        return self.client.post("/auth/token", form)

    def login(self) -> dict[str, Any]:
        form = {
            "grant_type": "password",
            "service": "registry",
            "access_type": "offline",
            "username": "alice",
            "password": PASSWORD,
            "scope": SCOPE,
        }
        response = self.client.post("/auth/token", form)
        self.assertEqual(response.status_code, 200, response.content)
        return response.json()

    def test_a_refresh_token_buys_a_token(self) -> None:
        response = self.refresh(self.login()["refresh_token"])
        self.assertEqual(response.json()["scope"], SCOPE)
        headers = bearer(response.json()["access_token"])
        self.assertEqual(self.client.post("/v2/acme/shop/blobs/uploads/", headers=headers).status_code, 202)

    def test_it_opens_nothing_itself(self) -> None:
        headers = bearer(self.login()["refresh_token"])
        self.assertEqual(self.client.get("/v2/", headers=headers).status_code, 401)

    def test_an_access_token_does_not_refresh(self) -> None:
        self.assertEqual(self.refresh(self.login()["access_token"]).status_code, 401)

    def test_it_ends_with_the_password(self) -> None:
        token = self.login()["refresh_token"]
        self.alice.set_password("another")
        self.alice.save()
        self.assertEqual(self.refresh(token).status_code, 401)

    def test_it_is_given_on_request_only(self) -> None:
        self.assertNotIn("refresh_token", self.client.get("/auth/token", headers=basic("alice")).json())
        offline = self.client.get("/auth/token?offline_token=true", headers=basic("alice"))
        self.assertIn("refresh_token", offline.json())
        self.assertNotIn("refresh_token", self.client.get("/auth/token?offline_token=true").json())

    def test_a_wrong_password_in_the_form_is_refused(self) -> None:
        form = {"grant_type": "password", "username": "alice", "password": "guess"}
        self.assertEqual(self.client.post("/auth/token", form).status_code, 401)

    def test_an_unknown_grant_is_refused(self) -> None:
        self.assertEqual(self.client.post("/auth/token", {"grant_type": "magic"}).status_code, 400)


class ForgedTests(AccessTestCase):
    """None of these opens anything."""

    def claims(self, **more: Any) -> dict[str, Any]:
        token = self.token(basic("alice"), SCOPE)
        return {**jwt.decode(token, options={"verify_signature": False}), **more}

    def assert_refused(self, token: str) -> None:
        response = self.client.get("/v2/acme/shop/tags/list", headers=bearer(token))
        self.assertEqual(response.status_code, 401, token)
        self.assertIn('error="invalid_token"', response.headers["WWW-Authenticate"])

    def signed(self, key: bytes | None = None, algorithm: str = "HS256", **claims: Any) -> str:
        kid, current = keys.current()
        return jwt.encode(self.claims(**claims), key or current, algorithm=algorithm, headers={"kid": kid})

    def test_the_forger_could_sign_with_the_key(self) -> None:
        """So what the other tests see refused is refused for what they say."""
        response = self.client.get("/v2/acme/shop/tags/list", headers=bearer(self.signed()))
        self.assertEqual(response.status_code, 404)

    def test_without_a_signature(self) -> None:
        kid, _ = keys.current()
        for algorithm in ("none", "None", "NONE", "nOnE"):
            head = segment({"typ": "JWT", "alg": algorithm, "kid": kid})
            self.assert_refused(f"{head}.{segment(self.claims())}.")

    def test_with_another_key(self) -> None:
        self.assert_refused(self.signed(key=b"x" * 32))
        self.assert_refused(self.signed(key=b"y" * 64, algorithm="HS512"))

    def test_with_another_algorithm_and_the_right_key(self) -> None:
        _, key = keys.current()
        with self.assertWarns(jwt.InsecureKeyLengthWarning):
            token = self.signed(key=key, algorithm="HS384")
        self.assert_refused(token)

    def test_with_changed_claims(self) -> None:
        head, _, signature = self.signed().split(".")
        self.assert_refused(f"{head}.{segment(self.claims(sub=f'user:{self.root.pk}'))}.{signature}")

    def test_expired(self) -> None:
        self.assert_refused(self.signed(exp=int(time.time()) - 60))

    def test_of_the_future(self) -> None:
        self.assert_refused(self.signed(nbf=int(time.time()) + 600))

    def test_for_another_service_or_of_another_issuer(self) -> None:
        self.assert_refused(self.signed(aud="other"))
        self.assert_refused(self.signed(iss="other"))

    def test_without_an_end(self) -> None:
        kid, key = keys.current()
        claims = self.claims()
        del claims["exp"]
        self.assert_refused(jwt.encode(claims, key, algorithm="HS256", headers={"kid": kid}))

    def test_with_a_strange_key_name(self) -> None:
        for kid in ("../../etc/passwd", "' OR 1=1 --", "", "0" * 5000, "\0"):
            self.assert_refused(jwt.encode(self.claims(), b"x" * 32, algorithm="HS256", headers={"kid": kid}))
        for kid in (None, 7, ["a"], {"a": 1}):
            head = segment({"typ": "JWT", "alg": "HS256", "kid": kid})
            self.assert_refused(f"{head}.{segment(self.claims())}.AAAA")

    def test_no_token_at_all(self) -> None:
        for text in ("x", "..", "a.b.c", "é", "." * 100, "A" * 100_000):
            self.assert_refused(text)

    def test_of_an_account_that_is_gone_or_closed(self) -> None:
        bob, alice = self.token(basic("bob"), SCOPE), self.token(basic("alice"), SCOPE)
        self.bob.delete()
        self.alice.is_active = False
        self.alice.save()
        self.assert_refused(bob)
        self.assert_refused(alice)

    def test_of_before_the_password_was_changed(self) -> None:
        token = self.token(basic("alice"), SCOPE)
        self.alice.set_password("another")
        self.alice.save()
        self.assert_refused(token)


class KeyTests(AccessTestCase):
    """Keys are in the database: what one process signs another one verifies, today and after a restart."""

    def test_a_new_process_knows_the_token(self) -> None:
        token = self.token(basic("alice"), SCOPE)
        keys.forget()
        self.assertEqual(tokens.verify(token).account, of_user(self.alice))

    def test_rotation_leaves_tokens_that_are_out(self) -> None:
        token = self.token(basic("alice"), SCOPE)
        before = keys.current()
        call_command("registry_keys", verbosity=0, stdout=StringIO())
        self.assertNotEqual(keys.current(), before)
        self.assertTrue(tokens.verify(token).covers(Scope("repository", "acme/shop", frozenset({"push"}))))

    def test_rotation_at_once_ends_them(self) -> None:
        token = self.token(basic("alice"), SCOPE)
        call_command("registry_keys", "--at-once", verbosity=0, stdout=StringIO())
        with self.assertRaises(tokens.InvalidTokenError):
            tokens.verify(token)

    def test_keys_go_when_nothing_of_theirs_can_be_valid(self) -> None:
        old = keys.current()[0]
        SigningKey.objects.update(created_at="2020-01-01T00:00:00Z")
        self.assertEqual(keys.rotate(), 0)  # it signed until now
        SigningKey.objects.exclude(kid=old).update(created_at="2021-01-01T00:00:00Z")
        self.assertEqual(keys.rotate(), 1)
        self.assertFalse(SigningKey.objects.filter(kid=old).exists())

    def test_a_changed_secret_key_ends_them_unless_the_old_one_is_named(self) -> None:
        token = self.token(basic("alice"), SCOPE)
        _, key = keys.current()
        with override_settings(SECRET_KEY="new"):
            self.assertNotEqual(keys.current()[1], key)
            with self.assertRaises(tokens.InvalidTokenError):
                tokens.verify(token)
        with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
            self.assertIn(key, keys.candidates(keys.current()[0]))

    def test_the_database_alone_does_not_forge(self) -> None:
        kid, key = keys.current()
        row = SigningKey.objects.get(kid=kid)
        self.assertNotIn(key, {row.salt.encode(), bytes.fromhex(row.salt)})
