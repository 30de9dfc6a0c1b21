"""A plain HTTP client of the local Experience Platform, and builders of what tests load into it."""

from __future__ import annotations

import io
import itertools
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import requests

from emulator.testing import RunningEmulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

IMS_SCOPE = "openid,AdobeID,read_organizations,additional_info.projectedProductContext,session"
REGISTRY = "/data/foundation/schemaregistry"
CATALOG = "/data/foundation/catalog"
IMPORT = "/data/foundation/import"
EXPORT = "/data/foundation/export"
PROFILE = "https://ns.adobe.com/xdm/context/profile"
EVENT = "https://ns.adobe.com/xdm/context/experienceevent"
FULL = "application/vnd.adobe.xed-full+json; version=1"
RAW = "application/vnd.adobe.xed+json; version=1"

_names = itertools.count(1)


@dataclass
class Platform:
    """Talks to one sandbox with valid headers; each call may change or drop some."""

    facts: dict[str, Any]
    running: RunningEmulator
    sandbox: str | None = None
    tenant: str = "_acme"
    token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        self.session = requests.Session()
        self.session.trust_env = False
        self.sandbox = self.sandbox or self.facts["sandbox_name"]
        self.token = self.new_token()

    @staticmethod
    def unique(word: str) -> str:
        return unique(word)

    @property
    def base(self) -> str:
        return str(self.facts["base_url"])

    def new_token(self, **changes: Any) -> str:
        answer = self.ask_token(**changes)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def ask_token(self, version: str = "v3", **changes: Any) -> requests.Response:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.facts["client_id"],
            "client_secret": self.facts["client_secret"],
            "scope": IMS_SCOPE,
            **changes,
        }
        form = {key: value for key, value in form.items() if value is not None}
        return self.session.post(f"{self.base}/ims/token/{version}", data=form)

    def headers(self, **changes: str | None) -> dict[str, str]:
        headers = {
            "Authorization": f"Bearer {self.token}",
            "x-api-key": self.facts["client_id"],
            "x-gw-ims-org-id": self.facts["org_id"],
            "x-sandbox-name": self.sandbox,
            **{name.replace("_", "-"): value for name, value in changes.items()},
        }
        return {name: value for name, value in headers.items() if value is not None}

    def call(
        self, method: str, path: str, *, headers: Mapping[str, str | None] | None = None, **options: Any
    ) -> requests.Response:
        url = path if path.startswith("http") else self.base + path
        return self.session.request(method, url, headers=self.headers(**dict(headers or {})), **options)

    def get(self, path: str, accept: str | None = None, **options: Any) -> requests.Response:
        headers = {**options.pop("headers", {}), **({"Accept": accept} if accept else {})}
        return self.call("GET", path, headers=headers, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> requests.Response:
        return self.call("POST", path, json=body, **options)

    def made(self, path: str, body: Any) -> Any:
        """POST what must succeed."""
        answer = self.post(path, body)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    # Schema Registry

    def resource(self, kind: str, resource_id: str, accept: str = RAW) -> Any:
        answer = self.get(f"{REGISTRY}/tenant/{kind}/{quote(resource_id, safe='')}", accept)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def patch(self, kind: str, resource_id: str, *operations: dict[str, Any]) -> requests.Response:
        path = f"{REGISTRY}/tenant/{kind}/{quote(resource_id, safe='')}"
        return self.call("PATCH", path, json=list(operations))

    def field_group(
        self, fields: Mapping[str, Any], *, title: str | None = None, extends: str = PROFILE, **more: Any
    ) -> Any:
        return self.made(
            f"{REGISTRY}/tenant/fieldgroups",
            self.field_group_body(fields, title=title, extends=extends, **more),
        )

    def field_group_body(
        self,
        fields: Mapping[str, Any],
        *,
        title: str | None = None,
        extends: str = PROFILE,
        required: Sequence[str] = (),
    ) -> dict[str, Any]:
        tenant = {
            "type": "object",
            "properties": dict(fields),
            **({"required": list(required)} if required else {}),
        }
        return {
            "type": "object",
            "title": title or unique("fields"),
            "description": "made by a test",
            "meta:intendedToExtend": [extends],
            "definitions": {"customFields": {"type": "object", "properties": {self.tenant: tenant}}},
            "allOf": [{"$ref": "#/definitions/customFields", "type": "object", "meta:xdmType": "object"}],
        }

    def schema(self, *field_groups: str, class_id: str = PROFILE, title: str | None = None) -> Any:
        body = {
            "type": "object",
            "title": title or unique("schema"),
            "description": "made by a test",
            "allOf": [{"$ref": class_id}, *({"$ref": each} for each in field_groups)],
        }
        return self.made(f"{REGISTRY}/tenant/schemas", body)

    def relational_schema(self, fields: Mapping[str, Any], required: Sequence[str]) -> Any:
        """Make a schema with its fields at the root."""
        own = {"type": "object", "properties": dict(fields), "required": list(required)}
        return self.made(
            f"{REGISTRY}/tenant/schemas",
            {
                "type": "object",
                "title": unique("relational"),
                "description": "made by a test",
                "definitions": {"customFields": own},
                "allOf": [{"$ref": "#/definitions/customFields", "meta:xdmType": "object"}],
                "meta:extends": ["https://ns.adobe.com/xdm/data/adhoc-v2"],
                "meta:behaviorType": "record",
            },
        )

    def identity(
        self, schema_id: str, path: str, namespace: str = "Email", *, primary: bool = True
    ) -> requests.Response:
        return self.post(
            f"{REGISTRY}/tenant/descriptors",
            {
                "@type": "xdm:descriptorIdentity",
                "xdm:sourceSchema": schema_id,
                "xdm:sourceVersion": 1,
                "xdm:sourceProperty": path,
                "xdm:namespace": namespace,
                "xdm:property": "xdm:code",
                "xdm:isPrimary": primary,
            },
        )

    # Catalog

    def dataset(self, schema_id: str, *, name: str | None = None, **more: Any) -> str:
        schema_ref = {"id": schema_id, "contentType": "application/vnd.adobe.xed+json;version=1"}
        answer = self.made(
            f"{CATALOG}/dataSets", {"name": name or unique("Dataset"), "schemaRef": schema_ref, **more}
        )
        return str(answer[0]).rsplit("/", 1)[1]

    def dataset_of(
        self, fields: Mapping[str, Any], *, required: Sequence[str] = (), class_id: str = PROFILE, **more: Any
    ) -> str:
        """Make a field group, a schema and a dataset for fields below the tenant's object."""
        group = self.field_group(fields, required=required, extends=class_id)
        return self.dataset(self.schema(group["$id"], class_id=class_id)["$id"], **more)

    def table(self, dataset_id: str) -> str:
        dataset = self.get(f"{CATALOG}/dataSets/{dataset_id}").json()[dataset_id]
        return str(dataset["tags"]["adobe/pqs/table"][0])

    def batch(self, batch_id: str) -> dict[str, Any]:
        answer = self.get(f"{CATALOG}/batches/{batch_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json()[batch_id])

    # Batch ingestion

    def new_batch(self, dataset_id: str, kind: str = "json", **more: Any) -> str:
        input_format = more.pop("input_format", {"format": kind})
        return str(
            self.made(f"{IMPORT}/batches", {"datasetId": dataset_id, "inputFormat": input_format, **more})[
                "id"
            ]
        )

    def put(
        self, batch_id: str, dataset_id: str, name: str, content: bytes, **headers: Any
    ) -> requests.Response:
        return self.call(
            "PUT",
            f"{IMPORT}/batches/{batch_id}/datasets/{dataset_id}/files/{name}",
            data=content,
            headers={"Content-Type": "application/octet-stream", **headers},
        )

    def act(self, batch_id: str, action: str) -> requests.Response:
        return self.call("POST", f"{IMPORT}/batches/{batch_id}?action={action}")

    def ended(self, batch_id: str, seconds: float = 30) -> dict[str, Any]:
        """Wait for a terminal status."""
        deadline = time.monotonic() + seconds
        while True:
            batch = self.batch(batch_id)
            if batch["status"] in {"success", "failed", "aborted", "inactive", "deleted"}:
                return batch
            assert time.monotonic() < deadline, batch
            time.sleep(0.05)

    def load(
        self, dataset_id: str, content: bytes | Sequence[Mapping[str, Any]] | pa.Table, **more: Any
    ) -> dict[str, Any]:
        """Load one file: rows as JSON lines, a table as Parquet, or bytes; return the ended batch."""
        if isinstance(content, pa.Table):
            content, kind = parquet(content), "parquet"
        elif isinstance(content, bytes):
            kind = "json"
        else:
            content, kind = lines(content), "json"
        batch_id = self.new_batch(dataset_id, more.pop("kind", kind), **more)
        answer = self.put(batch_id, dataset_id, "part-00001", content)
        assert answer.status_code == 200, answer.text
        assert self.act(batch_id, "COMPLETE").status_code == 200
        return self.ended(batch_id)

    def load_rows(self, dataset_id: str, *rows: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        """Load rows of the tenant's object as JSON lines."""
        return self.load(dataset_id, [{self.tenant: dict(row)} for row in rows], **more)

    def load_value(self, dataset_id: str, field: str, value: Any) -> Any:
        """Load one value; return what landed, or the error codes of its row."""
        before = len(self.rows(dataset_id))
        batch = self.load_rows(dataset_id, {field: value}, enableErrorDiagnostics=True)
        if batch["status"] == "failed":
            return [error["code"] for error in self.row_errors(batch["id"])[0]["_errors"]]
        return self.rows(dataset_id)[before][field]

    def row_errors(self, batch_id: str) -> list[dict[str, Any]]:
        """Download all row errors, as a client does."""
        listing = self.get(f"{EXPORT}/batches/{batch_id}/meta?path=row_errors")
        assert listing.status_code == 200, listing.text
        rows = []
        for entry in listing.json()["data"]:
            text = self.get(entry["_links"]["self"]["href"]).text
            rows += [json.loads(line) for line in text.splitlines()]
        return rows

    def query(self, sql: str) -> list[dict[str, Any]]:
        return self.running.query(sql)

    def rows(self, dataset_id: str) -> list[dict[str, Any]]:
        """Read the live rows below the tenant's object back, in order."""
        found = self.query(f"SELECT {self.tenant} AS row FROM {self.table(dataset_id)} ORDER BY _row")
        return [each["row"] for each in found]


def unique(word: str) -> str:
    return f"{word} {next(_names)}"


def lines(rows: Sequence[Mapping[str, Any]]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEmulator]:
    """An emulator for these tests, which promotes fast."""
    home = tmp_path_factory.mktemp("aep-emulator")
    with RunningEmulator(home, scale=0.001, switches={"aep.promotion_seconds": 0.04}) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def aep(running: RunningEmulator) -> Platform:
    """The development sandbox."""
    return Platform(running.aep, running)


@pytest.fixture
def in_sandbox(running: RunningEmulator) -> Callable[[str], Platform]:
    """A client of another sandbox."""
    return lambda name: Platform(running.aep, running, sandbox=name)


@pytest.fixture
def switch(running: RunningEmulator) -> Iterator[Callable[..., None]]:
    """Sets switches for one test, `switch(json_null="absent")`, and puts them back."""
    before = requests.get(f"{running.aep['base_url']}/_emulator/switches", timeout=10).json()
    yield lambda **values: running.set_switches({f"aep.{name}": value for name, value in values.items()})
    running.set_switches(before)


@pytest.fixture
def faults(running: RunningEmulator) -> Iterator[Callable[..., None]]:
    """Puts fault rules in force for one test."""
    yield lambda *rules: running.faults(list(rules))
    running.clear_faults()


@pytest.fixture
def people(aep: Platform) -> str:
    """A dataset with fields of several types below the tenant's object."""
    return aep.dataset_of(
        {
            "key": {"type": "string"},
            "points": {"type": "integer"},
            "big": {"type": "integer", "minimum": -9007199254740991, "maximum": 9007199254740991},
            "spent": {"type": "number"},
            "optIn": {"type": "boolean"},
            "born": {"type": "string", "format": "date"},
            "seen": {"type": "string", "format": "date-time"},
        }
    )
