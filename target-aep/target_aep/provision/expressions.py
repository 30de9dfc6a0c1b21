"""Calculated fields that provisioning adds, in the Data Prep language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_aep.dataprep import lexical
from target_aep.provision.stream import BUSINESS_UNIT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from target_aep.provision.stream import StreamSchema
    from target_aep.stream_settings import IdentitySettings


_STEPS: dict[str, Callable[[str], str]] = {"trim": str.strip, "lower": str.lower, "upper": str.upper}


def reference(stream: StreamSchema, source: str) -> str:
    """Write the field at a source path as an expression does."""
    names = (source,) if source in stream.properties else lexical.split_names(source)
    return lexical.join_names(names)


def constant(text: str) -> str:
    """Write a text as an expression does."""
    return lexical.quote(text)


def event_id(stream: StreamSchema, fields: Sequence[str], label: str) -> str:
    """An event's ``_id``: a hash of where it goes, its business unit and its key; null without a key.

    Profile ignores an event whose ``_id`` it knows, so the same row has the same one in every run, and
    rows of different datasets or business units never share one.
    """
    keys = [reference(stream, field) for field in fields]
    # Several values are encoded, so that what separates them cannot occur in them.
    values = keys if len(keys) == 1 else [f"get_url_encoded({key})" for key in keys]
    unit = [reference(stream, BUSINESS_UNIT)] if BUSINESS_UNIT in stream.properties else []
    parts = [lexical.quote(label), *(part for value in [*unit, *values] for part in ('"|"', value))]
    absent = " && ".join(f"{key} == null" for key in keys)
    return f"iif({absent}, nullify(), sha256(concat({', '.join(parts)})))"


def normalised(expression: str, identity: IdentitySettings) -> str:
    """An identity's value in its normal form; null for placeholders and blanks."""
    value = expression
    for step in identity.steps:
        value = f"{step}({value})"
    # What trimming leaves of blanks is nothing, too.
    placeholders = [*identity.placeholders, *([""] if "trim" in identity.steps else [])]
    if not placeholders:
        return value
    shapes = dict.fromkeys(_in_shape(placeholder, identity) for placeholder in placeholders)
    tests = " || ".join(f"{value} == {lexical.quote(shape)}" for shape in shapes)
    return f"iif({tests}, nullify(), {value})"


def _in_shape(text: str, identity: IdentitySettings) -> str:
    """A placeholder in the form in which values are compared with it."""
    for step in identity.steps:
        text = _STEPS[step](text)
    return text


def identity_map(entries: Sequence[tuple[IdentitySettings, str]], *, needs_primary: bool) -> str:
    """An ``identityMap`` of identities whose value is not null.

    Args:
        entries: Identity and the expression of its value.
        needs_primary: Whether a row without its primary identity gets no map at all: Profile would drop it
            without a word, so it had better be rejected here.
    """
    parts: list[str] = []
    for identity, value in entries:
        primary = "true" if identity.primary else "false"
        item = f'[to_object("id", {value}, "primary", {primary})]'
        parts.append(f"{lexical.quote(identity.namespace_code)}, iif(({value}) == null, nullify(), {item})")
    whole = f"to_object({', '.join(parts)})"
    main = next((value for identity, value in entries if identity.primary), None)
    return f"iif(({main}) == null, nullify(), {whole})" if needs_primary and main else whole
