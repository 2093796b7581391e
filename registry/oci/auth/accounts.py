"""Accounts: users of Django's and robots, in one form."""

import threading
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.utils.crypto import constant_time_compare, salted_hmac

from oci.auth.models import Robot

# Seconds after which another process notices that an account was closed or has a new password.
_TRUST = 10.0
_LIMIT = 10_000


class Kind(StrEnum):
    """What an account is."""

    ANONYMOUS = "anonymous"
    USER = "user"
    ROBOT = "robot"


@dataclass(frozen=True)
class Account:
    """Who asks."""

    kind: Kind = Kind.ANONYMOUS
    key: int | str = 0
    name: str = ""
    superuser: bool = False
    # Ends with the password or the secret: a token that carries another one is not valid any more.
    stamp: str = ""

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody is known."""
        return self.kind is Kind.ANONYMOUS

    @property
    def subject(self) -> str:
        """What a token says of it."""
        return "" if self.is_anonymous else f"{self.kind}:{self.key}"


ANONYMOUS = Account()


def of_user(user: Any) -> Account:
    """The account of one of Django's users; anonymous for those who may not log in."""
    if not user.is_authenticated or not user.is_active:
        return ANONYMOUS
    return Account(Kind.USER, user.pk, user.get_username(), bool(user.is_superuser), _stamp(user.password))


def of_robot(robot: Robot) -> Account:
    """The account of a robot."""
    return Account(Kind.ROBOT, robot.pk, robot.username, stamp=_stamp(robot.secret_hash))


def by_subject(subject: str, stamp: str) -> Account | None:
    """Whom a token is for. None where the account is gone, closed, or has another password by now."""
    if subject == "":
        return ANONYMOUS
    account = _known.get(subject) or _known.put(subject, _looked_up(subject))
    if account is None or not constant_time_compare(account.stamp, stamp):
        return None
    return account


class _Known:
    """Accounts that this process has looked up lately."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: dict[str, tuple[float, Account]] = {}

    def get(self, subject: str) -> Account | None:
        row = self._rows.get(subject)
        return row[1] if row is not None and time.monotonic() - row[0] < _TRUST else None

    def put(self, subject: str, account: Account | None) -> Account | None:
        if account is not None:
            with self._lock:
                if len(self._rows) >= _LIMIT:
                    self._rows.clear()
                self._rows[subject] = time.monotonic(), account
        return account

    def forget(self, **kwargs: object) -> None:
        with self._lock:
            self._rows.clear()


_known = _Known()
for signal in (post_save, post_delete):
    signal.connect(_known.forget, sender=Robot, weak=False)
    signal.connect(_known.forget, sender=get_user_model(), weak=False)
m2m_changed.connect(_known.forget, sender=Robot.groups.through, weak=False)


def _looked_up(subject: str) -> Account | None:
    kind, _, key = subject.partition(":")
    if kind == Kind.ROBOT:
        robot = Robot.objects.select_related("owner").filter(pk=key).first()
        return of_robot(robot) if robot is not None and robot.is_valid else None
    user = get_user_model()._default_manager.filter(pk=key).first()  # noqa: SLF001 - what Django's docs name for this
    return of_user(user) if user is not None and user.is_active else None


def _stamp(secret: str) -> str:
    return salted_hmac("oci.auth.accounts", secret, algorithm="sha256").hexdigest()[:32]
