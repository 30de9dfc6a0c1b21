"""What can go wrong, sorted by what a user can do about it.

Each error says what happened, where, and what to do. The exit codes are those
of ``sysexits.h`` where it has a fitting one, and are listed in each ``--help``.
"""

from __future__ import annotations

from typing import ClassVar


class TapError(Exception):
    """A failure with a sentence for the user.

    Args:
        what: What happened, and where.
        remedy: What the user can do about it.
        stream: The stream it concerns, where there is one.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, remedy: str = "", stream: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
        self.stream = stream

    def __str__(self) -> str:
        where = f"stream {self.stream!r}: " if self.stream else ""
        end = "" if self.what.endswith((".", "!", "?", ":")) or not self.remedy else "."
        return f"{where}{self.what}{end} {self.remedy}".rstrip()


class DataError(TapError):
    """Rows or counts do not fit: look at the data."""

    exit_code = 1


class ConfigurationError(TapError):
    """A setting or argument is wrong: correct it."""

    exit_code = 2


class RemoteError(TapError):
    """Salesforce Marketing Cloud failed or could not be reached, after retries."""

    exit_code = 69


class TryAgainError(TapError):
    """Nothing is lost and nothing is wrong: run again later."""

    exit_code = 75


class StoppedError(BaseException):
    """The run was told to stop by a signal.

    No ``Exception``: it is raised wherever the main thread happens to be, and nothing there that deals with
    errors may take it for one of its own.
    """

    exit_code: ClassVar[int] = TryAgainError.exit_code


class PermissionDeniedError(TapError):
    """Credentials are refused, or lack a permission: ask an administrator."""

    exit_code = 77
