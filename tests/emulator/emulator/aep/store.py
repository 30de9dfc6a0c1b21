"""Documents of the platform (schemas, datasets, batches …), kept in SQLite so that they survive a restart.

A document belongs to a kind and a sandbox; organisation-wide documents use the sandbox `""`. Everything is
also held in memory: lists are filtered in Python, and a write is one small transaction.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Document = dict[str, Any]

ORGANISATION = ""  # the "sandbox" of documents that all sandboxes share

_TABLES = """
CREATE TABLE IF NOT EXISTS document (
    kind TEXT NOT NULL, sandbox TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (kind, sandbox, id)
);
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""


class Store:
    """A durable set of JSON documents. Documents that were read must not be changed: `put` a new one."""

    def __init__(self, path: Path) -> None:
        """Open the database at `path`, made where it does not exist."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(_TABLES)
        self._documents: dict[tuple[str, str], dict[str, Document]] = {}
        self._revisions: Counter[tuple[str, str]] = Counter()
        self._depth = 0
        for kind, sandbox, document_id, body in self._connection.execute(
            "SELECT kind, sandbox, id, body FROM document ORDER BY rowid"
        ):
            self._documents.setdefault((kind, sandbox), {})[document_id] = json.loads(body)

    def get(self, kind: str, sandbox: str, document_id: str) -> Document | None:
        """Return one document."""
        with self._lock:
            return self._documents.get((kind, sandbox), {}).get(document_id)

    def all(self, kind: str, sandbox: str) -> list[Document]:
        """Return every document of a kind in a sandbox, in order of creation."""
        with self._lock:
            return list(self._documents.get((kind, sandbox), {}).values())

    def sandboxes_of(self, kind: str) -> list[str]:
        """Return the sandboxes that hold a document of this kind."""
        with self._lock:
            return [
                sandbox
                for (each, sandbox), documents in self._documents.items()
                if each == kind and documents
            ]

    def revision(self, kind: str, sandbox: str) -> int:
        """Return a number that changes whenever a document of this kind changes."""
        return self._revisions[kind, sandbox]

    def put(self, kind: str, sandbox: str, document_id: str, body: Mapping[str, Any]) -> None:
        """Create or replace a document."""
        document = dict(body)
        with self.transaction():
            self._connection.execute(
                "INSERT INTO document VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body",
                (kind, sandbox, document_id, json.dumps(document)),
            )
            self._documents.setdefault((kind, sandbox), {})[document_id] = document
            self._revisions[kind, sandbox] += 1

    def delete(self, kind: str, sandbox: str, document_id: str) -> None:
        """Remove a document, if it is there."""
        with self.transaction():
            self._connection.execute(
                "DELETE FROM document WHERE kind = ? AND sandbox = ? AND id = ?", (kind, sandbox, document_id)
            )
            self._documents.get((kind, sandbox), {}).pop(document_id, None)
            self._revisions[kind, sandbox] += 1

    def delete_all(self, kind: str, sandbox: str) -> None:
        """Remove every document of a kind in a sandbox."""
        with self.transaction():
            self._connection.execute("DELETE FROM document WHERE kind = ? AND sandbox = ?", (kind, sandbox))
            self._documents.pop((kind, sandbox), None)
            self._revisions[kind, sandbox] += 1

    def clear_sandbox(self, sandbox: str) -> None:
        """Remove every document of a sandbox."""
        with self.transaction():
            self._connection.execute("DELETE FROM document WHERE sandbox = ?", (sandbox,))
            for key in [key for key in self._documents if key[1] == sandbox]:
                del self._documents[key]
                self._revisions[key] += 1

    def take(self, counter: str, count: int = 1) -> int:
        """Return the first of `count` consecutive numbers (from 1) that nobody else gets."""
        with self.transaction():
            row = self._connection.execute(
                "INSERT INTO counter VALUES (?, ?) "
                "ON CONFLICT DO UPDATE SET value = value + excluded.value RETURNING value",
                (counter, count),
            ).fetchone()
            return int(row[0]) - count + 1

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make several writes visible, and durable, together."""
        with self._lock:
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._connection.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._connection.execute("COMMIT")

    def clear(self) -> None:
        """Forget everything."""
        with self.transaction():
            self._connection.execute("DELETE FROM document")
            self._connection.execute("DELETE FROM counter")
            for key in self._documents:
                self._revisions[key] += 1
            self._documents.clear()

    def close(self) -> None:
        """Close the database."""
        self._connection.close()
