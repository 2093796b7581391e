"""The settings of the audit log: `REGISTRY_AUDIT`."""

from dataclasses import dataclass

from oci.settings import reader


@dataclass(frozen=True)
class AuditConf:
    """Each key of `REGISTRY_AUDIT`, in lower case, with its default."""

    # Names of events (see oci.events.ALL) that are kept, beside refused requests and failed logins. Pulls are not among
    # them: each would become a write.
    events: tuple[str, ...] = ("manifest.push", "manifest.delete", "tag.delete", "blob.delete")
    # Keep rows in the database. The log of Python's logging, `oci.audit`, is written anyway.
    database: bool = True


conf = reader("REGISTRY_AUDIT", AuditConf)
