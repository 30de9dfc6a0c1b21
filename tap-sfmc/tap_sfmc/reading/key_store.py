"""Primary keys of a stream as of a bookmark, on disk: what is gone since can be told.

One SQLite file per stream and ``seq``. A run compares with the file of the ``seq`` that its state
has, so that a lost file, or one that is newer than a restored state, is noticed and not believed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tap_sfmc.discovery.naming import Identity

_PER_BATCH = 2500
_GONE = """
FROM (
  SELECT key FROM old.keys AS o WHERE NOT EXISTS (SELECT 1 FROM main.keys AS n WHERE n.key = o.key)
  UNION
  SELECT key FROM main.given AS o WHERE NOT EXISTS (SELECT 1 FROM main.keys AS n WHERE n.key = o.key)
)
"""


class KeyStore:
    """The keys of one stream: those of the last run, and those that this run sees.

    Args:
        folder: Where the files are.
        identity: The data extension.
        names: Its primary key.
        seq: The bookmark that this run starts from.
    """

    def __init__(self, folder: Path, identity: Identity, names: Sequence[str], seq: int) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._stem = hashlib.sha256(json.dumps([*identity, *names]).encode()).hexdigest()[:24]
        self._names = tuple(names)
        self._seq = seq
        self._fresh = folder / f"{self._stem}-new.sqlite"
        self._connection: sqlite3.Connection | None = None

    @property
    def known(self) -> bool:
        """Whether there is a file of the bookmark that this run starts from."""
        return self._file(self._seq).exists()

    @property
    def newest(self) -> int | None:
        """The highest ``seq`` that there is a file of."""
        return max(self._generations(), default=None)

    def begin(self, *, emitted: bool) -> None:
        """A reading starts.

        Args:
            emitted: The rows that were noted since the last reading began went out: those of them that the
                new one does not see have gone meanwhile. Else they are forgotten.
        """
        if self._connection is None:
            self._connection = self._created()
        if emitted:
            self._connection.execute("INSERT OR IGNORE INTO given SELECT key FROM keys")
        self._connection.execute("DELETE FROM keys")

    def _created(self) -> sqlite3.Connection:
        self._fresh.unlink(missing_ok=True)
        os.close(os.open(self._fresh, os.O_CREAT | os.O_WRONLY, 0o600))
        connection = sqlite3.connect(self._fresh, isolation_level=None)
        # The file counts only once it is complete and has its name: it needs no journal.
        connection.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE;"
            "CREATE TABLE keys (key TEXT PRIMARY KEY) WITHOUT ROWID;"
            "CREATE TABLE given (key TEXT PRIMARY KEY) WITHOUT ROWID;"
        )
        return connection

    def note(self, rows: pa.RecordBatch) -> None:
        """Rows that are there."""
        columns = [pc.cast(rows.column(name), pa.string()).to_pylist() for name in self._names]
        keys = ((json.dumps(values),) for values in zip(*columns, strict=True))
        connection = self._open()
        connection.execute("BEGIN")
        connection.executemany("INSERT OR IGNORE INTO keys VALUES (?)", keys)
        connection.execute("COMMIT")

    def compare(self) -> tuple[int, int]:
        """How many keys there were, in the last run and so far in this one, and how many are gone."""
        connection = self._open()
        if self.known:
            connection.execute("ATTACH ? AS old", (str(self._file(self._seq)),))
        else:
            connection.execute("ATTACH ':memory:' AS old")
            connection.execute("CREATE TABLE old.keys (key TEXT PRIMARY KEY) WITHOUT ROWID")
        (before,) = connection.execute(
            "SELECT (SELECT count(*) FROM old.keys) + (SELECT count(*) FROM main.given AS g "
            "WHERE NOT EXISTS (SELECT 1 FROM old.keys AS o WHERE o.key = g.key))"
        ).fetchone()
        (gone,) = connection.execute(f"SELECT count(*) {_GONE}").fetchone()
        return before, gone

    def vanished(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """The rows that are gone: their keys, and null in all other columns. After ``compare``."""
        cursor = self._open().execute(f"SELECT key {_GONE}")
        while found := cursor.fetchmany(_PER_BATCH):
            values = zip(*(json.loads(key) for (key,) in found), strict=True)
            texts = {
                name: pa.array(column, pa.string()) for name, column in zip(self._names, values, strict=True)
            }
            columns = [
                pc.cast(texts[field.name], field.type)
                if field.name in texts
                else pa.nulls(len(found), field.type)
                for field in schema
            ]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)

    def commit(self, seq: int) -> None:
        """Let what this run saw be the keys of a bookmark, which is written to the state next.

        The file that the run started from stays, for the case that the state is lost.
        """
        self._open().execute("DROP TABLE given")
        self.close()
        self._fresh.replace(self._file(seq))
        for generation in self._generations():
            if generation not in {self._seq, seq}:
                self._file(generation).unlink()

    def carry(self, seq: int) -> None:
        """A bookmark in the middle of this run: a run from there compares with the same keys."""
        if self.known:
            self._file(seq).unlink(missing_ok=True)
            os.link(self._file(self._seq), self._file(seq))

    def close(self) -> None:
        """Let go of the files."""
        if self._connection is not None:
            with closing(self._connection):
                self._connection = None

    def _open(self) -> sqlite3.Connection:
        assert self._connection is not None, "begin() comes first"  # noqa: S101
        return self._connection

    def _file(self, seq: int) -> Path:
        return self._folder / f"{self._stem}-{seq}.sqlite"

    def _generations(self) -> list[int]:
        pattern = re.compile(rf"{self._stem}-(\d+)\.sqlite")
        return [int(match[1]) for path in self._folder.iterdir() if (match := pattern.fullmatch(path.name))]
