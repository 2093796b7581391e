"""The grammar of names, tags and digests (OCI Distribution spec, "Pulling manifests"; OCI image spec, "Digests").

Nothing that a client sent becomes part of a path or a query unless it has passed through here.
"""

import hashlib
import re
from typing import NamedTuple

# Clients limit host and name together to 255 characters; the rest is left to the host's name.
NAME_MAX_LENGTH = 200
TAG_MAX_LENGTH = 128
DIGEST_MAX_LENGTH = 200

# Possessive (`++`, `*+`): a hostile name is refused in linear time.
_COMPONENT = r"[a-z0-9]++(?:(?:\.|_{1,2}+|-++)[a-z0-9]++)*+"
_NAME = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*+", re.ASCII)
_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}", re.ASCII)
_DIGEST = re.compile(r"([a-z0-9]++(?:[+._-][a-z0-9]++)*+):([a-zA-Z0-9=_-]++)", re.ASCII)
_MEDIA_TYPE = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9!#$&^_.+-]{0,126}/[a-zA-Z0-9][a-zA-Z0-9!#$&^_.+-]{0,126}", re.ASCII)

# Registered algorithms that the registry can verify, with the length of the encoded part.
ALGORITHMS = {"sha256": 64, "sha512": 128}
_HEX = re.compile(r"[a-f0-9]+", re.ASCII)


class Digest(NamedTuple):
    """A digest that can be verified. Only `parse_digest` and `digest_of` make one."""

    algorithm: str
    encoded: str

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.encoded}"


def is_name(text: str) -> bool:
    """Whether a repository may have this name."""
    return len(text) <= NAME_MAX_LENGTH and _NAME.fullmatch(text) is not None


def is_tag(text: str) -> bool:
    """Whether a tag may have this name."""
    return _TAG.fullmatch(text) is not None


def is_media_type(text: str) -> bool:
    """Whether this is a media type without parameters (RFC 6838)."""
    return _MEDIA_TYPE.fullmatch(text) is not None


def is_digest(text: str) -> bool:
    """Whether this has the form of a digest, be its algorithm known or not."""
    return len(text) <= DIGEST_MAX_LENGTH and _DIGEST.fullmatch(text) is not None


def parse_digest(text: str) -> Digest | None:
    """The digest, or None where it is not well formed or of an algorithm that the registry does not verify."""
    if len(text) > DIGEST_MAX_LENGTH:
        return None
    algorithm, colon, encoded = text.partition(":")
    if colon and ALGORITHMS.get(algorithm) == len(encoded) and _HEX.fullmatch(encoded):
        return Digest(algorithm, encoded)
    return None


def digest_of(algorithm: str, content: bytes) -> Digest:
    """The digest of some bytes."""
    return Digest(algorithm, hashlib.new(algorithm, content, usedforsecurity=False).hexdigest())
