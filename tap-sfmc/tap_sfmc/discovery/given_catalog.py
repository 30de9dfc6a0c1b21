"""A catalog that was given: what it says of each stream, besides the selection that the SDK reads.

People change how a stream is read in its entry (``replication_key``) or in its metadata
(``replication-key``), which is where Meltano's ``metadata`` goes. Discovery writes the entry, so what is in
the metadata was put there on purpose and wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_sfmc.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_sfmc.discovery.naming import Identity


@dataclass(frozen=True)
class Choices:
    """How a stream is to be read; ``None`` where the catalog says nothing.

    Attributes:
        method: The replication method.
        replication_key: Field that tells what is new.
        keys: Key properties, in each place that names some; the first one weighs most.
    """

    method: str | None = None
    replication_key: str | None = None
    keys: tuple[tuple[str, ...], ...] = ()


def choices(catalog: Mapping[str, Any]) -> dict[str, Choices]:
    """The choices by stream.

    Raises:
        ConfigurationError: It is no Singer catalog.
    """
    return {name: _choices(entry, root) for name, entry, root in _streams(catalog)}


def pinned_names(catalog: Mapping[str, Any]) -> dict[Identity, str]:
    """Stream names by identity, of a catalog that this tap made: they stay, also after a rename.

    Raises:
        ConfigurationError: It is no Singer catalog.
    """
    pinned = {}
    for name, _, root in _streams(catalog):
        facts = root.get("sfmc") or {}
        if "customer-key" in facts:
            pinned[facts.get("account-id", ""), facts["customer-key"]] = name
    return pinned


def without_nulls(catalog: Mapping[str, Any]) -> dict[str, Any]:
    """A checked catalog in which what is null is not there, which the SDK takes for the same."""
    entries = [
        {name: value for name, value in entry.items() if value is not None}
        for _, entry, _ in _streams(catalog)
    ]
    return {**catalog, "streams": entries}


def _choices(entry: Mapping[str, Any], root: Mapping[str, Any]) -> Choices:
    method = root.get("replication-method") or root.get("forced-replication-method")
    if root.get("replication-key"):
        method = method or "INCREMENTAL"
    keys = (root.get("view-key-properties"), entry.get("key_properties"), root.get("table-key-properties"))
    return Choices(
        method=method or entry.get("replication_method"),
        replication_key=root.get("replication-key") or entry.get("replication_key"),
        keys=tuple(tuple(names) for names in keys if names is not None),
    )


def _streams(catalog: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Name, entry, and metadata of the stream itself, of each stream."""
    streams = catalog.get("streams", [])
    entries = streams if isinstance(streams, list) else [streams]
    for entry in entries:
        if not _is_entry(entry):
            name = entry.get("tap_stream_id") if isinstance(entry, dict) else entry
            message = f"The catalog has an entry that describes no stream: {str(name)[:60]!r}."
            raise ConfigurationError(message, remedy="`tap-sfmc --discover` makes a catalog.")
        metadata = entry.get("metadata") or []
        root: Mapping[str, Any] = next((item["metadata"] for item in metadata if not item["breadcrumb"]), {})
        yield entry["tap_stream_id"], entry, root


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("tap_stream_id"), str):
        return False
    metadata = entry.get("metadata") or []
    return (
        isinstance(entry.get("schema") or {}, dict)
        and isinstance(metadata, list)
        and all(isinstance(item, dict) for item in metadata)
        and all(isinstance(item.get("breadcrumb"), list) for item in metadata)
        and all(isinstance(item.get("metadata"), dict) for item in metadata)
    )
