"""Which hosts may be given credentials."""

from __future__ import annotations

import ipaddress
import ssl
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from target_aep.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection

ADOBE_DOMAINS = ("adobe.io", "adobelogin.com")
PROXY_SCHEMES = frozenset({"http", "https", "socks5", "socks5h"})


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
        message = f"{setting} {without_userinfo(url)!r} is not a base URL."
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


def check_proxy(url: str) -> str:
    """Return a proxy's URL.

    Raises:
        ConfigurationError: It is none.
    """
    try:
        parts = urlsplit(url)
        good = parts.scheme in PROXY_SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of a port that is no number
        good = False
    if good:
        return url
    what = f"proxy {without_userinfo(url)!r} is not the URL of a proxy."
    raise ConfigurationError(what, remedy="Give it as http://host:port, or http://user:password@host:port.")


def check_authorities(path: str) -> str:
    """Return the path of a file or folder of trusted certificates.

    Raises:
        ConfigurationError: It cannot be read, or holds none.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        if Path(path).is_dir():
            context.load_verify_locations(capath=path)
        else:
            context.load_verify_locations(cafile=path)
    except OSError as error:  # what is no certificate as well
        why = error.strerror or "it holds no certificate"
        what = f"ca_bundle {path!r} cannot be used: {why}."
        raise ConfigurationError(what, remedy="Give a PEM file.") from None
    return path


def without_userinfo(url: str) -> str:
    """A URL without the name and password in it."""
    return url.rpartition("@")[2] if "@" in url else url
