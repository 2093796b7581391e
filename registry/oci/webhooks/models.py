import secrets

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.utils import timezone

from oci import events, patterns


def new_secret() -> str:
    """256 random bits."""
    return secrets.token_hex(32)


def validate_events(text: str) -> None:
    """Raise ValidationError for a name that is no event's."""
    if unknown := sorted(set(text.split()) - set(events.ALL)):
        raise ValidationError(f"There are no events {', '.join(unknown)}. There are {', '.join(events.ALL)}.")


class Webhook(models.Model):
    """A service that is told of events."""

    name = models.CharField(max_length=100, unique=True)
    url = models.CharField("URL", max_length=500, validators=[URLValidator(schemes=["http", "https"])])
    # Needed in clear to sign with.
    secret = models.CharField(max_length=200, default=new_secret, help_text="Messages are signed with it.")
    events = models.TextField(
        default="manifest.push manifest.delete tag.delete",
        validators=[validate_events],
        help_text=f"Separated by spaces: {', '.join(events.ALL)}.",
    )
    pattern = models.CharField(
        max_length=patterns.MAX_LENGTH,
        default="**",
        validators=[patterns.validate],
        help_text="Of repositories: * stands for one part of a name, ** for several.",
    )
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """The outbox: a message for a service, from the transaction of the event until it is delivered or given up."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        GIVEN_UP = "given-up", "given up"

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=32)
    # The very bytes that are signed and sent.
    body = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField(auto_now_add=True)
    # When it may be tried next. A process that tries moves it on first, so that no other one tries as well.
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0)
    status = models.PositiveIntegerField(null=True, blank=True, help_text="Of the last answer.")
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["due_at"], condition=models.Q(state="waiting"), name="oci_webhooks_due")]

    def __str__(self) -> str:
        return f"{self.event} to {self.webhook}"
