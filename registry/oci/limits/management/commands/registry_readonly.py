from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from oci.limits.models import ReadOnly


class Command(BaseCommand):
    help = "Makes the registry read-only while it runs, for a backup or a move, and writable again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("state", choices=["on", "off"])
        parser.add_argument("--reason", default="", help="what clients are told")

    def handle(self, *args: Any, **options: Any) -> None:
        ReadOnly.objects.all().delete()
        if options["state"] == "on":
            ReadOnly.objects.create(reason=options["reason"])
        self.stdout.write("read-only" if options["state"] == "on" else "writable")
