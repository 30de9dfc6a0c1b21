"""Batch ingestion: create a batch, put its files, signal that it is complete.

A batch holds no rows until COMPLETE, and COMPLETE is only a signal: what became of it is in Catalog.
Signals are repeated when their answer is lost; the repetition may then be refused because the
first one was carried out, so a refusal of ABORT or REVERT is judged by the batch's status.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from target_aep.aep.catalog import Batch, read_batch
from target_aep.aep.errors import LostAnswerError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from target_aep.aep.gateway import Gateway

BASE = "/data/foundation/import/batches"


class Ingestion:
    """Writes batches."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def create_batch(
        self,
        dataset_id: str,
        *,
        external_id: str,
        tags: Mapping[str, str],
        format: str = "parquet",  # noqa: A002 - Adobe's word
        replay: Sequence[str] = (),
        partial_percentage: float | None = None,
    ) -> Batch:
        """Create a batch, with error diagnostics on.

        Args:
            dataset_id: Dataset that the rows go to.
            external_id: Ours, unique in the organisation, by which the batch can be found again.
            tags: Catalog tags; each value is sent as a list of one.
            format: ``parquet`` or ``json`` (one object per line).
            replay: Ids of batches that this one replaces when it succeeds.
            partial_percentage: How many per cent of bad rows AEP may skip; by default none.

        Raises:
            LostAnswerError: It is unknown whether the batch exists: look by external id.
        """
        body: dict[str, Any] = {
            "datasetId": dataset_id,
            "inputFormat": {"format": format},
            "externalId": external_id,
            "enableErrorDiagnostics": True,
            "tags": {key: [value] for key, value in tags.items()},
        }
        if format == "json":
            body["inputFormat"]["isMultiLineJson"] = False
        if replay:
            body["replay"] = {"predecessors": list(replay), "reason": "replace"}
        if partial_percentage is not None:
            body["partialIngestionPercentage"] = partial_percentage
        answer = self._gateway.request_json("POST", BASE, json=body, idempotent=False)
        if not isinstance(answer, dict) or not answer.get("id"):
            message = f"POST {BASE} answered without a batch id."
            raise LostAnswerError(message, remedy="Run again: the next run looks for the batch.")
        return read_batch(str(answer["id"]), {"externalId": external_id, **answer})

    def put_file(self, batch_id: str, dataset_id: str, name: str, path: Path) -> None:
        """Upload a file; the same name again replaces it.

        Args:
            batch_id: Batch in state ``loading``.
            dataset_id: Its dataset.
            name: Name within the batch; may have folders.
            path: File of 1 byte to 256 MB.
        """
        self._gateway.request(
            "PUT",
            f"{BASE}/{batch_id}/datasets/{dataset_id}/files/{quote(name)}",
            data=path,
            headers={"Content-Type": "application/octet-stream"},
            idempotent=True,
        )

    def complete(self, batch_id: str) -> None:
        """Signal that all files are there. Safe to repeat, as Adobe documents."""
        self._act(batch_id, "COMPLETE")

    def abort(self, batch_id: str) -> None:
        """Give up a batch that is loading."""
        self._act(batch_id, "ABORT")

    def revert(self, batch_id: str) -> None:
        """Take a successful batch's rows out of the data lake (not out of Profile)."""
        self._act(batch_id, "REVERT")

    def _act(self, batch_id: str, action: str) -> None:
        self._gateway.request("POST", f"{BASE}/{batch_id}", params={"action": action}, idempotent=True)
