"""The page of Marketing Cloud for people: its data extensions, and the first rows of each."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool

from emulator.page import BASE, code, link, page, paragraph, section, table
from emulator.sfmc import values
from emulator.sfmc.routing import GatewayRoute

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from emulator.profiles import BusinessUnit
    from emulator.sfmc.data_extensions import DataExtension
    from emulator.sfmc.platform import Platform

_PREVIEW_ROWS = 50
_TITLE = "Emulator: Marketing Cloud"


def routes(platform: Platform) -> list[GatewayRoute]:
    pages = Pages(platform)
    return [
        GatewayRoute(["GET"], "", pages.overview),
        GatewayRoute(["GET"], rf"{BASE}/data-extensions/(?P<id>[^/]+)", pages.data_extension),
    ]


class Pages:
    """The handlers."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def overview(self, _: Request) -> Response:
        return await run_in_threadpool(self._overview)

    async def data_extension(self, request: Request) -> Response:
        wanted = request.path_params["id"]
        found = next(
            (each for each in self._platform.store.data_extensions if each.object_id == wanted), None
        )
        if found is None:
            return page(_TITLE, paragraph("There is no such data extension."), status=404)
        return await run_in_threadpool(self._preview, found)

    def _overview(self) -> Response:
        units = [self._unit(each) for each in self._platform.home.profile.business_units]
        return page(_TITLE, *units)

    def _unit(self, unit: BusinessUnit) -> str:
        store = self._platform.store
        folders = {each.id: each.name for each in store.folders}
        rows = [
            (
                link(f"{BASE}/data-extensions/{quote(each.object_id)}", each.name),
                code(each.key),
                each.family.value,
                folders.get(each.category_id or 0),
                len(each.fields),
                store.count(each),
                each.description,
            )
            for each in store.data_extensions
            if each.mid == unit.mid and each.listed
        ]
        columns = ("data extension", "key", "kind", "folder", "fields", "rows", "description")
        return section(f"{unit.name}, business unit {unit.mid}", table(columns, rows, empty="Nothing here."))

    def _preview(self, found: DataExtension) -> Response:
        fields = [
            (
                each.name,
                each.type.value,
                f"{each.length or ''}{f',{each.scale}' if each.scale else ''}",
                each.is_primary_key,
                each.is_required,
                each.description,
            )
            for each in found.fields
        ]
        store = self._platform.store
        rows = [[values.to_json(value) for value in row] for row in store.head(found, _PREVIEW_ROWS)]
        names = [each.name for each in found.fields]
        return page(
            f"{_TITLE}: {found.name}",
            paragraph(link("/", "all data extensions")),
            section(
                "Fields",
                table(("field", "type", "length", "key", "required", "description"), fields, empty=""),
            ),
            section(
                f"The first {min(_PREVIEW_ROWS, store.count(found))} of {store.count(found):,} rows",
                table(names, rows, empty="It holds no rows."),
            ),
        )
