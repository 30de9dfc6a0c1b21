"""Catalog Service: datasets, and the state of batches.

Answers are maps from id to object; created ids come as ``["@/dataSets/{id}"]``. Lists are paged by
``start`` and ``limit`` (at most 100).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from target_aep.aep.errors import ApiError, LostAnswerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from target_aep.aep.gateway import Gateway

BASE = "/data/foundation/catalog"
PAGE_SIZE = 100
ALREADY_INGESTED = "140"
"""Code of a failure that comes from a repetition of Adobe's own: the batch was ingested the first time."""
NOT_FOUND = 404


class BatchStatus(enum.Enum):
    """Where a batch is in its life; Adobe's synonyms ``active`` and ``failure`` are folded."""

    LOADING = "loading"
    LOADED = "loaded"
    QUEUED = "queued"
    STAGING = "staging"
    STAGED = "staged"
    PROCESSING = "processing"
    RETRYING = "retrying"
    STALLED = "stalled"
    SUCCESS = "success"
    FAILED = "failed"
    ABORTED = "aborted"
    ABANDONED = "abandoned"
    INACTIVE = "inactive"
    DELETED = "deleted"
    UNKNOWN = "unknown"

    @classmethod
    def parse(cls, text: object) -> BatchStatus:
        """Read Adobe's text; a word that is not documented is UNKNOWN, which is not terminal."""
        word = str(text).strip().lower()
        word = {"active": "success", "failure": "failed"}.get(word, word)
        return cls(word) if word in cls._value2member_map_ else cls.UNKNOWN

    @property
    def is_terminal(self) -> bool:
        """Whether it changes no more by itself. Stalled is: only Adobe's support can move it."""
        return self in _TERMINAL


_TERMINAL = frozenset({
    BatchStatus.SUCCESS, BatchStatus.FAILED, BatchStatus.ABORTED, BatchStatus.ABANDONED,
    BatchStatus.INACTIVE, BatchStatus.DELETED, BatchStatus.STALLED,
})  # fmt: skip


@dataclass(frozen=True)
class BatchMetrics:
    """Adobe's own counts of rows; None where the answer has none."""

    input_records: int | None = None
    output_records: int | None = None
    failed_records: int | None = None


@dataclass(frozen=True)
class BatchError:
    """One entry of a batch's ``errors``; ``record_count`` only with diagnostics on."""

    code: str
    description: str
    record_count: int | None = None


@dataclass(frozen=True)
class Batch:
    """A batch as Catalog tells it; times are epoch milliseconds, 0 where unknown."""

    id: str
    status: BatchStatus
    external_id: str
    dataset_id: str
    tags: Mapping[str, tuple[str, ...]]
    metrics: BatchMetrics
    errors: tuple[BatchError, ...]
    created_ms: int
    updated_ms: int
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def was_already_ingested(self) -> bool:
        """Whether AEP failed it for no other reason than that it had ingested it before."""
        codes = {error.code for error in self.errors}
        return self.status is BatchStatus.FAILED and codes == {ALREADY_INGESTED}

    @property
    def outcome(self) -> BatchStatus:
        """What became of its rows: its status, save that one ingested before whose rows AEP counts is in."""
        counted = self.was_already_ingested and self.metrics.output_records
        return BatchStatus.SUCCESS if counted else self.status


@dataclass(frozen=True)
class Dataset:
    """A dataset as Catalog tells it."""

    id: str
    name: str
    schema_id: str
    tags: Mapping[str, tuple[str, ...]]
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def profile_enabled(self) -> bool:
        """Whether rows flow to Real-Time Customer Profile."""
        return self._flag("unifiedProfile", "enabled")

    @property
    def identity_enabled(self) -> bool:
        """Whether identities flow to Identity Service."""
        return self._flag("unifiedIdentity", "enabled")

    @property
    def upsert(self) -> bool:
        """Whether Profile merges supplied attributes instead of replacing the record."""
        return self._flag("unifiedProfile", "isUpsert")

    def _flag(self, tag: str, name: str) -> bool:
        # Adobe's pages write both "enabled:true" and "enabled: true".
        return any(
            value.replace(" ", "").lower() == f"{name}:true".lower() for value in self.tags.get(tag, ())
        )


