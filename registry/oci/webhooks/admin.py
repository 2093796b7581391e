from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from oci.webhooks.models import Delivery, Webhook


@admin.register(Webhook)
class WebhookAdmin(admin.ModelAdmin):
    list_display = ["name", "url", "pattern", "events", "active"]
    list_filter = ["active"]
    search_fields = ["name", "url"]


@admin.register(Delivery)
class DeliveryAdmin(admin.ModelAdmin):
    """The outbox."""

    list_display = ["created_at", "webhook", "event", "state", "attempts", "status", "due_at", "error"]
    list_filter = ["state", "event", "webhook"]
    list_select_related = ["webhook"]
    actions = ["again"]

    @admin.action(description="Deliver again", permissions=["delete"])
    def again(self, request: HttpRequest, deliveries: QuerySet) -> None:
        deliveries.update(state=Delivery.State.WAITING, due_at=timezone.now(), attempts=0, error="")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Delivery | None = None) -> bool:
        return False
