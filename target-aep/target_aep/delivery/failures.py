"""Whatever goes wrong, as an error that a user can act on."""

from __future__ import annotations

import errno

from singer_sdk.exceptions import InvalidRecord, MapExpressionError, RecordsWithoutSchemaException
from singer_sdk.singerlib.exceptions import InvalidInputLine

from target_aep.errors import ConfigurationError, DataError, StoppedError, TargetError, TryAgainError

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
NO_ACCESS = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR})
OF_THE_TAP = (InvalidInputLine, InvalidRecord, MapExpressionError, RecordsWithoutSchemaException)


def explained(error: BaseException) -> TargetError:
    """Return an error with a sentence and a remedy; those that have them already as they are."""
    if isinstance(error, TargetError):
        return error
    if isinstance(error, StoppedError):
        return TryAgainError(
            str(error), remedy="What had landed is in the state; the next run goes on from there."
        )
    if isinstance(error, OSError) and (known := _of_the_system(error)) is not None:
        return known
    if isinstance(error, OF_THE_TAP):
        return DataError(str(error), remedy="Look at what the tap writes to its standard output.")
    what = f"{type(error).__name__}: {error}"
    return DataError(what, remedy="If it stays, please report it; LOGLEVEL=DEBUG shows where.")


def _of_the_system(error: OSError) -> TargetError | None:
    if isinstance(error, BrokenPipeError):
        what = "the reader of standard output has gone, so no state can be handed over."
        return TryAgainError(
            what, remedy="Run again: the next run goes on from the last state that was read."
        )
    if error.errno in NO_ROOM:
        what = f"{_place(error)}: {error.strerror}."
        return TryAgainError(what, remedy="Free space, or move run_path; nothing is lost, run again then.")
    if error.errno in NO_ACCESS:
        return ConfigurationError(
            f"{_place(error)}: {error.strerror}.", remedy="Check run_path and its rights."
        )
    return None


def _place(error: OSError) -> str:
    return str(error.filename) if error.filename else "a file below run_path cannot be written"
