"""The last moment before COMPLETE, from which there is no way back."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from target_aep.aep.catalog import read_batch
from target_aep.delivery.books import Books
from target_aep.delivery.commit import Committer, SealedUnit
from target_aep.delivery.ledger import Ledger
from target_aep.delivery.polling import Polling
from target_aep.delivery.tags import BatchTags
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
