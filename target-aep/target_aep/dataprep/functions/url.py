"""URL functions: RFC 3986, strict about characters as ``java.net.URI`` is."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote, unquote

from target_aep.dataprep.errors import TransformError
from target_aep.dataprep.functions.arguments import scalar_text
from target_aep.dataprep.functions.registry import Category, function
from target_aep.dataprep.semantics import truthy

_URL = re.compile(
    r"([A-Za-z][A-Za-z0-9+.-]*):"
    r"(?://(?:[^/?#@]*@)?(\[[0-9A-Fa-f:.]+\]|[^/?#:\[\]]*)(?::([0-9]{0,5}))?(?=[/?#]|\Z))?"
    r"([^?#]*)(?:\?([^#]*))?(?:#(.*))?"
)
_FORBIDDEN = re.compile(r'[\x00-\x20\x7f"<>\\^`{|}]|%(?![0-9A-Fa-f]{2})')
_DEFAULT_PORTS = {
    "http": 80,
    "https": 443,
    "ftp": 21,
    "ftps": 990,
    "sftp": 22,
    "ssh": 22,
    "ws": 80,
    "wss": 443,
    "ldap": 389,
    "ldaps": 636,
}


class _Url(NamedTuple):
    protocol: str
    host: str | None
    port: str | None
    path: str
    query: str | None
    anchor: str | None


def _parse(value: object) -> _Url | None:
    if value is None:
        return None
    url = scalar_text(value)
    match = None if _FORBIDDEN.search(url) else _URL.fullmatch(url)
    return _Url(*match.groups()) if match else None


@function("get_url_protocol(URL)", Category.URL)
def get_url_protocol(url: object) -> str | None:
    """Protocol of a URL; null if it is invalid."""
    parsed = _parse(url)
    return parsed.protocol if parsed else None


@function("get_url_host(URL)", Category.URL)
def get_url_host(url: object) -> str | None:
    """Host of a URL; null if it is invalid or has none."""
    parsed = _parse(url)
    return (parsed.host or None) if parsed else None


@function("get_url_port(URL)", Category.URL)
def get_url_port(url: object) -> int | None:
    """Port of a URL, the protocol's own if it names none; null if it is invalid or has none."""
    parsed = _parse(url)
    if parsed is None or not parsed.host:
        return None
    return int(parsed.port) if parsed.port else _DEFAULT_PORTS.get(parsed.protocol.lower())


@function("get_url_path(URL, FULL_PATH)", Category.URL)
def get_url_path(url: object, full: object = True) -> str | None:  # noqa: FBT002  # Adobe's signature
    """Path of a URL, or with FULL_PATH false what follows its last slash; null if it is invalid."""
    parsed = _parse(url)
    if parsed is None:
        return None
    return parsed.path if full is None or truthy(full) else parsed.path.rsplit("/", 1)[-1]


@function("get_url_query_str(URL, ANCHOR)", Category.URL)
def get_url_query_str(url: object, anchor: object = "retain") -> dict[str, str] | None:
    """Query parameters as a map. ANCHOR says where the fragment goes: "retain" leaves it in the last
    value, "remove" drops it, "append" adds it under ``_anchor_``.
    """  # noqa: D205  # the docstring is the table's cell
    parsed = _parse(url)
    if parsed is None:
        return None
    mode = "retain" if anchor is None else scalar_text(anchor).lower()
    if mode not in {"retain", "remove", "append"}:
        message = f"ANCHOR is retain, remove or append, and not {mode!r}"
        raise TransformError(message)
    query = parsed.query or ""
    if mode == "retain" and query and parsed.anchor is not None:
        query += f"#{parsed.anchor}"
    result: dict[str, str] = {}
    for pair in filter(None, query.split("&")):
        name, _, value = pair.partition("=")
        result.setdefault(name, value)
    if mode == "append" and parsed.anchor is not None:
        result["_anchor_"] = parsed.anchor
    return result


@function("get_url_encoded(URL)", Category.URL)
def get_url_encoded(url: object) -> str | None:
    """Percent-encode every character but letters, digits, ``-``, ``_`` and ``.``."""
    return None if url is None else quote(scalar_text(url), safe="", errors="replace").replace("~", "%7E")


@function("get_url_decoded(URL)", Category.URL)
def get_url_decoded(url: object) -> str | None:
    """Reverse percent-encoding."""
    return None if url is None else unquote(scalar_text(url))