class Catalog:
    """Reads and writes datasets, reads batches."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def dataset(self, dataset_id: str) -> Dataset | None:
        """Return one dataset, or None."""
        found = self._one(f"/dataSets/{dataset_id}", dataset_id)
        return None if found is None else _dataset(dataset_id, found)

    def datasets(self, name: str | None = None) -> Iterator[Dataset]:
        """Iterate over the sandbox's datasets, or over those of exactly this name."""
        params = {} if name is None else {"name": name}
        for dataset_id, found in self._pages("/dataSets", params):
            dataset = _dataset(dataset_id, found)
            if name is None or dataset.name == name:
                yield dataset

    def create_dataset(
        self,
        *,
        name: str,
        schema_id: str,
        description: str = "",
        tags: Mapping[str, Sequence[str]] | None = None,
    ) -> str:
        """Create a dataset of Parquet files with error diagnostics, and return its id.

        Catalog does not promise that names are unique: look before.

        Raises:
            LostAnswerError: It is unknown whether the dataset was created.
        """
        body: dict[str, Any] = {
            "name": name,
            "description": description,
            "schemaRef": {"id": schema_id, "contentType": "application/vnd.adobe.xed+json;version=1"},
            "fileDescription": {"persisted": True, "containerFormat": "parquet", "format": "parquet"},
            "enableErrorDiagnostics": True,
        }
        if tags:
            body["tags"] = {key: list(values) for key, values in tags.items()}
        answer = self._gateway.request_json("POST", f"{BASE}/dataSets", json=body, idempotent=False)
        try:
            return str(answer[0]).rpartition("/")[2]
        except (LookupError, TypeError):
            message = f"POST {BASE}/dataSets answered without an id: {answer!r}."
            raise LostAnswerError(message, remedy="Run again: the next run looks for the dataset.") from None

    def patch_dataset(self, dataset_id: str, operations: Sequence[Mapping[str, Any]]) -> None:
        """Change a dataset by JSON Patch; operations must be ones that may be repeated (add, replace)."""
        self._gateway.request(
            "PATCH",
            f"{BASE}/dataSets/{dataset_id}",
            json=list(operations),
            headers={"Content-Type": "application/json-patch+json"},
            idempotent=True,
        )

    def batch(self, batch_id: str) -> Batch | None:
        """Return one batch, or None."""
        found = self._one(f"/batches/{batch_id}", batch_id)
        return None if found is None else read_batch(batch_id, found)

    def batches(self, dataset_id: str) -> Iterator[Batch]:
        """Iterate over all batches of a dataset, oldest first.

        The order matters: by offset, a batch that arrives while we page must not push others past us.
        """
        for batch_id, found in self._pages("/batches", {"dataSet": dataset_id, "orderBy": "asc:created"}):
            batch = read_batch(batch_id, found)
            if batch.dataset_id in {"", dataset_id}:
                yield batch

    def recent_batches(self, dataset_id: str, limit: int = 10) -> list[Batch]:
        """Return the newest batches of a dataset, newest first, at most 100."""
        params = {"dataSet": dataset_id, "orderBy": "desc:created", "limit": min(limit, PAGE_SIZE)}
        page = self._gateway.request_json("GET", f"{BASE}/batches", params=params, idempotent=True)
        if not isinstance(page, dict):
            raise ApiError(200, "", "", "the answer is not a map of objects", where=f"GET {BASE}/batches")
        batches = [read_batch(key, found) for key, found in page.items() if isinstance(found, dict)]
        return sorted(batches, key=lambda batch: (batch.created_ms, batch.id), reverse=True)

    def batch_by_external_id(self, external_id: str) -> Batch | None:
        """Return the newest batch with this external id, or None."""
        matching = [
            batch
            for batch_id, found in self._pages("/batches", {"externalId": external_id})
            if (batch := read_batch(batch_id, found)).external_id == external_id
        ]
        return max(matching, key=lambda batch: batch.created_ms, default=None)

    def _one(self, path: str, object_id: str) -> Mapping[str, Any] | None:
        try:
            answer = self._gateway.request_json("GET", BASE + path, idempotent=True)
        except ApiError as error:
            if error.status == NOT_FOUND:
                return None
            raise
        found = answer.get(object_id) if isinstance(answer, dict) else None
        return found if isinstance(found, dict) else None

    def _pages(self, path: str, params: Mapping[str, str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        start = 0
        while True:
            page = self._gateway.request_json(
                "GET", BASE + path, params={**params, "limit": PAGE_SIZE, "start": start}, idempotent=True
            )
            if not isinstance(page, dict):
                raise ApiError(200, "", "", "the answer is not a map of objects", where=f"GET {BASE}{path}")
            for object_id, found in page.items():
                if isinstance(found, dict):
                    yield object_id, found
            if len(page) < PAGE_SIZE:
                return
            start += len(page)


def read_tags(raw: object) -> dict[str, tuple[str, ...]]:
    """Read tags whose values are lists, as documented, or scalars, as Catalog shows some of its own."""
    if not isinstance(raw, dict):
        return {}
    return {
        str(key): tuple(str(item) for item in (value if isinstance(value, list) else [value]))
        for key, value in raw.items()
    }


def _dataset(dataset_id: str, raw: Mapping[str, Any]) -> Dataset:
    reference = raw.get("schemaRef")
    return Dataset(
        id=dataset_id,
        name=str(raw.get("name", "")),
        schema_id=str(reference.get("id", "")) if isinstance(reference, dict) else "",
        tags=read_tags(raw.get("tags")),
        raw=raw,
    )


def read_batch(batch_id: str, raw: Mapping[str, Any]) -> Batch:
    """Read a batch object, of which only the status can be relied upon."""
    related = raw.get("relatedObjects")
    datasets = [
        str(item.get("id", ""))
        for item in (related if isinstance(related, list) else [])
        if isinstance(item, dict) and item.get("type") == "dataSet"
    ]
    metrics = raw.get("metrics")
    metrics = metrics if isinstance(metrics, dict) else {}
    errors = raw.get("errors")
    return Batch(
        id=batch_id,
        status=BatchStatus.parse(raw.get("status")),
        external_id=str(raw.get("externalId", "")),
        dataset_id=datasets[0] if datasets else "",
        tags=read_tags(raw.get("tags")),
        metrics=BatchMetrics(
            input_records=_count(metrics.get("inputRecordCount")),
            output_records=_count(metrics.get("outputRecordCount")),
            failed_records=_count(metrics.get("failedRecordCount")),
        ),
        errors=tuple(
            BatchError(
                code=str(item.get("code", "")),
                description=str(item.get("description") or item.get("message") or ""),
                record_count=_count(item.get("recordCount")),
            )
            for item in (errors if isinstance(errors, list) else [])
            if isinstance(item, dict)
        ),
        created_ms=_count(raw.get("created")) or 0,
        updated_ms=_count(raw.get("updated")) or 0,
        raw=raw,
    )


def _count(value: object) -> int | None:
    try:
        return int(value)  # type: ignore[call-overload,no-any-return]
    except (TypeError, ValueError):
        return None
