"""Puts messages into the outbox, in the transaction of what they tell of."""

import json
import threading
import time
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import Signal, receiver

from oci import events, patterns, signals
from oci.events import Event
from oci.webhooks import worker
from oci.webhooks.models import Delivery, Webhook

# Seconds after which a process notices a webhook that another one has changed.
_TRUST = 5.0


class _Active:
    """The active webhooks, as this process read them lately: pulls must not pay for webhooks that nobody has."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self, **_: object) -> None:
        self._rows: list[Webhook] = []
        self._read_at = float("-inf")

    def rows(self) -> list[Webhook]:
        with self._lock:
            if time.monotonic() - self._read_at > _TRUST:
                self._rows = list(Webhook.objects.filter(active=True))
                self._read_at = time.monotonic()
            return self._rows


_active = _Active()
post_save.connect(_active.forget, sender=Webhook, weak=False)
post_delete.connect(_active.forget, sender=Webhook, weak=False)


def message(event: Event) -> str:
    """What a service is told: JSON, with the event's id, so that a message that comes twice is known."""
    return json.dumps(
        {
            "id": event.id,
            "event": event.name,
            "time": event.time.isoformat(),
            "repository": event.repository,
            "digest": event.digest,
            "tags": event.tags,
            "account": event.account,
            **event.facts,
        },
        ensure_ascii=False,
    )


@receiver(signals.recording)
def _put(sender: str, event: Signal, facts: Mapping[str, Any], **_: object) -> None:
    name = events.NAMES[event]
    wanted = [row for row in _active.rows() if name in row.events.split() and patterns.matches(row.pattern, sender)]
    if not wanted:
        return
    body = message(events.of(event, sender, facts))
    # A webhook may have been deleted since it was read.
    there = Webhook.objects.filter(pk__in=[row.pk for row in wanted]).values_list("pk", flat=True)
    Delivery.objects.bulk_create([Delivery(webhook_id=pk, event=name, body=body) for pk in there])
    transaction.on_commit(worker.wake)
