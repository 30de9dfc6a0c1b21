"""REST rowset: the rows of a data extension in pages.

``GET /data/v1/customobjectdata/key/{CustomerKey}/rowset``, ``.../{GUID}/rowset`` and
``.../token/{requestToken}/rowset``. Names come lower-cased, values as strings, a null as ``""``; an empty
page has no ``items``; ``links`` are relative and lack ``/data``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from emulator.sfmc import rest_errors
from emulator.sfmc.cursors import Cursor, Selection, order_sql
from emulator.sfmc.data_extensions import DataExtension, Field, FieldType
from emulator.sfmc.predicates import Condition, ConditionError, to_sql
from emulator.sfmc.routing import GatewayRoute
from emulator.sfmc.rowset_items import ItemWriter
from emulator.sfmc.rowset_query import RowsetParameters, parse_parameters
from emulator.sfmc.store import ROW_KEY

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.requests import Request

    from emulator.sfmc.platform import Platform
    from emulator.sfmc.tokens import Grant

_MAX_PAGE_SIZE = 2_500
_GUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def routes(platform: Platform) -> list[GatewayRoute]:
    rowset = Rowset(platform)
    base = "/data/v1/customobjectdata"
    return [
        GatewayRoute(["GET"], rf"{base}/key/(?P<key>[^/]+)/rowset", rowset.by_key),
        GatewayRoute(["GET"], rf"{base}/token/(?P<token>[^/]+)/rowset", rowset.by_token),
        GatewayRoute(["GET"], rf"{base}/(?P<id>{_GUID})/rowset", rowset.by_id),
    ]


class Rowset:
    """The handlers."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._switches = platform.switches
        self._items = ItemWriter()

    async def by_key(self, request: Request) -> Response:
        grant = self._platform.authorise(request, "data_extensions_read")
        return await run_in_threadpool(self._open, request, grant)

    async def by_id(self, request: Request) -> Response:
        return await self.by_key(request)

    async def by_token(self, request: Request) -> Response:
        grant = self._platform.authorise(request, "data_extensions_read")
        return await run_in_threadpool(self._continue, request, grant)

    def _open(self, request: Request, grant: Grant) -> Response:
        path = request.path_params
        found = (
            self._platform.by_key(grant.mid, path["key"])
            if "key" in path
            else self._platform.by_id(grant.mid, path["id"])
        )
        if found is None or not found.listed:
            raise rest_errors.not_found()
        parameters = _parameters(request)
        cursor = self._cursor(found, parameters)
        return self._page(cursor, parameters.page, cursor.page_size, parameters.top)

    def _continue(self, request: Request, grant: Grant) -> Response:
        cursor = self._platform.cursors.find(request.path_params["token"])
        if cursor is None or self._platform.by_id(grant.mid, cursor.data_extension.object_id) is None:
            raise rest_errors.not_found()
        parameters = _parameters(request)
        size = self._page_size(parameters) if parameters.page_size else cursor.page_size
        return self._page(cursor, parameters.page, size, cursor.selection.limit)

    def _page_size(self, parameters: RowsetParameters) -> int:
        cap = self._switches.integer("sfmc.rowset_page_cap")
        return min(parameters.page_size or _MAX_PAGE_SIZE, cap)

    def _cursor(self, data_extension: DataExtension, parameters: RowsetParameters) -> Cursor:
        try:
            where, operands = self._where(data_extension, parameters.condition)
            selection = Selection(
                where=where,
                parameters=operands,
                order=order_sql(
                    [(self._column(data_extension, name), down) for name, down in parameters.order]
                ),
                limit=parameters.top,
                skip=parameters.skip,
            )
            fields = tuple(self._column(data_extension, name) for name in parameters.fields)
        except ConditionError as error:
            raise rest_errors.bad_request(str(error)) from None
        return self._platform.cursors.open(
            data_extension, fields or data_extension.fields, selection, self._page_size(parameters)
        )

    def _where(self, data_extension: DataExtension, condition: Condition | None) -> tuple[str, list[object]]:
        if condition is None or self._switches.text("sfmc.rowset_filter") == "ignored":
            return "true", []
        row_key = self._switches.flag("sfmc.rowset_custom_object_key")
        return to_sql(condition, data_extension, row_key=row_key)

    def _column(self, data_extension: DataExtension, name: str) -> Field:
        if name.lower() == ROW_KEY.lower() and self._switches.flag("sfmc.rowset_custom_object_key"):
            return Field(ROW_KEY, FieldType.NUMBER)
        field = data_extension.field(name)
        if field is None:
            message = f"Invalid column name '{name}'."
            raise ConditionError(message)
        return field

    def _page(self, cursor: Cursor, number: int, size: int, top: int) -> Response:
        start = (number - 1) * size
        located = self._platform.cursors.locate(cursor, start, size)
        if start >= max(cursor.count, 1) and self._switches.text("sfmc.out_of_range_page") == "not_found":
            raise rest_errors.not_found()
        link = f"/v1/customobjectdata/token/{cursor.token}/rowset?$page="
        links = {"self": f"{link}{number}"}
        if start + size < cursor.count:
            links["next"] = f"{link}{number + 1}"
        if number > 1:
            links["previous"] = f"{link}{number - 1}"
        head = {
            "links": links,
            "requestToken": cursor.token,
            "tokenExpireDateUtc": _milliseconds(cursor.expires),
            "customObjectId": cursor.data_extension.object_id,
            "customObjectKey": cursor.data_extension.key,
            "pageSize": size,
            "page": number,
            "count": cursor.count,
            "top": top,
        }
        content = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
        if located.length:
            masked = self._switches.text("sfmc.encrypted_text") == "masked"
            # A first page may be all that a client wants; who asks for the second wants the others too.
            items = self._items.page(cursor, located, masked=masked, reuse=number > 1)
            content = b'%b,"items":[%b]}' % (content[:-1], items)
        return Response(content, media_type="application/json; charset=utf-8")


def _parameters(request: Request) -> RowsetParameters:
    query = request.scope["query_string"].decode("latin-1")
    try:
        return parse_parameters(parse_qsl(query, keep_blank_values=True))
    except ConditionError as error:
        raise rest_errors.bad_request(str(error)) from None


def _milliseconds(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds")
