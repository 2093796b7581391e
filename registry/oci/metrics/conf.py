"""The settings of metrics: `REGISTRY_METRICS`."""

from dataclasses import dataclass
from pathlib import Path

from oci.settings import reader


@dataclass(frozen=True)
class MetricsConf:
    """Each key of `REGISTRY_METRICS`, in lower case, with its default."""

    # Folder that all processes of this machine write their counts to. None: /metrics shows those of the process that
    # happens to answer.
    folder: Path | None = None
    # What Prometheus must send as a bearer token. Empty: nothing is asked for.
    token: str = ""


conf = reader("REGISTRY_METRICS", MetricsConf)
