"""Names with passwords: users by Django's authentication backends, robots by their secrets."""

import base64
import binascii
import hmac
import secrets
import threading
import time
from collections import OrderedDict
from datetime import timedelta

from django.contrib.auth import authenticate, get_user_model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from oci.auth import accounts, throttle
from oci.auth.accounts import Account
from oci.auth.models import Robot
from oci.auth.signals import login_failed

# Seconds that a verified password is remembered: clients that send it with each request would otherwise wait for a slow
# hash each time.
_TRUST = 60.0
_LIMIT = 1000
# A robot's last use is written at most so often.
_USED_EVERY = timedelta(minutes=10)
_NOBODY = Robot.hashed(secrets.token_hex())

_process_key = secrets.token_bytes(32)
_remembered: OrderedDict[bytes, float] = OrderedDict()
_lock = threading.Lock()


def from_header(header: str) -> tuple[str, str] | None:
    """Name and password of `Authorization: Basic …` (RFC 7617), None where it is malformed."""
    try:
        text = base64.b64decode(header.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    name, colon, password = text.partition(":")
    return (name, password) if colon and name and "\0" not in text else None


def check(request: HttpRequest, username: str, password: str) -> Account | None:
    """Whose name and password this is. None where it is nobody's. Raises TooManyRequests."""
    throttle.check(request, username)
    if username.startswith(Robot.PREFIX):
        account = _robot(username.removeprefix(Robot.PREFIX), password)
    else:
        account = _user(request, username, password)
    if account is None:
        throttle.failed(request, username)
        login_failed.send(sender=None, request=request, username=username)
        return None
    throttle.passed(request, username)
    return account


def _robot(name: str, secret: str) -> Account | None:
    robot = Robot.objects.select_related("owner").filter(name=name).first()
    expected = robot.secret_hash if robot is not None and robot.is_valid else _NOBODY
    if not constant_time_compare(Robot.hashed(secret), expected) or robot is None:
        return None
    now = timezone.now()
    if robot.used_at is None or robot.used_at < now - _USED_EVERY:
        # By query, so that what other processes remember of the robot is not forgotten for it.
        Robot.objects.filter(pk=robot.pk).update(used_at=now)
    return accounts.of_robot(robot)


def _user(request: HttpRequest, username: str, password: str) -> Account | None:
    model = get_user_model()
    known = model._default_manager.filter(**{model.USERNAME_FIELD: username}).first()  # noqa: SLF001
    if known is not None and known.is_active and _is_remembered(username, password, known.password):
        return accounts.of_user(known)
    # Does as much work for a name that does not exist.
    user = authenticate(request, **{model.USERNAME_FIELD: username, "password": password})
    if user is None or not user.is_active:
        return None
    _remember(username, password, user.password)
    return accounts.of_user(user)


def _fingerprint(username: str, password: str, kept: str) -> bytes:
    # With the hash that the database has: a changed password is forgotten at once. Of no use outside of this process.
    return hmac.digest(_process_key, f"{username}\0{password}\0{kept}".encode(errors="replace"), "sha256")


def _is_remembered(username: str, password: str, kept: str) -> bool:
    with _lock:
        until = _remembered.get(_fingerprint(username, password, kept), 0.0)
    return time.monotonic() < until


def _remember(username: str, password: str, kept: str) -> None:
    with _lock:
        _remembered[_fingerprint(username, password, kept)] = time.monotonic() + _TRUST
        while len(_remembered) > _LIMIT:
            _remembered.popitem(last=False)
