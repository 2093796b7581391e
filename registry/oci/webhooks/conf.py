"""The settings of webhooks: `REGISTRY_WEBHOOKS`."""

from dataclasses import dataclass

from oci.settings import reader


@dataclass(frozen=True)
class WebhooksConf:
    """Each key of `REGISTRY_WEBHOOKS`, in lower case, with its default."""

    # Deliver from a thread of each process that answers requests. False: `manage.py registry_webhooks` does it.
    thread: bool = True
    # Hosts that may be reached although they are on this machine or in a private network: names, or addresses.
    private_hosts: tuple[str, ...] = ()
    # Let every host be reached, whatever its address. For development.
    allow_private: bool = False
    # Seconds that a service has to connect and to answer, each.
    timeout: float = 10.0
    # Deliveries of one event to one service before it is given up. The pauses double: 10 s, 20 s, ... an hour at most.
    attempts: int = 12
    # Days that delivered and given-up messages are kept to look at.
    keep_days: int = 30


conf = reader("REGISTRY_WEBHOOKS", WebhooksConf)
