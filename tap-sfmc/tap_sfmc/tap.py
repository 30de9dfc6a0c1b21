"""The tap: from settings and a catalog to streams."""

from __future__ import annotations

import json
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, ClassVar, cast

import msgspec
import pyarrow as pa
from singer_sdk import Tap
from singer_sdk.helpers._state import StateWriter
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities
from singer_sdk.mapper import MAPPER_ELSE_OPTION
from singer_sdk.plugin_base import _ConfigInput
from singer_sdk.tap_base import CliTestOptionValue

from tap_sfmc.config_schema import CONFIG_JSONSCHEMA
from tap_sfmc.discovery import inventory
from tap_sfmc.discovery.catalog import define_streams
from tap_sfmc.discovery.given_catalog import choices, pinned_names, without_nulls
from tap_sfmc.environment import from_environment
from tap_sfmc.errors import ConfigurationError, StoppedError
from tap_sfmc.failures import Failures
from tap_sfmc.output.batch import BatchFolder
from tap_sfmc.output.messages import BufferedWriter
from tap_sfmc.reading.bookmark import adopt_renamed
from tap_sfmc.services import Services
from tap_sfmc.settings import Settings, matches, with_numbers, with_texts_for_accounts
from tap_sfmc.streams import DataExtensionStream

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterator, Mapping, Sequence
    from types import FrameType

    import click
    from singer_sdk.singerlib import Catalog


