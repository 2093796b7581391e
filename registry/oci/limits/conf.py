"""The settings of limits: `REGISTRY_LIMITS`."""

from dataclasses import dataclass

from oci.settings import reader


@dataclass(frozen=True)
class LimitsConf:
    """Each key of `REGISTRY_LIMITS`, in lower case, with its default."""

    # Nothing can be pushed or deleted. `manage.py registry_readonly` does the same while the registry runs.
    read_only: bool = False


conf = reader("REGISTRY_LIMITS", LimitsConf)
