"""The switches in force in one emulator.

A switch of :mod:`emulator.switch_table` is set with ``emulator start --switch name=value``, while running
with ``PUT /_emulator/switches``, and read with the accessor of its type.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from emulator.switch_table import SWITCHES, Switch, SwitchError, SwitchValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Switches:
    """The values in force in one emulator; safe to read from any thread.

    Raises:
        SwitchError: for a name that is not in the table, or a value of the wrong kind.
    """

    def __init__(self, values: Mapping[str, object] | None = None) -> None:
        self._lock = threading.Lock()
        self._values: dict[str, SwitchValue] = {}
        self.update(values or {})

    def update(self, values: Mapping[str, object]) -> None:
        """Set some switches; all or none of them."""
        parsed = {name: _known(name).parse(value) for name, value in values.items()}
        with self._lock:
            self._values = {**self._values, **parsed}

    def replace(self, values: Mapping[str, object]) -> None:
        """Set these switches and put all others back to their defaults."""
        parsed = {name: _known(name).parse(value) for name, value in values.items()}
        with self._lock:
            self._values = parsed

    def get(self, name: str) -> SwitchValue:
        return self._values.get(name, _known(name).default)

    def flag(self, name: str) -> bool:
        return bool(self.get(name))

    def integer(self, name: str) -> int:
        return int(self.get(name))

    def number(self, name: str) -> float:
        return float(self.get(name))

    def text(self, name: str) -> str:
        return str(self.get(name))

    def as_dict(self) -> dict[str, SwitchValue]:
        """All switches with the value in force."""
        return {name: self.get(name) for name in SWITCHES}

    def changed(self) -> dict[str, SwitchValue]:
        """Only those that were set."""
        return dict(self._values)


def _known(name: str) -> Switch:
    try:
        return SWITCHES[name]
    except KeyError:
        message = f"there is no switch {name!r}; known: {', '.join(sorted(SWITCHES))}"
        raise SwitchError(message) from None


def parse_assignments(assignments: Iterable[str]) -> dict[str, SwitchValue]:
    """Read ``name=value`` words of a command line."""
    values: dict[str, SwitchValue] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            message = f"switch {assignment!r} is not of the form name=value"
            raise SwitchError(message)
        values[name] = _known(name).parse(text)
    return values
