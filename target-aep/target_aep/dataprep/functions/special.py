"""Identifiers."""

from __future__ import annotations

import uuid as identifiers

from target_aep.dataprep.errors import TransformError
from target_aep.dataprep.functions.arguments import scalar_text
from target_aep.dataprep.functions.registry import Category, Scope, function

_DOCUMENTED_ECIDS = {"4ed70bee-b654-420a-a3fd-b58b6b65e991": "28880788470263023831040523038280731744"}


@function("uuid()", Category.SPECIAL, aliases=("guid",))
def uuid() -> str:
    """Make a random UUID."""
    return str(identifiers.uuid4())


@function("fpid_to_ecid(STRING)", Category.SPECIAL, scope=Scope.UNAVAILABLE)
def fpid_to_ecid(value: object) -> str | None:
    """Derive an Experience Cloud ID from a first-party device ID. Adobe does not publish how: only its
    documented sample is answered, anything else is an error, because an invented identity would merge or
    split people.
    """  # noqa: D205  # the docstring is the table's cell
    if value is None:
        return None
    known = _DOCUMENTED_ECIDS.get(scalar_text(value).lower())
    if known is None:
        message = "fpid_to_ecid cannot be computed outside Adobe: load the FPID, or map the ECID itself"
        raise TransformError(message)
    return known
