"""Where one stream's rows are, by either interface, and how far the tenant's rowset can be trusted."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from tap_sfmc.api.rowset import Query
from tap_sfmc.data_extensions import Field
from tap_sfmc.discovery.catalog import ROW_NUMBER
from tap_sfmc.errors import DataError, RemoteError, TapError
from tap_sfmc.reading.probes import Probe, at_least
from tap_sfmc.reading.reader import Reading
from tap_sfmc.reading.soap_rows import SoapReading, from_key, without_key
from tap_sfmc.settings import Extraction, matches
from tap_sfmc.values.columns import Columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_sfmc.api.envelope import Filter
    from tap_sfmc.discovery.catalog import StreamDefinition
    from tap_sfmc.reading.incremental import Cursor, ReplicationKey
    from tap_sfmc.services import Services
    from tap_sfmc.settings import Settings

AnyReading: TypeAlias = "Reading | SoapReading"

_logger = logging.getLogger("tap-sfmc.sources")
_AHEAD = 2
"""Pages that wait to be written, beside those that are being fetched."""
_PLAIN_NAME = re.compile(r"\w+")


class Way(str, Enum):
    """How rows are read."""

    REST = "rest"
    SOAP = "soap"


@dataclass
class Source:
    """One stream's rows."""

    services: Services
    definition: StreamDefinition
    columns: Columns = field(init=False)

    def __post_init__(self) -> None:
        fields = self.definition.data_extension.fields
        if self.definition.row_number:
            number = Field(ROW_NUMBER, "LongNumber", primary_key=True, required=True)
            fields = (number, *(item for item in fields if item.name != ROW_NUMBER))
        self.columns = self._columns(fields)

    @property
    def settings(self) -> Settings:
        """The run's settings."""
        return self.services.settings

    def ways(self, cursor: Cursor | None) -> list[Way]:
        """The interfaces to read by, the one to begin with first."""
        name = self.definition.name
        if self.settings.extraction is Extraction.SOAP or self.definition.row_number:
            return [Way.SOAP]
        if any(matches(glob, name) for glob in self.settings.soap_streams):
            return [Way.SOAP]
        if self.settings.extraction is Extraction.REST or self._keys_hold_dates_to_compare:
            return [Way.REST]
        if cursor is not None and cursor.lower is not None and not self.filters(cursor.key):
            _logger.warning("Stream %r: the rowset does not filter as it should; reading by SOAP.", name)
            return [Way.SOAP, Way.REST]
        return [Way.REST, Way.SOAP]

    @property
    def _keys_hold_dates_to_compare(self) -> bool:
        """SOAP rounds dates, and REST drops the rest: keys by one would seem gone to the other."""
        fields = self.definition.data_extension.fields
        dated = any(item.primary_key and item.type.lower() == "date" for item in fields)
        return self.definition.detect_deletes and dated

    def reading(self, way: Way, cursor: Cursor | None) -> AnyReading:
        """A new reading of the rows that the cursor wants, or of all."""
        bound = cursor.lower if cursor else None
        key = cursor.key if cursor else None
        if way is Way.SOAP:
            return self._soap(self.columns, from_key(key, bound) if key and bound is not None else None)
        use_filter = key is not None and bound is not None and self.filters(key)
        return self._rest(self.columns, self.query(key, bound if use_filter else None))

    def reading_of_keys(self, way: Way) -> AnyReading:
        """A new reading of the primary keys of all rows."""
        names = self.definition.primary_key
        columns = self._columns([item for item in self.columns.fields if item.name in names])
        if way is Way.SOAP:
            return self._soap(columns, None)
        return self._rest(columns, replace(self.query(None), fields=",".join(names)))

    def rows_without(self, key: ReplicationKey) -> SoapReading:
        """A reading of the rows that have no replication key: only SOAP can ask for them."""
        return self._soap(self.columns, without_key(key))

    def query(self, key: ReplicationKey | None, bound: int | None = None) -> Query:
        """The rowset query for rows from a replication key on, in its order."""
        primary = self.definition.data_extension.primary_key
        first = key.name if key else primary[0] if primary else ""
        return Query(
            unit=self.definition.data_extension.unit,
            key=self.definition.data_extension.key,
            page_size=self.settings.page_size,
            filter=at_least(key, bound) if key else "",
            order_by=f"{first} asc" if first else "",
        )

    def probe(self, key: ReplicationKey, bound: int | None = None) -> Probe:
        """Questions about the rows from a key on."""
        return Probe(self.services.rowset, self.query(key, bound), key, self.columns)

    def check_filter(self, reading: AnyReading, cursor: Cursor) -> None:
        """Refuse a reading by REST that is not filtered although it was asked to be.

        Raises:
            DataError: Rows came that were not asked for, and SOAP may do better.
        """
        if not cursor.below or not isinstance(reading, Reading) or not reading.query.filter:
            return
        self.services.filters[self._case(cursor.key)] = False
        if self.settings.extraction is not Extraction.REST:
            message = f"The rowset does not honour the filter {reading.query.filter!r}."
            raise DataError(message, stream=self.definition.name)

    def orders(self, reading: AnyReading, cursor: Cursor) -> bool:
        """Whether the rowset orders this stream by its replication key."""
        if not isinstance(reading, Reading) or not self.filters(cursor.key):
            return False
        ordered = self.probe(cursor.key, cursor.lower).orders()
        if not ordered:
            _logger.info(
                "Stream %r: the rowset does not order it; no state on the way.", self.definition.name
            )
        return ordered

    def highest(self, key: ReplicationKey) -> int | None:
        """The greatest key there is now, where the rowset can tell."""
        if self.settings.extraction is Extraction.SOAP:
            return None
        probe = self.probe(key)
        try:
            if self.filters(key):
                return probe.highest()
            return probe.extreme("desc") if probe.orders() else None
        except (RemoteError, DataError) as error:
            name = self.definition.name
            _logger.info("Stream %r: the greatest %s is not known, since: %s", name, key.name, error)
            return None

    def has_the_rest(self, reading: AnyReading, cursor: Cursor, position: int) -> bool:
        """Whether, from a key on, the server has exactly the rows that are to come or came last."""
        outstanding = reading.count - (reading.rows - cursor.at_maximum)
        return self.probe(cursor.key).count_from(position) == outstanding

    def filters(self, key: ReplicationKey) -> bool:
        """Whether the business unit's rowset filters by such a key; found out once per run."""
        case, known = self._case(key), self.services.filters
        if case not in known:
            try:
                found = self.probe(key).filters()
            except (RemoteError, DataError) as error:
                _logger.info("Stream %r: no filtering, since: %s", self.definition.name, error)
                found = False
            if found is None:
                return True  # no row has a key: filtered or not, there is none to miss
            known[case] = found
        return known[case]

    def _case(self, key: ReplicationKey) -> tuple[str, bool, str]:
        # A name that may need quoting is a case of its own.
        special = "" if _PLAIN_NAME.fullmatch(key.name) else f"{self.definition.name}.{key.name}"
        return self.definition.data_extension.unit.account_id, key.is_date, special

    def _rest(self, columns: Columns, query: Query) -> Reading:
        ahead = self.settings.concurrency + _AHEAD
        return Reading(self.services.rowset, query, columns, self.services.pool, ahead)

    def _soap(self, columns: Columns, condition: Filter | None) -> SoapReading:
        de = self.definition.data_extension
        return SoapReading(
            self.services.soap,
            de,
            columns,
            page_size=self.settings.page_size,
            condition=condition,
            ask=self._count,
        )

    def _count(self) -> int | None:
        """How many rows there are, as REST says, if it can be asked.

        SOAP gives no rows at all, and no error, when a field was dropped meanwhile.
        """
        if self.settings.extraction is Extraction.SOAP:
            return None
        try:
            return self.services.rowset.count(self.query(None))
        except TapError as error:
            _logger.info("Stream %r: the number of rows is not known, since: %s", self.definition.name, error)
            return None

    def _columns(self, fields: Sequence[Field]) -> Columns:
        name = self.definition.name
        return Columns(name, fields, lambda item: self.settings.zone(name, item))
