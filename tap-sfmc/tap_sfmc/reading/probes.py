"""What a tenant's rowset does with ``$filter`` and ``$orderBy``: found out, not believed.

Tenants differ, and neither is documented well. Each probe is a request or three for a single row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from tap_sfmc.api.rowset import Query, Rowset
    from tap_sfmc.reading.incremental import ReplicationKey
    from tap_sfmc.values.columns import Columns

_SAMPLE = 50


@dataclass(frozen=True)
class Probe:
    """Asks about one stream.

    Args:
        rowset: Where to ask.
        query: The rows; its filter and order are replaced.
        key: The replication key.
        columns: Types the rows.
    """

    rowset: Rowset
    query: Query
    key: ReplicationKey
    columns: Columns

    def extreme(self, direction: str) -> int | None:
        """The first key in an order, ``asc`` or ``desc``; ``None`` if there is none."""
        return next(
            iter(self._keys(replace(self.query, page_size=1, order_by=f"{self.key.name} {direction}"))), None
        )

    def orders(self) -> bool:
        """Whether rows come in the order asked for: the first of each direction differ as they must."""
        lowest, highest = self.extreme("asc"), self.extreme("desc")
        return highest is not None and (lowest is None or lowest < highest)

    def highest(self) -> int | None:
        """The greatest key, by the filter alone: in two requests if rows are ordered, else by halving."""
        low, step = max(self._sample(), default=None), 1
        if low is None:
            return None
        while self._any_from(low + step):
            low, step = low + step, 2 * step
        while step := step // 2:
            low += step if self._any_from(low + step) else 0
        return low

    def filters(self) -> bool | None:
        """Whether ``ge`` means what it should, the stored clock included.

        Fewer rows are from a second (or one) behind some row's key on, than from the key on. Where
        no row has a key there is nothing to find out: ``None``.
        """
        key = next(iter(self._sample()), None)
        return None if key is None else self.count_from(key) > self.count_from(key + 1)

    def count_from(self, bound: int) -> int:
        """How many rows have a key of at least ``bound``, as the server says."""
        return self.rowset.count(replace(self.query, filter=at_least(self.key, bound)))

    def _any_from(self, bound: int) -> bool:
        return bound <= self.key.greatest and self.count_from(bound) > 0

    def _sample(self) -> list[int]:
        some = replace(self.query, filter="", page_size=_SAMPLE, order_by=f"{self.key.name} desc")
        return [key for key in self._keys(some) if key is not None]

    def _keys(self, query: Query) -> list[int | None]:
        rows = self.columns.from_items(self.rowset.first_page(query).items[: query.page_size])
        return cast("list[int | None]", self.key.column(rows).to_pylist())


def at_least(key: ReplicationKey, bound: int | None) -> str:
    """The ``$filter`` for rows from a key on."""
    return "" if bound is None else f"{key.name} ge '{key.literal(bound)}'"
