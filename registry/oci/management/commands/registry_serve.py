import os
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Migrates the database and serves the registry with gunicorn."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bind", action="append", metavar="HOST:PORT", help="default: 127.0.0.1:5000; repeatable")
        parser.add_argument("--workers", type=int, default=max(2, os.cpu_count() or 1), help="processes")
        parser.add_argument("--threads", type=int, default=8, help="threads of each process")
        parser.add_argument("--certfile", help="serve https with this certificate")
        parser.add_argument("--keyfile", help="and this key")
        parser.add_argument("--access-log", action="store_true", help="a line for each request, on standard output")
        parser.add_argument("--no-migrate", action="store_true", help="leave the database as it is")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            from oci import serving
        except ImportError as error:
            raise CommandError(f"gunicorn is needed to serve the registry: pip install gunicorn ({error})") from error
        if not options["no_migrate"]:
            call_command("migrate", verbosity=0, interactive=False)
        serving.serve(
            options["bind"] or ["127.0.0.1:5000"],
            options["workers"],
            options["threads"],
            certfile=options["certfile"],
            keyfile=options["keyfile"],
            accesslog="-" if options["access_log"] else None,
        )
