# mypy: ignore-errors
"""Make the database that each server begins with a copy of. It is run by Kiwi's own Python."""

import os

import django

django.setup()

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models.signals import pre_save
from tcms.management.models import Classification


def without_leftovers(apply):
    """Each model that a migration renders leaves a receiver behind, and each migration would call all of them."""

    def apply_migration(self, *args, **kwargs):
        before = list(pre_save.receivers)
        try:
            return apply(self, *args, **kwargs)
        finally:
            pre_save.receivers[:] = before
            pre_save.sender_receivers_cache.clear()

    return apply_migration


def main():
    """Migrate, and make what a server is used with: accounts, and a classification, without which no product can be made."""
    MigrationExecutor.apply_migration = without_leftovers(MigrationExecutor.apply_migration)
    connection.cursor().execute("PRAGMA journal_mode=WAL")
    call_command("migrate", verbosity=0, interactive=False)
    call_command("refresh_permissions", verbosity=0, interactive=False)
    password = os.environ["KIWI_PASSWORD"]
    users = get_user_model().objects
    users.create_superuser("admin", "admin@example.com", password)
    users.create_user("outsider", "outsider@example.com", password)
    users.create_user("tester", "tester@example.com", password).groups.set(Group.objects.filter(name="Tester"))
    Classification.objects.create(name="Test")
    connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


main()
