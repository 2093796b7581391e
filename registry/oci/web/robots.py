"""A page for each user's own robots: make them, give them new secrets, revoke them.

A robot may do what its owner lends it, in the repositories that the owner names, and never more than the owner may do at
that moment. Its secret stands in the answer to the request that made it, and nowhere else.
"""

import functools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.views import redirect_to_login
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from oci.auth import accounts, gate
from oci.auth.conf import conf
from oci.auth.models import Robot
from oci.auth.signals import robot_changed
from oci.web.forms import RobotForm, prefix_of
from oci.web.page import protected, show

# How long a renewed secret is good for.
_RENEWED = timedelta(days=90)


def _personal(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page for who is signed in. Nobody's cache keeps it, for there may be a secret in it."""

    @functools.wraps(view)
    def wrapper(request: HttpRequest, **parts: str) -> HttpResponse:
        gate.use_session(request)
        if not request.user.is_authenticated:
            return protected(redirect_to_login(request.get_full_path(), reverse("oci_web:login")))
        try:
            response = view(request, **parts) if conf().own_robots else _missing(request)
        except Http404:
            response = _missing(request)
        response = protected(response)
        response.headers["Cache-Control"] = "no-store"
        return response

    return wrapper


@require_http_methods(["GET", "HEAD", "POST"])
@_personal
@sensitive_variables("secret")
def own(request: HttpRequest) -> HttpResponse:
    """The user's robots, and the form for a new one."""
    if request.method != "POST":
        return _page(request)
    form = _form(request, request.POST)
    if not form.is_valid():
        return _page(request, form=form, status=400)
    robot, secret = form.robot()
    try:
        with transaction.atomic():
            # The user's row is the lock: two forms at once make no robot too many.
            get_user_model()._default_manager.select_for_update().get(pk=request.user.pk)  # noqa: SLF001
            if _robots(request).count() >= conf().own_robots:
                form.add_error(None, f"You have {conf().own_robots} robots, and may have no more.")
                return _page(request, form=form, status=400)
            robot.save()
    except IntegrityError:
        form.add_error("name", f"There is a robot {robot.username} already.")
        return _page(request, form=form, status=400)
    robot_changed.send(sender=None, request=request, robot=robot, what="create")
    return _page(request, made=robot, secret=secret)


@require_POST
@_personal
@sensitive_variables("secret")
def change(request: HttpRequest, name: str, what: str) -> HttpResponse:
    """Give one of the user's robots a new secret, revoke it, or remove one that can log in no more."""
    robot = _robots(request).filter(name=name).first()
    if robot is None or what not in {"renew", "revoke", "delete"} or (what == "delete" and robot.is_valid):
        raise Http404
    secret = ""
    if what == "renew":
        secret = robot.new_secret()
        robot.expires_at = timezone.now() + _RENEWED
        robot.save()
    elif what == "revoke":
        robot.revoke()
    else:
        robot.delete()
    robot_changed.send(sender=None, request=request, robot=robot, what=what)
    return _page(request, made=robot, secret=secret) if secret else HttpResponseRedirect(reverse("oci_web:robots"))


def _missing(request: HttpRequest) -> HttpResponse:
    return show(request, "oci/missing.html", {}, status=404)


def _robots(request: HttpRequest) -> Any:
    """Those that the user has lent something, and nobody else anything: groups may do what their robots' owners may not."""
    robots = Robot.objects.filter(owner_id=request.user.pk, groups=None).exclude(repositories="")
    return robots.select_related("owner")


def _form(request: HttpRequest, data: Any = None) -> RobotForm:
    grants = gate.grants_of(request, accounts.of_user(request.user))
    return RobotForm(data, owner=request.user, grants=grants)


def _page(
    request: HttpRequest,
    *,
    form: RobotForm | None = None,
    made: Robot | None = None,
    secret: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "robots": _robots(request),
        "form": form or _form(request),
        "prefix": Robot.PREFIX + prefix_of(request.user),
        "made": made,
        "secret": secret,
    }
    return show(request, "oci/robots.html", context, status=status)
