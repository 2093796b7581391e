"""What these tests share: a registry with access control, accounts, and the requests of a client that has a token."""

import base64
from typing import Any

from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.test import override_settings

from oci.auth import keys
from oci.auth.models import Permission, Robot
from tests.base import OwnFolder, RegistryTestCase

GATE = "oci.auth.gate.authorize"
PASSWORD = "correct horse"


def basic(name: str, password: str = PASSWORD) -> dict[str, str]:
    """Headers with a name and a password."""
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def bearer(token: str) -> dict[str, str]:
    """Headers with a token."""
    return {"Authorization": f"Bearer {token}"}


class Access(OwnFolder):
    """A mixin: everybody needs an account. Alice may do everything in acme/**, Bob may pull there."""

    auth: dict[str, Any] = {}
    registry = {"AUTHORIZE": GATE}

    def setUp(self) -> None:
        super().setUp()
        self.use_auth(**self.auth)
        self.fast = override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
        self.fast.enable()
        self.addCleanup(self.fast.disable)
        keys.forget()
        cache.clear()
        self.addCleanup(cache.clear)
        self.developers = Group.objects.create(name="developers")
        self.readers = Group.objects.create(name="readers")
        Permission.objects.create(pattern="acme/**", group=self.developers, push=True, delete_content=True)
        Permission.objects.create(pattern="acme/**", group=self.readers)
        self.alice = User.objects.create_user("alice", password=PASSWORD)
        self.alice.groups.add(self.developers)
        self.bob = User.objects.create_user("bob", password=PASSWORD)
        self.bob.groups.add(self.readers)
        self.root = User.objects.create_superuser("root", password=PASSWORD)

    def use_auth(self, **auth: Any) -> None:
        """Settings of access for the rest of the test."""
        settings = override_settings(REGISTRY_AUTH=auth)
        settings.enable()
        self.addCleanup(settings.disable)

    def robot(self, name: str = "ci", **more: Any) -> tuple[Robot, str]:
        """A robot with a developer's rights, and its secret."""
        robot = Robot(name=name, **more)
        secret = robot.new_secret()
        robot.save()
        robot.groups.add(self.developers)
        return robot, secret

    def token(self, headers: dict[str, str] | None = None, *scopes: str) -> str:
        """A token for these scopes."""
        response = self.client.get("/auth/token", {"service": "registry", "scope": scopes}, headers=headers or {})
        self.assertEqual(response.status_code, 200, response.content)
        return response.json()["token"]

    def as_root(self) -> None:
        """From here on the client sends the superuser's password."""
        self.client.defaults["HTTP_AUTHORIZATION"] = basic("root")["Authorization"]

    def as_nobody(self) -> None:
        """From here on the client sends what a request says."""
        self.client.defaults.pop("HTTP_AUTHORIZATION", None)


class AccessTestCase(Access, RegistryTestCase):
    """A registry with accounts, in a transaction that is taken back."""
