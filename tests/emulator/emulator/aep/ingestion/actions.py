"""What a client may signal for a batch, and when."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from emulator.aep import errors
from emulator.aep.catalog import batches
from emulator.aep.ingestion import promotion, uploads

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.aep.platform import Caller
    from emulator.aep.store import Document

_ENDED_BY_CLIENT = {"aborted", "abandoned", "deleted"}


def complete(caller: Caller, batch: Document) -> None:
    """Start the promotion. A second COMPLETE is answered like the first, and does nothing."""
    if batch["status"] in _ENDED_BY_CLIENT:
        raise errors.bad_request(f"Batch {batch['id']} is {batch['status']} and cannot be completed")
    if batch["status"] == "loading":
        promotion.start(caller.platform, caller.sandbox, batch)


def abort(caller: Caller, batch: Document) -> None:
    """Give up a batch; after COMPLETE the switch `aep.abort_after_complete` decides."""
    status = batch["status"]
    if status == "aborted":
        return
    late = caller.platform.switches.text("aep.abort_after_complete") == "accepted"
    if status != "loading" and not (late and status in {*promotion.PENDING, "stalled", "queued"}):
        raise errors.bad_request(f"Batch {batch['id']} is {status} and cannot be aborted")
    batches.update(caller.platform, caller.sandbox, batch, status="aborted")
    uploads.discard(caller.platform, caller.sandbox, batch["id"])


def fail(caller: Caller, batch: Document) -> None:
    """Mark a batch as failed by its producer."""
    if batch["status"] != "loading":
        raise errors.bad_request(f"Batch {batch['id']} is {batch['status']} and cannot be failed")
    batches.update(caller.platform, caller.sandbox, batch, status="failed", metrics={"failedRecordCount": 0})


def revert(caller: Caller, batch: Document) -> None:
    """Take a loaded batch out of the lake: inactive at once, deleted a while later."""
    platform, sandbox, batch_id = caller.platform, caller.sandbox, batch["id"]
    if batch["status"] != "success":
        detail = f"ERR-BI-104: Batch {batch_id} is {batch['status']}; only a successful batch can be reverted"
        raise errors.CatalogError(428, detail, "PreconditionRequiredError")
    batches.update(platform, sandbox, batch, status="inactive")

    def collect() -> None:
        current = platform.store.get("batch", sandbox, batch_id)
        if current is not None and current["status"] == "inactive":
            batches.update(platform, sandbox, current, status="deleted")
            shutil.rmtree(platform.lake / batch_id, ignore_errors=True)

    platform.schedule.after(platform.switches.number("aep.revert_seconds"), collect)


ACTIONS: dict[str, Callable[[Caller, Document], None]] = {
    "COMPLETE": complete,
    "ABORT": abort,
    "FAIL": fail,
    "REVERT": revert,
}
