"""REST metadata of data extensions: ``/data/v1/customobjects``.

The search needs ``$search``, ignores ``$pageSize`` and gives 25 a page; an object is addressed by its GUID,
never by its key. ``rowCount`` is a cached number on the real service and an exact one here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from emulator.sfmc import clock, definitions, rest_errors
from emulator.sfmc.bodies import json_object, objects, text, whole_number
from emulator.sfmc.data_extensions import DataExtension, DefinitionError, Field, FieldType
from emulator.sfmc.routing import GatewayRoute, parameters_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    from emulator.sfmc.platform import Platform
    from emulator.sfmc.tokens import Grant

_PAGE_SIZE = 25
_BASE = "/data/v1/customobjects"
_SHARED_FROM_ELSEWHERE = "2"


def routes(platform: Platform) -> list[GatewayRoute]:
    objects = CustomObjects(platform)
    one = rf"{_BASE}/(?P<id>[^/]+)"
    return [
        GatewayRoute(["GET"], _BASE, objects.search),
        GatewayRoute(["POST"], _BASE, objects.create),
        GatewayRoute(["GET"], rf"{_BASE}/category/(?P<category>\d+)", objects.in_category),
        GatewayRoute(["GET"], one, objects.get),
        GatewayRoute(["PATCH"], one, objects.update),
        GatewayRoute(["DELETE"], one, objects.delete),
        GatewayRoute(["GET"], rf"{one}/fields", objects.fields),
        GatewayRoute(["POST"], rf"{one}/cleardata", objects.clear),
        GatewayRoute(["POST"], rf"{_BASE}async/(?P<id>[^/]+)/fields", objects.add_fields),
    ]


class CustomObjects:
    """The handlers."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def search(self, request: Request) -> Response:
        grant = self._platform.authorise(request, "data_extensions_read")
        parameters = parameters_of(request)
        if "search" not in parameters or (not parameters["search"].strip("% ") and not self._lists_all()):
            raise rest_errors.bad_request("$search is a required parameter")
        words = parameters["search"].strip("%").lower()
        lag = timedelta(seconds=self._platform.switches.number("sfmc.search_lag_seconds"))
        category = parameters.get("categoryid")
        found = [
            each
            for each in self._listed(grant)
            if any(words in part.lower() for part in (each.name, each.key, each.description))
            and (not category or str(each.category_id) == category)
            and each.created <= clock.now() - lag
        ]
        return self._page(found, parameters)

    async def in_category(self, request: Request) -> Response:
        """The data extensions of a folder; category 0 is all of the business unit."""
        grant = self._platform.authorise(request, "data_extensions_read")
        parameters = parameters_of(request)
        category = int(request.path_params["category"])
        elsewhere = parameters.get("retrievaltype") == _SHARED_FROM_ELSEWHERE
        found = [
            each
            for each in self._listed(grant)
            if (each.mid != grant.mid) == elsewhere and category in {0, each.category_id}
        ]
        if not found and self._platform.switches.text("sfmc.empty_category") == "not_found":
            raise rest_errors.not_found()
        return self._page(_ordered(found, parameters.get("orderby", "")), parameters)

    async def get(self, request: Request) -> Response:
        return JSONResponse(self._document(self._find(request, "data_extensions_read")))

    async def fields(self, request: Request) -> Response:
        found = self._find(request, "data_extensions_read")
        documents = [_field(each) for each in found.fields]
        return JSONResponse({"id": found.object_id, "fields": documents, "fieldCount": len(documents)})

    async def create(self, request: Request) -> Response:
        grant = self._platform.authorise(request, "data_extensions_write")
        body = await json_object(request)
        name, key = text(body, "name"), text(body, "key")
        fields = [_field_description(each) for each in objects(body.get("fields"), "fields")]
        category = whole_number(body, "categoryId")
        folder = next(
            (each for each in self._platform.store.folders if each.mid == grant.mid and each.id == category),
            None,
        )
        if folder is None:
            raise rest_errors.bad_request("categoryId is not valid", 10005)
        if any(each.key.lower() == key.lower() for each in self._platform.owned(grant.mid)):
            raise rest_errors.bad_request("key is in use", 30002)
        document = {
            "name": name,
            "key": key,
            "description": body.get("description"),
            "account_id": grant.mid,
            "family": folder.content_type,
            "is_sendable": body.get("isSendable"),
            "is_testable": body.get("isTestable"),
            "sendable_field": body.get("sendableCustomObjectField"),
            "fields": fields,
        }
        try:
            made = definitions.define(self._platform, document, category_id=folder.id)
        except DefinitionError as error:
            raise rest_errors.bad_request(str(error), 10005) from None
        return JSONResponse(self._document(made), 201)

    async def update(self, request: Request) -> Response:
        found = self._find(request, "data_extensions_write")
        body = await json_object(request)
        if body.get("name"):
            found = definitions.rename(self._platform, found, text(body, "name"))
        return JSONResponse(self._document(found))

    async def delete(self, request: Request) -> Response:
        self._platform.store.drop(self._find(request, "data_extensions_write"))
        return Response(status_code=200)

    async def clear(self, request: Request) -> Response:
        self._platform.store.clear(self._find(request, "data_extensions_write"))
        return JSONResponse({})

    async def add_fields(self, request: Request) -> Response:
        found = self._find(request, "data_extensions_write")
        body = await json_object(request)
        fields = [_field_description(each) for each in objects(body.get("fields"), "fields")]
        try:
            changed = definitions.add_fields(self._platform, found, fields)
        except DefinitionError as error:
            raise rest_errors.bad_request(str(error), 10005) from None
        return JSONResponse(self._document(changed), 202)

    def _lists_all(self) -> bool:
        return self._platform.switches.flag("sfmc.search_empty_lists_all")

    def _listed(self, grant: Grant) -> list[DataExtension]:
        return [each for each in self._platform.readable(grant.mid) if each.listed]

    def _find(self, request: Request, scope: str) -> DataExtension:
        grant = self._platform.authorise(request, scope)
        found = self._platform.by_id(grant.mid, request.path_params["id"])
        if found is None or not found.listed:
            raise rest_errors.not_found()
        return found

    def _page(self, found: list[DataExtension], parameters: Mapping[str, str]) -> Response:
        number = int(parameters["page"]) if parameters.get("page", "").isdecimal() else 1
        first = (max(number, 1) - 1) * _PAGE_SIZE
        items = [self._document(each) for each in found[first : first + _PAGE_SIZE]]
        return JSONResponse(
            {"count": len(found), "page": number, "pageSize": _PAGE_SIZE, "links": {}, "items": items}
        )

    def _document(self, each: DataExtension) -> dict[str, Any]:
        profile = self._platform.home.profile
        unit = profile.unit(each.mid)
        retention = each.retention
        return {
            "id": each.object_id,
            "name": each.name,
            "key": each.key,
            "description": each.description,
            "isActive": True,
            "isSendable": each.is_sendable,
            **({"sendableCustomObjectField": each.sendable_field} if each.is_sendable else {}),
            **({"sendableSubscriberField": "_SubscriberKey"} if each.is_sendable else {}),
            "isTestable": each.is_testable,
            "categoryId": each.category_id or 0,
            "ownerId": each.mid,
            "isObjectDeletable": True,
            "isFieldAdditionAllowed": each.family.is_writable,
            "isFieldModificationAllowed": each.family.is_writable,
            "createdDate": _time(each.created),
            "createdById": profile.enterprise.mid + 900_000,
            "createdByName": "Emulator",
            "modifiedDate": _time(each.modified),
            "modifiedById": profile.enterprise.mid + 900_000,
            "modifiedByName": "Emulator",
            "ownerName": unit.name if unit else "",
            "partnerApiObjectTypeId": 310,
            "partnerApiObjectTypeName": "DataExtension",
            "rowCount": self._platform.store.count(each),
            "dataRetentionProperties": {
                **({"dataRetentionPeriodLength": retention.length} if retention.length else {}),
                **({"dataRetentionPeriodUnitOfMeasure": retention.unit} if retention.unit else {}),
                "isDeleteAtEndOfRetentionPeriod": retention.delete_at_end,
                "isRowBasedRetention": retention.row_based,
                "isResetRetentionPeriodOnImport": retention.reset_on_import,
            },
            "fieldCount": len(each.fields),
        }


