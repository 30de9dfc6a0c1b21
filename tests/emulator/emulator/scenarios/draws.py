"""Deterministic random draws inside DuckDB, equal for every DuckDB version.

``draw(i, tag)`` is a number in [0, 1) for row ``i``; ``pick(i, tag, list)`` one of a list. Both are made of
MD5, because the generators of DuckDB may change between its versions.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SEED = 20260630
LAST_DAY = date(2026, 6, 30)
"""The last day of the seeded data, on the server's clock; mutation n happens n days later."""

_GUID = "'(.{8})(.{4})(.{4})(.{4})(.{12})', '\\1-\\2-\\3-\\4-\\5'"
_BACK = "to_milliseconds(1 + floor(draw(i, tag) * days * 86400000)::BIGINT)"

MACROS = tuple(
    f"CREATE OR REPLACE TEMP MACRO {signature} AS {body}"
    for signature, body in (
        ("draw(i, tag)", f"md5_number_lower(concat({SEED}, tag, ':', i)) / 18446744073709551616.0"),
        ("whole(i, tag, low, high)", "(low + floor(draw(i, tag) * (high - low + 1)))::INTEGER"),
        ("pick(i, tag, choices)", "choices[whole(i, tag, 1, len(choices))]"),
        ("chance(i, tag, share)", "draw(i, tag) < share"),
        ("money(i, tag, low, high)", "round(low + draw(i, tag) * (high - low), 2)"),
        ("guid(i, tag)", f"regexp_replace(md5(concat(tag, i)), {_GUID})"),
        # Within `days` before the end of a day, to the millisecond.
        ("moment(i, tag, last_day, days)", f"(last_day::DATE + 1)::TIMESTAMP - {_BACK}"),
    )
)


def sql_list(values: Iterable[str]) -> str:
    """A DuckDB list of texts."""
    return "[" + ", ".join("'" + value.replace("'", "''") + "'" for value in values) + "]"
