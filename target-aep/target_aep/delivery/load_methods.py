"""Load methods: what a stream's new rows are to its former ones.

- ``append-only``: history. Every loaded version once, nothing collapsed.
- ``upsert``: Profile merges by identity, from Parquet.
- ``overwrite``: one batch replaces exactly our former batches of the stream, so the swap is atomic.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from target_aep.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_aep.delivery.bookmark import Bookmark
    from target_aep.delivery.timeline import OwnBatch
    from target_aep.provision.prepare import Destination


class LoadMethod(enum.Enum):
    """How rows are loaded."""

    APPEND_ONLY = "append-only"
    UPSERT = "upsert"
    OVERWRITE = "overwrite"


def at_start(
    destination: Destination, start: Bookmark, *, full_table: bool, former: Iterable[OwnBatch] = ()
) -> LoadMethod:
    """Return the load method as far as it can be told before the first row.

    Args:
        destination: Where the rows go.
        start: Where the tap starts.
        full_table: The SCHEMA message names no replication key. Only of a tap that counts is that a
            sign of a full table; others often leave it out.
        former: Batches of the stream: they tell that the tap counts where the start does not, as after
            a full refresh.
    """
    if destination.load_method:
        return LoadMethod(destination.load_method)
    counts = bool(start.seq) or (start.is_root and any(batch.tags.seq is not None for batch in former))
    return LoadMethod.OVERWRITE if full_table and counts else LoadMethod.APPEND_ONLY


def at_close(
    destination: Destination, closing: Bookmark, *, full_table: bool, version_activated: bool
) -> LoadMethod:
    """Return the load method once the unit's last STATE is here.

    Args:
        destination: Where the rows go.
        closing: The bookmark that closes the unit.
        full_table: As above.
        version_activated: The tap said by ACTIVATE_VERSION that the table was read whole.
    """
    if destination.load_method:
        return LoadMethod(destination.load_method)
    counted_full_table = full_table and bool(closing.seq) and "replication_key" not in (closing.value or {})
    if version_activated or counted_full_table:
        return LoadMethod.OVERWRITE
    return LoadMethod.APPEND_ONLY


def require_allowed(method: LoadMethod, destination: Destination, stream: str) -> None:
    """Refuse what would do harm.

    Raises:
        ConfigurationError: Overwriting would not reach Profile.
    """
    guarded = destination.profile_enabled and not destination.settings.overwrite_profile
    if method is LoadMethod.OVERWRITE and guarded:
        what = "overwrite would take rows out of the data lake, but not out of Profile."
        remedy = (
            "Set load_method: append-only or upsert, or overwrite_profile: true if that is what you want."
        )
        raise ConfigurationError(what, remedy=remedy, stream=stream)


def collapse_keys(destination: Destination) -> tuple[str, ...]:
    """Return the paths by which only the last version of a row within a unit is sent; none to send all.

    Which of several versions in one batch wins is not defined for Profile records and relational rows.
    History keeps them all.
    """
    records_of_profile = destination.behaviour == "profile" and destination.profile_enabled
    only_the_last = (
        destination.load_method == LoadMethod.UPSERT.value
        or destination.behaviour == "relational"
        or records_of_profile
    )
    return destination.key_paths if only_the_last else ()
