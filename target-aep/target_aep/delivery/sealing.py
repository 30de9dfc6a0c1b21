"""From a closed unit to what is committed: are the rows good enough, and what do they replace?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from singer_sdk.exceptions import MissingKeyPropertiesError

from target_aep.delivery import books, load_methods
from target_aep.delivery.bookmark import ROOT
from target_aep.delivery.commit import SealedUnit
from target_aep.delivery.load_methods import LoadMethod
from target_aep.delivery.tags import BatchTags
from target_aep.errors import DataError
from target_aep.provision import guardrails

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_aep.columnar.spool import SpooledFile
    from target_aep.delivery.stream import StreamDelivery
    from target_aep.delivery.unit import Unit
    from target_aep.provision.prepare import Destination


class KeysMissingError(DataError, MissingKeyPropertiesError):
    """Too many rows lack a property of their key."""


@dataclass(frozen=True)
class Sealing:
    """Judges units.

    Args:
        pipeline_id: Whose batches these are.
        run_id: This run.
        host: This machine.
    """

    pipeline_id: str
    run_id: str
    host: str

    def seal(self, stream: StreamDelivery, unit: Unit, destination: Destination) -> SealedUnit:
        """Wait for the unit's last rows and judge it.

        Raises:
            DataError: Too many rows were rejected, or the books do not balance.
            ConfigurationError: The load method or a hard limit of Adobe's forbids it.
        """
        unit.pipeline.drain()
        unit.quarantine.sync()
        unit.collapse()
        self._require_good(stream, unit)
        method = self._method(stream, unit, destination)
        load_methods.require_allowed(method, destination, stream.name)
        files = unit.spool.finish()
        _check_limits(files, method, destination, stream.name)
        made_here = {landed.batch.id for landed in stream.landed if landed.batch is not None}
        recovered = stream.recovered
        return SealedUnit(
            dataset_id=destination.dataset_id,
            tags=self._tags(stream, unit),
            files=files,
            predecessors=stream.replaceable if method is LoadMethod.OVERWRITE else stream.predecessors,
            known=frozenset(made_here) | (recovered.known if recovered is not None else frozenset()),
            books=unit.books,
            quarantine=unit.quarantine,
            threshold_percent=destination.settings.error_threshold_percent,
        )

    def _method(self, stream: StreamDelivery, unit: Unit, destination: Destination) -> LoadMethod:
        return load_methods.at_close(
            destination,
            unit.closing or ROOT,
            full_table=stream.full_table,
            version_activated=bool(stream.versions_activated),
        )

    def _require_good(self, stream: StreamDelivery, unit: Unit) -> None:
        counts = unit.books
        require_tolerable(stream, unit)
        imbalances = list(counts.before_sending())
        closing = unit.closing
        if closing is not None and closing.is_counted and closing.counts and unit.opening.counts:
            imbalances += books.tap_imbalances(closing.counts.since(unit.opening.counts), counts.received)
        if imbalances:
            what = f"the books do not balance: {'; '.join(imbalances)}."
            remedy = "State is unmoved, nothing was sent. Run again; if it stays, report it with the report."
            raise DataError(what, remedy=remedy, stream=stream.name)

    def _tags(self, stream: StreamDelivery, unit: Unit) -> BatchTags:
        closing = unit.closing or ROOT
        start = stream.start
        known = start is not None and start.known
        decision = stream.recovered.decision if stream.recovered is not None else None
        return BatchTags(
            pipeline_id=self.pipeline_id,
            stream=stream.name,
            run_id=self.run_id,
            host=self.host,
            unit=unit.number,
            closing=closing.digest,
            opening=unit.opening.digest,
            start=start.bookmark.digest if known and start is not None else "",
            seq=closing.seq if closing.is_counted else None,
            from_seq=start.bookmark.seq if closing.is_counted and known and start is not None else None,
            generation=decision.generation if decision is not None else 0,
            since=decision.since if decision is not None else 0,
        )


def require_tolerable(stream: StreamDelivery, unit: Unit) -> None:
    """Judge rejected rows, here or by AEP, against the stream's threshold.

    Raises:
        DataError: There are more than are tolerated.
    """
    counts = unit.books
    rejected, offered = counts.rejected + counts.failed, counts.received - counts.filtered
    threshold = stream.destination.settings.error_threshold_percent if stream.destination else 0.0
    if not rejected or rejected * 100 <= threshold * offered:
        return
    reasons = ", ".join(f"{rule}: {rows}" for rule, rows in sorted(unit.reasons.items()))
    what = (
        f"{rejected} of {offered} rows were rejected ({reasons or 'by AEP'}), and error_threshold_percent is "
        f"{threshold:g}."
    )
    remedy = f"See {unit.quarantine.path}; correct the source or the mapping, or raise the threshold."
    only_keys = set(unit.reasons) == {"key"}
    raise (KeysMissingError if only_keys else DataError)(what, remedy=remedy, stream=stream.name)


def _check_limits(
    files: Sequence[SpooledFile], method: LoadMethod, destination: Destination, stream: str
) -> None:
    size = sum(file.size for file in files)
    for file in files:
        guardrails.FILE_BYTES.check(file.size, stream=stream)
    guardrails.FILES_PER_BATCH.check(len(files), stream=stream)
    guardrails.BATCH_BYTES.check(size, stream=stream)
    if method is LoadMethod.OVERWRITE:
        guardrails.OVERWRITE_BYTES.check(size, stream=stream)
    if destination.settings.enable_cdc:
        guardrails.CDC_BATCH_BYTES.check(size, stream=stream)
    if method is LoadMethod.UPSERT:
        guardrails.UPSERT_RECORDS.check(sum(file.rows for file in files), stream=stream)
