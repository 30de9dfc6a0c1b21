"""Checks requests and answers against Adobe's OpenAPI files, while the emulator serves.

The files are not part of this project: their folder is named by the environment variable
`EMULATOR_OPENAPI_DIR` when a server starts. Each deviation that is not in `DEVIATIONS` is one JSON line in
`HOME/aep/contract.jsonl`. Requests are checked only when they were answered with a success, since tests send
broken ones on purpose.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

VARIABLE = "EMULATOR_OPENAPI_DIR"
_SUCCESS = range(200, 300)
_LONG_PATHS = {
    "filePath",
    "SCHEMA_ID",
    "FIELD_GROUP_ID",
    "CLASS_ID",
    "DATA_TYPE_ID",
    "MIXIN_ID",
    "UNION_ID",
    "RESOURCE_ID",
}

# Where the files contradict Adobe's documentation, or what live organisations answer. Each entry: service, a
# pattern of "METHOD path problem", and why the emulator does otherwise.
_DOCUMENTED = "the documentation's own examples do this"
DEVIATIONS: tuple[tuple[str, str, str], ...] = (
    ("catalog", r"/tags/acp_(enableErrorDiagnostics|partialIngestionPercent): ", _DOCUMENTED),
    ("catalog", r"PATCH .*/dataSets/.* request /: \[", "JSON Patch is documented for datasets"),
    ("catalog", r" 412 status", "if-match is documented for datasets"),
    (
        "catalog",
        r"(POST|PUT|PATCH|DELETE) .*/batches.* 403 ",
        "refused here on purpose, see `catalog.batches`",
    ),
    ("batch-ingestion", r"answer /status: '(loading|loaded|staging)'", _DOCUMENTED),
    ("batch-ingestion", r"POST .*/files/.* 201 status", "documented for both actions on a large file"),
    ("batch-ingestion", r"answer /inputFormat/format: 'csv'", _DOCUMENTED),
    ("batch-ingestion", r"request /inputFormat/format: '(json|parquet|csv)'", _DOCUMENTED),
    (
        "batch-ingestion",
        r" (409|428) status",
        "428 was reported; 409 is the switch `aep.duplicate_external_id`",
    ),
    ("batch-ingestion", r" 413 status", "the limit of a file is documented, the status is not"),
    ("schema-registry", r"/xdm:sourceVersion: 1 ", _DOCUMENTED),
    ("schema-registry", r"/xdm:sourceProperty: \[", "composite keys are documented as arrays"),
    ("schema-registry", r"/@type: 'xdm:descriptor", "newer descriptors are documented"),
    ("schema-registry", r"/_(links|page)/next: ", "documented as null or an object"),
    (
        "schema-registry",
        r"descriptors 200 answer /xdm:\w+/\d+: ",
        "with `-id` and `-link` a list has ids, paths",
    ),
    ("schema-registry", r"PATCH .* request /\d+/value: ", "a patch adds fields and lists of tags"),
    ("identity-service", r"/idType: ", "the file spells the types in several ways"),
    ("data-prep", r"/(created|modified)Date: \d+ ", _DOCUMENTED),
    ("data-prep", r"/sourceType: 'text/x", _DOCUMENTED),
    ("data-prep", r"/outputSchema/jsonSchema/", "the file describes a JSON schema as properties only"),
    ("data-prep", r"/mappings 200 answer /: \[", "the file gives one mapping for the list of them"),
    ("data-prep", r"/validationResponse/\d+/errors: None", _DOCUMENTED),
    ("data-prep", r"/preview 200 answer /: \[", _DOCUMENTED),
    ("data-prep", r"/el/validate 200 answer /: ", _DOCUMENTED),
    ("flow-service", r"PATCH .* request /: \[", "JSON Patch is documented"),
    ("flow-service", r" 412 status", "an entity tag that does not match is documented, its status is not"),
    (
        "access-control",
        r"/acl/effective-policies 200 request /\d+: ",
        "the file lists examples as if they were all",
    ),
    ("access-control", r"/subjectAttributes/labels: \[", "the file's own example is a list"),
    ("dataset-service", r" 404 answer /status: 404", "the file has it as text"),
    ("", r" (401|403|404|400|405|414) status", "the gateway and missing things answer everywhere"),
)


@dataclass(frozen=True)
class Operation:
    """One method of one path of one file."""

    service: str
    method: str
    template: str
    pattern: re.Pattern[str]
    definition: dict[str, Any]
    document: dict[str, Any]


class Contracts:
    """The operations of all files in a folder."""

    def __init__(self, folder: Path) -> None:
        """Read every `*.yaml` in `folder`."""
        self.operations = [each for path in sorted(folder.glob("*.yaml")) for each in _operations(path)]

    def find(self, method: str, path: str) -> Operation | None:
        """Return the operation that a request is for; the one with the longest fixed path wins."""
        found = [
            each
            for each in self.operations
            if each.method == method and each.pattern.fullmatch(unquote(path).rstrip("/ "))
        ]
        return max(found, key=lambda each: len(re.sub(r"\{.*?\}", "", each.template)), default=None)

    def problems(self, operation: Operation, request: Any, status: int, answer: Any) -> Iterator[str]:
        """Yield what a request body (None when it has none) and an answer do that the file does not allow."""
        responses = {str(key): value for key, value in operation.definition.get("responses", {}).items()}
        response = responses.get(str(status)) or responses.get("default")
        if response is None:
            yield f"status {status} is not among {', '.join(sorted(responses))}"
        elif answer is not None:
            schema = _body_schema(_followed(response, operation.document))
            yield from (f"answer {text}" for text in _violations(answer, schema, operation.document))
        if status in _SUCCESS and request is not None:
            schema = _request_schema(operation)
            yield from (f"request {text}" for text in _violations(request, schema, operation.document))


def _operations(path: Path) -> Iterator[Operation]:
    import yaml  # noqa: PLC0415 - only a server that checks needs it

    document = yaml.safe_load(path.read_text())
    base = document.get("basePath")
    if base is None:
        base = re.sub(r"^(https?:)?//[^/]+", "", document["servers"][0]["url"])
    for template, item in document.get("paths", {}).items():
        for method in ("get", "post", "put", "patch", "delete", "head"):
            if method in item:
                full = base.rstrip("/") + template.rstrip("/")
                yield Operation(path.stem, method.upper(), full, _pattern(full), item[method], document)


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(.*?)\}", template)
    text = "".join(
        re.escape(part) if index % 2 == 0 else (".+" if part in _LONG_PATHS else "[^/]+")
        for index, part in enumerate(parts)
    )
    return re.compile(text)


def _followed(node: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    reference = node.get("$ref")
    if not isinstance(reference, str):
        return node
    target: Any = document
    for name in reference.removeprefix("#/").split("/"):
        target = target[name]
    return _followed(target, document)


def _body_schema(response: dict[str, Any]) -> dict[str, Any] | None:
    if "schema" in response:
        return dict(response["schema"])
    for media_type in response.get("content", {}).values():
        if "schema" in media_type:
            return dict(media_type["schema"])
    return None


def _request_schema(operation: Operation) -> dict[str, Any] | None:
    for parameter in operation.definition.get("parameters", ()):
        followed = _followed(parameter, operation.document)
        if followed.get("in") == "body":
            return dict(followed.get("schema", {}))
    body = operation.definition.get("requestBody")
    return _body_schema(_followed(body, operation.document)) if body else None


def _violations(value: Any, schema: dict[str, Any] | None, document: dict[str, Any]) -> Iterator[str]:
    from jsonschema import Draft4Validator  # noqa: PLC0415 - only a server that checks needs it

    if not schema:
        return
    definitions = {key: _cleaned(document[key]) for key in ("definitions", "components") if key in document}
    validator = Draft4Validator({**_cleaned(schema), **definitions})
    for error in validator.iter_errors(value):
        where = "/".join(str(each) for each in error.absolute_path)
        yield f"/{where}: {error.message[:200]}"


def _cleaned(node: Any) -> Any:
    """Return a schema with `required: true`, `nullable` and the like put into JSON Schema's words."""
    if isinstance(node, list):
        return [_cleaned(each) for each in node]
    if not isinstance(node, dict):
        return node
    result = {key: _cleaned(value) for key, value in node.items() if key not in {"example", "examples"}}
    if isinstance(result.get("required"), bool):
        del result["required"]
    if not isinstance(result.get("type", ""), (str, list, dict)):
        del result["type"]
    if result.pop("nullable", None) is True and isinstance(result.get("type"), str):
        result["type"] = [result["type"], "null"]
    return result


