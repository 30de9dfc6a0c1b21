"""What a run shares: connections, tokens, the two programming interfaces, and the threads."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from tap_sfmc.api.auth import Tokens
from tap_sfmc.api.http import Http
from tap_sfmc.api.rowset import Rowset
from tap_sfmc.api.soap import Soap
from tap_sfmc.api.traffic import Traffic
from tap_sfmc.errors import TapError

if TYPE_CHECKING:
    from tap_sfmc.data_extensions import BusinessUnit
    from tap_sfmc.settings import Settings

_logger = logging.getLogger("tap-sfmc")


@dataclass(frozen=True)
class Services:
    """Made once per run, from the settings."""

    settings: Settings
    traffic: Traffic
    http: Http
    tokens: Tokens
    soap: Soap
    rowset: Rowset
    pool: ThreadPoolExecutor
    filters: dict[tuple[str, bool, str], bool] = field(default_factory=dict)
    """Whether a business unit's rowset filters by Dates, by numbers, or by a field with an odd name."""

    @classmethod
    def connect(cls, settings: Settings) -> Services:
        """Set everything up; nothing is sent yet."""
        traffic = Traffic(settings.requests_per_minute, settings.max_requests)
        http = Http(
            traffic,
            timeout_s=settings.request_timeout,
            max_retries=settings.max_retries,
            connections=settings.concurrency,
            user_agent=f"tap-sfmc/{_version()}",
        )
        tokens = Tokens(http, settings.endpoint, settings.client_id, settings.client_secret)
        return cls(
            settings=settings,
            traffic=traffic,
            http=http,
            tokens=tokens,
            soap=Soap(http, tokens),
            rowset=Rowset(http, tokens),
            pool=ThreadPoolExecutor(settings.concurrency, thread_name_prefix="page"),
        )

    def parent_of(self, unit: BusinessUnit) -> str | None:
        """MID of the account that a business unit belongs to, if it is another one and can be asked for."""
        if not self.settings.shared_data_extensions:
            return None
        try:
            context = self.rowset.get_json(unit, "platform/v1/tokenContext")
            parent, own = str(context["enterprise"]["id"]), str(context["organization"]["id"])
        except (TapError, KeyError, TypeError, ValueError) as error:
            _logger.info("The parent of %s is not known: %s", unit, error)
            return None
        return None if parent == own else parent

    def close(self) -> None:
        """Stop what still runs, and give the connections back."""
        self.traffic.stop()
        self.pool.shutdown(wait=False, cancel_futures=True)
        self.http.close()


def _version() -> str:
    try:
        return version("tap-sfmc")
    except PackageNotFoundError:
        return "0"
