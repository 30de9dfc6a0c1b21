"""What is judged once everything has landed: entries nobody needed, and batches against the daily limit."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from target_aep.provision.catalog import last_catalog
from target_aep.provision.guardrails import PROFILE_BATCHES_PER_DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from target_aep.delivery.stream import StreamDelivery
    from target_aep.settings import Settings

DAY_MS = 86_400_000


def unused_entries(settings: Settings, streams: Iterable[str]) -> Iterator[str]:
    """Say which entries of ``streams`` no stream of this run needed.

    Raises:
        ConfigurationError: One of them is probably a mistake, so that rows may have gone elsewhere.
    """
    unused = settings.rules.require_used(streams, _streams_of_the_source())
    if unused:
        yield f"no stream of this run has the entries {', '.join(map(repr, unused))} of streams"


def profile_batches(streams: Iterable[StreamDelivery], now_ms: int) -> Iterator[str]:
    """Say how many batches the pipeline made for Profile within a day, if that is too many."""
    made = 0
    for stream in streams:
        if stream.destination is None or not stream.destination.profile_enabled:
            continue
        former = stream.recovered.own if stream.recovered is not None else ()
        made += sum(batch.is_live and now_ms - batch.updated_ms < DAY_MS for batch in former)
        made += sum(landed.batch is not None for landed in stream.landed)
    if PROFILE_BATCHES_PER_DAY.verdict(made) != "ok":
        yield (
            f"{made} batches went to datasets with Profile within a day; Adobe advises at most "
            f"{PROFILE_BATCHES_PER_DAY.warn:g} a day in a sandbox: run less often, or commit less often"
        )


def _streams_of_the_source() -> list[str]:
    """Streams that the tap has besides those that were selected, where Meltano tells."""
    root = os.environ.get("MELTANO_PROJECT_ROOT")
    found = last_catalog(Path(root)) if root else None
    document = None
    if found is not None:
        with suppress(OSError, ValueError):
            document = json.loads(found.read_text(encoding="utf-8"))
    entries = document.get("streams") if isinstance(document, dict) else None
    return [
        str(entry.get("stream") or entry.get("tap_stream_id"))
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict)
    ]
