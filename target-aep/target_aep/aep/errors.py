"""Errors of the API clients, and what can be read from an error answer."""

from __future__ import annotations

import html
import json
import re
from typing import NamedTuple

from target_aep.errors import RemoteError

DETAIL_LIMIT = 500
"""Characters of a server's own words that an error message carries."""


class ApiError(RemoteError):
    """The platform refused or failed a request.

    Args:
        status: HTTP status.
        code: Adobe's code (``XDM-1521-400``, ``429050``), empty where none was given.
        title: Short name of the problem in the server's words.
        detail: The server's explanation.
        where: Method and path of the request.
        remedy: What the user can do about it.
    """

    def __init__(
        self, status: int, code: str, title: str, detail: str, *, where: str = "", remedy: str = ""
    ) -> None:
        said = ": ".join(part for part in (code, title, detail) if part)
        super().__init__(f"{where} answered {status}" + (f" ({said})." if said else "."), remedy=remedy)
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.where = where


class LostAnswerError(RemoteError):
    """A request that must not be repeated blindly may or may not have been carried out.

    Whoever sent it looks (by title, name or external id) before sending it again.
    """


class Problem(NamedTuple):
    """What an error body says, whatever its shape."""

    code: str
    title: str
    detail: str


def read_problem(body: str) -> Problem:
    """Read an error body of any of Adobe's shapes, or of none.

    The gateway sends ``{"error_code", "message"}``, IMS ``{"error", "error_description"}``, the
    Schema Registry ``{"type", "title", "report", "detail"}``, Flow Service ``{"errorMessage"}`` or
    ``{"error": {"code", "message"}}``; Catalog and batch import document none; proxies send HTML.
    """
    try:
        document = json.loads(body)
    except ValueError:
        return Problem("", "", _plain(body))
    if isinstance(document, list) and document:
        document = document[0]
    if not isinstance(document, dict):
        return Problem("", "", _plain(str(document)))
    nested = document.get("error")
    if isinstance(nested, dict):
        document = {**document, **nested}
        document.pop("error")
    report = document.get("report")
    report = report if isinstance(report, dict) else {}
    kind = document.get("type")
    code = (
        _first(document, "error_code", "errorCode", "code")
        or _last_segment(kind)
        or _first(report, "code")
        or _first(document, "error")
    )
    title = _first(document, "title")
    detail = _first(
        document, "detail", "message", "error_description", "errorMessage", "description"
    ) or _first(report, "detailed-message", "message")
    if not (code or title or detail):
        detail = _plain(body)
    return Problem(code, title, detail[:DETAIL_LIMIT])


def _first(document: dict[str, object], *names: str) -> str:
    for name in names:
        value = document.get(name)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "":
            return str(value)
    return ""


def _last_segment(kind: object) -> str:
    """``http://ns.adobe.com/aep/errors/XDM-1521-400`` -> ``XDM-1521-400``; placeholders give nothing."""
    if not isinstance(kind, str):
        return ""
    segment = kind.rstrip("/").rpartition("/")[2]
    return segment if re.fullmatch(r"[A-Z][A-Za-z]*-[\w-]+", segment) else ""


def _plain(text: str) -> str:
    """Text of an HTML or unknown body, on one line."""
    without_tags = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", text, flags=re.DOTALL | re.IGNORECASE)
    return " ".join(html.unescape(without_tags).split())[:DETAIL_LIMIT]
