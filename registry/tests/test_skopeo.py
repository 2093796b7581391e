"""skopeo, a client that many use, copies images and an index in, out and between repositories."""

import gzip
import hashlib
import io
import json
import random
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import greenroom
from greenroom.cases import HttpTestCase

from tests.base import OwnFolder, descriptor, index, sha256

CONFIG = "application/vnd.oci.image.config.v1+json"
IMAGE = "application/vnd.oci.image.manifest.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


class Layout:
    """An OCI layout: a folder of blobs by digest, and an index of what is in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.blobs = folder / "blobs" / "sha256"
        self.blobs.mkdir(parents=True)
        (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')

    def add(self, content: bytes, media_type: str, **more: Any) -> dict[str, Any]:
        """Put a blob there. Returns its descriptor."""
        (self.blobs / hashlib.sha256(content).hexdigest()).write_bytes(content)
        return descriptor(content, media_type) | more

    def image(self, architecture: str, *, compressed: bool = True) -> dict[str, Any]:
        """An image of three layers; the first one is the same for all architectures, if they are compressed."""
        # skopeo keeps in mind which layers it has compressed, and takes those where it can.
        tars = [
            layer("shared" if compressed else f"{architecture}-base", 300_000),
            layer(architecture, 50_000),
            layer(f"{architecture}-more", 1),
        ]
        layers = [
            self.add(gzip.compress(tar, mtime=0), f"{LAYER}+gzip") if compressed else self.add(tar, LAYER)
            for tar in tars
        ]
        rootfs = {"type": "layers", "diff_ids": [sha256(tar) for tar in tars]}
        config = json.dumps({"architecture": architecture, "os": "linux", "config": {}, "rootfs": rootfs}).encode()
        manifest = {
            "schemaVersion": 2,
            "mediaType": IMAGE,
            "config": self.add(config, CONFIG),
            "layers": layers,
        }
        platform = {"architecture": architecture, "os": "linux"}
        return self.add(json.dumps(manifest).encode(), IMAGE, platform=platform)

    def name(self, what: dict[str, Any]) -> None:
        """Let the layout's only tag be this."""
        named = what | {"annotations": {"org.opencontainers.image.ref.name": "v1"}}
        (self.folder / "index.json").write_text(json.dumps(index(named)))

    def content(self) -> dict[str, bytes]:
        """All its blobs."""
        return {path.name: path.read_bytes() for path in self.blobs.iterdir()}


def layer(name: str, size: int) -> bytes:
    """A tar with one file."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tar:
        info = tarfile.TarInfo(f"{name}.bin")
        info.size = size
        tar.addfile(info, io.BytesIO(random.Random(name).randbytes(size)))
    return written.getvalue()


@greenroom.requires("command:skopeo")
class SkopeoTests(OwnFolder, HttpTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.given = Layout(self.folder / "given")
        self.source = f"oci:{self.given.folder}:v1"
        self.shop = self.docker("acme/shop")

    def docker(self, name: str) -> str:
        return f"docker://127.0.0.1:{self.live_server.port}/{name}:v1"

    def skopeo(self, *arguments: str) -> str:
        command = ["skopeo", "--insecure-policy", "--command-timeout", "60s", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def copy(self, source: str, target: str, *options: str) -> None:
        tls = ["--src-tls-verify=false", "--dest-tls-verify=false"]
        self.skopeo("copy", *tls, *options, source, target)

    def out(self, source: str, *options: str) -> Layout:
        """What comes out again."""
        got = Layout(self.folder / "got")
        self.copy(source, f"oci:{got.folder}:v1", *options)
        return got

    def test_an_image_goes_in_between_and_out(self) -> None:
        self.given.name(self.given.image("amd64"))
        self.copy(self.source, self.shop, "--preserve-digests")
        self.copy(self.shop, self.docker("other/shop"), "--preserve-digests")
        self.assertEqual(self.out(self.docker("other/shop"), "--preserve-digests").content(), self.given.content())
        # Mounted or not, content is there once; the manifest is in the database.
        self.assertEqual(len(self.files()), 4)
        self.assertEqual(self.staged(), [])

    def test_an_index_with_all_that_it_names(self) -> None:
        images = [self.given.image("amd64"), self.given.image("arm64")]
        content = json.dumps(index(*images)).encode()
        self.given.name(self.given.add(content, "application/vnd.oci.image.index.v1+json"))
        for source, target in ((self.source, self.shop), (self.shop, self.docker("other/shop"))):
            self.copy(source, target, "--all", "--preserve-digests")
        got = self.out(self.docker("other/shop"), "--all", "--preserve-digests")
        self.assertEqual(got.content(), self.given.content())

    def test_layers_are_compressed_on_the_way(self) -> None:
        self.compressed("amd64", "gzip")

    def test_layers_are_compressed_as_asked(self) -> None:
        self.compressed("arm64", "zstd", "--dest-compress-format", "zstd")

    def compressed(self, architecture: str, kind: str, *options: str) -> None:
        """An image whose layers are not compressed goes in, and comes out with the same layers."""
        self.given.name(self.given.image(architecture, compressed=False))
        self.copy(self.source, self.shop, *options)
        manifest = self.client.get("/v2/acme/shop/manifests/v1").json()
        self.assertEqual({part["mediaType"] for part in manifest["layers"]}, {f"{LAYER}+{kind}"})
        unpacked = self.folder / "unpacked"
        self.copy(self.shop, f"dir:{unpacked}", "--dest-decompress")
        given, seen = self.given.content(), 0
        for path in unpacked.iterdir():
            if path.name not in {"manifest.json", "version"}:
                self.assertEqual(path.read_bytes(), given[path.name])
                seen += 1
        self.assertEqual(seen, 4)

    def test_what_it_lists_inspects_and_deletes(self) -> None:
        self.given.name(self.given.image("amd64"))
        self.copy(self.source, self.shop)
        repository = self.shop.removesuffix(":v1")
        self.assertEqual(json.loads(self.skopeo("list-tags", "--tls-verify=false", repository))["Tags"], ["v1"])
        seen = json.loads(self.skopeo("inspect", "--tls-verify=false", self.shop))
        self.assertEqual((seen["Architecture"], len(seen["Layers"])), ("amd64", 3))
        self.skopeo("delete", "--tls-verify=false", self.shop)
        self.assertEqual(self.client.get("/v2/acme/shop/tags/list").json()["tags"], [])
