"""What went wrong in a run that went on: one stream's failure does not stop the others."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tap_sfmc.errors import DataError, TapError, TryAgainError

if TYPE_CHECKING:
    from collections.abc import Iterator

_logger = logging.getLogger("tap-sfmc")


class Failures:
    """Collects the failures of streams and business units."""

    def __init__(self) -> None:
        self.errors: dict[str, TapError] = {}

    @contextmanager
    def of(self, what: str) -> Iterator[None]:
        """Keep a failure apart, unless it is one that all others would run into."""
        try:
            yield
        except TryAgainError:
            raise
        except TapError as error:
            self.add(what, error)

    def add(self, what: str, error: TapError) -> None:
        """Note a failure and log it in one line."""
        self.errors[what] = error
        _logger.error("%s failed: %s", what, error)

    def raise_any(self, attempted: int) -> None:
        """Fail the run if anything failed.

        Args:
            attempted: How many things were tried. If all failed alike, the run fails the same way.

        Raises:
            TapError: Something failed; exit code 1 if it was only some of it.
        """
        errors = list(self.errors.values())
        if not errors:
            return
        if len(errors) >= attempted and len({error.exit_code for error in errors}) == 1:
            raise errors[0]
        reason = f": {errors[0].what}" if len(errors) == 1 else f"; the first: {errors[0].what}"
        message = f"{len(errors)} of {attempted} failed: {', '.join(self.errors)}{reason}"
        raise DataError(
            message, remedy="The others are complete; bookmarks of those that failed did not move."
        )
