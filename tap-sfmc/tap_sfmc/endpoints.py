"""Where a tenant's servers are, and which of them may be given a token.

A tenant has three hosts, ``{prefix}.auth``, ``{prefix}.rest`` and ``{prefix}.soap`` under
``marketingcloudapis.com``. The token response names the last two; a token is sent to nobody else.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from tap_sfmc.errors import ConfigurationError

CLOUD = "marketingcloudapis.com"
_PREFIX = re.compile(r"[a-z0-9-]{1,63}", re.IGNORECASE)
_TENANT_HOST = re.compile(rf"(?P<prefix>[a-z0-9-]+)\.(?:auth|rest|soap)\.{re.escape(CLOUD)}", re.IGNORECASE)
_REMEDY = (
    "Paste the Authentication Base URI of the installed package "
    f"(https://YOUR_SUBDOMAIN.auth.{CLOUD}/), or its first part."
)


@dataclass(frozen=True)
class Endpoint:
    """The authentication server, and the hosts that its answers may name.

    Attributes:
        auth_url: Base URL without a trailing slash.
        allowed_hosts: Hosts outside the Marketing Cloud that may be sent a token.
    """

    auth_url: str
    allowed_hosts: frozenset[str]

    @property
    def token_url(self) -> str:
        """Where tokens are asked for."""
        return f"{self.auth_url}/v2/token"

    def trusted(self, url: str, what: str) -> str:
        """Return an instance URL of the token response without its trailing slash.

        Raises:
            ConfigurationError: The host is neither the Marketing Cloud's, nor allowed, nor this
                endpoint's own loopback address.
        """
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        secure = parts.scheme == "https"
        if secure and (host.endswith(f".{CLOUD}") or host in self.allowed_hosts):
            return url.rstrip("/")
        own_host = urlsplit(self.auth_url).hostname or ""
        if parts.scheme in {"http", "https"} and is_loopback(host) and is_loopback(own_host):
            return url.rstrip("/")
        message = f"The token response names {url!r} as {what}, which is not a Marketing Cloud host."
        raise ConfigurationError(
            message, remedy="No token was sent there. If it is a gateway of yours, add it to allowed_hosts."
        )


def parse_endpoint(text: str, allowed_hosts: frozenset[str] = frozenset()) -> Endpoint:
    """Read ``base_endpoint`` in any of the forms that people paste.

    The bare prefix, a tenant host (auth, rest or soap), or the authentication URI, with or without
    scheme, trailing slash or ``/v2/token``; a loopback address, or a host of ``allowed_hosts``.

    Raises:
        ConfigurationError: It is none of these.
    """
    given = text.strip()
    if _PREFIX.fullmatch(given) and given.lower() != "localhost":
        return Endpoint(f"https://{given.lower()}.auth.{CLOUD}", allowed_hosts)
    parts = urlsplit(given if "://" in given else f"https://{given}")
    host = (parts.hostname or "").lower()
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        host, port = "", ""
    if match := _TENANT_HOST.fullmatch(host):
        return Endpoint(f"https://{match['prefix']}.auth.{CLOUD}", allowed_hosts)
    path = re.sub(r"(/v[12]/token)?/*$", "", parts.path)
    if is_loopback(host):
        scheme = parts.scheme if "://" in given else "http"
        shown_host = f"[{host}]" if ":" in host else host
        return Endpoint(f"{scheme}://{shown_host}{port}{path}", allowed_hosts)
    if host in allowed_hosts and parts.scheme == "https":
        return Endpoint(f"https://{host}{port}{path}", allowed_hosts)
    message = f"base_endpoint {text!r} is not an address of Marketing Cloud Engagement."
    raise ConfigurationError(message, remedy=_REMEDY)


def is_loopback(host: str) -> bool:
    """Whether the host is this machine: a server here can be given a token over plain HTTP."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
