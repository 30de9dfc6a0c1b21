"""Before COMPLETE, from which there is no way back, and after it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from target_aep.aep.catalog import BatchStatus, read_batch
from target_aep.delivery.books import Books
from target_aep.delivery.commit import Committer, SealedUnit
from target_aep.delivery.ledger import Ledger
from target_aep.delivery.polling import Polling
from target_aep.delivery.tags import BatchTags
from target_aep.delivery.timeline import OwnBatch
from target_aep.errors import TryAgainError
from target_aep.private_folder import PrivateFolder


class Ingestion:
    """Notes what it is asked for, and lets something happen during the upload."""

    def __init__(self, during_upload):
        self.during_upload = during_upload
        self.asked = []

    def create_batch(self, *_, **__):
        self.asked.append("create")
        return read_batch("b", {"status": "loading"})

    def put_file(self, *_):
        self.during_upload()

    def complete(self, _):
        self.asked.append("complete")

    def abort(self, _):
        self.asked.append("abort")


def test_a_run_that_was_stopped_completes_nothing_more(tmp_path):
    """Its time of grace is over, so nobody would wait for what becomes of the batch."""
    polling = Polling()
    ingestion = Ingestion(during_upload=polling.stop.set)
    committer = Committer(
        clients=SimpleNamespace(ingestion=ingestion),
        ledger=Ledger(PrivateFolder(tmp_path)),
        polling=polling,
        recovery=SimpleNamespace(rivals=lambda *_: []),
    )
    unit = SealedUnit(
        dataset_id="d",
        tags=BatchTags("p", "s", "r", "h", 1, "1:c"),
        files=[SimpleNamespace(name="part-00000.parquet", path=tmp_path)],
        predecessors=(),
        known=frozenset(),
        books=Books(),
        quarantine=SimpleNamespace(),
    )
    with pytest.raises(TryAgainError, match="was stopped"):
        committer.commit(unit)
    assert ingestion.asked == ["create", "abort"]


@pytest.mark.parametrize("ends", [True, False])
def test_rows_that_are_replaced_must_have_left_the_lake(tmp_path, ends):
    """Until AEP shows that, they may be there twice."""
    looks = ["success", "success", *(["inactive"] if ends else [])]

    def look(batch_id):
        return read_batch(batch_id, {"status": looks.pop(0) if len(looks) > 1 else looks[0]})

    committer = Committer(
        clients=SimpleNamespace(
            catalog=SimpleNamespace(batch=look), ingestion=SimpleNamespace(revert=lambda _: None)
        ),
        ledger=Ledger(PrivateFolder(tmp_path)),
        polling=Polling(first_seconds=0.001, timeout_seconds=0.05),
        recovery=SimpleNamespace(),
    )
    former = OwnBatch("old", BatchStatus.SUCCESS, BatchTags("p", "s", "r", "h", 1, "1:c"), rows=3)
    if ends:
        assert committer.take_back([former], "s").replaced_rows == 3
        assert looks == ["inactive"]
    else:
        with pytest.raises(TryAgainError, match="still in the lake"):
            committer.take_back([former], "s")
