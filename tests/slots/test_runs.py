"""Each worker of a run has its own: uploads, cache, Redis."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tests.e2e.support import FORK, Mode, in_main_modes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from greenroom.testing import Project


SETTINGS = """
REDIS_URL = "redis://:secret@localhost:1/2"
CELERY_BROKER_URL = "redis://localhost:1/3"
CHANNEL_LAYERS = {"default": {"CONFIG": {"hosts": ["redis://localhost:1/4"]}}}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "redis://localhost:1/5",
        "OPTIONS": {"password": "secret"},
    },
    "files": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": "cache-files"},
    "local": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
MEDIA_ROOT = "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "archive": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": "archive"}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
"""

TESTS = """
import json
import os
import time
from pathlib import Path

import redis
from django.conf import settings
from django.core.cache import caches
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.test import TestCase
from greenroom import slots


class Each:
    def test_it(self):
        mine = redis.Redis.from_url(settings.REDIS_URL)
        for alias in caches:
            self.assertTrue(caches[alias].add("key", os.getpid()), alias)
        self.assertIs(mine.setnx("key", 1), True)
        self.assertEqual(default_storage.save("upload.txt", ContentFile("x")), "upload.txt")
        self.assertEqual(storages["archive"].save("upload.txt", ContentFile("x")), "upload.txt")
        url = settings.CHANNEL_LAYERS["default"]["CONFIG"]["hosts"][0]
        told = {
            "number": slots.number(), "urls": [settings.REDIS_URL, settings.CELERY_BROKER_URL, url],
            "path": default_storage.path("upload.txt"), "name": slots.name("x"),
        }
        Path(f"told-{os.getpid()}").write_text(json.dumps(told))
        # The other worker is to take the other test, and to store what it stores.
        for _ in range(1000):
            if not slots.number() or len(list(Path().glob("told-*"))) == 2:
                break
            time.sleep(0.02)
        for alias in caches:
            self.assertEqual(caches[alias].get("key"), os.getpid(), alias)
            caches[alias].clear()
            self.assertIsNone(caches[alias].get("key"), alias)
        mine.delete("key")
        default_storage.delete("upload.txt")
        storages["archive"].delete("upload.txt")


class A(Each, TestCase):
    pass


class B(Each, TestCase):
    pass
"""


@in_main_modes
def test_each_worker_has_its_own(make_project: Callable[..., Project], place: Path, mode: Mode) -> None:
    """The project's settings lead there, nothing of the project's is touched, and nothing is left."""
    project = make_project(settings=SETTINGS, files={"shop/tests.py": TESTS})
    env = {"GREENROOM_SLOTS": "media,cache,redis", "TMPDIR": str(place)}
    ran = project.manage_test(*mode.args, start_method=mode.start_method, env=env)
    assert ran.returncode == 0, ran
    told = [json.loads(path.read_text()) for path in project.root.glob("told-*")]
    workers = 2 if mode.args else 1
    assert len(told) == workers
    assert sorted(each["number"] for each in told) == ([1, 2] if mode.args else [0])
    assert len({each["path"] for each in told}) == len({each["name"] for each in told}) == workers
    assert len({url for each in told for url in each["urls"]}) == 3 * workers
    assert all(url.startswith("redis+socket://") for each in told for url in [each["urls"][1]])
    assert ran.left_behind == ()
    assert [path for path in place.iterdir() if path.name.startswith(("greenroom-slot", "greenroom-redis"))] == []
    # Django's checks make the folder of a cache in files.
    assert [path for name in ("media", "archive", "cache-files") for path in project.root.glob(f"{name}/*")] == []


CRASH = """
import os
import signal
import redis
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import SimpleTestCase

class A(SimpleTestCase):
    def test_a_dies(self):
        redis.Redis.from_url(settings.REDIS_URL).set("key", 1)
        default_storage.save("upload.txt", ContentFile("x"))
        os.kill(os.getpid(), signal.SIGKILL)

    def test_b_begins_clean(self):
        self.assertEqual(redis.Redis.from_url(settings.REDIS_URL).dbsize(), 0)
        self.assertFalse(default_storage.exists("upload.txt"))

class B(SimpleTestCase):
    def test_it(self): pass
