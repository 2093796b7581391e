from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from oci.limits.retaining import retain


class Command(BaseCommand):
    help = "Deletes the tags and manifests that the retention rules let go. `registry_gc` then frees the disk."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be deleted")

    def handle(self, *args: Any, **options: Any) -> None:
        verb = "would delete" if options["dry_run"] else "deleted"
        tags = manifests = 0
        for done in retain(dry_run=options["dry_run"]):
            for tag in done.plan.tags:
                self.stdout.write(f"{verb} {done.repository}:{tag}")
            for digest in done.plan.manifests:
                self.stdout.write(f"{verb} {done.repository}@{digest}")
            tags += len(done.plan.tags)
            manifests += len(done.plan.manifests)
        self.stdout.write(f"{verb} {tags} tags, {manifests} manifests")
