"""The SDK's sink: what connects a stream of messages with its delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

import msgspec
from singer_sdk.sinks import Sink

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk.helpers._batch import BaseBatchFileEncoding
    from singer_sdk.helpers.conform import DatetimeErrorTreatmentEnum

    from target_aep.delivery.run import Run
    from target_aep.delivery.stream import StreamDelivery

TARGET_METADATA = frozenset({
    "_sdc_extracted_at", "_sdc_received_at", "_sdc_batched_at", "_sdc_sequence", "_sdc_table_version",
    "_sdc_sync_started_at",
})  # fmt: skip
"""Columns that the SDK adds on ``add_record_metadata`` and removes otherwise. ``_sdc_deleted_at`` is not
among them: a tap's soft delete is data."""


class Deliveries(Protocol):
    """What a sink needs of its target."""

    run: Run

    def open_delivery(self, sink: AepSink) -> StreamDelivery | None:
        """Open the delivery of a sink's stream."""

    def is_current(self, sink: AepSink) -> bool:
        """Whether a sink is the one of its stream's last SCHEMA message."""


class AepSink(Sink):
    """Hands records over as they come. Types, keys and rules of the schema are checked by column, later."""

    delivery: StreamDelivery | None = None
    taken = 0

    def __init__(self, target: Any, *args: Any, **kwargs: Any) -> None:
        self._target: Deliveries = target
        super().__init__(target, *args, **kwargs)

    def setup(self) -> None:
        """Provision, and look for what former runs left."""
        super().setup()
        self.delivery = self._target.open_delivery(self)

    @property
    def described_schema(self) -> dict[str, Any]:
        """The schema of the rows: the tap's, with the SDK's metadata columns only where they are filled."""
        if self.include_sdc_metadata_properties:
            return cast("dict[str, Any]", self.schema)
        properties = self.original_schema.get("properties") or {}
        kept = {name: node for name, node in properties.items() if name not in TARGET_METADATA}
        return {**self.original_schema, "properties": kept}

    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:  # noqa: ARG002
        """Take a record that went through the SDK's stream maps."""
        self.taken += 1
        if self.delivery is not None:
            self.delivery.take(msgspec.json.encode(record))

    def process_batch(self, context: dict[str, Any]) -> None:
        """Nothing to do: rows are mapped and written beside the reading."""

    def process_batch_files(self, encoding: BaseBatchFileEncoding, files: Sequence[str]) -> None:
        """Take the files of a BATCH message."""
        if self.delivery is not None:
            self._target.run.add_batch(self.delivery, encoding.format, encoding.compression, files)

    def activate_version(self, new_version: int) -> None:  # noqa: ARG002
        """The tap has read the whole table."""
        if self.delivery is not None:
            self.delivery.activate_version()

    def clean_up(self) -> None:
        """Tell the metrics how many rows there were, once for all schemas that the stream had."""
        if self.delivery is not None and self._target.is_current(self):
            self.record_counter_metric.increment(self.delivery.books.received)
        super().clean_up()

    # What the SDK does per record and is done by column here.

    def get_validator(self) -> None:
        """None: ``validate_records`` is carried out by column."""

    def _parse_timestamps_in_record(
        self, record: dict[str, Any], schema: dict[str, Any], treatment: DatetimeErrorTreatmentEnum
    ) -> None:
        """Leave dates the texts that they are."""

    def _singer_validate_message(self, record: dict[str, Any]) -> None:
        """Leave the key to the columns."""

    def _remove_sdc_metadata_from_record(self, record: dict[str, Any]) -> None:
        """Leave the tap's own columns in place; others are not in the described schema."""
