"""The XDM type system: fields, resolved schemas, their Arrow form, and validation of tables.

Knows nothing of HTTP, Singer or mappings.
"""

from __future__ import annotations

from target_aep.xdm.arrow import arrow_schema, arrow_type
from target_aep.xdm.schema import parse, to_json_schema
from target_aep.xdm.types import Field, XdmType
from target_aep.xdm.validation import Rejection, Validation, validate

__all__ = [
    "Field",
    "Rejection",
    "Validation",
    "XdmType",
    "arrow_schema",
    "arrow_type",
    "parse",
    "to_json_schema",
    "validate",
]
