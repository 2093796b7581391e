from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from oci.auth.models import Robot


class Command(BaseCommand):
    help = "Makes, renews and revokes accounts of programs. The secret is the only thing on standard output."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["create", "renew", "revoke", "list"])
        parser.add_argument("name", nargs="?", default="")
        parser.add_argument("--group", action="append", default=[], help="it may what this group may; repeatable")
        parser.add_argument("--owner", help="user with whom the account ends")
        parser.add_argument("--days", type=int, default=365, help="good for so many days; 0: for ever")
        parser.add_argument("--description", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        match options["what"]:
            case "list":
                for robot in Robot.objects.all():
                    state = "valid" if robot.is_valid else "not valid"
                    self.stdout.write(f"{robot.username}\t{state}\texpires {robot.expires_at or 'never'}")
            case "create":
                self._create(options)
            case "renew":
                robot = self._found(options["name"])
                secret = robot.new_secret()
                robot.expires_at = _expiry(options["days"])
                robot.save()
                self.stdout.write(secret)
            case "revoke":
                self._found(options["name"]).revoke()

    def _create(self, options: dict[str, Any]) -> None:
        groups = [self._group(name) for name in options["group"]]
        owner = None
        if options["owner"]:
            users = get_user_model()._default_manager  # noqa: SLF001
            owner = users.filter(**{get_user_model().USERNAME_FIELD: options["owner"]}).first()
            if owner is None:
                raise CommandError(f"there is no user {options['owner']!r}")
        robot = Robot(
            name=options["name"],
            owner=owner,
            expires_at=_expiry(options["days"]),
            description=options["description"],
        )
        secret = robot.new_secret()
        try:
            robot.full_clean()
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        robot.save()
        robot.groups.set(groups)
        self.stderr.write(f"{robot.username} is made. Its secret, which is not shown again:")
        self.stdout.write(secret)

    def _found(self, name: str) -> Robot:
        robot = Robot.objects.filter(name=name.removeprefix(Robot.PREFIX)).first()
        if robot is None:
            raise CommandError(f"there is no robot {name!r}")
        return robot

    def _group(self, name: str) -> Group:
        group = Group.objects.filter(name=name).first()
        if group is None:
            raise CommandError(f"there is no group {name!r}")
        return group


def _expiry(days: int) -> Any:
    return timezone.now() + timedelta(days=days) if days else None
