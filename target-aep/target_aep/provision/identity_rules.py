"""What Identity Service takes for an identity, by Adobe's guardrails of Identity Service (read 2026-11).

It leaves out other values without a word, and a record whose primary identity is left out becomes no
profile. So a row without a good primary identity is rejected here; others are counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_aep.errors import ConfigurationError
from target_aep.provision import trees
from target_aep.provision.desire import Identity
from target_aep.stream_settings import IDENTITY_MAP
from target_aep.xdm.paths import find

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

    from target_aep.provision.desire import Desire
    from target_aep.provision.survey import PresentSchema
    from target_aep.xdm import Field

ECID = "ECID"
ECID_PATTERN = r"^\d{38}$"
NO_IDENTITIES = ("", "null", "anonymous", "invalid")
"""Values that are blocked in any namespace but ECID; blanks around them make no difference."""
LONGEST = 1024
"""Characters of an identity in any namespace but ECID; a record with a longer one is skipped."""


def identities(wanted: Desire, present: PresentSchema | None) -> tuple[Identity, ...]:
    """Return the identity fields of a schema: those that are configured, and those that it describes itself.

    Args:
        wanted: What the stream's settings say.
        present: The schema, if it is there.
    """
    configured = {identity.pointer for identity in wanted.identities}
    described = [_described(item) for item in present.identities()] if present is not None else []
    own = [
        each
        for each in described
        if each.pointer not in configured and present is not None and find(present.root, each.path)
    ]
    return (*wanted.identities, *own)


def _described(descriptor: Mapping[str, Any]) -> Identity:
    by_code = descriptor.get("xdm:property", "xdm:code") == "xdm:code"
    return Identity(
        path=str(descriptor.get("xdm:sourceProperty") or "").strip("/").replace("/", "."),
        namespace=str(descriptor.get("xdm:namespace") or "") if by_code else "",
        primary=bool(descriptor.get("xdm:isPrimary")),
    )


def require_mapped(
    fields: tuple[Identity, ...], destinations: Collection[str], *, stream: str, dataset: str
) -> None:
    """Check that something is mapped to the primary identity of a dataset that feeds Profile.

    Raises:
        ConfigurationError: Nothing is, so that no row would become a profile.
    """
    primary = next((identity for identity in fields if identity.primary), None)
    if primary is None or any(f"{primary.path}.".startswith(f"{each}.") for each in destinations):
        return
    what = (
        f"dataset {dataset!r} feeds Profile, and nothing is mapped to its primary identity {primary.path}: "
        "no row would become a profile."
    )
    raise ConfigurationError(what, remedy=f"Map a field to {primary.path}.", stream=stream)


def strict(root: Field, fields: tuple[Identity, ...], *, feeds_profile: bool, in_map: bool) -> Field:
    """Return a schema that takes only rows whose identities Identity Service takes.

    Args:
        root: The schema.
        fields: Its identity fields.
        feeds_profile: Whether rows flow to Profile, which needs the primary one.
        in_map: Whether the identities of a row are in its ``identityMap``, the primary one too.
    """
    for identity in fields:
        names = identity.path.split(".")
        if identity.code == ECID:
            root = trees.with_rules(root, names, pattern=ECID_PATTERN)
        elif identity.primary and feeds_profile:
            root = trees.with_rules(root, names, refused=NO_IDENTITIES, max_length=LONGEST)
        if identity.primary and feeds_profile:
            root = trees.with_required(root, names)
    return trees.with_required(root, [IDENTITY_MAP]) if in_map and feeds_profile else root
