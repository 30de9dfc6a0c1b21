"""The changes that provisioning can make, as data: for printing, for a plan file, for applying."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

CLASS, GROUP = "{class}", "{group}"
"""Stand for the id of the class or field group that an earlier action of the plan makes."""


@dataclass(frozen=True)
class Action:
    """One change; ``sentence`` says what it does, ``details`` to what, a line each."""

    sentence: str
    details: tuple[str, ...] = field(default=(), kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        """The change as JSON."""
        return {"action": type(self).__name__, **vars(self)}


@dataclass(frozen=True)
class CreateNamespace(Action):
    """Create an identity namespace."""

    code: str
    name: str
    id_type: str


@dataclass(frozen=True)
class CreateResource(Action):
    """Create a class, field group or schema (``kind`` is the registry's plural)."""

    kind: str
    title: str
    body: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class ExtendResource(Action):
    """Add fields to a class, field group or schema."""

    kind: str
    resource_id: str
    operations: tuple[Mapping[str, Any], ...] = field(repr=False)


@dataclass(frozen=True)
class AttachGroup(Action):
    """Add a field group to a schema that exists."""

    group: str


@dataclass(frozen=True)
class CreateDescriptor(Action):
    """Describe a field of the schema as identity, primary key or version."""

    body: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class EnableUnion(Action):
    """Enable the schema for Profile, for ever."""


@dataclass(frozen=True)
class CreateDataset(Action):
    """Create a dataset of the schema."""

    name: str
    description: str
    tags: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class TagDataset(Action):
    """Set tags of a dataset that exists, one step after the other."""

    steps: tuple[Mapping[str, tuple[str, ...]], ...]
