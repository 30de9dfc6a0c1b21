"""The clients over a wire: batches from creation to success, faults on the way."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from target_aep.aep import Batch, BatchStatus, Clients, LostAnswerError
from target_aep.errors import ConfigurationError, PermissionDeniedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from emulator.testing import RunningEmulator
    from target_aep.aep import Gateway

PROFILE = "https://ns.adobe.com/xdm/context/profile"


@pytest.fixture
def dataset_id(clients: Clients) -> str:
    body = {"type": "object", "title": "People", "description": "", "allOf": [{"$ref": PROFILE}]}
    schema = clients.registry.create("schemas", body)
    return clients.catalog.create_dataset(name="People", schema_id=schema["$id"], tags={"mine": ["a:b"]})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "part-00001.parquet"
    pq.write_table(pa.table({"personID": ["a", "b", "c"]}), path)
    return path


def wait(clients: Clients, batch_id: str) -> Batch:
    for _ in range(200):
        batch = clients.catalog.batch(batch_id)
        assert batch is not None
        if batch.status.is_terminal:
            return batch
        time.sleep(0.05)
    raise AssertionError(batch)


def test_a_batch_lands_and_its_counts_are_read(clients: Clients, dataset_id: str, file: Path) -> None:
    made = clients.ingestion.create_batch(dataset_id, external_id="run-1", tags={"pipeline_id": "p"})
    assert made.status is BatchStatus.LOADING
    clients.ingestion.put_file(made.id, dataset_id, "people/part-00001.parquet", file)
    clients.ingestion.complete(made.id)
    batch = wait(clients, made.id)
    assert batch.status is BatchStatus.SUCCESS
    assert batch.dataset_id == dataset_id
    assert batch.tags["pipeline_id"] == ("p",)
    assert (batch.metrics.input_records, batch.metrics.output_records, batch.metrics.failed_records) == (
        3,
        3,
        0,
    )
    assert clients.catalog.batch_by_external_id("run-1") == batch
    assert list(clients.data_access.row_errors(batch.id)) == []


def test_a_replaced_batch_is_inactive(clients: Clients, dataset_id: str, file: Path) -> None:
    first = clients.ingestion.create_batch(dataset_id, external_id="run-1", tags={})
    clients.ingestion.put_file(first.id, dataset_id, "a.parquet", file)
    clients.ingestion.complete(first.id)
    wait(clients, first.id)
    second = clients.ingestion.create_batch(dataset_id, external_id="run-2", tags={}, replay=[first.id])
    clients.ingestion.put_file(second.id, dataset_id, "a.parquet", file)
    clients.ingestion.complete(second.id)
    assert wait(clients, second.id).status is BatchStatus.SUCCESS
    replaced = clients.catalog.batch(first.id)
    assert replaced is not None
    assert replaced.status in {BatchStatus.INACTIVE, BatchStatus.DELETED}


def test_a_listing_has_all_pages_oldest_first(clients: Clients, dataset_id: str) -> None:
    made = [
        clients.ingestion.create_batch(dataset_id, external_id=f"run-{n}", tags={}).id for n in range(103)
    ]
    assert [batch.id for batch in clients.catalog.batches(dataset_id)] == made


def test_a_listing_of_the_registry_goes_by_its_next(clients: Clients, lake: RunningEmulator) -> None:
    """``start`` is no offset there: ``start=0`` gives an empty list."""
    titles = {f"Group {number:03}" for number in range(305)}
    tenant = f"_{clients.registry.tenant_id()}"
    fields = {tenant: {"type": "object", "properties": {"a": {"type": "string"}}}}
    for title in titles:
        body = {
            "type": "object",
            "title": title,
            "meta:intendedToExtend": ["https://ns.adobe.com/xdm/context/profile"],
            "definitions": {"customFields": {"type": "object", "properties": fields}},
            "allOf": [{"$ref": "#/definitions/customFields"}],
        }
        clients.registry.create("fieldgroups", body)
    lake.clear_requests()
    found = [group["title"] for group in clients.registry.resources("fieldgroups")]
    assert sorted(found) == sorted(titles)
    pages = [request["query"] for request in lake.requests("aep") if "fieldgroups" in request["path"]]
    assert len(pages) > 1
    assert not any("start=0" in query for query in pages)


def test_the_answer_to_a_created_batch_may_be_lost_and_the_batch_is_found(
    clients: Clients, lake: RunningEmulator, dataset_id: str
) -> None:
    rule = {
        "cloud": "aep",
        "method": "POST",
        "path": "/import/batches$",
        "when": "after",
        "fault": {"reset": True},
    }
    lake.faults([rule])
    with pytest.raises(LostAnswerError):
        clients.ingestion.create_batch(dataset_id, external_id="run-1", tags={})
    found = clients.catalog.batch_by_external_id("run-1")
    assert found is not None
    assert found.status is BatchStatus.LOADING


def test_an_upload_survives_resets_slow_downs_and_a_revoked_token(
    clients: Clients, lake: RunningEmulator, dataset_id: str, file: Path
) -> None:
    made = clients.ingestion.create_batch(dataset_id, external_id="run-1", tags={})
    upload = {"cloud": "aep", "method": "PUT", "path": "/files/"}
    lake.faults([
        {**upload, "nth": 1, "when": "after", "fault": {"reset": True}},
        {**upload, "nth": 2, "fault": {"revoke_token": True}},
        {**upload, "nth": 4, "fault": {"status": 429, "headers": {"Retry-After": "0"}}},
    ])  # fmt: skip
    clients.ingestion.put_file(made.id, dataset_id, "a.parquet", file)
    lake.clear_faults()
    clients.ingestion.complete(made.id)
    assert wait(clients, made.id).metrics.output_records == 3


def test_what_is_not_there_is_none(clients: Clients) -> None:
    assert clients.catalog.dataset("5c8c3c555033b814b69f947f") is None
    assert clients.catalog.batch("01EQ1C48TR4GD4FE7NH2522TCQ") is None
    assert clients.catalog.batch_by_external_id("nobody") is None
    assert clients.registry.get("schemas", "https://ns.adobe.com/acme/schemas/0") is None
    assert clients.registry.find("schemas", title="nothing") is None
    with pytest.raises(ConfigurationError, match="no sandbox"):
        clients.sandboxes.get("nowhere")


def test_wrong_credentials_are_the_users_to_solve(make_gateway: Callable[..., Gateway]) -> None:
    gateway = make_gateway(client_secret="wrong")
    with pytest.raises(PermissionDeniedError, match="client_secret") as raised:
        gateway.request("GET", "/data/foundation/catalog/dataSets", idempotent=True)
    assert "wrong" not in str(raised.value)
