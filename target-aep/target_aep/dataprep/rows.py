"""Applying assignments to one record at a time: objects, arrays by index, merging.

This is the reference that the columnar way must agree with, and the way for
what has no columnar form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_aep.dataprep.conversion import convert
from target_aep.dataprep.errors import TransformError
from target_aep.dataprep.limits import MAX_RANGE, check_nesting
from target_aep.xdm.paths import ANY
from target_aep.xdm.types import Field, XdmType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from target_aep.dataprep.assignments import Assignment, Steps
    from target_aep.dataprep.mapping_set import Mapping as MappingOf


@dataclass(frozen=True)
class Warning:  # noqa: A001  # Adobe's word for it
    """A value that became null.

    Args:
        mapping: The mapping that it comes from.
        destination: Where it would have gone; inside an object or array, deeper than the mapping says.
        value: What could not be used; ``None`` if it was never computed.
        message: Why.
    """

    mapping: MappingOf
    destination: str
    value: object
    message: str


def apply(
    assignments: Iterable[Assignment], record: Mapping[str, object], *, nulls: bool = False
) -> tuple[dict[str, Any], list[Warning]]:
    """The output of one record, and what became null on the way.

    Args:
        assignments: Outer destinations before those inside them (``assignments.arranged``).
        record: The source record, which is not changed.
        nulls: Write null results as ``None`` rather than leaving them out.
    """
    output: dict[str, Any] = {}
    warnings: list[Warning] = []
    for assignment in assignments:
        put_value(output, assignment.steps, assignment, record, warnings, nulls=nulls)
    return output, warnings


def put_value(
    output: dict[str, Any],
    steps: Steps,
    assignment: Assignment,
    record: Mapping[str, object],
    warnings: list[Warning],
    *,
    nulls: bool = False,
) -> None:
    """Evaluate one assignment and put its value at ``steps`` of ``output``."""
    mapping = assignment.mapping
    try:
        value = assignment.evaluate(record)
        spare = assignment.wildcards - sum(step is ANY for step in steps)
        if steps[-1] is ANY:
            value, spare = _flattened(value, spare), 0
        _Writer(assignment, warnings, spare, nulls=nulls).put(output, steps, value, mapping.destination)
    except TransformError as error:
        warnings.append(Warning(mapping, mapping.destination, None, str(error)))


class _Writer:
    """Puts one value where a destination says."""

    def __init__(self, assignment: Assignment, warnings: list[Warning], spare: int, *, nulls: bool) -> None:
        self._assignment = assignment
        self._warnings = warnings
        self._spare = spare
        self._nulls = nulls

    def put(self, container: Any, steps: Steps, value: object, path: str) -> None:
        """Put ``value`` below a dict or list, making what is missing in between."""
        step, rest = steps[0], steps[1:]
        if step is ANY:
            items = value if isinstance(value, list) else [] if value is None else [value]
            for index, item in enumerate(items):
                self.put(container, (index, *rest), item, path.replace("[*]", f"[{index}]", 1))
            return
        if not rest:
            self._put_leaf(container, step, value, path)
            return
        if value is None and not self._nulls and _get(container, step) is None:
            return
        inner = _get(container, step)
        wanted = dict if isinstance(rest[0], str) else list
        if not isinstance(inner, wanted):
            inner = wanted()
        self.put(inner, rest, value, path)
        if inner:
            _set(container, step, inner)
        else:
            _remove(container, step)

    def _put_leaf(self, container: Any, step: Any, value: object, path: str) -> None:
        converted = self._converted(value, path)
        if converted is None and not self._nulls:
            _remove(container, step)
            return
        _set(container, step, converted)

    def _converted(self, value: object, path: str) -> object:
        value = _flattened(value, self._spare - 1)
        field = self._assignment.field
        if field is None:
            check_nesting(value)
            return _copy(value, self._assignment.copied_elsewhere)
        try:
            return convert(self._nested(value, field), field, self._warn, path)
        except TransformError as error:
            self._warn(path, value, str(error))
            return None

    def _nested(self, value: object, field: Field) -> object:
        # Adobe's sample of customerInfo.emails[*].name -> pi[*].names gives {"names": {"name": …}}:
        # a scalar that meets an object goes into its attribute of the same name.
        steps = self._assignment.source_steps
        leaf = steps[-1] if steps else None
        if field.type is XdmType.OBJECT and ANY in steps and leaf in field.fields:
            return value if isinstance(value, (dict, list)) or value is None else {leaf: value}
        return value

    def _warn(self, path: str, value: object, message: str) -> None:
        self._warnings.append(Warning(self._assignment.mapping, path, value, message))


def _get(container: Any, step: Any) -> Any:
    if isinstance(container, dict):
        return container.get(step)
    return container[step] if step < len(container) else None


def _set(container: Any, step: Any, value: object) -> None:
    if isinstance(container, list):
        if step - len(container) >= MAX_RANGE:
            message = f"an array index of {step} beyond {len(container)} elements"
            raise TransformError(message)
        container.extend([None] * (step + 1 - len(container)))
    container[step] = value


def _remove(container: Any, step: Any) -> None:
    if isinstance(container, dict):
        container.pop(step, None)
    elif step < len(container):
        container[step] = None


def _flattened(value: object, times: int) -> object:
    """Without the outermost arrays that a destination with fewer wildcards has no place for."""
    for _ in range(times):
        if isinstance(value, list):
            value = [inner for item in value for inner in (item if isinstance(item, list) else [item])]
    return value


def _copy(value: object, without: tuple[tuple[str, ...], ...] = ()) -> object:
    """A copy whose containers are its own, so that later mappings may change it."""
    if isinstance(value, list):
        return [_copy(item) for item in value]
    if isinstance(value, dict):
        dropped = {names[0] for names in without if len(names) == 1}
        return {
            name: _copy(item, tuple(names[1:] for names in without if names[0] == name and len(names) > 1))
            for name, item in value.items()
            if name not in dropped
        }
    return value
