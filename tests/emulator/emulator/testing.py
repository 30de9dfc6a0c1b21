"""A running emulator for tests: the real two processes, on free ports, in a home of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from emulator import cli, environment, process
from emulator.admin import call
from emulator.home import CLOUDS, Cloud, Home

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from typing_extensions import Self

TEST_IDLE_SECONDS = 3600


class RunningEmulator:
    """Context manager around ``emulator start`` and ``emulator stop``.

    Attributes:
        sfmc: ``base_url``, ``client_id``, ``client_secret``, ``account_id`` as in ``emulator status``;
            with ``tls`` also ``tls_url`` and ``ca_file``.
        aep: ``base_url``, ``client_id``, ``client_secret``, ``org_id``, ``sandbox_name``.
        environment: The ``EMULATOR_...`` variables.
    """

    def __init__(
        self,
        home: Path,
        *,
        scale: float | None = 0.01,
        profile: str | None = "acme",
        switches: Mapping[str, Any] | None = None,
        ports: Mapping[Cloud, int | None] | None = None,
        idle_timeout: float = TEST_IDLE_SECONDS,
        tls: bool = False,
    ) -> None:
        self.path = home
        self._scale = scale
        self._profile = profile
        self._switches = dict(switches) if switches is not None else None
        self._ports = dict(ports or {})
        self._idle_timeout = idle_timeout
        self._tls = tls
        self._home: Home | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        # With Adobe's OpenAPI files at hand (see `aep.contract`) all that was said must fit them.
        deviations = self.path / "aep" / "contract.jsonl"
        if deviations.exists():
            message = f"requests or answers that Adobe's OpenAPI files do not have:\n{deviations.read_text()}"
            raise AssertionError(message) from error

    def start(self) -> None:
        self._home = cli.start_home(
            self.path,
            profile=self._profile,
            scale=self._scale,
            ports=self._ports,
            switches=self._switches,
            idle_timeout=self._idle_timeout,
            tls=self._tls,
        )

    def stop(self) -> None:
        process.stop(self.home)

    @property
    def home(self) -> Home:
        assert self._home is not None, "not started"
        return self._home

    @property
    def sfmc(self) -> dict[str, Any]:
        return dict(environment.status(self.home)["sfmc"])

    @property
    def aep(self) -> dict[str, Any]:
        return dict(environment.status(self.home)["aep"])

    @property
    def environment(self) -> dict[str, str]:
        return environment.variables(self.home)

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Rows of a SQL query over the lake."""
        return list(call(self.home, "aep", "POST", "query", {"sql": sql})["rows"])

    def faults(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """Put fault rules in force; a rule without ``cloud`` holds for both."""
        for cloud in CLOUDS:
            call(self.home, cloud, "PUT", "faults", list(rules))

    def clear_faults(self) -> None:
        for cloud in CLOUDS:
            call(self.home, cloud, "DELETE", "faults")

    def switches(self, cloud: Cloud) -> dict[str, Any]:
        """All switches of one cloud's server, with the values in force."""
        return dict(call(self.home, cloud, "GET", "switches"))

    def set_switches(self, values: Mapping[str, Any]) -> None:
        """Set switches while running; ``reset`` puts them back."""
        for cloud in CLOUDS:
            call(self.home, cloud, "PUT", "switches", dict(values))

    def reset_switches(self) -> None:
        for cloud in CLOUDS:
            call(self.home, cloud, "DELETE", "switches")

    def mutate(self, *, deletes: int = 0) -> dict[str, Any]:
        """A day of changes at the source; what changed, by CustomerKey."""
        return dict(call(self.home, "sfmc", "POST", "mutate", {"deletes": deletes}))

    def requests(self, cloud: Cloud) -> list[dict[str, Any]]:
        """The request log of one cloud."""
        return list(call(self.home, cloud, "GET", "requests"))

    def clear_requests(self) -> None:
        for cloud in CLOUDS:
            call(self.home, cloud, "DELETE", "requests")

    def define(self, data_extension: Mapping[str, Any]) -> dict[str, Any]:
        """Create or replace a data extension with its fields and rows; see ``emulator.sfmc.admin``."""
        return dict(call(self.home, "sfmc", "POST", "data-extensions", dict(data_extension)))

    def write_rows(self, key: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """``{"upsert": [rows], "delete": [primary keys]}`` in a data extension."""
        return dict(
            call(self.home, "sfmc", "POST", f"data-extensions/{quote(key, safe='')}/rows", dict(changes))
        )

    def source_rows(self, key: str, *, account_id: int | str | None = None) -> list[dict[str, Any]]:
        """What a data extension holds, typed: decimals as strings, dates as ISO with milliseconds."""
        query = f"?account_id={account_id}" if account_id else ""
        return list(call(self.home, "sfmc", "GET", f"data-extensions/{quote(key, safe='')}/rows{query}"))

    def reset(self) -> None:
        """Source as on its first day, lake empty, no faults, switches as at start."""
        for cloud in CLOUDS:
            call(self.home, cloud, "POST", "reset")
