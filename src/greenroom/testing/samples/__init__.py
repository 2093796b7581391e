"""The samples of the model of outcomes, by theme."""

from greenroom.testing.samples.basic import BASIC
from greenroom.testing.samples.django_cases import DJANGO
from greenroom.testing.samples.exceptions import EXCEPTIONS
from greenroom.testing.samples.fixtures import FIXTURES
from greenroom.testing.samples.hostile import HOSTILE
from greenroom.testing.samples.loading import LOADING
from greenroom.testing.samples.subtests import SUBTESTS

__all__ = ["BASIC", "DJANGO", "EXCEPTIONS", "FIXTURES", "HOSTILE", "LOADING", "SUBTESTS"]
