"""``tap-sfmc check``: what a tenant allows, and what its servers do with filters and order.

Several habits of the Marketing Cloud are not documented, and tenants differ. Each line is a
verdict; what is no more than a habit is told, and not an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from enum import Enum
from typing import TYPE_CHECKING

from tap_sfmc.discovery import inventory
from tap_sfmc.discovery.catalog import define_streams
from tap_sfmc.errors import PermissionDeniedError, TapError
from tap_sfmc.reading.incremental import ReplicationKey
from tap_sfmc.reading.sources import Source, Way

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_sfmc.data_extensions import BusinessUnit
    from tap_sfmc.discovery.catalog import StreamDefinition
    from tap_sfmc.discovery.inventory import Inventory
    from tap_sfmc.services import Services

_NEEDED_SCOPES = {"data_extensions_read": "rows and fields"}
_CLOCK_TOLERANCE_S = 60


class Verdict(str, Enum):
    """How a check came out."""

    OK = "ok"
    NOTE = "note"
    FAILED = "FAILED"


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes:
        verdict: How it came out.
        what: What was tried, and what came of it.
        error: What the run should fail with, if it failed.
    """

    verdict: Verdict
    what: str
    error: TapError | None = None

    def __str__(self) -> str:
        return f"{self.verdict.value:<6} {self.what}"


def check(services: Services) -> Iterator[Finding]:
    """Try what a run would do, with one row where a run takes all."""
    refused = set()
    for unit in services.settings.business_units:
        for finding in _credentials(services, unit):
            yield finding
            refused |= {unit} if finding.error else set()
    found = inventory.take(services.soap, services.settings.business_units, services.parent_of)
    for unit, error in found.failures.items():
        if unit not in refused:
            yield Finding(Verdict.FAILED, f"inventory of {unit}: {error}", error)
    if not found.data_extensions:
        return
    yield from _inventory(found)
    try:
        definitions = define_streams(found, services.settings, {})
    except TapError as error:
        yield Finding(Verdict.FAILED, str(error), error)
        return
    yield Finding(Verdict.OK, _streams(definitions))
    yield from _rows(services, definitions)
    yield from _clock(services)


def summary(verdicts: Sequence[Verdict]) -> str:
    """The last line: what it comes to."""
    notes, failed = verdicts.count(Verdict.NOTE), verdicts.count(Verdict.FAILED)
    if failed:
        return (
            f"{failed} of {len(verdicts)} checks failed: a run needs what is marked {Verdict.FAILED.value}."
        )
    if notes:
        return f"A run will work. {notes} of {len(verdicts)} lines are notes on how it will."
    return "A run will work."


def _streams(definitions: Sequence[StreamDefinition]) -> str:
    incremental = sum(each.replication_key is not None for each in definitions)
    keyless = sum(not each.primary_key for each in definitions)
    kinds = [f"{incremental} incremental", f"{len(definitions) - incremental} full tables"]
    kinds += [f"{keyless} of them without primary key"] if keyless else []
    return f"{len(definitions)} streams with these settings: {', '.join(kinds)}"


def _credentials(services: Services, unit: BusinessUnit) -> Iterator[Finding]:
    try:
        token = services.tokens.get(unit)
    except TapError as error:
        yield Finding(Verdict.FAILED, str(error), error)
        return
    yield Finding(Verdict.OK, f"token for {unit}, {len(token.scopes)} permissions")
    for scope, purpose in _NEEDED_SCOPES.items():
        if token.scopes and scope not in token.scopes:
            lacking = PermissionDeniedError(
                f"The installed package lacks {scope} ({purpose}).",
                remedy="Give it Data > Data Extensions: Read.",
            )
            yield Finding(Verdict.FAILED, str(lacking), lacking)


def _inventory(found: Inventory) -> Iterator[Finding]:
    fields = sum(len(de.fields) for de in found.data_extensions)
    yield Finding(Verdict.OK, f"{len(found.data_extensions):,} data extensions with {fields:,} fields")
    if all(de.folder is None for de in found.data_extensions):
        yield Finding(Verdict.NOTE, "no folders are told: include and exclude cannot go by folder")


def _rows(services: Services, definitions: list[StreamDefinition]) -> Iterator[Finding]:
    """One page of rows by each interface, of the first stream that has any."""
    # A stream with a replication key first: it tells most.
    for definition in sorted(definitions, key=lambda each: each.replication_key is None):
        source = Source(services, definition)
        try:
            page = services.rowset.first_page(source.query(None))
        except TapError as error:
            yield Finding(Verdict.FAILED, f"rows of {definition.name} by REST: {error}", error)
            return
        if not page.items:
            continue
        rows = source.columns.from_items(page.items)
        yield Finding(Verdict.OK, f"{rows.num_rows:,} of {page.count:,} rows of {definition.name} by REST")
        if page.page_size < services.settings.page_size:
            yield Finding(
                Verdict.NOTE, f"pages have {page.page_size} rows, not {services.settings.page_size}"
            )
        yield from _soap(source)
        yield from _habits(source)
        return
    yield Finding(Verdict.NOTE, "no stream has rows: nothing can be told about reading")


def _soap(source: Source) -> Iterator[Finding]:
    name = source.definition.name
    try:
        batch = next(iter(source.reading(Way.SOAP, None).batches()), None)
    except TapError as error:
        yield Finding(Verdict.FAILED, f"rows of {name} by SOAP: {error}", error)
        return
    if batch is None:
        yield Finding(Verdict.NOTE, f"SOAP gives no rows of {name}, though REST does")
    else:
        yield Finding(Verdict.OK, f"{batch.num_rows:,} rows of {name} by SOAP")


def _habits(source: Source) -> Iterator[Finding]:
    definition = source.definition
    field = definition.data_extension.find(definition.replication_key or "")
    if field is None:
        yield Finding(
            Verdict.NOTE, f"{definition.name} has no replication key: filters and order are not tried"
        )
        return
    key = ReplicationKey(field, source.settings.zone(definition.name, field.name))
    if source.filters(key):
        yield Finding(Verdict.OK, f"REST filters by {definition.name}.{key.name}, on the clock {key.zone}")
    else:
        yield Finding(Verdict.NOTE, "REST does not filter as it should: incremental streams are read by SOAP")
    try:
        ordered = source.probe(key).orders()
    except TapError as error:
        yield Finding(Verdict.FAILED, f"order by {key.name}: {error}", error)
        return
    if ordered:
        yield Finding(
            Verdict.OK, f"REST orders by {definition.name}.{key.name}: states on the way are possible"
        )
    else:
        yield Finding(Verdict.NOTE, "REST does not order: a stream has a state only at its end")


def _clock(services: Services) -> Iterator[Finding]:
    server_time = services.http.server_time
    if server_time is None:
        return
    apart = (datetime.now(timezone.utc) - server_time).total_seconds()
    verdict = Verdict.OK if abs(apart) <= _CLOCK_TOLERANCE_S else Verdict.NOTE
    yield Finding(verdict, f"the server's clock and this machine's are {abs(apart):.0f} s apart")
