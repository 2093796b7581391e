import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from oci.webhooks.delivering import deliver_due, purge


class Command(BaseCommand):
    help = "Delivers webhooks: what is due now, or for ever with --loop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", type=float, metavar="SECONDS", help="look again after so many seconds, for ever")

    def handle(self, *args: Any, **options: Any) -> None:
        while True:
            tried = deliver_due()
            if tried or options["loop"] is None:
                self.stdout.write(f"tried {tried} messages")
            purge()
            if options["loop"] is None:
                return
            time.sleep(options["loop"])
