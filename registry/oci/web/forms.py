from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from oci.auth import throttle
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
