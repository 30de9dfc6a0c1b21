"""The ledger: which batches this pipeline has made, kept where Catalog's lag cannot reach.

One small file per batch, written before the batch is created and again before COMPLETE, so that a
batch that may hold rows is always known here even when Catalog does not list it yet. Without it, with
a listing that lags, rows are doubled after a crash.

The ledger also knows which batches were *acknowledged*: their state was handed to the tap. It says so
just before the state is emitted, so that in doubt a batch of a tap that does not count stays (rows
perhaps twice) and is not replaced (rows perhaps lost).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from target_aep.delivery.tags import BatchTags
from target_aep.private_folder import PrivateFolder, file_name

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Entry:
    """One batch in the ledger.

    Args:
        external_id: Ours; known before the batch is.
        dataset_id: Dataset it goes to.
        tags: What is written on it.
        batch_id: AEP's id; None while it is not known whether the batch exists.
        acknowledged: Its state has been emitted, or is just about to be.
    """

    external_id: str
    dataset_id: str
    tags: BatchTags
    batch_id: str | None = None
    acknowledged: bool = False

    def to_json(self) -> bytes:
        """Return it as it is stored."""
        return json.dumps(asdict(self), sort_keys=True).encode()

    @classmethod
    def from_json(cls, content: bytes) -> Entry:
        """Read it back."""
        values: dict[str, Any] = json.loads(content)
        return cls(**{**values, "tags": BatchTags(**values["tags"])})


class Ledger:
    """The entries of one pipeline, by dataset.

    Args:
        folder: Where it lives; each write is durable when it returns.
    """

    def __init__(self, folder: PrivateFolder) -> None:
        self._folder = folder
        self._seen: dict[tuple[str, str], Entry] = {}

    def entries(self, dataset_id: str, stream: str) -> Iterator[Entry]:
        """Iterate over what is known of this pipeline's batches in a dataset.

        A stream's own entries are read anew each time. Of other streams only the tags are of interest,
        which never change: an entry that was seen once is not read again, so that hundreds of streams
        with one dataset do not read each other's hundreds.
        """
        folder = self._of(dataset_id)
        for name in folder.names():
            seen = self._seen.get((dataset_id, name))
            if seen is not None and seen.tags.stream != stream:
                yield seen
            elif content := folder.read(name):
                entry = Entry.from_json(content)
                self._seen[dataset_id, name] = entry
                yield entry

    def intend(self, entry: Entry) -> Entry:
        """Note that a batch is about to be created."""
        return self._write(entry)

    def created(self, entry: Entry, batch_id: str) -> Entry:
        """Note its id; only after this may it be completed."""
        return self._write(replace(entry, batch_id=batch_id))

    def acknowledge(self, entry: Entry) -> Entry:
        """Note that its state is about to be emitted."""
        return self._write(replace(entry, acknowledged=True))

    def forget(self, entry: Entry) -> None:
        """Drop a batch that Catalog lists and that needs no more attention, or that never was."""
        self._of(entry.dataset_id).delete(f"{entry.external_id}.json")

    def _write(self, entry: Entry) -> Entry:
        name = f"{entry.external_id}.json"
        self._of(entry.dataset_id).write(name, entry.to_json())
        self._seen[entry.dataset_id, name] = entry
        return entry

    def _of(self, dataset_id: str) -> PrivateFolder:
        return self._folder / file_name(dataset_id)
