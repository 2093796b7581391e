import json
from typing import Any

from django.test import SimpleTestCase
from hypothesis import given
from hypothesis import strategies as st

from oci.errors import ManifestInvalidError
from oci.services.parsing import DOCKER_LIST, OCI_IMAGE, OCI_INDEX, parse

DIGEST = "sha256:" + "a" * 64
ENTRY = {"mediaType": "application/x", "digest": DIGEST, "size": 3}

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


class ParsingTests(SimpleTestCase):
    def refused(self, data: Any, content_type: str = "") -> None:
        content = data if isinstance(data, bytes) else json.dumps(data).encode()
        with self.assertRaises(ManifestInvalidError):
            parse(content, content_type)

    def test_an_image_names_its_config_and_layers(self) -> None:
        parsed = parse(json.dumps({"config": ENTRY, "layers": [ENTRY, ENTRY]}).encode(), "")
        self.assertEqual(parsed.media_type, OCI_IMAGE)
        self.assertEqual([named.kind for named in parsed.names], ["config", "layer", "layer"])
        self.assertEqual(parsed.artifact_type, "application/x")

    def test_an_index_names_its_manifests(self) -> None:
        parsed = parse(json.dumps({"manifests": [ENTRY], "artifactType": "a/b", "subject": ENTRY}).encode(), "")
        self.assertEqual((parsed.media_type, parsed.artifact_type, parsed.subject), (OCI_INDEX, "a/b", DIGEST))
        self.assertEqual([named.kind for named in parsed.names], ["manifest"])

    def test_parameters_of_the_type_are_left_out(self) -> None:
        self.assertEqual(parse(b'{"manifests": []}', DOCKER_LIST + "; charset=utf-8").media_type, DOCKER_LIST)

    def test_layers_from_elsewhere_are_not_required(self) -> None:
        foreign = ENTRY | {"mediaType": "application/vnd.oci.image.layer.nondistributable.v1.tar"}
        parsed = parse(json.dumps({"layers": [foreign, ENTRY | {"urls": ["https://e.org"]}, ENTRY]}).encode(), "")
        self.assertEqual([named.required for named in parsed.names], [False, False, True])

    def test_refused(self) -> None:
        for data in (
            b"",
            b"{",
            b"\xff\xfe",
            b"[]",
            b"null",
            b'{"config": ' + b"9" * 5000 + b"}",
            {"schemaVersion": 1},
            {"mediaType": 5},
            {"mediaType": "no type"},
            {"mediaType": "a/b\r\nX-Injected: 1"},
            {"layers": {}},
            {"layers": ["x"]},
            {"layers": [ENTRY | {"digest": "sha256:../../etc/passwd"}]},
            {"layers": [ENTRY | {"digest": "sha256:" + "a" * 63}]},
            {"layers": [ENTRY | {"size": -1}]},
            {"layers": [ENTRY | {"size": 2**63}]},
            {"layers": [ENTRY | {"size": True}]},
            {"layers": [ENTRY | {"size": "3"}]},
            {"layers": [], "manifests": [], "mediaType": OCI_IMAGE},
            {"layers": [], "manifests": [], "mediaType": OCI_INDEX},
            {"subject": "x"},
            {"artifactType": "x"},
            {"artifactType": ["a/b"]},
            {"annotations": {"a": 1}},
            {"annotations": {"a": "\0"}},
        ):
            with self.subTest(str(data)[:60]):
                self.refused(data)

    def test_type_and_media_type_must_agree(self) -> None:
        self.refused({"mediaType": OCI_INDEX, "manifests": []}, OCI_IMAGE)

    def test_deep_json(self) -> None:
        self.refused(b'{"annotations": ' + b"[" * 100_000 + b"]" * 100_000 + b"}")
        self.refused(b'{"a": ' * 100_000 + b"1" + b"}" * 100_000)

    @given(_json, st.sampled_from(["", OCI_IMAGE, OCI_INDEX, "text/plain"]))
    def test_any_json_is_read_or_refused(self, data: Any, content_type: str) -> None:
        try:
            parse(json.dumps(data).encode(), content_type)
        except ManifestInvalidError:
            return

    @given(st.binary())
    def test_any_bytes_are_read_or_refused(self, content: bytes) -> None:
        try:
            parse(content, "")
        except ManifestInvalidError:
            return
