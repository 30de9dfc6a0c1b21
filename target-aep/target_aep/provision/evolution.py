"""Which changes a schema that holds data can take: more fields, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_aep.errors import DataError
from target_aep.provision import trees
from target_aep.xdm.types import Field, XdmType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NUMBERS = (XdmType.BYTE, XdmType.SHORT, XdmType.INT, XdmType.LONG, XdmType.DOUBLE)


def fits(wanted: Field, present: Field) -> bool:
    """Whether values of one field can be kept in another without loss."""
    if wanted.type is present.type:
        if wanted.items is not None and present.items is not None:
            return fits(wanted.items, present.items)
        return True
    if wanted.type in _NUMBERS and present.type in _NUMBERS:
        return _NUMBERS.index(wanted.type) <= _NUMBERS.index(present.type)
    if present.type is XdmType.STRING:
        return wanted.type.is_scalar
    return wanted.type is XdmType.DATE and present.type is XdmType.DATE_TIME


def converts(wanted: Field, present: Field) -> bool:
    """Whether values of one field can at least be tried to be converted to another."""
    if wanted.type.is_scalar:
        return present.type.is_scalar or present.type is XdmType.ARRAY
    return wanted.type is present.type


def require_additive(
    wanted: Field,
    present: Field,
    *,
    converted: Callable[[str], bool],
    stream: str,
    schema_title: str,
    sources: Mapping[str, str],
) -> None:
    """Check that each field that is wanted and present keeps its type.

    Args:
        wanted: What the stream needs.
        present: The schema as it is.
        converted: Whether values for a path are converted anyway, so that its type need not fit.
        stream: Name of the stream.
        schema_title: Title of the schema.
        sources: Source field by XDM path, for the message.

    Raises:
        DataError: A field would have to change its type.
    """
    breaking = [
        (path, desired, existing)
        for path, desired, existing in trees.both(wanted, present)
        if not (converts if converted(path) else fits)(desired, existing)
    ]
    if not breaking:
        return
    changes = "; ".join(
        f"{path} is {existing.type.value}, {sources.get(path, 'its source')} is now {desired.type.value}"
        for path, desired, existing in breaking
    )
    path, _, existing = breaking[0]
    source = sources.get(path, path)
    what = f"breaking change in schema {schema_title!r}: {changes}. XDM types are for ever."
    remedy = (
        f"Ways out: keep the type by setting types.{source} to {existing.type.value} (what does not convert "
        f"becomes null and is counted); map {source} to a new field; or load into a new dataset."
    )
    raise DataError(what, remedy=remedy, stream=stream)
