"""Best-effort alignment of a stream's fields to a schema, each with a score.

A field's name is compared with the names on the way to each destination, after
both are split into words and common synonyms are made equal; how well the
types fit weighs in. Each destination is given away once, best score first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rapidfuzz import fuzz

from target_aep.dataprep import paths, source_fields
from target_aep.xdm.types import Field, XdmType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LEAST_SCORE = 0.75
"""Suggestions below this score are not made."""

ALTERNATIVES = 3
"""Further destinations that a suggestion names, at most."""

MAX_DEPTH = 8
"""How deep in objects fields are looked for."""

_NEARLY = 85
"""From which similarity, of 100, two words count as one: spelling, singular and plural."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_NOISE = frozenset({"sfmc", "the", "of", "xdm", "field", "value"})
_CONTAINERS = frozenset({
    "attribute",
    "attributes",
    "contact",
    "customer",
    "data",
    "detail",
    "details",
    "info",
    "information",
    "member",
    "personal",
    "profile",
    "record",
    "subscriber",
    "user",
})  # fmt: skip
"""Names of objects that say nothing of where their attributes belong."""

_SYNONYMS = {
    "mail": "email",
    "e": "email",
    "emailaddress": "email",
    "firstname": "first name",
    "fname": "first name",
    "given": "first",
    "forename": "first",
    "vorname": "first name",
    "lastname": "last name",
    "lname": "last name",
    "surname": "last name",
    "family": "last",
    "nachname": "last name",
    "dob": "birth timestamp",
    "birthday": "birth timestamp",
    "birthdate": "birth timestamp",
    "tel": "phone",
    "telephone": "phone",
    "cell": "mobile",
    "zip": "postal code",
    "zipcode": "postal code",
    "plz": "postal code",
    "postcode": "postal code",
    "postalcode": "postal code",
    "town": "city",
    "province": "state",
    "region": "state",
    "locale": "language",
    "lang": "language",
    "sex": "gender",
    "link": "url",
    "uri": "url",
    "href": "url",
    "pageurl": "page url",
    "useragent": "user agent",
    "total": "price total",
    "amount": "price total",
    "revenue": "price total",
    "qty": "quantity",
    "orderid": "order id",
    "purchase": "order",
    "time": "timestamp",
    "date": "timestamp",
    "datetime": "timestamp",
    "occurred": "timestamp",
}
_PREFERRED = {
    "email": "personalEmail.address",
    "first name": "person.name.firstName",
    "last name": "person.name.lastName",
    "full name": "person.name.fullName",
    "birth timestamp": "person.birthDate",
    "gender": "person.gender",
    "phone": "mobilePhone.number",
    "mobile": "mobilePhone.number",
    "mobile phone": "mobilePhone.number",
    "home phone": "homePhone.number",
    "city": "homeAddress.city",
    "postal code": "homeAddress.postalCode",
    "street": "homeAddress.street1",
    "street 1": "homeAddress.street1",
    "address 1": "homeAddress.street1",
    "line 1": "homeAddress.street1",
    "address line 1": "homeAddress.street1",
    "state": "homeAddress.state",
    "country": "homeAddress.countryCode",
    "country code": "homeAddress.countryCode",
    "language": "preferredLanguage",
    "loyalty points": "loyalty.points",
    "points": "loyalty.points",
    "event timestamp": "timestamp",
    "activity timestamp": "timestamp",
    "timestamp": "timestamp",
    "event type": "eventType",
    "activity type": "eventType",
    "page url": "web.webPageDetails.URL",
    "page name": "web.webPageDetails.name",
    "referrer url": "web.webReferrer.URL",
    "referrer": "web.webReferrer.URL",
    "url": "web.webInteraction.URL",
    "url name": "web.webInteraction.name",
    "order id": "commerce.order.purchaseID",
    "order price total": "commerce.order.priceTotal",
    "price total": "commerce.order.priceTotal",
    "user agent": "environment.browserDetails.userAgent",
    "campaign name": "marketing.campaignName",
    "campaign id": "marketing.trackingCode",
}
"""Where marketing data usually go, by the words of the source field."""

_FIT = {
    XdmType.STRING: {XdmType.STRING: 1.0},
    XdmType.LONG: {XdmType.LONG: 1.0, XdmType.INT: 1.0, XdmType.DOUBLE: 0.9, XdmType.STRING: 0.85},
    XdmType.DOUBLE: {XdmType.DOUBLE: 1.0, XdmType.STRING: 0.8},
    XdmType.BOOLEAN: {XdmType.BOOLEAN: 1.0, XdmType.STRING: 0.7},
    XdmType.DATE_TIME: {XdmType.DATE_TIME: 1.0, XdmType.DATE: 0.95, XdmType.STRING: 0.6},
    XdmType.DATE: {XdmType.DATE: 1.0, XdmType.DATE_TIME: 0.95, XdmType.STRING: 0.6},
    XdmType.OBJECT: {XdmType.OBJECT: 1.0, XdmType.MAP: 0.6},
    XdmType.ARRAY: {XdmType.ARRAY: 1.0},
}


