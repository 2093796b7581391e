"""What tests need that not every machine has."""

from greenroom.cases.resources.api import Probe
from greenroom.cases.resources.needs import missing, requires
from greenroom.cases.resources.registry import lack_of, register

__all__ = ["Probe", "lack_of", "missing", "register", "requires"]
