from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from oci.services.collecting import purge


class Command(BaseCommand):
    help = "Removes uploads that were begun and not finished."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--older-than",
            type=int,
            metavar="SECONDS",
            help="that got no byte for so long; default: REGISTRY['UPLOAD_EXPIRY']",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"removed {purge(options['older_than'])} unfinished uploads")
