from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from oci.services.collecting import collect


class Command(BaseCommand):
    help = "Removes blobs that nothing needs. The registry may be in use meanwhile."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--grace", type=int, metavar="SECONDS", help="leave alone what is newer; default: REGISTRY['GRACE']"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what is not needed at this moment")

    def handle(self, *args: Any, **options: Any) -> None:
        done = collect(options["grace"], dry_run=options["dry_run"])
        verb = "would remove" if options["dry_run"] else "removed"
        self.stdout.write(
            f"{verb} {done.links} unneeded blobs from repositories, "
            f"{done.blobs} blobs of {done.bytes} bytes from the storage, {done.files} stray files"
        )
