"""Why rows, or whole batches, are not loaded.

`1401` and `1555` are documented row codes; the others are not published and chosen here. A client must not
build on them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterable

RowNumbers: TypeAlias = npt.NDArray[np.int64]

CORRUPT = "1401"
REQUIRED = "1555"
CONVERSION = "1403"
CONSTRAINT = "1404"
UNKNOWN_FIELD = "1405"
NULL = "1406"

TEXTS = {
    CORRUPT: "The row has corrupted data and cannot be read or parsed. Fix the corrupted data and try again.",
    REQUIRED: (
        "A required field is either missing or has a value of null. Add the required field to the input "
        "row and try again."
    ),
    CONVERSION: "A value cannot be converted to the type of its field. Correct the value and try again.",
    CONSTRAINT: "A value does not satisfy the constraints of its field. Correct the value and try again.",
    UNKNOWN_FIELD: "The row has a field that is not in the schema. Remove the field and try again.",
    NULL: "A field has a null value. Leave the field out of the row and try again.",
}


class BatchFailure(Exception):  # noqa: N818 - it is what a batch comes to, not a defect
    """A batch that fails as a whole, whatever its threshold."""

    def __init__(self, code: str, description: str) -> None:
        """Keep what the batch's `errors` will say."""
        super().__init__(description)
        self.code = code
        self.description = description


@dataclass(frozen=True)
class RowError:
    """One problem of one row."""

    row: int
    code: str
    column: str
    message: str


@dataclass
class RowErrors:
    """The problems of a file's rows; rows are counted from 0 within the file."""

    found: list[RowError] = field(default_factory=list)

    def add(self, rows: Iterable[int], code: str, column: str, message: str) -> None:
        """Note one problem for several rows."""
        self.found.extend(RowError(int(row), code, column, message) for row in rows)

    def rows(self) -> RowNumbers:
        """Return the numbers of bad rows, in order."""
        return np.unique(
            np.fromiter((each.row for each in self.found), dtype=np.int64, count=len(self.found))
        )

    def by_row(self) -> dict[int, list[RowError]]:
        """Return the problems of each bad row."""
        result: dict[int, list[RowError]] = {}
        for each in self.found:
            result.setdefault(each.row, []).append(each)
        return result
