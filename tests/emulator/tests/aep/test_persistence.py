"""What survives a restart, what a reset forgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def own(start_emulator, tmp_path: Path, aep):
    """Starts an emulator on one home again and again; returns a client."""

    def start(**switches):
        running = start_emulator(tmp_path / "home", scale=0.001, switches=switches or None)
        return type(aep)(running.aep, running)

    return start


def test_schemas_datasets_batches_and_rows_survive_a_restart(own):
    client = own()
    dataset = client.dataset_of({"key": {"type": "string"}}, name="Survivor")
    batch = client.load_rows(dataset, {"key": "a"})
    client.running.stop()

    again = own()

    assert again.batch(batch["id"]) == batch
    assert again.rows(dataset) == [{"key": "a"}]
    again.load_rows(dataset, {"key": "b"})
    assert [row["_row"] for row in again.query("SELECT _row FROM survivor ORDER BY 1")] == [1, 2]


def test_a_batch_that_was_being_promoted_ends_after_a_restart(own):
    client = own(**{"aep.promotion_seconds": 600})
    dataset = client.dataset_of({"key": {"type": "string"}})
    batch_id = client.new_batch(dataset)
    client.put(batch_id, dataset, "a.json", b'{"_acme":{"key":"a"}}')
    client.act(batch_id, "COMPLETE")
    client.running.stop()

    again = own(**{"aep.promotion_seconds": 0.1})

    assert again.ended(batch_id)["status"] == "success"
    assert again.rows(dataset) == [{"key": "a"}]


def test_a_token_survives_a_restart(own):
    client = own()
    token = client.token
    client.running.stop()

    again = own()
    again.token = token

    assert again.get("/data/foundation/schemaregistry/stats").status_code == 200


def test_a_reset_forgets_everything(own):
    client = own()
    dataset = client.dataset_of({"key": {"type": "string"}}, name="Forgotten")
    client.load_rows(dataset, {"key": "a"})

    client.running.reset()

    assert client.get("/data/foundation/catalog/dataSets").status_code == 401
    client.token = client.new_token()
    assert client.get("/data/foundation/catalog/dataSets").json() == {}
    assert client.query("SHOW TABLES") == []
    assert not (client.running.path / "aep" / "lake").exists() or not list(
        (client.running.path / "aep" / "lake").iterdir()
    )
