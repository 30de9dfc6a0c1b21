"""Datasets: create, read, change, delete."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse
from starlette.routing import Route

from emulator.aep import errors, identifiers, json_patch
from emulator.aep.catalog import listing
from emulator.aep.platform import caller_of
from emulator.aep.registry import fields, refusals, views
from emulator.aep.requests import json_body, json_object

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from emulator.aep.platform import Caller
    from emulator.aep.store import Document

BASE = "/data/foundation/catalog"
TABLE_TAG = "adobe/pqs/table"
_CONTENT_TYPE = re.compile(r"application/vnd\.adobe\.xed(-full)?(-notext)?\+json; ?version=1(\.\d+)?$")
_CHANGEABLE = {
    *("name", "description", "tags", "enableErrorDiagnostics", "fileDescription"),
    *("extensions", "observableSchema", "unifiedTags"),
}


async def create(request: Request) -> Response:
    """Create a dataset on an existing schema."""
    caller = caller_of(request)
    body = await json_object(request)
    dataset = new_dataset(caller, body)
    reference = f"@/dataSets/{dataset['id']}"
    location = f"{caller.base_url}{BASE}/dataSets/{dataset['id']}"
    return JSONResponse([reference], 201, headers={"Location": location})


def new_dataset(caller: Caller, body: dict[str, Any]) -> Document:
    """Store a new dataset.

    Raises:
        ApiError: 400 for a body without name, or with a schema that does not exist.
    """
    name = body.get("name")
    if not isinstance(name, str) or not name.strip():
        raise errors.bad_request("A dataset needs a name")
    schema_ref = _schema_ref(caller, body)
    schema = caller.platform.store.get("schemas", caller.sandbox, schema_ref["id"])
    assert schema is not None
    dataset_id, view_id = identifiers.catalog_id(), identifiers.catalog_id()
    now = identifiers.now_ms()
    tags = _tags(body.get("tags", {}))
    tags.setdefault(TABLE_TAG, [_table_name(caller, name)])
    file_description = body.get("fileDescription") or {}
    dataset = {
        "id": dataset_id,
        "name": name,
        "description": body.get("description", ""),
        "version": "1.0.0",
        "created": now,
        "updated": now,
        "createdClient": caller.client_id,
        "createdUser": caller.user_id,
        "updatedUser": caller.user_id,
        "imsOrg": caller.org_id,
        "sandboxId": caller.sandbox_id,
        "tags": tags,
        "viewId": view_id,
        "basePath": f"adl://lake.local/platform/{dataset_id}",
        "fileDescription": {
            "persisted": True,
            "containerFormat": "parquet",
            "format": "parquet",
            **file_description,
        },
        "files": f"@/dataSets/{dataset_id}/views/{view_id}/files",
        "schemaRef": schema_ref,
        "state": "DRAFT",
        "namespace": "ACP",
        "classification": {"dataBehavior": behaviour(schema), "managedBy": "CUSTOMER"},
        "enableErrorDiagnostics": body.get("enableErrorDiagnostics", False),
        "unifiedTags": body.get("unifiedTags", []),
    }
    check_profile(caller, dataset, None)
    caller.platform.store.put("dataset", caller.sandbox, dataset_id, dataset)
    return dataset


def behaviour(schema: Document) -> str:
    """Return `record`, `time-series`, `adhoc` or `relational`."""
    lineage = schema.get("meta:extends", ())
    if refusals.RELATIONAL in lineage:
        return "time-series" if schema.get("meta:behaviorType") == "time-series" else "record"
    if refusals.AD_HOC in lineage:
        return "adhoc"
    return "time-series" if "https://ns.adobe.com/xdm/data/time-series" in lineage else "record"


def _schema_ref(caller: Caller, body: dict[str, Any]) -> dict[str, str]:
    reference = body.get("schemaRef")
    if not isinstance(reference, dict) or not isinstance(reference.get("id"), str):
        raise errors.bad_request("A dataset needs a schemaRef with the id of a schema")
    content_type = reference.get("contentType", "application/vnd.adobe.xed+json;version=1")
    if not isinstance(content_type, str) or not _CONTENT_TYPE.match(content_type):
        raise errors.bad_request(f"schemaRef.contentType is not valid: {content_type}")
    if caller.platform.store.get("schemas", caller.sandbox, reference["id"]) is None:
        raise errors.bad_request(f"The schema {reference['id']} does not exist in this sandbox")
    return {"id": reference["id"], "contentType": content_type}


def _tags(tags: Any) -> dict[str, list[str]]:
    if not isinstance(tags, dict) or not all(
        isinstance(values, list) and all(isinstance(value, str) for value in values)
        for values in tags.values()
    ):
        raise errors.bad_request("tags must be an object of arrays of strings")
    return dict(tags)


def _table_name(caller: Caller, name: str) -> str:
    """Return a SQL table name that no other dataset of the sandbox has."""
    base = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "dataset"
    base = f"_{base}" if base[0].isdigit() else base
    taken = {
        value
        for each in caller.platform.store.all("dataset", caller.sandbox)
        for value in each["tags"].get(TABLE_TAG, ())
    }
    number, candidate = 1, base
    while candidate in taken:
        number += 1
        candidate = f"{base}_{number}"
    return candidate


def flag(dataset: Document, tag: str, name: str) -> bool | None:
    """Return a flag such as `enabled` of the tag `unifiedProfile`; None where it is not given."""
    for value in dataset["tags"].get(tag, ()):
        key, _, text = value.partition(":")
        if key.strip() == name:
            return bool(text.strip().lower() == "true")
    return None


def check_profile(caller: Caller, dataset: Document, before: Document | None) -> None:
    """Refuse Profile on a schema that is not in a union, and a change of `isUpsert` while enabled."""
    if not flag(dataset, "unifiedProfile", "enabled"):
        return
    schema = caller.platform.store.get("schemas", caller.sandbox, dataset["schemaRef"]["id"]) or {}
    if "union" not in schema.get("meta:immutableTags", ()):
        raise errors.bad_request("To enable profile datasets the schema should be valid")
    was_enabled = before is not None and flag(before, "unifiedProfile", "enabled")
    if (
        was_enabled
        and before is not None
        and flag(before, "unifiedProfile", "isUpsert") != flag(dataset, "unifiedProfile", "isUpsert")
    ):
        raise errors.bad_request("Disable the dataset for Profile before changing isUpsert")


def find(caller: Caller, dataset_id: str) -> Document:
    """Return a dataset.

    Raises:
        ApiError: 404.
    """
    found = caller.platform.store.get("dataset", caller.sandbox, dataset_id)
    if found is None:
        raise errors.not_found(f"Dataset {dataset_id} was not found")
    return found


def shown(caller: Caller, dataset: Document) -> Document:
    """Return a dataset as Catalog answers it, with its last batches."""
    batches = [
        each
        for each in caller.platform.store.all("batch", caller.sandbox)
        if each["relatedObjects"][0]["id"] == dataset["id"]
    ]
    last: dict[str, Any] = {}
    if batches:
        last = {"lastBatchId": batches[-1]["id"], "lastBatchStatus": batches[-1]["status"]}
        for key, statuses in (
            ("lastSuccessfulBatch", {"success"}),
            ("lastFailedBatch", {"failed", "failure"}),
        ):
            matching = [each["id"] for each in batches if each["status"] in statuses]
            if matching:
                last[key] = matching[-1]
    return {**dataset, **last}


def public(caller: Caller, dataset: Document) -> Document:
    """Return a dataset as Catalog answers it below its id."""
    return _without_id(shown(caller, dataset))


def _without_id(dataset: Document) -> Document:
    return {key: value for key, value in dataset.items() if key != "id"}


async def list_datasets(request: Request) -> Response:
    """List datasets, keyed by id."""
    caller = caller_of(request)
    found = [shown(caller, each) for each in caller.platform.store.all("dataset", caller.sandbox)]
    if "observableSchema" in request.query_params.get("properties", ""):
        found = [{**each, "observableSchema": observable_schema(caller, each)} for each in found]
    page = listing.selected(found, request.query_params, {"dataSet": lambda each, value: each["id"] == value})
    return JSONResponse({dataset_id: _without_id(each) for dataset_id, each in page.items()})


async def look_up(request: Request) -> Response:
    """Return one dataset, keyed by its id."""
    caller = caller_of(request)
    dataset = shown(caller, find(caller, request.path_params["id"]))
    if "observableSchema" in request.query_params.get("properties", ""):
        dataset = {**dataset, "observableSchema": observable_schema(caller, dataset)}
    body = listing.projected(dataset, request.query_params.get("properties"))
    return JSONResponse({dataset["id"]: _without_id(body)})


def observable_schema(caller: Caller, dataset: Document) -> dict[str, Any]:
    """Return the part of the schema that any landed row has a value for."""
    schema = views.resolved_schema(caller.platform, caller.sandbox, dataset["schemaRef"]["id"])
    if schema is None:
        return {}
    seen = set((caller.platform.store.get("observed", caller.sandbox, dataset["id"]) or {}).get("paths", ()))
    kept: dict[str, Any] = {}
    for path, field in fields.walk(schema):
        if path in seen:
            kept[path] = fields.type_of(field)
    return {"type": "object", "meta:xdmType": "object", "properties": _tree(kept)}


def _tree(paths: dict[str, str]) -> dict[str, Any]:
    root: dict[str, Any] = {}
    for path, kind in paths.items():
        node = root
        *parents, last = path.strip("/").split("/")
        for name in parents:
            node = node.setdefault(name, {"type": "object", "meta:xdmType": "object", "properties": {}})[
                "properties"
            ]
        node[last] = {"meta:xdmType": kind, **({"properties": {}} if kind == "object" else {})}
    return root


async def change(request: Request) -> Response:
    """Change a dataset by JSON Patch (an array) or by merging an object."""
    caller = caller_of(request)
    dataset = find(caller, request.path_params["id"])
    body = await json_body(request)
    if isinstance(body, list):
        try:
            changed = json_patch.apply(dataset, body)
        except json_patch.PatchError as error:
            raise errors.bad_request(f"The patch cannot be applied: {error}") from None
    elif isinstance(body, dict):
        changed = _merged(dataset, body)
    else:
        raise errors.bad_request("The body must be a JSON Patch or an object")
    return store_changed(caller, dataset, changed)


async def change_v2(request: Request) -> Response:
    """Merge an object into a dataset; `If-Match` holds the version that the caller has seen."""
    caller = caller_of(request)
    dataset = find(caller, request.path_params["id"])
    expected = request.headers.get("if-match", "").strip('"')
    if expected and expected not in {"*", dataset["version"]}:
        raise errors.CatalogError(
            412, f"The dataset is at version {dataset['version']}", "PreconditionFailedError"
        )
    return store_changed(caller, dataset, _merged(dataset, await json_object(request)))


async def replace(request: Request) -> Response:
    """Replace what can be changed of a dataset."""
    caller = caller_of(request)
    dataset = find(caller, request.path_params["id"])
    body = await json_object(request)
    system = {key: value for key, value in dataset.items() if key not in _CHANGEABLE}
    return store_changed(
        caller, dataset, {**system, "tags": dataset["tags"], "name": dataset["name"], **body}
    )


def store_changed(caller: Caller, dataset: Document, changed: Document) -> Response:
    """Store a changed dataset, if only what may change was changed."""
    frozen = {
        key
        for key in {*dataset, *changed}
        if key not in _CHANGEABLE and changed.get(key, dataset.get(key)) != dataset.get(key)
    }
    if frozen:
        raise errors.bad_request(
            f"These properties of a dataset cannot be changed: {', '.join(sorted(frozen))}"
        )
    major, minor, patch = (int(part) for part in dataset["version"].split("."))
    result = {
        **{key: value for key, value in dataset.items() if key not in _CHANGEABLE},
        **{key: value for key, value in changed.items() if key in _CHANGEABLE},
        "tags": {**_tags(changed.get("tags", {})), TABLE_TAG: dataset["tags"][TABLE_TAG]},
        "version": f"{major}.{minor}.{patch + 1}",
        "updated": identifiers.now_ms(),
        "updatedUser": caller.user_id,
    }
    check_profile(caller, result, dataset)
    caller.platform.store.put("dataset", caller.sandbox, dataset["id"], result)
    return JSONResponse([f"@/dataSets/{dataset['id']}"])


def _merged(document: Any, change: Any) -> Any:
    if not isinstance(change, dict) or not isinstance(document, dict):
        return change
    result = dict(document)
    for key, value in change.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _merged(result.get(key), value)
    return result


async def delete(request: Request) -> Response:
    """Delete a dataset; its rows are gone with it."""
    caller = caller_of(request)
    dataset = find(caller, request.path_params["id"])
    caller.platform.store.delete("dataset", caller.sandbox, dataset["id"])
    return JSONResponse([f"@/dataSets/{dataset['id']}"])


async def list_views(request: Request) -> Response:
    """List the one view of a dataset, or return it."""
    caller = caller_of(request)
    dataset = find(caller, request.path_params["id"])
    view_id = request.path_params.get("view", dataset["viewId"])
    if view_id != dataset["viewId"]:
        raise errors.not_found(f"View {view_id} was not found")
    view = {
        "dataSetId": dataset["id"],
        "imsOrg": caller.org_id,
        "created": dataset["created"],
        "version": "1.0.0",
    }
    return JSONResponse({view_id: view})


async def list_view_files(request: Request) -> Response:
    """List the files that a dataset's live batches left in the lake, keyed by their ids."""
    caller = caller_of(request)
    dataset = find(caller, request.path_params["id"])
    if request.path_params["view"] != dataset["viewId"]:
        raise errors.not_found(f"View {request.path_params['view']} was not found")
    live = [
        each
        for each in caller.platform.store.all("batch", caller.sandbox)
        if each["relatedObjects"][0]["id"] == dataset["id"] and each["status"] == "success"
    ]
    files = {
        f"{each['id']}-1": {
            "batchId": each["id"],
            "dataSetViewId": dataset["viewId"],
            "imsOrg": caller.org_id,
            "created": each["created"],
            "updated": each["updated"],
            "version": "1.0.0",
            "isValid": False,
        }
        for each in live
    }
    return JSONResponse(files)


routes = [
    Route(f"{BASE}/dataSets/{{id}}/views/{{view}}/files", list_view_files, methods=["GET"]),
    Route(f"{BASE}/dataSets/{{id}}/views", list_views, methods=["GET"]),
    Route(f"{BASE}/dataSets/{{id}}/views/{{view}}", list_views, methods=["GET"]),
    Route(f"{BASE}/dataSets", list_datasets, methods=["GET"]),
    Route(f"{BASE}/dataSets/", list_datasets, methods=["GET"]),
    Route(f"{BASE}/dataSets", create, methods=["POST"]),
    Route(f"{BASE}/dataSets/", create, methods=["POST"]),
    Route(f"{BASE}/dataSets/{{id}}", look_up, methods=["GET"]),
    Route(f"{BASE}/dataSets/{{id}}", change, methods=["PATCH"]),
    Route(f"{BASE}/dataSets/{{id}}", replace, methods=["PUT"]),
    Route(f"{BASE}/dataSets/{{id}}", delete, methods=["DELETE"]),
    Route(f"{BASE}/v2/dataSets/{{id}}", change_v2, methods=["PATCH"]),
]
