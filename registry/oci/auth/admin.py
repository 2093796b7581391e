from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from oci.auth.models import Permission, Robot, SigningKey

_LIFETIME = timedelta(days=365)


@admin.register(Permission)
class PermissionAdmin(admin.ModelAdmin):
    list_display = ["pattern", "audience", "group", "pull", "push", "delete_content"]
    list_filter = ["audience", "group"]
    search_fields = ["pattern", "group__name"]
    list_select_related = ["group"]


@admin.register(Robot)
class RobotAdmin(admin.ModelAdmin):
    """A new robot's secret is shown once, in the message that says that it was made."""

    list_display = ["username", "owner", "state", "expires_at", "used_at", "description"]
    list_filter = ["expires_at", "groups"]
    search_fields = ["name", "description", "owner__username"]
    list_select_related = ["owner"]
    filter_horizontal = ["groups"]
    autocomplete_fields = ["owner"]
    readonly_fields = ["created_at", "used_at", "revoked_at"]
    actions = ["renew", "revoke"]

    @admin.display(description="state")
    def state(self, robot: Robot) -> str:
        if robot.revoked_at is not None:
            return "revoked"
        return "valid" if robot.is_valid else "expired or its owner is inactive"

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"expires_at": timezone.now() + _LIFETIME, **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: Robot, form: ModelForm, change: bool) -> None:
        secret = "" if change else obj.new_secret()
        super().save_model(request, obj, form, change)
        if secret:
            self._show(request, obj, secret)

    @admin.action(description="Give a new secret", permissions=["change"])
    def renew(self, request: HttpRequest, robots: QuerySet) -> None:
        for robot in robots:
            secret = robot.new_secret()
            robot.save()
            self._show(request, robot, secret)

    @admin.action(description="Revoke", permissions=["change"])
    def revoke(self, request: HttpRequest, robots: QuerySet) -> None:
        for robot in robots:
            robot.revoke()

    def _show(self, request: HttpRequest, robot: Robot, secret: str) -> None:
        text = f"Secret of {robot.username}, which is not shown again: {secret}"
        self.message_user(request, text, messages.WARNING)


@admin.register(SigningKey)
class SigningKeyAdmin(admin.ModelAdmin):
    """To look at. `manage.py registry_keys` rotates them."""

    list_display = ["kid", "created_at"]
    fields = ["kid", "created_at"]
    readonly_fields = ["kid", "created_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: SigningKey | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: SigningKey | None = None) -> bool:
        return False
