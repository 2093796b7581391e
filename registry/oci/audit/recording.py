"""Writes the log.

An event of a repository is written in the transaction that makes the change: either both are there or none. Refusals
and failed logins change nothing, and are written after the answer.
"""

import json
import logging
from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.db import transaction
from django.dispatch import Signal, receiver
from django.http import HttpRequest, HttpResponse

from oci import events, signals
from oci.audit.conf import conf
from oci.audit.models import Entry
from oci.middleware import answered

_log = logging.getLogger("oci.audit")


@receiver(signals.recording)
def _happened(sender: str, event: Signal, facts: Mapping[str, Any], **_: object) -> None:
    if events.NAMES[event] not in conf().events:
        return
    happened = events.of(event, sender, facts)
    _write(
        Entry(
            time=happened.time,
            event=happened.name,
            account=happened.account,
            address=happened.address,
            repository=happened.repository,
            digest=happened.digest,
            tags=" ".join(happened.tags),
            detail=dict(happened.facts),
        )
    )


@receiver(answered)
def _refused(request: HttpRequest, response: HttpResponse, **_: object) -> None:
    if response.status_code != 403 or not request.path_info.startswith("/v2/"):
        return
    match = request.resolver_match
    account, address = events.whence()
    _write(
        Entry(
            event="refused",
            account=account,
            address=address,
            repository=match.kwargs.get("name", "") if match else "",
            detail={"method": request.method, "path": request.path_info[:500], "error": _error(response)},
        )
    )


def _failed(request: HttpRequest, username: str, **_: object) -> None:
    from oci.auth.throttle import client_address

    # The name as it was sent: it may be a password in the wrong field, so no more than its beginning is kept.
    shown = "".join(c for c in username[:40] if c.isprintable())
    _write(Entry(event="login.failed", address=client_address(request), detail={"username": shown}))


def _robot(robot: Any, what: str, **_: object) -> None:
    account, address = events.whence()
    detail = {"robot": robot.username, "repositories": robot.repositories, "actions": sorted(robot.lent)}
    _write(Entry(event=f"robot.{what}", account=account, address=address, detail=detail))


if apps.is_installed("oci.auth"):
    from oci.auth.signals import login_failed, robot_changed

    login_failed.connect(_failed, weak=False)
    robot_changed.connect(_robot, weak=False)


def _error(response: HttpResponse) -> str:
    try:
        return str(json.loads(response.content)["errors"][0]["message"])[:200]
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""


def _write(entry: Entry) -> None:
    if conf().database:
        entry.save(force_insert=True)
    # JSON escapes line ends, so no name forges a line of the log.
    line = {
        "time": entry.time.isoformat(),
        "event": entry.event,
        "account": entry.account,
        "address": entry.address,
        "repository": entry.repository,
        "digest": entry.digest,
        "tags": entry.tags.split(),
        **entry.detail,
    }
    transaction.on_commit(lambda: _log.info(json.dumps(line)))
