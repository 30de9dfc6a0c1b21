"""Which hosts may be given credentials."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from target_aep.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection

ADOBE_DOMAINS = ("adobe.io", "adobelogin.com")


def is_loopback(host: str) -> bool:
    """Whether a host name means this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_url(url: str, *, setting: str, allowed_hosts: Collection[str] = ()) -> str:
    """Return the base URL without its trailing slash if credentials may be sent to it.

    Raises:
        ConfigurationError: It is no URL, not HTTPS, or its host is neither Adobe's, nor this machine,
            nor named in ``allowed_hosts``.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if parts.scheme not in {"http", "https"} or not host or parts.username or parts.query or parts.fragment:
        message = f"{setting} {_without_userinfo(url)!r} is not a base URL."
        raise ConfigurationError(message, remedy="Give it as https://host, without user, query or fragment.")
    if is_loopback(host):
        return url.rstrip("/")
    ours = any(host == domain or host.endswith(f".{domain}") for domain in ADOBE_DOMAINS)
    if not ours and host not in {allowed.lower() for allowed in allowed_hosts}:
        message = f"{setting} {url!r} is not one of Adobe's hosts; credentials are not sent to it."
        raise ConfigurationError(message, remedy=f"Correct it, or add {host!r} to allowed_hosts.")
    if parts.scheme != "https":
        message = f"{setting} {url!r} is not HTTPS; credentials are not sent in clear."
        raise ConfigurationError(message, remedy="Use https://.")
    return url.rstrip("/")


def _without_userinfo(url: str) -> str:
    return url.rpartition("@")[2] if "@" in url else url
