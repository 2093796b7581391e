import logging
import secrets
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand
from django.db import transaction

from oci import demo
from oci.auth.models import Permission


class Command(BaseCommand):
    help = "Fills the registry with content to look at. It may be run again: nothing comes twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--accounts", action="store_true", help="make an administrator and a developer, too")

    def handle(self, *args: Any, **options: Any) -> None:
        logging.getLogger("oci.audit").setLevel(logging.WARNING)  # a line for each push says nothing here
        names = demo.fill()
        self.stdout.write(f"{len(names)} repositories: {', '.join(names)}")
        if options["accounts"]:
            self._accounts()

    @transaction.atomic
    def _accounts(self) -> None:
        developers, _ = Group.objects.get_or_create(name="acme developers")
        Permission.objects.get_or_create(
            pattern="acme/**", audience="group", group=developers, defaults={"push": True, "delete_content": True}
        )
        Permission.objects.get_or_create(pattern="library/**", audience="everybody", group=None)
        for name, more in (("admin", {"is_staff": True, "is_superuser": True}), ("developer", {})):
            user, made = get_user_model().objects.get_or_create(username=name, defaults=more)
            if not made:
                self.stdout.write(f"account {name}: is there already")
                continue
            # Of its own each time: a password that everybody knows ends up on a registry that everybody reaches.
            password = secrets.token_urlsafe(12)
            user.set_password(password)
            user.save()
            if name == "developer":
                user.groups.add(developers)
            self.stdout.write(f"account {name}: password {password}")