"""


def test_a_worker_that_takes_the_place_of_another_begins_clean(
    make_project: Callable[..., Project], place: Path
) -> None:
    """It has the same number, and nothing of what the killed one left, which is gone."""
    project = make_project(settings=SETTINGS, files={"shop/tests.py": CRASH})
    env = {"GREENROOM_SLOTS": "media,redis", "TMPDIR": str(place)}
    ran = project.manage_test(*FORK.args, start_method="fork", env=env)
    assert ran.outcomes == {
        "shop.tests.A.test_a_dies": "error", "shop.tests.A.test_b_begins_clean": "passed", "shop.tests.B.test_it": "passed",
    }  # fmt: skip
    assert [path for path in place.iterdir() if path.name.startswith(("greenroom-slot", "greenroom-redis"))] == []


SHARED = """
import os
from django.core.cache import cache
from django.test import SimpleTestCase

class A(SimpleTestCase):
    def test_it(self):
        import redis
        cache.set("key", 1)
        cache.set("other", 2, version=3)
        self.assertEqual(cache.get_many(["key", "gone"]), {"key": 1})
        server = redis.Redis.from_url(os.environ["THE_REDIS"])
        server.set("theirs", 1)
        self.assertEqual(len(server.keys()), 3)
        cache.clear()
        self.assertIsNone(cache.get("key"))
        self.assertEqual(server.get("theirs"), b"1")
        cache.set("key", 2)
        self.assertEqual(cache.incr("key"), 3)
"""


def test_keys_of_a_shared_cache(make_project: Callable[..., Project], place: Path, given_redis: str) -> None:
    """With `cache` alone entries are told apart by their keys, and `clear()` empties what is the worker's."""
    settings = f"""
    CACHES = {{"default": {{"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "{given_redis}"}}}}
    """
    project = make_project(settings=settings, files={"shop/tests.py": SHARED})
    ran = project.manage_test(env={"GREENROOM_SLOTS": "cache", "THE_REDIS": given_redis})
    assert ran.returncode == 0, ran


FLUSHED = """
import redis
from django.conf import settings
from django.test import SimpleTestCase

class A(SimpleTestCase):
    flush_redis = True

    def test_one(self):
        self.assertTrue(redis.Redis.from_url(settings.REDIS_URL).setnx("key", 1))

    test_two = test_one
"""


def test_redis_is_emptied_between_tests_by_choice(make_project: Callable[..., Project], given_redis: str) -> None:
    """`flush_redis = True`; here on a server that was given, of which one database more is used."""
    project = make_project(settings=SETTINGS, files={"shop/tests.py": FLUSHED})
    env = {"GREENROOM_SLOTS": "redis", "GREENROOM_REDIS_SERVER": given_redis}
    ran = project.manage_test(env=env)
    assert ran.returncode == 0, ran


def test_a_worker_without_a_database_ends_the_run(make_project: Callable[..., Project], given_redis: str) -> None:
    """The address names the last one there is; what to do is said, without a traceback."""
    project = make_project(settings=SETTINGS)
    project.write("shop/tests.py", FLUSHED + FLUSHED.replace("class A", "class B"))
    env = {"GREENROOM_SLOTS": "redis", "GREENROOM_REDIS_SERVER": given_redis.replace("db=4", "db=63")}
    ran = project.manage_test(*FORK.args, start_method="fork", env=env)
    assert ran.returncode == 3, ran
    assert re.search(r"worker \d could not start: worker \d finds no free database", ran.stderr)
    assert "redis-server --databases 64" in ran.stderr
    assert "Traceback" not in ran.output


def test_what_cannot_be_had_is_said_before_the_first_test(make_project: Callable[..., Project]) -> None:
    """In two lines, with an exit code of its own."""
    project = make_project(settings=SETTINGS, files={"shop/tests.py": FLUSHED})
    env = {"GREENROOM_SLOTS": "redis", "GREENROOM_REDIS_SERVER": "redis://:secret@127.0.0.1:1/0"}
    ran = project.manage_test(*FORK.args, start_method="fork", env=env)
    assert ran.returncode == 3
    assert "the Redis at redis://127.0.0.1:1/0 can't be used" in ran.stderr
    assert "Traceback" not in ran.output
    assert "secret" not in ran.output
