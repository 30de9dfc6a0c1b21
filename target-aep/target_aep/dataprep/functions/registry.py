"""Where every function of the language is registered, and what is known about each."""

from __future__ import annotations

import enum
import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_F = TypeVar("_F", bound="Callable[..., Any]")


class Category(enum.Enum):
    """The headings of Adobe's function list."""

    STRING = "String"
    REGEX = "Regular expression"
    HASHING = "Hashing"
    URL = "URL"
    DATE = "Date and time"
    OBJECTS = "Hierarchies - Objects"
    ARRAYS = "Hierarchies - Arrays"
    MAPS = "Hierarchies - Map"
    LOGICAL = "Logical operators"
    AGGREGATION = "Aggregation"
    CONVERSION = "Type conversions"
    JSON = "JSON"
    SPECIAL = "Special operations"
    USER_AGENT = "User agent"
    ANALYTICS = "Analytics"


class Scope(enum.Enum):
    """Where Adobe offers a function; here all of them work everywhere."""

    EVERYWHERE = ""
    DESTINATIONS = "destinations only"
    ANALYTICS = "Web SDK and Analytics flows only"
    UNLISTED = "not in Adobe's list, though its documents use it"
    DEPRECATED = "deprecated"
    UNAVAILABLE = "not reproducible outside Adobe"


@dataclass(frozen=True)
class Function:
    """One function of the language.

    Args:
        name: As it is called.
        signature: As the documentation writes it.
        category: Its heading in Adobe's list.
        scope: Where Adobe offers it.
        summary: What it does, in a sentence or two.
        implementation: Takes evaluated arguments; raises TransformError.
        fewest: Arguments that it needs at least.
        most: Arguments that it takes at most, ``None`` if any number.
        reads_record: Whether the record is passed before the arguments.
    """

    name: str
    signature: str
    category: Category
    scope: Scope
    summary: str
    implementation: Callable[..., Any]
    fewest: int
    most: int | None
    reads_record: bool = False


FUNCTIONS: dict[str, Function] = {}
"""Every function by name, aliases included, in the order of Adobe's list."""


def function(
    signature: str,
    category: Category,
    *,
    aliases: tuple[str, ...] = (),
    scope: Scope = Scope.EVERYWHERE,
    reads_record: bool = False,
) -> Callable[[_F], _F]:
    """Register the decorated function; its docstring is its description.

    Args:
        signature: ``name(ARGUMENT, …)`` or ``VALUE.name(ARGUMENT)``.
        category: Its heading in Adobe's list.
        aliases: Further names, listed with the same description.
        scope: Where Adobe offers it.
        reads_record: The function takes the record before its arguments.
    """

    def register(implementation: _F) -> _F:
        name = signature.split("(", maxsplit=1)[0].rsplit(".", maxsplit=1)[-1]
        parameters = list(inspect.signature(implementation).parameters.values())[int(reads_record) :]
        fewest = sum(p.kind is p.POSITIONAL_OR_KEYWORD and p.default is p.empty for p in parameters)
        endless = any(p.kind is p.VAR_POSITIONAL for p in parameters)
        for each in (name, *aliases):
            FUNCTIONS[each] = Function(
                name=each,
                signature=signature.replace(name, each, 1),
                category=category,
                scope=scope,
                summary=" ".join((implementation.__doc__ or "").split()),
                implementation=implementation,
                fewest=fewest,
                most=None if endless else len(parameters),
                reads_record=reads_record,
            )
        return implementation

    return register