@dataclass(frozen=True)
class Suggestion:
    """One source field and where it might go.

    Args:
        source: Name of the field, or its path in an object.
        destination: Dotted path in the schema; ``None`` if nothing is near enough.
        score: From 0 to 1.
        alternatives: Further paths, best first.
    """

    source: str
    destination: str | None
    score: float
    alternatives: tuple[str, ...] = ()


def suggest(properties: Mapping[str, Any], root: Field) -> list[Suggestion]:
    """One suggestion a source field, in the order of the stream.

    An object is taken apart where one of its attributes fits somewhere: then each attribute has a
    suggestion of its own.

    Args:
        properties: JSON Schemas of the stream's fields by name.
        root: The output schema.
    """
    destinations = {".".join(names): field for names, field in _destinations(root)}
    sources = {path: (names, schema) for path, names, schema in _sources(properties)}
    scored = sorted(
        (
            (score, -position, source, path)
            for position, (source, (names, schema)) in enumerate(sources.items())
            for path, field in destinations.items()
            if (score := _score(names, schema, path, field)) >= LEAST_SCORE
        ),
        reverse=True,
    )
    given: dict[str, tuple[str, float]] = {}
    taken: set[str] = set()
    for score, _, source, path in scored:
        if source not in given and path not in taken:
            given[source] = (path, score)
            taken.add(path)
    apart = {sources[source][0][0] for source in given}
    answers = []
    whole = dict.fromkeys(
        source if names[0] in apart or len(names) == 1 else names[0] for source, (names, _) in sources.items()
    )
    for source in whole:
        destination, score = given.get(source, (None, 0.0))
        others = [path for _, _, name, path in scored if name == source and path not in taken]
        answers.append(Suggestion(source, destination, round(score, 2), tuple(others[:ALTERNATIVES])))
    return answers


def _sources(
    properties: Mapping[str, Any], outer: tuple[str, ...] = ()
) -> Iterator[tuple[str, tuple[str, ...], Mapping[str, Any]]]:
    """Path, names and JSON Schema of every field, those inside objects instead of the object."""
    for name, schema in properties.items():
        names = (*outer, name)
        inner = schema.get("properties")
        if inner and source_fields.type_of(schema) is XdmType.OBJECT and len(names) <= MAX_DEPTH:
            yield from _sources(inner, names)
        else:
            yield name if not outer else paths.written(names), names, schema


def _destinations(root: Field) -> Iterator[tuple[tuple[str, ...], Field]]:
    """Where a field may go: not to what the platform fills by itself, as ``homeAddress._id``."""
    for names, field in root.leaves():
        if field.type is not XdmType.MAP and not any(name.startswith("_") for name in names[1:]):
            yield names, field


def words(name: str) -> str:
    """The words of a name in lower case, synonyms made equal: ``EmailAddress`` is ``email``."""
    parts = [word.lower() for word in _WORDS.findall(name)] or [name.lower()]
    plain = "".join(parts)
    if plain in _SYNONYMS:
        return _SYNONYMS[plain]
    kept = [_SYNONYMS.get(word, word) for word in parts if word not in _NOISE] or parts
    text = " ".join(dict.fromkeys(" ".join(kept).split()))
    return "email" if text == "email address" else text


def _score(names: Sequence[str], schema: Mapping[str, Any], path: str, field: Field) -> float:
    kind = source_fields.type_of(schema)
    fit = 0.9 if kind is None else _FIT[kind].get(field.type, 0.0)
    if not fit:
        return 0.0
    source, wanted = names[-1], words(names[-1])
    on_the_way = words(" ".join(name for name in path.split(".") if not name.startswith("_")) or path).split()
    around = [word for name in names[:-1] for word in words(name).split() if word not in _CONTAINERS]
    if not all(_is_among(word, on_the_way) for word in around):
        return 0.0
    if _PREFERRED.get(wanted) == path:
        return fit
    last = path.rsplit(".", 1)[-1]
    if _letters(source) == _letters(last):
        return fit * 0.98
    last_words, source_words = words(last).split(), wanted.split()
    found = sum(_is_among(word, on_the_way) for word in source_words) / len(source_words)
    told = sum(_is_among(word, source_words + around) for word in last_words) / len(last_words)
    return fit * 0.95 * found * (0.5 + 0.5 * told)


def _letters(name: str) -> str:
    return re.sub(r"\W|_", "", name).lower()


def _is_among(word: str, others: list[str]) -> bool:
    return word in others or any(fuzz.ratio(word, other) >= _NEARLY for other in others)
