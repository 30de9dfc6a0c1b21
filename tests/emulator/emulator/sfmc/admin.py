"""The emulator's own routes of the Marketing Cloud server, for tests and for the ``emulator`` command.

``POST data-extensions`` takes::

    {"name", "key", "description", "account_id", "family", "folder",
     "is_sendable", "is_testable", "sendable_field",
     "retention": {"length", "unit", "row_based", "reset_on_import", "delete_at_end", "retain_until"},
     "fields": [{"name", "type", "length", "scale", "is_primary_key", "is_required", "default",
                 "description"}],
     "rows": [{field: typed JSON value or null}]}

All but ``name``, ``key`` and ``fields`` may be missing. ``family`` is a folder's content type
(``dataextension``, ``shared_dataextension``, ...), ``folder`` a path below that family's root, null for a
data extension that is in no folder. Dates are ISO 8601; without a zone they are on the server's clock.

``data-extensions/{key}`` and ``data-extensions/{key}/rows`` take ``?account_id=`` where a key exists in
several business units; without it the unit of ``emulator status`` is meant, then any that has the key.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from emulator.scenarios import mutation, seeding
from emulator.sfmc import definitions, values
from emulator.sfmc.data_extensions import DataExtension, DefinitionError
from emulator.sfmc.routing import GatewayRoute
from emulator.sfmc.store import ROW_KEY, Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from emulator.sfmc.platform import Platform


def routes(platform: Platform) -> list[GatewayRoute]:
    admin = Admin(platform)
    one = r"/_emulator/data-extensions/(?P<key>[^/]+)"
    return [
        GatewayRoute(["GET"], "/_emulator/data-extensions", admin.list_all),
        GatewayRoute(["POST"], "/_emulator/data-extensions", admin.define),
        GatewayRoute(["PATCH"], one, admin.change),
        GatewayRoute(["DELETE"], one, admin.drop),
        GatewayRoute(["GET"], f"{one}/rows", admin.rows),
        GatewayRoute(["POST"], f"{one}/rows", admin.write),
        GatewayRoute(["POST"], "/_emulator/mutate", admin.mutate),
        GatewayRoute(["POST"], "/_emulator/seed", admin.seed),
    ]


class Admin:
    """The handlers."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._store = platform.store

    async def list_all(self, _: Request) -> Response:
        return JSONResponse([self._summary(each) for each in self._store.data_extensions])

    async def define(self, request: Request) -> Response:
        document = await request.json()
        try:
            made = await run_in_threadpool(definitions.define, self._platform, document)
        except (DefinitionError, KeyError, TypeError) as error:
            return _refusal(f"{type(error).__name__}: {error}")
        return JSONResponse(self._summary(made))

    async def change(self, request: Request) -> Response:
        """``{"add_fields": [...]}`` or ``{"name": ...}``: what a user does to a data extension in place."""
        found = self._find(request)
        if found is None:
            return _unknown(request)
        document = await request.json()
        try:
            if "name" in document:
                found = definitions.rename(self._platform, found, document["name"])
            if "add_fields" in document:
                found = definitions.add_fields(self._platform, found, document["add_fields"])
        except DefinitionError as error:
            return _refusal(str(error))
        return JSONResponse(self._summary(found))

    async def drop(self, request: Request) -> Response:
        found = self._find(request)
        if found is None:
            return _unknown(request)
        self._store.drop(found)
        return JSONResponse({})

    async def rows(self, request: Request) -> Response:
        found = self._find(request)
        if found is None:
            return _unknown(request)
        content = await run_in_threadpool(self._typed_rows, found)
        return Response(content, media_type="application/json")

    async def write(self, request: Request) -> Response:
        """``{"upsert": [rows], "insert": [rows], "delete": [keys]}``, values typed."""
        found = self._find(request)
        if found is None:
            return _unknown(request)
        document = await request.json()
        try:
            report = await run_in_threadpool(_write, self._store, found, document)
        except DefinitionError as error:
            return _refusal(str(error))
        return JSONResponse(report)

    async def mutate(self, request: Request) -> Response:
        document = json.loads(await request.body() or b"{}")
        deletes = int(document.get("deletes", 0))
        return JSONResponse(await run_in_threadpool(mutation.mutate, self._platform, deletes=deletes))

    async def seed(self, request: Request) -> Response:
        document = json.loads(await request.body() or b"{}")
        scale = float(document.get("scale", self._platform.home.scale))
        return JSONResponse(await run_in_threadpool(seeding.reseed, self._platform, scale))

    def _typed_rows(self, data_extension: DataExtension) -> bytes:
        rows = self._store.rows(data_extension).table.drop_columns([ROW_KEY]).to_pylist()
        plain = [{name: values.to_json(value) for name, value in row.items()} for row in rows]
        return json.dumps(plain).encode()

    def _find(self, request: Request) -> DataExtension | None:
        return _find(self._platform, request.path_params["key"], request.query_params.get("account_id"))

    def _summary(self, data_extension: DataExtension) -> dict[str, Any]:
        return {
            "id": data_extension.object_id,
            "key": data_extension.key,
            "name": data_extension.name,
            "account_id": data_extension.mid,
            "family": data_extension.family.value,
            "fields": [{"name": each.name, "type": each.type.value} for each in data_extension.fields],
            "rows": self._store.count(data_extension),
        }


def fault_actions(platform: Platform) -> dict[str, Callable[[Any], object]]:
    """Changes of the source that a fault rule may make before or after a request."""

    def write_rows(document: dict[str, Any]) -> None:
        found = _find(platform, document["key"], document.get("account_id"))
        if found is not None:
            _write(platform.store, found, document)

    return {"write_rows": write_rows, "mutate": lambda _: mutation.mutate(platform)}


def _find(platform: Platform, key: str, account_id: object) -> DataExtension | None:
    main = platform.home.profile.main.mid
    found = [each for each in platform.store.data_extensions if each.key.lower() == key.lower()]
    if account_id:
        return next((each for each in found if str(each.mid) == str(account_id)), None)
    return next((each for each in found if each.mid == main), found[0] if found else None)


def _write(store: Store, data_extension: DataExtension, document: dict[str, Any]) -> dict[str, int]:
    inserted, updated = store.upsert(data_extension, _typed(data_extension, document.get("upsert", ())))
    fresh = _typed(data_extension, document.get("insert", ()))
    store.insert(data_extension, fresh)
    deleted = store.delete(data_extension, _typed(data_extension, document.get("delete", ())))
    return {"inserted": inserted + len(fresh), "updated": updated, "deleted": deleted}


def _typed(data_extension: DataExtension, rows: Any) -> list[dict[str, Any]]:
    typed_rows = []
    for row in rows:
        typed, problems = values.parse_row(data_extension, dict(row))
        if problems:
            raise DefinitionError("; ".join(problems))
        typed_rows.append(typed)
    return typed_rows


def _unknown(request: Request) -> Response:
    return JSONResponse({"error": f"there is no data extension with key {request.path_params['key']!r}"}, 404)


def _refusal(text: str) -> Response:
    return JSONResponse({"error": text}, 400)
