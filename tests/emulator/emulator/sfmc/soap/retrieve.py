"""SOAP Retrieve: which objects a request asks for, and its answer in batches.

Every failure but a fault is HTTP 200 with the reason in ``OverallStatus``. No result means no ``Results``
element. The order of a request's elements does not matter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from emulator.sfmc.cursors import new_token
from emulator.sfmc.data_extensions import DataExtension
from emulator.sfmc.predicates import Condition, ConditionError, holds
from emulator.sfmc.soap import row_objects
from emulator.sfmc.soap.continuations import Continuations, Results
from emulator.sfmc.soap.envelope import child, children, message, text
from emulator.sfmc.soap.filters import parse_filter
from emulator.sfmc.soap.objects import OBJECT_TYPES, AccountOf, FieldOf, FolderOf, ObjectType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from lxml import etree

    from emulator.sfmc.platform import Platform
    from emulator.sfmc.tokens import Grant

PERMISSION_FAILED = "Error: API Permission Failed."
_UNKNOWN_REQUEST = "The RequestID sent through ContinueRequest does not exist."
_ROW_TYPE = re.compile(r"DataExtensionObject\[(.*)\]", re.DOTALL)
_SCOPES = {
    "DataExtension": "data_extensions_read",
    "DataExtensionField": "data_extensions_read",
    "DataExtensionObject": "data_extensions_read",
    "DataFolder": "data_extensions_read",
    "BusinessUnit": "accounts_read",
    "Account": "accounts_read",
}


class EmptyAnswerError(Exception):
    """The service breaks down: HTTP 500 with an empty body."""


class RetrieveError(Exception):
    """A failure, in the words of ``OverallStatus``."""


@dataclass(frozen=True)
class RetrieveRequest:
    """A parsed ``RetrieveRequest``."""

    object_type: str
    properties: tuple[str, ...]
    condition: Condition | None
    continue_request: str
    client_ids: tuple[int, ...]
    all_accounts: bool
    batch_size: int | None


class Retrieve:
    """Answers Retrieve messages."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._switches = platform.switches
        self.continuations = Continuations()

    def answer(self, element: etree._Element, grant: Grant) -> bytes:
        """The envelope for a ``RetrieveRequestMsg``.

        Raises:
            EmptyAnswerError: where a switch says that the service breaks down.
        """
        inner = child(element, "RetrieveRequest")
        if inner is None:
            return _failed("Error: The RetrieveRequest is missing.")
        try:
            return self._batch(self._results(self._parse(inner), grant))
        except ConditionError as error:
            return _failed(_in_status(str(error)))
        except RetrieveError as error:
            return _failed(str(error))

    def _parse(self, element: etree._Element) -> RetrieveRequest:
        condition = None
        filter_element = child(element, "Filter")
        continue_request = text(element, "ContinueRequest")
        # What comes along with a ContinueRequest is not looked at.
        if filter_element is not None and not continue_request:
            normalise = self._switches.flag("sfmc.soap_date_normalisation")
            condition = parse_filter(filter_element, normalise_dates=normalise)
        batch_size = text(child(element, "Options"), "BatchSize")
        ids = [text(each, "ID") or text(each, "ClientID") for each in children(element, "ClientIDs")]
        return RetrieveRequest(
            object_type=text(element, "ObjectType"),
            properties=tuple(
                name
                for each in children(element, "Properties")
                if (name := "".join(map(str, each.itertext())).strip())
            ),
            condition=condition,
            continue_request=continue_request,
            client_ids=tuple(int(each) for each in ids if each.isdecimal()),
            all_accounts=text(element, "QueryAllAccounts").lower() in {"true", "1"},
            batch_size=int(batch_size) if batch_size.isdecimal() and int(batch_size) else None,
        )

    def _results(self, request: RetrieveRequest, grant: Grant) -> Results:
        if request.continue_request:
            once = self._switches.flag("sfmc.request_id_once")
            found = self.continuations.find(request.continue_request, once=once)
            if found is None:
                raise RetrieveError(_UNKNOWN_REQUEST)
            return found
        cap = self._switches.integer("sfmc.soap_batch_cap")
        batch_size = min(request.batch_size or cap, cap)
        rows = _ROW_TYPE.fullmatch(request.object_type)
        name = "DataExtensionObject" if rows else request.object_type
        if name not in _SCOPES or (not rows and name == "DataExtensionObject"):
            reason = (
                f"Error: Unable to find a handler for object type: {name}. "
                "Object types are case-sensitive, check spelling."
            )
            raise RetrieveError(reason)
        if not grant.allows(_SCOPES[name]):
            raise RetrieveError(PERMISSION_FAILED)
        if rows:
            return self._rows(request, grant, rows[1], batch_size)
        return self._metadata(request, grant, batch_size)

    def _rows(self, request: RetrieveRequest, grant: Grant, wanted: str, batch_size: int) -> Results:
        for mid in request.client_ids or (grant.mid,):
            if not self._may_act_for(grant, mid):
                raise RetrieveError(PERMISSION_FAILED)
            found = row_objects.find(self._platform, mid, wanted)
            if found is not None:
                return row_objects.retrieve(
                    self._platform, found, request.properties, request.condition, batch_size
                )
        raise RetrieveError(
            f"Error: Data extension '{wanted}' does not exist or you do not have access to it."
        )

    def _metadata(self, request: RetrieveRequest, grant: Grant, batch_size: int) -> Results:
        kind = OBJECT_TYPES[request.object_type]
        self._check_quirks(kind, request)
        _check_properties(kind, request.properties)
        found: Iterable[Any] = self._visible(kind.name, self._accounts(request, grant))
        condition = request.condition
        if condition is not None:
            found = [each for each in found if holds(condition, _reader(kind, each))]
        chosen = list(found)
        paged = kind.name not in {"DataExtension", "DataExtensionField"} or self._switches.flag(
            "sfmc.soap_definition_paging"
        )

        def write(position: int, size: int) -> str:
            batch = chosen[position : position + size]
            return "".join(kind.write(self._shown(each), request.properties) for each in batch)

        return Results(len(chosen), batch_size if paged else max(len(chosen), 1), write)

    def _check_quirks(self, kind: ObjectType[Any], request: RetrieveRequest) -> None:
        if kind.name != "DataExtensionField" or request.condition is None:
            return
        if self._switches.text("sfmc.soap_field_filter") == "error_500":
            raise EmptyAnswerError
        if self._switches.text("sfmc.soap_key_filter") == "truncated":
            raise RetrieveError(
                "Error: String or binary data would be truncated.\nThe statement has been terminated."
            )

    def _accounts(self, request: RetrieveRequest, grant: Grant) -> tuple[int, ...]:
        """The business units whose objects a request sees."""
        profile = self._platform.home.profile
        if request.client_ids:
            if not all(self._may_act_for(grant, mid) for mid in request.client_ids):
                raise RetrieveError(PERMISSION_FAILED)
            return request.client_ids
        if not request.all_accounts:
            return (grant.mid,)
        # Asking for all accounts with a token of one business unit finds nothing.
        is_enterprise = grant.mid == profile.enterprise.mid
        return tuple(unit.mid for unit in profile.business_units) if is_enterprise else ()

    def _may_act_for(self, grant: Grant, mid: int) -> bool:
        return grant.mid in {mid, self._platform.home.profile.enterprise.mid}

    def _visible(self, kind: str, accounts: Sequence[int]) -> Iterable[Any]:
        store, profile = self._platform.store, self._platform.home.profile
        if kind == "DataFolder":
            by_id = {each.id: each for each in store.folders}
            enterprise = profile.enterprise.mid
            return [
                FolderOf(each, by_id.get(each.parent_id), enterprise)
                for each in store.folders
                if each.mid in accounts
            ]
        if kind in {"BusinessUnit", "Account"}:
            units = [each for each in profile.business_units if each.mid in accounts]
            return [AccountOf(each, profile.unit(each.parent)) for each in units]
        owned = [each for each in store.data_extensions if each.mid in accounts]
        if kind == "DataExtension":
            return [each for each in owned if each.listed]
        if not self._switches.flag("sfmc.orphan_fields"):
            owned = [each for each in owned if each.listed]
        fields = [FieldOf(each, field) for each in owned for field in each.fields]
        # The service does not sort them by ordinal, nor by data extension.
        return sorted(fields, key=lambda each: each.field.object_id)

    def _shown(self, each: Any) -> Any:
        in_no_folder = isinstance(each, DataExtension) and each.category_id is None
        zero = in_no_folder and self._switches.text("sfmc.no_category") == "zero"
        return replace(each, category_id=0) if zero else each

    def _batch(self, results: Results) -> bytes:
        content = results.write(results.position, results.batch_size)
        end = results.position + results.batch_size
        if end < results.total:
            life = self._switches.integer("sfmc.request_token_seconds")
            identifier = self.continuations.keep(replace(results, position=end), life)
            return _answer("MoreDataAvailable", identifier, content)
        return _answer("OK", new_token(), content)


def _check_properties(kind: ObjectType[Any], names: Sequence[str]) -> None:
    unknown = kind.unknown(names)
    if unknown or not names:
        reason = (
            f"Error: The Request Property(s) {', '.join(unknown)} do not match with the fields of "
            f"{kind.name} retrieve"
        )
        raise RetrieveError(reason)


def _reader(kind: ObjectType[Any], instance: object) -> Callable[[str], Any]:
    def read(name: str) -> Any:
        _check_properties(kind, [name])
        return kind.properties[name](instance) if name in kind.properties else None

    return read


def _in_status(reason: str) -> str:
    """Reasons that are known word for word come as they are, all others behind ``Error:``."""
    known = ("Unknown filter of type", "Incorrect syntax near", "Invalid argument for the")
    return reason if reason.startswith(known) else f"Error: {reason}"


def _failed(status: str) -> bytes:
    return _answer(status, new_token(), "")


def _answer(status: str, identifier: str, results: str) -> bytes:
    content = f"<OverallStatus>{escape(status)}</OverallStatus><RequestID>{identifier}</RequestID>{results}"
    return message("RetrieveResponseMsg", "RetrieveResponse", content)
