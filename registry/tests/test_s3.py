"""Content in an S3-compatible store: django-storages against a real server (moto's), pulls by redirect."""

import logging
import urllib.request
from importlib.util import find_spec
from typing import Any
from unittest import skipUnless

from django.test import override_settings

from oci.services.collecting import collect
from oci.storage import Content
from tests.base import RegistryTestCase, body

_THERE = all(find_spec(name) for name in ("boto3", "moto", "storages", "flask"))
_KEYS = {"access_key": "test", "secret_key": "test", "region_name": "us-east-1"}


@skipUnless(_THERE, "needs django-storages, boto3 and moto[server]")
class S3Tests(RegistryTestCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        from moto.server import ThreadedMotoServer

        log = logging.getLogger("werkzeug")  # a line for each request, on stderr
        cls.addClassCleanup(log.setLevel, log.level)
        log.setLevel(logging.WARNING)
        cls.server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        cls.server.start()
        cls.addClassCleanup(cls.server.stop)
        host, port = cls.server.get_host_and_port()
        cls.endpoint = f"http://{host}:{port}"
        import boto3

        boto3.client(
            "s3",
            endpoint_url=cls.endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        ).create_bucket(Bucket="registry")

    def use(self, **registry: Any) -> None:
        super().use(**registry)
        options = {"bucket_name": "registry", "endpoint_url": self.endpoint, "querystring_auth": True, **_KEYS}
        settings = override_settings(
            STORAGES={"registry": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}}
        )
        settings.enable()
        self.addCleanup(settings.disable)

    def test_push_and_pull(self) -> None:
        digest = self.push_blob(b"0123456789" * 1000)
        url = f"/v2/acme/shop/blobs/{digest}"
        self.assertEqual(body(self.client.get(url)), b"0123456789" * 1000)
        response = self.client.get(url, headers={"range": "bytes=2-4"})
        self.assertEqual((response.status_code, body(response)), (206, b"234"))
        self.assertEqual(self.client.head(url).headers["Content-Length"], "10000")
        self.assertEqual(self.staged(), [])

    def test_a_redirect_leads_to_the_bytes(self) -> None:
        self.use(REDIRECT=True)
        digest = self.push_blob(b"by redirect")
        response = self.client.get(f"/v2/acme/shop/blobs/{digest}")
        self.assertEqual(response.status_code, 307)
        with urllib.request.urlopen(response.headers["Location"]) as answer:
            self.assertEqual(answer.read(), b"by redirect")

    def test_garbage_collection(self) -> None:
        self.push_image("v1", b"needed")
        self.push_blob(b"nobody's")
        known = set(Content().names())
        self.assertEqual(collect(0).blobs, 1)
        self.assertEqual(len(known - set(Content().names())), 1)
