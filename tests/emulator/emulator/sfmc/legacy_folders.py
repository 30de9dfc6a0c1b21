"""Folders by REST, as older tools walk them: ``/legacy/v1/beta/folder``.

Undocumented; paths, ``$where`` and the names in an entry are those that public clients use. The enterprise's
shared folders are seen by every business unit.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from emulator.sfmc import rest_errors
from emulator.sfmc.routing import GatewayRoute, parameters_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from emulator.sfmc.data_extensions import Folder
    from emulator.sfmc.platform import Platform
    from emulator.sfmc.tokens import Grant

_BASE = "/legacy/v1/beta/folder"
_PAGE_SIZE = 50
_WHERE = re.compile(r"\s*allowedtypes\s+(?:in\s*\((?P<many>[^)]*)\)|eq\s+(?P<one>.+))\s*", re.IGNORECASE)


def routes(platform: Platform) -> list[GatewayRoute]:
    folders = LegacyFolders(platform)
    return [
        GatewayRoute(["GET"], _BASE, folders.search),
        GatewayRoute(["GET"], rf"{_BASE}/(?P<id>\d+)", folders.get),
        GatewayRoute(["GET"], rf"{_BASE}/(?P<id>\d+)/children", folders.children),
    ]


class LegacyFolders:
    """The handlers."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def search(self, request: Request) -> Response:
        visible = self._visible(self._grant(request))
        return _page(_of_wanted_types(visible, parameters_of(request)), parameters_of(request))

    async def get(self, request: Request) -> Response:
        return JSONResponse(_entry(self._find(request)))

    async def children(self, request: Request) -> Response:
        """The folders in one; in 0 lie the roots."""
        grant = self._grant(request)
        parent = int(request.path_params["id"])
        if parent:
            self._find(request)
        inside = [each for each in self._visible(grant) if each.parent_id == parent]
        return _page(_of_wanted_types(inside, parameters_of(request)), parameters_of(request))

    def _grant(self, request: Request) -> Grant:
        return self._platform.authorise(request, "data_extensions_read")

    def _visible(self, grant: Grant) -> list[Folder]:
        enterprise = self._platform.home.profile.enterprise.mid
        return [
            each
            for each in self._platform.store.folders
            if each.mid == grant.mid or (each.mid == enterprise and each.content_type.startswith("shared"))
        ]

    def _find(self, request: Request) -> Folder:
        wanted = int(request.path_params["id"])
        found = next((each for each in self._visible(self._grant(request)) if each.id == wanted), None)
        if found is None:
            raise rest_errors.not_found()
        return found


def _of_wanted_types(folders: list[Folder], parameters: dict[str, str]) -> list[Folder]:
    where = parameters.get("where", "")
    if not where:
        return folders
    match = _WHERE.fullmatch(where)
    if match is None:
        raise rest_errors.bad_request("$where is not valid")
    wanted = {part.strip(" '\"").lower() for part in (match["many"] or match["one"]).split(",")}
    return [each for each in folders if each.content_type.lower() in wanted]


def _page(folders: list[Folder], parameters: dict[str, str]) -> Response:
    """One page; ``$skip`` counts pages, from 0."""
    size = _whole(parameters.get("top") or parameters.get("pagesize"), _PAGE_SIZE) or _PAGE_SIZE
    skipped = _whole(parameters.get("skip"), 0) * size
    entries = [_entry(each) for each in folders[skipped : skipped + size]]
    return JSONResponse(
        {"startIndex": skipped, "itemsPerPage": size, "totalResults": len(folders), "entry": entries}
    )


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() else default


def _entry(each: Folder) -> dict[str, Any]:
    return {
        "id": str(each.id),
        "type": each.content_type,
        "parentId": str(each.parent_id),
        "name": each.name,
        "description": each.description,
        "lastUpdated": "2024-05-02T01:23:45.110",
    }
