"""The configuration of a run, checked and in types that the rest can rely on."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from enum import Enum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tap_sfmc.data_extensions import BusinessUnit
from tap_sfmc.endpoints import Endpoint, parse_endpoint
from tap_sfmc.errors import ConfigurationError
from tap_sfmc.output.batch_format import BatchFormat
from tap_sfmc.values.clock import SYSTEM_CLOCK, parse_utc, parse_zone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_Value = TypeVar("_Value")


class Extraction(str, Enum):
    """Which of the two programming interfaces gives the rows."""

    AUTO = "auto"
    REST = "rest"
    SOAP = "soap"


class NullKeys(str, Enum):
    """What becomes of rows whose replication key is null."""

    EMIT = "emit"
    SKIP = "skip"
    FAIL = "fail"
    ALWAYS = "always"


@dataclass(frozen=True)
class Settings:
    """One run's settings. The names are those of the configuration; see there for what they mean."""

    endpoint: Endpoint
    client_id: str
    client_secret: str = field(repr=False)
    business_units: tuple[BusinessUnit, ...] = (BusinessUnit(),)
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    system_data_extensions: bool = False
    shared_data_extensions: bool = True
    stream_aliases: Mapping[str, str] = field(default_factory=dict)
    replication_keys: Mapping[str, str | None] = field(default_factory=dict)
    start_date: datetime | None = None
    overlap: timedelta = timedelta(seconds=300)
    dedupe_limit: int = 10_000
    null_replication_keys: NullKeys = NullKeys.EMIT
    full_refresh_every: timedelta | None = None
    timezone: tzinfo = SYSTEM_CLOCK
    timezones: Mapping[str, tzinfo] = field(default_factory=dict)
    extraction: Extraction = Extraction.AUTO
    soap_streams: tuple[str, ...] = ()
    custom_object_key: bool = False
    page_size: int = 2500
    concurrency: int = 4
    requests_per_minute: int = 0
    max_requests: int = 0
    request_timeout: float = 300
    max_retries: int = 6
    state_every_rows: int = 100_000
    max_rows_per_stream: int | None = None
    detect_deletes: tuple[str, ...] = ()
    max_delete_percent: float = 20
    key_store: Path = Path(".tap-sfmc/keys")
    batch_format: BatchFormat | None = None

    @classmethod
    def parse(cls, config: Mapping[str, Any], known: Iterable[str]) -> Settings:
        """Check a configuration that satisfies the JSON Schema.

        Args:
            config: Setting names and values; ``None`` and ``""`` are the same as no value.
            known: The names that are settings.

        Raises:
            ConfigurationError: A name or a value is wrong; the message says which.
        """
        _refuse_unknown(config, set(known))
        given = {name: value for name, value in config.items() if value not in (None, "")}
        for name in _REQUIRED:
            if name not in given:
                message = f"{name} is missing."
                raise ConfigurationError(message, remedy="The installed package's page in Setup shows it.")
        values: dict[str, Any] = {name: given[name] for name in _AS_GIVEN if name in given}
        values |= {name: tuple(given[name]) for name in _TUPLES if name in given}
        values |= {name: read(given[key]) for key, (name, read) in _CONVERTED.items() if key in given}
        hosts = frozenset(host.lower() for host in given.get("allowed_hosts", ()))
        return cls(
            endpoint=parse_endpoint(given["base_endpoint"], hosts),
            business_units=_business_units(given),
            **values,
        )

    def zone(self, stream: str, field_name: str) -> tzinfo:
        """The clock that a field's dates are stored in."""
        zone = first_match(self.timezones, f"{stream}.{field_name}")
        return self.timezone if zone is None else zone


