"""A field that is added at the source is in the lake after the next ``meltano run``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.admin import call

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.testing import RunningEmulator
    from tests.end_to_end.pipeline import Pipeline

FIELDS = [
    {"name": "OrderID", "type": "Text", "length": 20, "is_primary_key": True, "is_required": True},
    {"name": "ModifiedDate", "type": "Date", "is_required": True},
]


def order(number: int, **more: object) -> dict[str, object]:
    return {"OrderID": f"O{number}", "ModifiedDate": f"2026-03-0{number}T10:00:00", **more}


def test_a_field_that_is_added_at_the_source_arrives_with_the_next_run(
    start_emulator: Callable[..., RunningEmulator], new_pipeline: Callable[[RunningEmulator], Pipeline]
) -> None:
    emulator = start_emulator(scale=0.002)
    emulator.define({"name": "Orders", "key": "orders", "fields": FIELDS, "rows": [order(1), order(2)]})
    pipeline = new_pipeline(emulator)
    settings = {"TAP_SFMC_INCLUDE": '["orders"]', "TARGET_AEP_STREAMS": '{"orders": {"dataset": "orders"}}'}
    pipeline.run(**settings)

    added = {"name": "GiftWrap", "type": "Boolean"}
    call(emulator.home, "sfmc", "PATCH", "data-extensions/orders", {"add_fields": [added]})
    emulator.write_rows("orders", {"upsert": [order(3, GiftWrap=True)]})
    pipeline.run(**settings)

    rows = emulator.query("SELECT _acme.orderID AS id, _acme.giftWrap AS wrapped FROM orders ORDER BY 1")
    assert rows == [
        {"id": "O1", "wrapped": None},
        {"id": "O2", "wrapped": None},
        {"id": "O3", "wrapped": True},
    ]
