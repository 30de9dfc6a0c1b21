"""The functions of the mapping language, one module a category of Adobe's list."""

from target_aep.dataprep.functions import (
    aggregation,
    analytics,
    arrays,
    conversion,
    dates,
    hashing,
    json_,
    logical,
    maps,
    objects,
    regex,
    special,
    strings,
    url,
    user_agent,
)
from target_aep.dataprep.functions.registry import FUNCTIONS, Category, Function, Scope

__all__ = [
    "FUNCTIONS",
    "Category",
    "Function",
    "Scope",
    "aggregation",
    "analytics",
    "arrays",
    "conversion",
    "dates",
    "hashing",
    "json_",
    "logical",
    "maps",
    "objects",
    "regex",
    "special",
    "strings",
    "url",
    "user_agent",
]
