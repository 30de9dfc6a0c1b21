"""The tree of a mapping set's destinations: what is mapped where, and what of it is a column."""

from __future__ import annotations

import dataclasses
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from target_aep.dataprep.vectors import compile_vector
from target_aep.xdm.paths import ANY, Wildcard
from target_aep.xdm.types import Field, XdmType

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from target_aep.dataprep.assignments import Assignment
    from target_aep.dataprep.vectors import Vector

MAX_ELEMENTS = 64
"""Elements of an array that are a column each."""


@dataclass
class Branch:
    """A destination with the assignments that end in it and what is mapped below it.

    Args:
        field: Its type.
        path: As messages name it.
        depth: Steps from the root.
        assignments: What is assigned to it as a whole, or goes on below it by ``[*]``; each with its
            place in the order of evaluation.
        children: By name of an attribute, key of a map or position in an array.
        vectors: The expressions among the assignments, for columns, by the assignments' places.
    """

    field: Field
    path: str
    depth: int
    assignments: list[tuple[int, Assignment]] = dataclasses.field(default_factory=list)
    children: dict[str | int, Branch] = dataclasses.field(default_factory=dict)
    vectors: dict[int, Vector] = dataclasses.field(default_factory=dict)

    @property
    def is_column(self) -> bool:
        """One assignment, to this field as a whole."""
        return not self.children and self.assignment is not None

    @property
    def is_container(self) -> bool:
        """Only parts of it are assigned to."""
        return not self.assignments

    @property
    def is_overlaid(self) -> bool:
        """An object is copied into it, and attributes of the object are assigned to."""
        objects = (branch.field.type is XdmType.OBJECT for branch in self.walk() if branch.children)
        return self.assignment is not None and all(objects)

    @property
    def is_zipped(self) -> bool:
        """An array whose elements' attributes are a list each: ``items[*].sku`` and ``items[*].price``."""
        ends = [assignment.steps[self.depth :] for _, assignment in self.assignments]
        return (
            self.field.type is XdmType.ARRAY
            and not self.children
            and len(set(ends)) == len(ends) > 0
            and all(end[:1] == (ANY,) and all(isinstance(step, str) for step in end[1:]) for end in ends)
            and all(
                each.wildcards <= 1 and each.field and each.field.type.is_scalar
                for _, each in self.assignments
            )
        )

    @property
    def assignment(self) -> Assignment | None:
        """The only assignment to this field as a whole, if there is one."""
        if len(self.assignments) != 1:
            return None
        [(_, assignment)] = self.assignments
        whole = len(assignment.steps) == self.depth and assignment.wildcards == 0
        return assignment if whole else None

    def walk(self) -> Iterator[Branch]:
        """It and what is below it."""
        yield self
        for child in self.children.values():
            yield from child.walk()

    def below(self) -> list[Assignment]:
        """The assignments to it and to what is below it, in their order."""
        numbered = [each for branch in self.walk() for each in branch.assignments]
        return [assignment for _, assignment in sorted(numbered, key=operator.itemgetter(0))]


def tree(assignments: list[Assignment], target: Field) -> Branch:
    """The branches of assignments to a root object."""
    root = Branch(target, "", 0)
    for number, assignment in enumerate(assignments):
        branch = root
        for step in assignment.steps:
            field = _part(branch.field, step)
            if field is None or isinstance(step, Wildcard):
                break
            if step not in branch.children:
                path = f"{branch.path}[{step}]" if isinstance(step, int) else f"{branch.path}.{step}"
                branch.children[step] = Branch(field, path.removeprefix("."), branch.depth + 1)
            branch = branch.children[step]
        branch.assignments.append((number, assignment))
    return root


def _part(field: Field, step: str | int | Wildcard) -> Field | None:
    if isinstance(step, str):
        return field.items if field.type is XdmType.MAP else field.fields.get(step)
    if isinstance(step, int) and step < MAX_ELEMENTS:
        return field.items
    return None


def vectorise(branch: Branch, source: pa.Schema) -> None:
    """Compile the expressions that fill a column by themselves once more, for columns."""
    for each in branch.walk():
        if not (each.assignment or each.is_zipped):
            continue
        for number, assignment in each.assignments:
            vector = compile_vector(assignment.tree, source) if assignment.tree is not None else None
            if vector is not None:
                each.vectors[number] = vector