def _field(each: Field) -> dict[str, Any]:
    return {
        "id": each.object_id,
        "name": each.name,
        "type": each.type.value,
        **({"length": each.length} if each.length else {}),
        **({"scale": each.scale} if each.type in {FieldType.DECIMAL, FieldType.TEXT} else {}),
        "ordinal": each.ordinal,
        "isNullable": not each.is_required,
        "isPrimaryKey": each.is_primary_key,
        "isTemplateField": False,
        "isInheritable": False,
        "isOverridable": False,
        "isHidden": False,
        "isReadOnly": False,
        "mustOverride": False,
        "maskType": "None",
        "storageType": "Encrypted" if each.type.value.startswith("Base16") else "Plain",
        "description": each.description,
        "defaultValue": each.default,
    }


def _field_description(document: dict[str, Any]) -> dict[str, Any]:
    absent = [name for name in ("isNullable", "isPrimaryKey") if name not in document]
    if absent:
        raise rest_errors.bad_request(f"{absent[0]} is a required parameter of a field", 10002)
    return {
        "name": text(document, "name"),
        "type": text(document, "type"),
        "length": whole_number(document, "length"),
        "scale": whole_number(document, "scale"),
        "is_primary_key": document["isPrimaryKey"],
        "is_required": not document["isNullable"],
        "default": document.get("defaultValue"),
        "description": document.get("description"),
    }


_ORDERS: Mapping[str, Callable[[DataExtension], Any]] = {
    "modifieddate": lambda each: each.modified,
    "createddate": lambda each: each.created,
    "name": lambda each: each.name.lower(),
}


def _ordered(found: list[DataExtension], order: str) -> list[DataExtension]:
    name, _, direction = order.strip().partition(" ")
    read = _ORDERS.get(name.lower())
    return sorted(found, key=read, reverse=direction.strip().lower() == "desc") if read else found


def _time(moment: datetime) -> str:
    """The ``Z`` is what the service sends; the time is the server's all the same."""
    return moment.isoformat(timespec="milliseconds") + "Z"
