"""Functions on Adobe Analytics event and product strings.

``events`` is ``name[=value][:id],…``; a product is
``category;name;quantity;price;event|event;evar=value|…`` and products are
separated by commas. Slots at the end may be missing; an empty one is null.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from target_aep.dataprep.functions.arguments import scalar_text
from target_aep.dataprep.functions.registry import Category, Scope, function

if TYPE_CHECKING:
    from collections.abc import Iterator

_CATEGORY, _NAME, _QUANTITY, _PRICE, _EVENTS, _EVARS = range(6)


class _Event(NamedTuple):
    value: str
    identifier: str | None


def _events(text: str, separator: str) -> dict[str, _Event]:
    found: dict[str, _Event] = {}
    for part in text.split(separator):
        match = re.fullmatch(r"\s*([^=:]+?)\s*(?:=([^:]*))?(?::(.*))?", part)
        if match:
            found.setdefault(match[1], _Event(match[2] or "1", match[3] or None))
    return found


def _products(value: object) -> Iterator[list[str]]:
    for product in scalar_text(value).split(","):
        yield product.split(";")


def _slot(product: list[str], index: int) -> str | None:
    return (product[index] or None) if index < len(product) else None


def _slots(value: object, index: int) -> list[str | None] | None:
    return None if value is None else [_slot(product, index) for product in _products(value)]


def _event(events: object, name: object) -> _Event | None:
    if events is None or name is None:
        return None
    return _events(scalar_text(events), ",").get(scalar_text(name))


def _product_events(products: object, name: object) -> list[_Event | None] | None:
    if products is None or name is None:
        return None
    wanted = scalar_text(name)
    return [_events(_slot(product, _EVENTS) or "", "|").get(wanted) for product in _products(products)]


@function("aa_get_event_id(EVENT_STRING, EVENT_NAME)", Category.ANALYTICS, scope=Scope.ANALYTICS)
def aa_get_event_id(events: object, name: object) -> str | None:
    """Identifier of an event; null if it has none."""
    event = _event(events, name)
    return event.identifier if event else None


@function("aa_get_event_value(EVENT_STRING, EVENT_NAME)", Category.ANALYTICS, scope=Scope.ANALYTICS)
def aa_get_event_value(events: object, name: object) -> str | None:
    """Value of an event, 1 if it has none; null without the event."""
    event = _event(events, name)
    return event.value if event else None


@function("aa_get_product_categories(PRODUCTS_STRING)", Category.ANALYTICS, scope=Scope.ANALYTICS)
def aa_get_product_categories(products: object) -> list[str | None] | None:
    """Category of every product."""
    return _slots(products, _CATEGORY)


@function("aa_get_product_names(PRODUCTS_STRING)", Category.ANALYTICS, scope=Scope.ANALYTICS)
def aa_get_product_names(products: object) -> list[str | None] | None:
    """Name of every product."""
    return _slots(products, _NAME)


@function("aa_get_product_quantities(PRODUCTS_STRING)", Category.ANALYTICS, scope=Scope.ANALYTICS)
def aa_get_product_quantities(products: object) -> list[str | None] | None:
    """Quantity of every product, as text."""
    return _slots(products, _QUANTITY)


@function("aa_get_product_prices(PRODUCTS_STRING)", Category.ANALYTICS, scope=Scope.ANALYTICS)
def aa_get_product_prices(products: object) -> list[str | None] | None:
    """Price of every product, as text."""
    return _slots(products, _PRICE)


@function(
    "aa_get_product_event_values(PRODUCTS_STRING, EVENT_NAME)", Category.ANALYTICS, scope=Scope.ANALYTICS
)
def aa_get_product_event_values(products: object, name: object) -> list[str | None] | None:
    """Value of an event in every product, as text; null where a product lacks it."""
    found = _product_events(products, name)
    return None if found is None else [event.value if event else None for event in found]


@function("aa_get_product_evars(PRODUCTS_STRING, EVAR_NAME)", Category.ANALYTICS, scope=Scope.ANALYTICS)
def aa_get_product_evars(products: object, name: object) -> list[str | None] | None:
    """Value of a merchandising eVar in every product; null where a product lacks it."""
    if products is None or name is None:
        return None
    wanted, result = scalar_text(name), []
    for product in _products(products):
        pairs = (evar.partition("=") for evar in (_slot(product, _EVARS) or "").split("|"))
        result.append(next((value or None for key, _, value in pairs if key.strip() == wanted), None))
    return result


@function("aa_get_product_events(PRODUCTS_STRING, EVENT_NAME)", Category.ANALYTICS, scope=Scope.UNLISTED)
def aa_get_product_events(products: object, name: object) -> list[dict[str, str | None]] | None:
    """Event in every product as an object of its ``id`` and ``value``; products without it are left out."""
    found = _product_events(products, name)
    return None if found is None else [{"id": e.identifier, "value": e.value} for e in found if e]


@function("aa_get_product_event_ids(PRODUCTS_STRING, EVENT_NAME)", Category.ANALYTICS, scope=Scope.UNLISTED)
def aa_get_product_event_ids(products: object, name: object) -> list[str | None] | None:
    """Identifier of an event in every product; null where a product lacks it."""
    found = _product_events(products, name)
    return None if found is None else [event.identifier if event else None for event in found]
