"""Smallest and largest of several values."""

from __future__ import annotations

import functools

from target_aep.dataprep.functions.arguments import spread
from target_aep.dataprep.functions.registry import Category, function
from target_aep.dataprep.semantics import compare

_ORDER = functools.cmp_to_key(compare)


@function("min(OPTIONS)", Category.AGGREGATION)
def smallest(*values: object) -> object:
    """Smallest argument, or member of an array, in natural order; nulls do not count."""
    return min((value for value in spread(values) if value is not None), key=_ORDER, default=None)


@function("max(OPTIONS)", Category.AGGREGATION)
def largest(*values: object) -> object:
    """Largest argument, or member of an array, in natural order; nulls do not count."""
    return max((value for value in spread(values) if value is not None), key=_ORDER, default=None)
