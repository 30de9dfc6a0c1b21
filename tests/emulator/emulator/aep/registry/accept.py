"""Which form of a resource a GET asks for, by its `Accept` header.

Listing takes no version, lookup needs one; the wrong way round is refused with XDM-1006-400 and XDM-1007-400,
for descriptors with XDM-1008-400 and XDM-1009-400.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from emulator.aep import errors

_MEDIA_TYPE = re.compile(r"application/vnd\.adobe\.(?P<family>xed|xdm)(?P<view>[a-z0-9-]*)\+json$")
_LIST_VIEWS = frozenset({"id", "v2"})
_LOOKUP_VIEWS = frozenset({"full", "notext", "desc", "flat", "deprecated", "deprecatefield"})
_DESCRIPTOR_VIEWS = frozenset({"id", "link", "v2"})


@dataclass(frozen=True)
class View:
    """A form of a resource.

    Attributes:
        ids_only: Only `title`, `$id`, `meta:altId` and `version`.
        resolved: References and `allOf` replaced by what they stand for.
        texts: With titles and descriptions.
        descriptors: With the descriptors of the schema.
        links: Descriptors as paths.
        paged: Descriptors as one list with paging instead of groups.
    """

    ids_only: bool = False
    resolved: bool = False
    texts: bool = True
    descriptors: bool = False
    links: bool = False
    paged: bool = False


def of_listing(header: str | None) -> View:
    """Return the view that a listing asks for."""
    view, version = _parse(header)
    if view is None or not view <= _LIST_VIEWS or version is not None:
        raise _invalid(1006, header, "{xed|xdm}+json")
    return View(ids_only="id" in view)


def of_lookup(header: str | None) -> View:
    """Return the view that a lookup asks for."""
    view, version = _parse(header)
    if view is None or not view <= _LOOKUP_VIEWS or version is None:
        raise _invalid(1007, header, "{xed|xdm}+json; version=1 (Version should be specified)")
    return View(
        resolved="full" in view,
        texts="notext" not in view,
        descriptors="desc" in view,
    )


def version_of(header: str | None) -> str:
    """Return the major version that a lookup asks for."""
    return _parse(header)[1] or "1"


def of_descriptor_listing(header: str | None) -> View:
    """Return the view that a listing of descriptors asks for."""
    view, _version = _parse(header)
    if view is None or not view <= _DESCRIPTOR_VIEWS or "xed" in (header or ""):
        raise _invalid(1008, header, "{xdm|xdm-id|xdm-link|xdm-v2|xdm-v2-id|xdm-v2-link}+json")
    return View(ids_only="id" in view, links="link" in view, paged="v2" in view)


def check_descriptor_lookup(header: str | None) -> None:
    """Accept `application/vnd.adobe.xdm+json`, anything, or nothing."""
    if header in {None, "", "*/*", "application/json"}:
        return
    view, _version = _parse(header)
    if view or view is None or "xed" in (header or ""):
        raise _invalid(1009, header, "xdm+json")


def _invalid(code: int, header: str | None, form: str) -> errors.ApiError:
    detail = (
        f"The supplied Accept header is not valid: {header or ''} - "
        f"A valid Accept value should look like application/vnd.adobe.{form}"
    )
    return errors.registry(code, 400, "Accept header invalid", detail)


def _parse(header: str | None) -> tuple[frozenset[str] | None, str | None]:
    """Return the words of the view, and the version, of the first media type of ours; None without one."""
    for value in (header or "").split(","):
        media_type, *parameters = (part.strip() for part in value.split(";"))
        found = _MEDIA_TYPE.match(media_type)
        if found:
            named = dict(parameter.partition("=")[::2] for parameter in parameters)
            return frozenset(found["view"].split("-")) - {""}, named.get("version")
    return None, None
