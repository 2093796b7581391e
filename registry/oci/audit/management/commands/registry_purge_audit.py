from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from oci.audit.models import Entry


class Command(BaseCommand):
    help = "Removes old entries of the audit log."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--older-than", type=int, default=365, metavar="DAYS", help="default: 365")

    def handle(self, *args: Any, **options: Any) -> None:
        before = timezone.now() - timedelta(days=options["older_than"])
        deleted, _ = Entry.objects.filter(time__lt=before).delete()
        self.stdout.write(f"removed {deleted} entries")
