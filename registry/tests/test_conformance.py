"""The official conformance suite of the OCI distribution specification: each of its results is a test."""

from django.contrib.auth import get_user_model
from django.test import override_settings
from greenroom.conformance import OciConformanceTestCase

from tests.base import OwnFolder


class Version11(OwnFolder, OciConformanceTestCase):
    """What the specification asks for."""

    version = "1.1"


class MainBranch(OwnFolder, OciConformanceTestCase):
    """And what its main branch adds."""

    version = "dev"


class _WithAccounts(OwnFolder, OciConformanceTestCase, abstract=True):
    version = "dev"
    username, password = "ann", "for the suite alone"
    challenge = ""
    registry = {"AUTHORIZE": "oci.auth.gate.authorize"}

    def setUp(self) -> None:
        super().setUp()
        settings = override_settings(REGISTRY_AUTH={"CHALLENGE": self.challenge})
        settings.enable()
        self.addCleanup(settings.disable)
        get_user_model().objects.create_superuser(self.username, password=self.password)


class WithTokens(_WithAccounts):
    """Clients fetch a token, as Docker does."""

    challenge = "token"


class WithPasswords(_WithAccounts):
    """Clients send name and password each time."""

    challenge = "basic"
