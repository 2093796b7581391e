"""Events: what happened in a repository, to what, by whom. The one form that audit log and webhooks share."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.dispatch import Signal
from django.utils import timezone

from oci import current, signals

# Each signal's name. The part before the dot is what it happened to.
NAMES: dict[Signal, str] = {
    signals.blob_pushed: "blob.push",
    signals.blob_pulled: "blob.pull",
    signals.blob_deleted: "blob.delete",
    signals.manifest_pushed: "manifest.push",
    signals.manifest_pulled: "manifest.pull",
    signals.manifest_deleted: "manifest.delete",
    signals.tag_deleted: "tag.delete",
}
ALL = tuple(sorted(NAMES.values()))


@dataclass(frozen=True)
class Event:
    """One thing that happened."""

    name: str
    repository: str
    digest: str = ""
    tags: tuple[str, ...] = ()
    # Further facts of the signal, such as `size` (bytes) and `media_type`.
    facts: Mapping[str, Any] = field(default_factory=dict)
    # Name of the account, empty for anonymous requests and for commands.
    account: str = ""
    address: str = ""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    time: datetime = field(default_factory=timezone.now)


def of(signal: Signal, repository: str, facts: Mapping[str, Any]) -> Event:
    """The event that a signal of oci.signals tells of."""
    facts = dict(facts)
    tags = facts.pop("tags", None) or [facts.pop("tag", "")]
    account, address = whence()
    return Event(
        name=NAMES[signal],
        repository=repository,
        digest=facts.pop("digest", ""),
        tags=tuple(filter(None, tags)),
        facts=facts,
        account=account,
        address=address,
    )


def whence() -> tuple[str, str]:
    """Name of the account and address of the request under way; empty where there is none."""
    request = current.request()
    if request is None:
        return "", ""
    if not apps.is_installed("oci.auth"):
        return "", str(request.META.get("REMOTE_ADDR", ""))
    from oci.auth import gate, throttle

    return gate.account_of(request).name, throttle.client_address(request)
