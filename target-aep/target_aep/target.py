"""target-aep as a Singer target of the SDK."""

from __future__ import annotations

import signal
import time
from typing import IO, TYPE_CHECKING, Any, ClassVar, cast

from singer_sdk import Target
from singer_sdk.helpers.capabilities import PluginCapabilities, TargetCapabilities
from singer_sdk.mapper import RemoveRecordTransform, SameRecordTransform

from target_aep import settings
from target_aep.columnar import singer_schema
from target_aep.delivery.run import Run
from target_aep.errors import ConfigurationError, DataError, StoppedError, TargetError
from target_aep.messages import MessageReader
from target_aep.references import resolved
from target_aep.sink import TARGET_METADATA, AepSink

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

    from singer_sdk.helpers.capabilities import CapabilitiesEnum
    from singer_sdk.plugin_base import _ConfigInput

    from target_aep.delivery.stream import StreamDelivery

_ONE_ATTEMPT_SECONDS = 2.0


class TargetAEP(Target):
    """Loads any Singer stream into Adobe Experience Platform: nothing lost, nothing twice."""

    last_run: ClassVar[Run | None] = None
    """The run of this process, for whoever reports on it."""

    name = "target-aep"
    config_jsonschema: ClassVar[dict[str, Any]] = settings.config_jsonschema()
    default_sink_class = AepSink
    message_reader_class = MessageReader
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.BATCH,
        PluginCapabilities.ACTIVATE_VERSION,
        PluginCapabilities.STRUCTURED_LOGGING,
        TargetCapabilities.VALIDATE_RECORDS,
    ]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._max_parallelism = 1  # sinks have nothing to drain
        self.settings = settings.parse(dict(self.config))
        for name in settings.WITHOUT_EFFECT.keys() & self.config.keys():
            self.logger.warning("%s has no effect here: %s", name, settings.WITHOUT_EFFECT[name])
        self.run = Run(
            self.settings,
            self._write_state_message,
            check_records=bool(self.config.get("validate_records", True)),
        )
        TargetAEP.last_run = self.run
        reader = cast("MessageReader", self.message_reader)
        reader.on_failure = self._stop
        self._decode = reader.decode
        self._direct: dict[str, StreamDelivery] = {}
        """Streams whose records need nothing of the SDK."""
        self._describing = ""
        self._schema_message: dict[str, Any] = {}
        self._stopping = False
        self._told_to_stop = -_ONE_ATTEMPT_SECONDS

    @classmethod
    def cb_config(cls, ctx: Any, param: Any, value: tuple[str, ...]) -> _ConfigInput:
        """Read the configuration files."""
        try:
            return super().cb_config(ctx, param, value)
        except (OSError, ValueError) as error:
            what = f"the configuration cannot be read: {error}."
            raise ConfigurationError(what, remedy="Correct --config; it takes files, or ENV.") from None

    @classmethod
    def invoke(  # type: ignore[override]
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: _ConfigInput | None = None,
        file_input: IO[str] | None = None,
    ) -> None:
        """Run the target; without a configuration file the environment is the configuration."""
        if about:
            cls.print_about(about_format)
            return
        given = config.config if config is not None else {}
        from_environment = not given or (config is not None and config.parse_env)
        target = cls(config=given, parse_env_config=from_environment)
        target.listen(file_input)

    @classmethod
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        """Offer the SDK's settings, but none that would have no effect."""
        super().append_builtin_config(config_jsonschema)
        for name in settings.WITHOUT_EFFECT:
            config_jsonschema["properties"].pop(name, None)

    def process_endofpipe(self) -> None:
        """Close what is open, wait for all commits, emit the last state."""
        try:
            self.run.finish()
        except BaseException as error:
            self._stop(error)
            raise
        finally:
            super().process_endofpipe()

    def open_delivery(self, sink: AepSink) -> StreamDelivery | None:
        """Open the delivery of a stream; None for one that a stream map leaves out altogether."""
        maps = [
            each
            for each in self.mapper.stream_maps[self._describing]
            if each.stream_alias == sink.stream_name
        ]
        if all(isinstance(each, RemoveRecordTransform) for each in maps):
            return None
        delivery = self.run.open_stream(
            sink.stream_name,
            self._describing,
            sink.described_schema,
            sink.key_properties,
            self._schema_message.get("bookmark_properties") or (),
        )
        delivery.omitted = TARGET_METADATA
        return delivery

    def is_current(self, sink: AepSink) -> bool:
        """Whether a sink is the one of its stream's last SCHEMA message."""
        return self._sinks_active.get(sink.stream_name) is sink

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:  # noqa: ARG002
        """Leave it to our own check, which says what to do and never quotes a value."""
        settings.parse(dict(self._config))
        return []

    # -- messages ------------------------------------------------------------------------------------

    def _process_schema_message(self, message_dict: dict[str, Any]) -> None:
        stream = message_dict["stream"]
        self.run.turn_to(stream)
        message_dict = {**message_dict, "schema": resolved(message_dict["schema"])}
        self._describing, self._schema_message = stream, message_dict
        self._direct.pop(stream, None)
        self.run.start()
        super()._process_schema_message(message_dict)
        delivery = self._needs_nothing_of_the_sdk(stream)
        if delivery is not None:
            self._direct[stream] = delivery

    def _process_record_message(self, message_dict: dict[str, Any]) -> None:
        stream = message_dict["stream"]
        delivery = self._direct.get(stream)
        if delivery is not None:
            self.run.turn_to(stream)
            delivery.take(message_dict["record"])
            return
        self.run.turn_to(stream)
        self._process_by_the_sdk(self._decode(message_dict["line"]))

    def _process_state_message(self, message_dict: dict[str, Any]) -> None:
        state = message_dict["value"]
        if not isinstance(state, dict):
            what = "a STATE message has a value that is no object."
            raise DataError(what, remedy="Look at what the tap writes.")
        if self.run.streams or self._sinks_active:
            self.run.receive(state)
        else:
            self.run.begin(state)

    def _process_batch_message(self, message_dict: dict[str, Any]) -> None:
        stream = message_dict["stream"]
        self.run.turn_to(stream)
        if stream not in self.mapper.stream_maps:
            self._assert_sink_exists(stream)
        if stream in self._direct:
            super()._process_batch_message(message_dict)
            return
        deliveries = [sink.delivery for sink in self._sinks_of(stream) if sink.delivery is not None]
        try:
            self._process_files_by_the_sdk(message_dict, deliveries)
        except TargetError as error:
            for delivery in deliveries:
                self.run.fail(delivery, error)

    def _process_files_by_the_sdk(
        self, message: dict[str, Any], deliveries: Sequence[StreamDelivery]
    ) -> None:
        """Stream maps, flattening and metadata are the SDK's, record by record."""
        stream, encoding = message["stream"], message["encoding"]
        schema = singer_schema.read(self.mapper.stream_maps[stream][0].raw_schema)
        for url in message["manifest"]:
            for record in self.run.batch_input.records(
                encoding.get("format"), encoding.get("compression"), url, schema
            ):
                self._process_by_the_sdk({"type": "RECORD", "stream": stream, "record": record})
            self.run.batch_input.loan(url, deliveries)

    def _process_activate_version_message(self, message_dict: dict[str, Any]) -> None:
        """As the SDK does, without its warning of metadata columns: none are added here."""
        stream = message_dict["stream"]
        if stream not in self.mapper.stream_maps:
            self._assert_sink_exists(stream)
        for sink in self._sinks_of(stream):
            if sink.process_activate_version_messages:
                sink.activate_version(message_dict["version"])

    def _process_by_the_sdk(self, message: dict[str, Any]) -> None:
        """Let the SDK map a record; count it as left out for each sink that it did not reach."""
        before = [(sink, sink.taken) for sink in self._sinks_of(message["stream"])]
        super()._process_record_message(message)
        for sink, taken in before:
            if sink.taken == taken and sink.delivery is not None:
                sink.delivery.take_filtered()

    def _sinks_of(self, stream: str) -> Iterator[AepSink]:
        for each in self.mapper.stream_maps.get(stream, ()):
            if each.stream_alias in self._sinks_active:
                yield cast("AepSink", self._sinks_active[each.stream_alias])

    def _needs_nothing_of_the_sdk(self, stream: str) -> StreamDelivery | None:
        """Return the stream's delivery if its records go there as they are."""
        maps = self.mapper.stream_maps[stream]
        if len(maps) != 1 or type(maps[0]) is not SameRecordTransform or maps[0].flattening_enabled:
            return None
        sink = cast("AepSink", self._sinks_active[maps[0].stream_alias])
        return None if sink.include_sdc_metadata_properties else sink.delivery

    # -- the end -------------------------------------------------------------------------------------

    def _stop(self, error: BaseException) -> None:
        self._stopping = True
        self.run.stop(error)

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002
        # A terminal and Meltano may each send one; only much later it is a second attempt.
        if self._stopping or time.monotonic() < self._told_to_stop + _ONE_ATTEMPT_SECONDS:
            return
        self._told_to_stop = time.monotonic()
        message = f"stopped by {signal.Signals(signum).name}."
        raise StoppedError(message)
