"""SOAP Create, Update, Delete and Perform, as far as data extensions and their rows go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from emulator.sfmc import definitions, values
from emulator.sfmc.cursors import new_token
from emulator.sfmc.data_extensions import DataExtension, DefinitionError
from emulator.sfmc.soap.envelope import child, children, message, text, type_of
from emulator.sfmc.soap.retrieve import PERMISSION_FAILED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml import etree

    from emulator.sfmc.platform import Platform
    from emulator.sfmc.tokens import Grant


@dataclass(frozen=True)
class _Outcome:
    message: str
    failed: bool = False
    object_id: str = ""


class _ChangeError(Exception):
    """One object could not be changed; the others of the call are."""


def save(action: str, element: etree._Element, platform: Platform, grant: Grant) -> bytes:
    """The envelope for a Create, Update or Delete request with ``Objects``."""
    upsert = action == "Update" and any(
        "".join(map(str, each.itertext())) == "UpdateAdd"
        for each in element.iter()
        if str(each.tag).endswith("SaveAction")
    )
    outcomes = [
        _attempt(action, each, platform, grant, upsert=upsert) for each in children(element, "Objects")
    ]
    results = "".join(_result(action, outcome, number) for number, outcome in enumerate(outcomes))
    failed = sum(outcome.failed for outcome in outcomes)
    status = "OK" if not failed else "Error" if failed == len(outcomes) else "Has Errors"
    content = f"{results}<RequestID>{new_token()}</RequestID><OverallStatus>{status}</OverallStatus>"
    return message(f"{action}Response", f"{action}Response", content)


def perform(element: etree._Element, platform: Platform, grant: Grant) -> bytes:
    """The envelope for a ``PerformRequestMsg``; the one action known is ClearData."""
    action = text(element, "Action")
    container = child(element, "Definitions")
    targets = children(container, "Definition") if container is not None else []
    outcomes = []
    for target in targets:
        found = _data_extension(platform, grant, text(target, "CustomerKey"))
        if not grant.allows("data_extensions_write"):
            outcomes.append(_Outcome(PERMISSION_FAILED, failed=True))
        elif action != "ClearData" or type_of(target) != "DataExtension":
            outcomes.append(_Outcome(f"The action {action} is not supported.", failed=True))
        elif found is None:
            outcomes.append(_Outcome("Data extension not found.", failed=True))
        else:
            platform.store.clear(found)
            outcomes.append(_Outcome("Successfully cleared the data extension."))
    results = "".join(
        f"<Result>{_status(outcome, number)}<Task>{_code(outcome)}</Task></Result>"
        for number, outcome in enumerate(outcomes)
    )
    failed = not outcomes or any(outcome.failed for outcome in outcomes)
    content = (
        f"<Results>{results}</Results><OverallStatus>{'Error' if failed else 'OK'}</OverallStatus>"
        f"<OverallStatusMessage></OverallStatusMessage><RequestID>{new_token()}</RequestID>"
    )
    return message("PerformResponseMsg", "PerformResponse", content)


def system_status() -> bytes:
    """The envelope for a ``SystemStatusRequestMsg``."""
    content = (
        "<Results><Result><StatusCode>OK</StatusCode><StatusMessage>System Status Retrieved</StatusMessage>"
        "<SystemStatus>OK</SystemStatus></Result></Results><OverallStatus>OK</OverallStatus>"
        f"<OverallStatusMessage></OverallStatusMessage><RequestID>{new_token()}</RequestID>"
    )
    return message("SystemStatusResponseMsg", "GetSystemStatusResponse", content)


def _attempt(
    action: str, instance: etree._Element, platform: Platform, grant: Grant, *, upsert: bool
) -> _Outcome:
    if not grant.allows("data_extensions_write"):
        return _Outcome(PERMISSION_FAILED, failed=True)
    try:
        return _change(action, instance, platform, grant, upsert=upsert)
    except (_ChangeError, DefinitionError) as error:
        return _Outcome(str(error), failed=True)


def _change(
    action: str, instance: etree._Element, platform: Platform, grant: Grant, *, upsert: bool
) -> _Outcome:
    kind = type_of(instance)
    if kind == "DataExtension":
        return _change_data_extension(action, instance, platform, grant)
    if kind == "DataExtensionObject":
        return _change_row(action, instance, platform, grant, upsert=upsert)
    message = f"Unable to find a handler for object type: {kind}."
    raise _ChangeError(message)


def _change_data_extension(
    action: str, instance: etree._Element, platform: Platform, grant: Grant
) -> _Outcome:
    key = text(instance, "CustomerKey")
    found = _data_extension(platform, grant, key)
    if action == "Create":
        if found is not None:
            raise _ChangeError(
                "Updating an existing Data Extension definition when doing an add-only operation"
            )
        made = definitions.define(platform, _description(instance, grant))
        return _Outcome("Data Extension created.", object_id=made.object_id)
    if found is None:
        raise _ChangeError("Data extension not found.")
    if action == "Delete":
        platform.store.drop(found)
        return _Outcome("Data Extension deleted.")
    if text(instance, "Name"):
        found = definitions.rename(platform, found, text(instance, "Name"))
    fields = [each for each in _fields(instance) if found.field(each["name"]) is None]
    if fields:
        definitions.add_fields(platform, found, fields)
    return _Outcome("Data Extension updated.", object_id=found.object_id)


def _change_row(
    action: str, instance: etree._Element, platform: Platform, grant: Grant, *, upsert: bool
) -> _Outcome:
    key = text(instance, "CustomerKey") or text(instance, "Name")
    found = _data_extension(platform, grant, key)
    if found is None or not found.family.is_writable:
        raise _ChangeError("Data extension not found or not writable.")
    row, problems = values.parse_row(found, _cells(instance, "Properties") | _cells(instance, "Keys"))
    if problems:
        raise _ChangeError("; ".join(problems))
    names = [each.name for each in found.primary_key]
    exists = (
        bool(names) and all(row.get(name) is not None for name in names) and platform.store.has(found, row)
    )
    if action == "Delete":
        if not exists:
            raise _ChangeError("Row not found.")
        platform.store.delete(found, [row])
        return _Outcome("Deleted DataExtensionObject")
    if action == "Create" and exists:
        raise _ChangeError("Violation of PRIMARY KEY constraint. Cannot insert duplicate key.")
    if action == "Update" and not exists and not upsert:
        raise _ChangeError("Row not found.")
    if not exists and (missing := values.missing_columns(found, row)):
        raise _ChangeError("; ".join(missing))
    if exists:
        platform.store.upsert(found, [row])
    else:
        platform.store.insert(found, [row])
    return _Outcome(f"{'Updated' if exists else 'Created'} DataExtensionObject")


def _description(instance: etree._Element, grant: Grant) -> dict[str, Any]:
    sendable = child(instance, "SendableDataExtensionField")
    return {
        "name": text(instance, "Name"),
        "key": text(instance, "CustomerKey") or new_token(),
        "description": text(instance, "Description"),
        "account_id": grant.mid,
        "is_sendable": text(instance, "IsSendable") == "true",
        "is_testable": text(instance, "IsTestable") == "true",
        "sendable_field": text(sendable, "Name") or None,
        "fields": _fields(instance),
    }


def _fields(instance: etree._Element) -> list[Mapping[str, Any]]:
    container = child(instance, "Fields")
    return [
        {
            "name": text(each, "Name"),
            "type": text(each, "FieldType") or "Text",
            "length": text(each, "MaxLength") or None,
            "scale": text(each, "Scale") or None,
            "is_primary_key": text(each, "IsPrimaryKey") == "true",
            "is_required": text(each, "IsRequired") == "true",
            "default": text(each, "DefaultValue"),
        }
        for each in (children(container, "Field") if container is not None else ())
    ]


def _cells(instance: etree._Element, name: str) -> dict[str, Any]:
    container = child(instance, name)
    if container is None:
        return {}
    return {text(each, "Name"): _raw_text(child(each, "Value")) for each in container}


def _raw_text(element: etree._Element | None) -> str | None:
    return None if element is None else "".join(map(str, element.itertext()))


def _data_extension(platform: Platform, grant: Grant, key: str) -> DataExtension | None:
    return next((each for each in platform.owned(grant.mid) if each.key.lower() == key.lower()), None)


def _result(action: str, outcome: _Outcome, number: int) -> str:
    identity = ""
    if action == "Create":
        identity = "<NewID>0</NewID>"
        if outcome.object_id:
            identity += f"<NewObjectID>{outcome.object_id}</NewObjectID>"
    return f"<Results>{_status(outcome, number)}{identity}</Results>"


def _status(outcome: _Outcome, number: int) -> str:
    code = "<ErrorCode>310007</ErrorCode>" if outcome.failed else ""
    return f"{_code(outcome)}<OrdinalID>{number}</OrdinalID>{code}"


def _code(outcome: _Outcome) -> str:
    return (
        f"<StatusCode>{'Error' if outcome.failed else 'OK'}</StatusCode>"
        f"<StatusMessage>{escape(outcome.message)}</StatusMessage>"
    )
