from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from oci.auth import keys


class Command(BaseCommand):
    help = "Makes a new key that tokens are signed with, and deletes those that nothing needs any more."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--at-once", action="store_true", help="delete all old keys: every token ends now")

    def handle(self, *args: Any, **options: Any) -> None:
        deleted = keys.rotate(at_once=options["at_once"])
        self.stdout.write(f"made a new key, deleted {deleted} old ones")