class TapSFMC(Tap):
    """Data extensions of Salesforce Marketing Cloud Engagement."""

    name = "tap-sfmc"
    config_jsonschema: ClassVar[dict[str, Any]] = CONFIG_JSONSCHEMA
    dynamic_catalog = True
    message_writer_class = BufferedWriter
    capabilities: ClassVar[list[Any]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        TapCapabilities.TEST,
        PluginCapabilities.ACTIVATE_VERSION,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.BATCH,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    message_writer: BufferedWriter

    def __init__(self, *, catalog: Mapping[str, Any] | Catalog | None = None, **arguments: Any) -> None:
        # The SDK says in each run that it does not look at environment variables.
        self.logger.addFilter(_is_no_remark_on_variables)
        self.failures = Failures()
        self.failed_units = 0
        given = catalog if isinstance(catalog, dict) else {}
        self.choices = choices(given)
        self._pinned = pinned_names(given)
        if isinstance(arguments.get("config"), dict):
            written = dict(arguments["config"])
            if arguments.pop("parse_env_config", False):
                written |= from_environment(self.config_jsonschema, self._env_var_prefix)
            written = with_texts_for_accounts(written)
            arguments["config"] = with_numbers(written, self.config_jsonschema["properties"])
        if isinstance(catalog, dict):
            catalog = without_nulls(catalog)
        super().__init__(catalog=cast("dict[str, Any]", catalog), **arguments)
        if self.config.get("max_rows_per_stream"):
            self._state_writer = _NoStates(self.message_writer)

    @cached_property
    def settings(self) -> Settings:
        """The configuration, checked."""
        return Settings.parse(self.config, self.config_jsonschema["properties"])

    @cached_property
    def services(self) -> Services:
        """The connections."""
        return Services.connect(self.settings)

    @cached_property
    def batch_folder(self) -> BatchFolder:
        """Where this run's files go."""
        storage = self.config["batch_config"].get("storage") or {}
        return BatchFolder(
            storage.get("root") or ".batches", storage.get("prefix") or "", storage.get("params") or {}
        )

    def require_places(self) -> None:
        """Find out before any row whether there is a place for what is written besides messages.

        Raises:
            ConfigurationError: There is none.
        """
        if self.settings.batch_format is not None:
            _ = self.batch_folder
        if self.settings.detect_deletes:
            try:
                self.settings.key_store.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                message = f"key_store: keys cannot be kept there ({error})."
                raise ConfigurationError(message, remedy="Name a directory that can be written.") from None

    def close(self) -> None:
        """Give the connections back."""
        if "services" in self.__dict__:
            self.services.close()

    @classmethod
    def invoke(  # type: ignore[override]  # as in the SDK's own Tap
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: _ConfigInput | None = None,
        state: IO[str] | None = None,
        catalog: IO[str] | None = None,
    ) -> None:
        """Sync all streams; the SDK's way, but streams fail one by one.

        Raises:
            TapError: Something failed.
        """
        super(Tap, cls).invoke(about=about, about_format=about_format)
        # Arrow's own allocator keeps what each thread has used: with 16 connections the tap takes
        # 379 MB with it, and 212 MB without, at less CPU.
        pa.set_memory_pool(pa.system_memory_pool())
        config = config or _ConfigInput()
        tap = cls(
            config=config.config,
            parse_env_config=config.parse_env,
            state=_read_json(state, "state"),
            catalog=_read_json(catalog, "catalog"),
        )
        try:
            tap.require_places()
            tap.sync_all()
            selected = sum(stream.selected for stream in tap.streams.values())
            tap.failures.raise_any(selected + tap.failed_units)
        finally:
            tap.close()

    @classmethod
    def cb_discover(cls, ctx: click.Context, param: click.Option, value: bool) -> None:  # noqa: ARG003, FBT001 - as in the SDK
        """Option ``--discover``: the catalog; raises as ``write_catalog`` does."""
        if value:
            config: _ConfigInput = ctx.params.get("config", _ConfigInput())
            cls(config=config.config, parse_env_config=config.parse_env, setup_mapper=False).write_catalog()
            ctx.exit()

    @classmethod
    def cb_test(cls, ctx: click.Context, param: click.Option, value: str) -> None:  # noqa: ARG003
        """Option ``--test``: one row of each stream, or the schemas.

        Raises:
            TapError: Something failed.
        """
        if value == CliTestOptionValue.Disabled.value:
            return
        config: _ConfigInput = ctx.params.get("config", _ConfigInput())
        tap = cls(config=config.config, parse_env_config=config.parse_env)
        try:
            if value == CliTestOptionValue.Schema.value:
                tap.write_schemas()
            else:
                tap.run_connection_test()
            tap.failures.raise_any(len(tap.streams) + tap.failed_units)
        finally:
            tap.close()
        ctx.exit()

    @property
    def catalog_json_text(self) -> str:
        """The catalog as one text."""
        return "".join(self._catalog_parts())

    def run_discovery(self) -> str:
        """Print the catalog, and give it as a text; raises as ``write_catalog`` does."""
        self.write_catalog()
        return self.catalog_json_text

    def write_catalog(self) -> None:
        """Print the catalog, entry by entry: a tenant may have a hundred thousand fields.

        Raises:
            TapError: A business unit could not be read; the others are in the catalog.
        """
        try:
            for part in self._catalog_parts():
                print(part, end="")  # noqa: T201
            print(flush=True)  # noqa: T201
            self.failures.raise_any(len(self.settings.business_units))
        finally:
            self.close()

    def _catalog_parts(self) -> Iterator[str]:
        """The catalog as JSON, indented by two, in pieces of an entry."""
        start = '{\n  "streams": ['
        for stream in self.streams.values():
            entry = msgspec.json.encode(stream._singer_catalog_entry.to_dict())  # noqa: SLF001
            yield start + "\n    " + msgspec.json.format(entry, indent=2).decode().replace("\n", "\n    ")
            start = ","
        yield "\n  ]\n}" if self.streams else start + "]\n}"

    def discover_streams(self) -> Sequence[DataExtensionStream]:
        """One stream per data extension that the settings ask for.

        Raises:
            TapError: No business unit can be read, or a setting fits nothing.
        """
        found = inventory.take(self.services.soap, self.settings.business_units, self.services.parent_of)
        if len(found.failures) == len(self.settings.business_units):
            raise next(iter(found.failures.values()))
        self.failed_units = len(found.failures)
        for unit, error in found.failures.items():
            self.failures.add(f"Business unit {unit}", error)
        definitions = define_streams(found, self.settings, self._pinned)
        names = {definition.name for definition in definitions}
        self._require_selected(names)
        if not found.failures:
            self._require_mapped(names)
        return [DataExtensionStream(self, definition) for definition in definitions]

    def setup_mapper(self) -> None:
        """Prepare stream maps, after the streams: these know their keys, which a catalog may leave out."""
        _ = self.streams
        super().setup_mapper()

    def load_state(self, state: dict[str, Any]) -> None:
        """Take the state over; bookmarks of renamed streams go to their new names.

        Raises:
            ConfigurationError: It is no state.
        """
        bookmarks = state.get("bookmarks") or {}
        if isinstance(bookmarks, dict):
            bookmarks = {name: bookmark for name, bookmark in bookmarks.items() if bookmark is not None}
        if not isinstance(bookmarks, dict) or not all(isinstance(each, dict) for each in bookmarks.values()):
            message = "The state is no Singer state: bookmarks, and each of them, are objects."
            raise ConfigurationError(message, remedy="Correct the state, or start without one.")
        super().load_state({**state, "bookmarks": bookmarks})
        bookmarks = cast("dict[str, Any]", self.state).setdefault("bookmarks", {})
        if bookmarks:
            identities = {
                stream.name: stream.definition.identity
                for stream in cast("dict[str, DataExtensionStream]", self.streams).values()
            }
            for name, old in adopt_renamed(bookmarks, identities).items():
                self.logger.info("Stream %r was called %r before; its bookmark goes on.", name, old)

    def _require_selected(self, names: set[str]) -> None:
        """Refuse a catalog that selects what is not there, instead of passing over it."""
        if self.input_catalog is None or self.failures.errors:
            return
        for entry in self.input_catalog.streams:
            if entry.metadata.resolve_selection()[()] and entry.tap_stream_id not in names:
                message = f"The catalog selects stream {entry.tap_stream_id!r}, which is not there."
                raise ConfigurationError(message, remedy="Discover again, or correct the selection.")

    def _require_mapped(self, names: set[str]) -> None:
        """Refuse a stream map for what is not there: it may be what keeps a column from going out."""
        for pattern in self.config.get("stream_maps") or {}:
            if pattern != MAPPER_ELSE_OPTION and not any(matches(pattern, name) for name in names):
                message = f"stream_maps: {pattern!r} matches no stream."
                raise ConfigurationError(message, remedy="`tap-sfmc --discover` lists them.")

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002
        message = f"Stopped by signal {signum}. The next run goes on where the last state says."
        raise StoppedError(message)


def _is_no_remark_on_variables(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith("Skipping parse of env var")


class _NoStates(StateWriter):
    """For a first look: no state at all, also not the one to start from.

    A target waits for the state that covers the rows it was given, and there will be none. Of a tap
    that sends no states it loads what came, and the state of the pipeline stays what it was.
    """

    def write_state(self, state: Any) -> None:
        """Leave it."""


def _read_json(file: IO[str] | None, what: str) -> dict[str, Any] | None:
    if file is None:
        return None
    try:
        content = json.load(file)
    except ValueError as error:
        message = f"The {what} file is no JSON: {error}."
        raise ConfigurationError(message) from None
    if not isinstance(content, dict):
        message = f"The {what} file is no JSON object."
        raise ConfigurationError(message)
    return content
