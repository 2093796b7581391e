"""Making a test database from nothing: Django's migrations, without what they render in vain."""

from greenroom.databases.build.delta import delta_refused
from greenroom.databases.build.fast import BeforePostMigrate, fast_migrations, migrate
from greenroom.databases.build.report import BuildReport

__all__ = ["BeforePostMigrate", "BuildReport", "delta_refused", "fast_migrations", "migrate"]