_REQUIRED = ("base_endpoint", "client_id", "client_secret")
_AS_GIVEN = (
    "client_id",
    "client_secret",
    "system_data_extensions",
    "shared_data_extensions",
    "stream_aliases",
    "replication_keys",
    "dedupe_limit",
    "custom_object_key",
    "page_size",
    "concurrency",
    "requests_per_minute",
    "max_requests",
    "request_timeout",
    "max_retries",
    "state_every_rows",
    "max_rows_per_stream",
    "max_delete_percent",
)
_TUPLES = ("include", "exclude", "soap_streams", "detect_deletes")


def _start_date(text: str) -> datetime:
    try:
        return parse_utc(text)
    except ValueError:
        message = f"start_date {text!r} is not a date."
        raise ConfigurationError(message, remedy="Give it as 2024-01-31 or 2024-01-31T00:00:00Z.") from None


_CONVERTED: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "start_date": ("start_date", _start_date),
    "overlap_seconds": ("overlap", lambda seconds: timedelta(seconds=seconds)),
    "full_refresh_every": ("full_refresh_every", lambda days: timedelta(days=days)),
    "null_replication_keys": ("null_replication_keys", NullKeys),
    "timezone": ("timezone", parse_zone),
    "timezones": ("timezones", lambda zones: {glob: parse_zone(zone) for glob, zone in zones.items()}),
    "extraction": ("extraction", Extraction),
    "key_store": ("key_store", Path),
    "batch_config": ("batch_format", BatchFormat.parse),
}
"""Setting → attribute, and how its value is read."""


def with_texts_for_accounts(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with MIDs as texts: in YAML and JSON people write them as the numbers they are."""

    def text(value: Any) -> Any:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    changed = dict(config)
    changed |= {"account_id": text(changed["account_id"])} if "account_id" in changed else {}
    if isinstance(changed.get("account_ids"), list):
        changed["account_ids"] = [text(each) for each in changed["account_ids"]]
    if isinstance(changed.get("business_units"), list):
        changed["business_units"] = [
            {**unit, "account_id": text(unit.get("account_id"))} if isinstance(unit, dict) else unit
            for unit in changed["business_units"]
        ]
    return changed


def with_numbers(config: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with texts as numbers where numbers belong: Meltano hands on a variable's text."""

    def number(name: str, value: Any) -> Any:
        if not isinstance(value, str) or "number" not in properties.get(name, {}).get("type", ()):
            return value
        try:
            return float(value)
        except ValueError:
            return value  # for the check of the schema to tell

    return {name: number(name, value) for name, value in config.items()}


def _business_units(given: Mapping[str, Any]) -> tuple[BusinessUnit, ...]:
    ways = [name for name in ("account_id", "account_ids", "business_units") if given.get(name)]
    if len(ways) > 1:
        message = f"{' and '.join(ways)} exclude each other."
        raise ConfigurationError(message, remedy="Keep one of them.")
    if given.get("business_units"):
        units = tuple(BusinessUnit(unit["account_id"], unit["alias"]) for unit in given["business_units"])
    elif given.get("account_ids"):
        units = tuple(BusinessUnit(account_id, account_id) for account_id in given["account_ids"])
    else:
        units = (BusinessUnit(given.get("account_id", "")),)
    for what in ("account_id", "alias"):
        values = [getattr(unit, what) for unit in units]
        if twice := {value for value in values if values.count(value) > 1}:
            message = f"Two business units have the {what} {min(twice)!r}."
            raise ConfigurationError(message)
    return units


def _refuse_unknown(config: Mapping[str, Any], known: set[str]) -> None:
    for name in config:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            remedy = f"Did you mean {close[0]!r}?" if close else "`tap-sfmc --about` lists the settings."
            message = f"There is no setting {name!r}."
            raise ConfigurationError(message, remedy=remedy)


def matches(pattern: str, text: str) -> bool:
    """Whether a glob of the configuration fits a text; case does not matter, as for SFMC's own names."""
    return fnmatchcase(text.lower(), pattern.lower())


def first_match(by_glob: Mapping[str, _Value], text: str) -> _Value | None:
    """The value of the first glob that fits, else ``None``."""
    return next((value for glob, value in by_glob.items() if matches(glob, text)), None)
