"""Adobe's limits, in one table, each with the page it is from and the date it was read.

A soft limit warns; a hard one refuses before anything is sent.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from target_aep.errors import ConfigurationError

logger = logging.getLogger(__name__)

READ = "2026-11"
"""When the limits were read. Older pages of Adobe print lower ones, which are the warnings here."""

MEGABYTE, GIGABYTE = 1_000_000, 1_000_000_000


@dataclass(frozen=True)
class Guardrail:
    """A limit.

    Args:
        what: What is counted, with its unit.
        warn: Above this it is worth a warning; None for never.
        refuse: Above this Adobe refuses or drops; None where it only advises.
        source: Page of Adobe's documentation.
        kept: How the target keeps to it.
    """

    what: str
    warn: float | None
    refuse: float | None
    source: str
    kept: str

    def verdict(self, value: float) -> str:
        """Return ``ok``, ``warn`` or ``refuse``."""
        if self.refuse is not None and value > self.refuse:
            return "refuse"
        return "warn" if self.warn is not None and value > self.warn else "ok"

    def check(self, value: float, *, stream: str | None = None) -> None:
        """Log a warning, or refuse.

        Raises:
            ConfigurationError: The value is above the hard limit.
        """
        verdict = self.verdict(value)
        said = f"{self.what}: {value:,.0f}"
        if verdict == "refuse":
            what = f"{said}, and Adobe's limit is {self.refuse:,.0f} ({self.source}, {READ})."
            raise ConfigurationError(what, remedy="Load less at once, or fewer fields.", stream=stream)
        if verdict == "warn":
            logger.warning("%s%s; Adobe advises at most %s (%s)", f"{stream}: " if stream else "", said,
                           f"{self.warn:,.0f}", self.source)  # fmt: skip


_INGESTION = "ingestion guardrails"
_PROFILE = "Profile guardrails"

FILE_BYTES = Guardrail(
    "bytes in an uploaded file",
    250 * MEGABYTE,
    256 * MEGABYTE,
    "batch ingestion API",
    "files end at `file_mb`; a larger one is not sent",
)
FILES_PER_BATCH = Guardrail(
    "files in a batch", 1_500, 25_000, _INGESTION, "few large files; a batch of more is not sent"
)
BATCH_BYTES = Guardrail(
    "bytes in a batch", 100 * GIGABYTE, 2**40, _INGESTION, "a larger batch is not sent; see `commit_rows`"
)
CDC_BATCH_BYTES = Guardrail(
    "bytes in a change-data batch", None, 100 * GIGABYTE, _INGESTION, "a larger batch is not sent"
)
OVERWRITE_BYTES = Guardrail(
    "bytes in one overwriting batch",
    None,
    100 * GIGABYTE,
    _INGESTION,
    "not sent, since the swap must be one batch",
)
FIELDS_PER_ROW = Guardrail(
    "fields in a row",
    5_000,
    10_000,
    _INGESTION,
    "those that mappings fill are counted before anything is made or sent",
)
PROFILE_BATCHES_PER_DAY = Guardrail(
    "Profile batches a day in a sandbox",
    90,
    None,
    _INGESTION,
    "`plan` estimates them from `runs_per_day`; a run counts those of its own pipeline",
)
PROFILE_RECORD_BYTES = Guardrail(
    "bytes in a Profile record", None, 100_000, _PROFILE, "the row is rejected, since Profile would drop it"
)
PROFILE_EVENT_BYTES = Guardrail(
    "bytes in a Profile event", None, 10_000, _PROFILE, "the row is rejected, since Profile would drop it"
)
UPSERT_RECORDS = Guardrail(
    "records in an upsert batch", 2_000_000, None, _INGESTION, "a warning; see `commit_rows`"
)
PROFILE_DATASETS = Guardrail(
    "datasets of a sandbox that feed Profile", 40, None, _PROFILE, "`plan` counts them"
)
"""20 with records and 20 with events."""


ALL = (
    FILE_BYTES, FILES_PER_BATCH, BATCH_BYTES, CDC_BATCH_BYTES, OVERWRITE_BYTES, FIELDS_PER_ROW,
    PROFILE_BATCHES_PER_DAY, PROFILE_RECORD_BYTES, PROFILE_EVENT_BYTES, UPSERT_RECORDS, PROFILE_DATASETS,
)  # fmt: skip


def largest_row(behaviour: str) -> float | None:
    """Bytes of a record or event above which Profile drops it, while the data lake keeps it."""
    return (PROFILE_EVENT_BYTES if behaviour == "event" else PROFILE_RECORD_BYTES).refuse