class ContractMiddleware:
    """Pure ASGI middleware that writes deviations to a file; it changes nothing."""

    def __init__(self, app: ASGIApp, folder: Path, log: Path) -> None:
        """Check against the files in `folder`, write to `log`."""
        self.app = app
        self.contracts = Contracts(folder)
        self.log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and look at what came and went."""
        operation = None
        if scope["type"] == "http" and scope["path"].startswith("/data/"):
            operation = self.contracts.find(scope["method"], scope["path"])
        if operation is None:
            await self.app(scope, receive, send)
            return
        sent, received = bytearray(), bytearray()
        start: Message = {}

        async def keep_request() -> Message:
            message = await receive()
            received.extend(message.get("body", b""))
            return message

        async def keep_answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                sent.extend(message.get("body", b""))
            await send(message)

        await self.app(scope, keep_request, keep_answer)
        self._record(operation, scope, _json(scope["headers"], received), start, sent)

    def _record(
        self, operation: Operation, scope: Scope, request: Any, start: Message, sent: bytearray
    ) -> None:
        status = start["status"]
        answer = _json(start["headers"], sent)
        for problem in self.contracts.problems(operation, request, status, answer):
            text = f"{operation.method} {operation.template} {status} {problem}"
            if not _is_known(operation.service, text):
                entry = {"service": operation.service, "problem": text, "path": scope["path"]}
                with self.log.open("a") as file:
                    file.write(json.dumps(entry) + "\n")


def _is_known(service: str, text: str) -> bool:
    return any(each in {service, ""} and re.search(pattern, text) for each, pattern, _ in DEVIATIONS)


def _json(headers: list[tuple[bytes, bytes]], body: bytearray) -> Any:
    content_type = {name.lower(): value for name, value in headers}.get(b"content-type", b"")
    if b"json" not in content_type or not body:
        return None
    try:
        return json.loads(bytes(body))
    except ValueError:
        return None
