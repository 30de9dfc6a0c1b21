"""Functions that choose between values."""

from __future__ import annotations

from target_aep.dataprep.functions.arguments import spread
from target_aep.dataprep.functions.registry import Category, function
from target_aep.dataprep.semantics import equal, truthy


@function("decode(KEY, OPTIONS)", Category.LOGICAL)
def decode(key: object, *options: object) -> object:
    """Value that follows KEY in a flat list of keys and values; else the odd last option, else null."""
    table = spread(options)
    for i in range(0, len(table) - 1, 2):
        if equal(key, table[i]):
            return table[i + 1]
    return table[-1] if len(table) % 2 else None


@function("iif(EXPRESSION, TRUE_VALUE, FALSE_VALUE)", Category.LOGICAL)
def iif(test: object, then: object, otherwise: object) -> object:
    """TRUE_VALUE if EXPRESSION is true, else FALSE_VALUE; only the value that is returned is evaluated."""
    return then if truthy(test) else otherwise
