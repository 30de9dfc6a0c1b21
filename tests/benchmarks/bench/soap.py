"""SOAP answers of a tenant with any number of data extensions, made once."""

from __future__ import annotations

import re
from functools import cached_property

from bench.rows import Field, fields

RESULTS_PER_ANSWER = 2500
_ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Header /><soap:Body>'
    '<RetrieveResponseMsg xmlns="http://exacttarget.com/wsdl/partnerAPI"><OverallStatus>{status}</OverallStatus>'
    "<RequestID>{request_id}</RequestID>{results}</RetrieveResponseMsg></soap:Body></soap:Envelope>"
)
_FOLDER = (
    '<Results xsi:type="DataFolder"><PartnerKey xsi:nil="true" /><ID>2</ID><Name>Data Extensions</Name>'
    "<ContentType>dataextension</ContentType><ParentFolder><ID>0</ID></ParentFolder>"
    "<Client><ID>7000001</ID></Client></Results>"
)
_DATA_EXTENSION = (
    '<Results xsi:type="DataExtension"><PartnerKey xsi:nil="true" /><ObjectID xsi:nil="true" />'
    "<CustomerKey>{key}</CustomerKey><Name>{name}</Name><Description>Rows of the benchmark</Description>"
    "<IsSendable>false</IsSendable><DataRetentionPeriodLength>0</DataRetentionPeriodLength>"
    "<RowBasedRetention>false</RowBasedRetention>"
    "<DeleteAtEndOfRetentionPeriod>false</DeleteAtEndOfRetentionPeriod><RetainUntil />"
    "<CategoryID>2</CategoryID></Results>"
)
_FIELD = (
    '<Results xsi:type="DataExtensionField"><PartnerKey xsi:nil="true" /><ObjectID xsi:nil="true" />'
    "<CustomerKey>[{key}].[{name}]</CustomerKey><Name>{name}</Name><Scale>{scale}</Scale><DefaultValue />"
    "{length}<IsRequired>{flag}</IsRequired><Ordinal>{ordinal}</Ordinal><IsPrimaryKey>{flag}</IsPrimaryKey>"
    '<FieldType>{type}</FieldType><DataExtension><PartnerKey xsi:nil="true" /><ObjectID xsi:nil="true" />'
    "<CustomerKey>{key}</CustomerKey></DataExtension></Results>"
)
_OBJECT_TYPE = re.compile(r"<(?:\w+:)?ObjectType>([^<]*)<")
_CONTINUE = re.compile(r"<(?:\w+:)?ContinueRequest>([^<]*)<")
_FILTER = re.compile(
    r"<(?:\w+:)?Property>([^<]*)</.*?</(?:\w+:)?SimpleOperator>(.*?)</(?:\w+:)?Filter>", re.DOTALL
)
_VALUE = re.compile(r"<(?:\w+:)?Value>([^<]*)<")


class Directory:
    """What ``Retrieve`` gives: data extensions ``bench-0``, ``bench-1``, …, all with the same fields."""

    def __init__(self, data_extensions: int, field_count: int) -> None:
        self.keys = [f"bench-{number}" for number in range(data_extensions)]
        self._fields = fields(field_count)

    def answer(self, request: str) -> str:
        """Answer a ``Retrieve`` envelope."""
        object_type = _first(_OBJECT_TYPE, request)
        start = 0
        if going_on := _first(_CONTINUE, request):
            # The request id says where to go on, so that any of several processes can.
            object_type, _, offset = going_on.partition("~")
            start = int(offset)
        results = self._results(object_type, request)
        end = start + RESULTS_PER_ANSWER
        more = end < len(results)
        return _ENVELOPE.format(
            status="MoreDataAvailable" if more else "OK",
            request_id=f"{object_type}~{end}",
            results="".join(results[start:end]),
        )

    def _results(self, object_type: str, request: str) -> list[str]:
        if object_type == "DataFolder":
            return [_FOLDER]
        if object_type not in {"DataExtension", "DataExtensionField"}:
            return []
        by_key = self._data_extensions if object_type == "DataExtension" else self._data_extension_fields
        condition = _FILTER.search(request)
        if condition and condition[1].endswith("CustomerKey"):
            return [result for key in _VALUE.findall(condition[2]) for result in by_key.get(key, [])]
        return [result for results in by_key.values() for result in results]

    @cached_property
    def _data_extensions(self) -> dict[str, list[str]]:
        return {
            key: [_DATA_EXTENSION.format(key=key, name=key.replace("-", " ").title())] for key in self.keys
        }

    @cached_property
    def _data_extension_fields(self) -> dict[str, list[str]]:
        return {
            key: [_field_result(key, field, ordinal) for ordinal, field in enumerate(self._fields)]
            for key in self.keys
        }


def _field_result(key: str, field: Field, ordinal: int) -> str:
    return _FIELD.format(
        key=key,
        name=field.name,
        scale=field.scale or 0,
        length=f"<MaxLength>{field.length}</MaxLength>" if field.length else "",
        flag="true" if field.primary_key else "false",
        ordinal=ordinal,
        type=field.type,
    )


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""
