"""Takes messages out of the outbox, one at a time, and tries again what failed."""

import http.client
import random
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from oci.webhooks.conf import conf
from oci.webhooks.models import Delivery
from oci.webhooks.sending import LIMIT, RefusedAddressError, send

_PAUSE = 10  # seconds before the second attempt
_LONGEST = 3600
_BATCH = 50


def deliver_due() -> int:
    """Try each message that is due. Returns how many were tried."""
    tried = 0
    while due := list(_due().order_by("due_at").values_list("pk", flat=True)[:_BATCH]):
        claimed = 0
        for pk in due:
            if claim(pk):
                claimed += 1
                tried += _try(pk)
        if not claimed:
            break  # others are at work
    return tried


def purge() -> int:
    """Forget old messages that wait for nothing."""
    before = timezone.now() - timedelta(days=conf().keep_days)
    deleted, _ = Delivery.objects.exclude(state=Delivery.State.WAITING).filter(created_at__lt=before).delete()
    return deleted


def pause(attempts: int) -> float:
    """Seconds to wait after so many attempts: doubled each time, and spread so that a service is not hit all at once."""
    return min(_PAUSE * 2 ** min(attempts - 1, 20), _LONGEST) * random.uniform(0.8, 1.2)  # noqa: S311


def _due() -> QuerySet[Delivery]:
    return Delivery.objects.filter(state=Delivery.State.WAITING, due_at__lte=timezone.now(), webhook__active=True)


def claim(pk: int) -> bool:
    """Make it ours. If this process dies, it is due again after a while: a service may be told twice, never not at all."""
    now = timezone.now()
    until = now + timedelta(seconds=60 + 2 * LIMIT * conf().timeout)
    # Without a join: PostgreSQL judges the row anew after it waited for another process.
    waiting = Delivery.objects.filter(pk=pk, state=Delivery.State.WAITING, due_at__lte=now)
    return bool(waiting.update(due_at=until))


def _try(pk: int) -> bool:
    delivery = Delivery.objects.select_related("webhook").filter(pk=pk).first()
    if delivery is None:
        return False
    webhook = delivery.webhook
    delivery.attempts += 1
    delivery.status, delivery.error = None, ""
    final = False
    try:
        delivery.status = send(webhook.url, webhook.secret, delivery.event, delivery.body.encode())
    except RefusedAddressError as error:
        delivery.error, final = str(error)[:300], True
    except (OSError, http.client.HTTPException, ValueError) as error:
        delivery.error = f"{type(error).__name__}: {error}"[:300]
    if delivery.status is not None and 200 <= delivery.status < 300:
        delivery.state = Delivery.State.DELIVERED
    elif final or delivery.attempts >= conf().attempts:
        delivery.state = Delivery.State.GIVEN_UP
    else:
        delivery.due_at = timezone.now() + timedelta(seconds=pause(delivery.attempts))
    delivery.save(update_fields=["attempts", "status", "error", "state", "due_at"])
    return True
