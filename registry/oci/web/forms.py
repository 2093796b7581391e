import re
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from oci import grammar, patterns
from oci.auth import throttle
from oci.auth.models import Robot
from oci.auth.permissions import Grants
from oci.auth.signals import login_failed
from oci.errors import TooManyRequestsError


class Throttled:
    """A mixin for Django's forms: who guesses here is slowed down as at the API, by the same counts."""

    request: HttpRequest | None
    cleaned_data: dict[str, Any]

    def clean(self) -> Any:
        name = self.cleaned_data.get("username", "")
        if self.request is None:
            return super().clean()  # type: ignore[misc]
        try:
            throttle.check(self.request, name)
        except TooManyRequestsError as error:
            raise ValidationError("Too many failed logins. Try again in some minutes.", code="throttled") from error
        try:
            cleaned = super().clean()  # type: ignore[misc]
        except ValidationError:
            throttle.failed(self.request, name)
            login_failed.send(sender=None, request=self.request, username=name)
            raise
        throttle.passed(self.request, name)
        return cleaned


class LoginForm(Throttled, AuthenticationForm):
    """For the web page."""


class AdminLoginForm(Throttled, AdminAuthenticationForm):
    """For Django's admin."""


class RobotForm(forms.Form):
    """A robot of the user's own."""

    LIFETIMES = (("30", "30 days"), ("90", "90 days"), ("365", "a year"))

    name = forms.CharField(max_length=40)
    repositories = forms.CharField(max_length=500)
    push = forms.BooleanField(required=False)
    delete_content = forms.BooleanField(required=False)
    days = forms.ChoiceField(choices=LIFETIMES, initial="90")
    description = forms.CharField(max_length=200, required=False)

    def __init__(self, *args: Any, owner: Any, grants: Grants, **more: Any) -> None:
        super().__init__(*args, auto_id="robot-%s", **more)
        self._owner = owner
        self._grants = grants
        for name in ("name", "repositories"):
            self.fields[name].widget.attrs |= {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}

    def clean_name(self) -> str:
        """The whole name: with the owner's before it, so that nobody takes the names of others."""
        name = f"{prefix_of(self._owner)}{self.cleaned_data['name']}"
        if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", self.cleaned_data["name"], re.ASCII):
            raise ValidationError("Lower-case letters, digits, and . _ -")
        if Robot.objects.filter(name=name).exists():
            raise ValidationError(f"There is a robot {Robot.PREFIX}{name} already.")
        return name

    def clean_repositories(self) -> str:
        """Patterns, of which each may match something that the owner may pull."""
        text = " ".join(self.cleaned_data["repositories"].replace(",", " ").split())
        patterns.validate_several(text)
        for pattern in text.split():
            if grammar.is_name(pattern) and not self._grants.actions(pattern):
                raise ValidationError(f"You may do nothing in {pattern} yourself.")
        return text

    def robot(self) -> tuple[Robot, str]:
        """The new robot, which is not saved yet, and its secret."""
        data = self.cleaned_data
        robot = Robot(
            name=data["name"],
            owner=self._owner,
            repositories=data["repositories"],
            push=data["push"],
            delete_content=data["delete_content"],
            description=data["description"],
            expires_at=timezone.now() + timedelta(days=int(data["days"])),
        )
        return robot, robot.new_secret()


def prefix_of(user: Any) -> str:
    """What the names of a user's robots begin with."""
    name = re.sub(r"[^a-z0-9._-]+", "-", user.get_username().lower(), flags=re.ASCII)[:58].lstrip("._-")
    return f"{name or user.pk}."
