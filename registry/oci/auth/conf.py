"""The settings of access: `REGISTRY_AUTH`, a dictionary with any of the keys below."""

from dataclasses import dataclass
from typing import Literal

from oci.settings import reader


@dataclass(frozen=True)
class AuthConf:
    """Each key of `REGISTRY_AUTH`, in lower case, with its default."""

    # What a request without credentials is told to do: to fetch a token, or to send name and password each time.
    # Whatever is said, both are accepted.
    challenge: Literal["token", "basic"] = "token"
    # Everybody may pull everything, without an account.
    anonymous_pull: bool = False
    # Each user may do everything below the name of the user: alice in alice/**.
    own_namespace: bool = False
    # Robots that each user may have by the page for that. 0: only administrators make robots.
    own_robots: int = 20
    # Address of the token endpoint as clients see it. Empty: made of the request.
    realm: str = ""
    # Whom tokens are for. All registries that share the database and the secret key, and this, accept each other's tokens.
    service: str = "registry"
    # Seconds that a token is good for. Some clients do not cope with less than 60.
    token_lifetime: int = 300
    # Seconds that a refresh token is good for; it ends with the password that it was made for, too.
    refresh_lifetime: int = 30 * 24 * 3600
    # Failed logins of one name from one address within `login_window` seconds. Then: 429.
    login_failures: int = 10
    # The same of one address, whatever the names; and, ten times as many, of one name from everywhere.
    address_failures: int = 50
    login_window: int = 300
    # Proxies in front of the registry that each add to X-Forwarded-For. 0: the header is not believed.
    proxies: int = 0


conf = reader("REGISTRY_AUTH", AuthConf)
