"""Writes what is generated: the tables of target-aep's README, and plugin.yml's settings.

``python -m tests.target_aep.documents`` from the root of the repository; a test compares.
"""

from __future__ import annotations

import copy
import io
import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from target_aep.provision import guardrails
from target_aep.provision.fields import field_of
from target_aep.target import TargetAEP
from target_aep.xdm import Field, arrow_type
from tests.end_to_end.meltano_settings import declared

PACKAGE = Path(__file__).resolve().parents[2] / "target-aep"
INT = {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1}
TYPES: dict[str, dict[str, Any]] = {
    "`string`": {"type": "string"},
    "`string`, `format: date`": {"type": "string", "format": "date"},
    "`string`, `format: date-time`": {"type": "string", "format": "date-time"},
    "`string` of another format": {"type": "string", "format": "uri"},
    "`integer` with bounds of 32 bits": INT,
    "`integer`": {"type": "integer"},
    "`number`, `multipleOf` or not": {"type": "number", "multipleOf": 0.01},
    "`boolean`": {"type": "boolean"},
    "`object` with properties": {"type": "object", "properties": {"a": {"type": "string"}}},
    "`object` with text under any name": {"type": "object", "additionalProperties": {"type": "string"}},
    "`object` of any shape (its JSON)": {"type": "object"},
    "`array` with items": {"type": "array", "items": {"type": "string"}},
    "`integer` or `number`": {"type": ["integer", "number"]},
    "several other types, or none": {"type": ["string", "boolean"]},
}
"""What a tap may say of a property; `null` beside it makes no difference."""


def settings_table() -> str:
    """The settings."""
    schema = copy.deepcopy(TargetAEP.config_jsonschema)
    TargetAEP.append_builtin_config(schema)
    schema = json.loads(json.dumps(schema))  # the SDK's options are members of enums
    return _settings(schema["properties"], schema.get("required", []))


def stream_settings_table() -> str:
    """The settings of an entry of `streams`."""
    entry = TargetAEP.config_jsonschema["properties"]["streams"]["additionalProperties"]
    return _settings(entry["properties"], [])


def identity_settings_table() -> str:
    """The settings of an identity of an entry of `streams`."""
    entry = TargetAEP.config_jsonschema["properties"]["streams"]["additionalProperties"]
    identity = entry["properties"]["identities"]["items"]
    return _settings(identity["properties"], identity.get("required", []))


def types_table() -> str:
    """JSON Schema, XDM and Parquet types."""
    rows = ["| JSON Schema | XDM | Parquet |", "|---|---|---|"]
    for what, schema in TYPES.items():
        field = field_of(schema)
        rows.append(f"| {what} | {_xdm(field)} | {_parquet(arrow_type(field))} |")
    return "\n".join(rows)


def guardrails_table() -> str:
    """Adobe's limits and what is done about them."""
    rows = ["| Limit | Warns above | Refuses above | Adobe's page | The target |", "|---|---|---|---|---|"]
    rows += [
        f"| {each.what} | {_number(each.warn)} | {_number(each.refuse)} | {each.source} | {each.kept} |"
        for each in guardrails.ALL
    ]
    return "\n".join([f"Read {guardrails.READ}.", "", *rows])


BLOCKS = {
    "settings": settings_table,
    "stream settings": stream_settings_table,
    "identity settings": identity_settings_table,
    "types": types_table,
    "guardrails": guardrails_table,
}


def readme() -> str:
    """The README as it should be."""
    text = (PACKAGE / "README.md").read_text(encoding="utf-8")
    for name, table in BLOCKS.items():
        start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        filled = f"{start}\n{table()}\n{end}"
        text, found = re.subn(f"{start}.*{end}", lambda _, filled=filled: filled, text, flags=re.DOTALL)
        assert found == 1, name
    return text


def plugin() -> dict[str, Any]:
    """plugin.yml as it should be."""
    document: dict[str, Any] = yaml.safe_load((PACKAGE / "plugin.yml").read_text(encoding="utf-8"))
    document["capabilities"] = sorted(str(capability) for capability in TargetAEP.capabilities)
    document["settings"] = declared("target-aep")
    return document


def main() -> None:
    (PACKAGE / "README.md").write_text(readme(), encoding="utf-8")
    text = yaml.safe_dump(plugin(), sort_keys=False, allow_unicode=True, width=110)
    (PACKAGE / "plugin.yml").write_text(text, encoding="utf-8")


def _settings(properties: dict[str, Any], required: list[str]) -> str:
    lines = ["| Setting | Default | Description |", "|---|---|---|"]
    for name, described in properties.items():
        default = described.get("default")
        told = "" if default is None or default in ("", [], {}) else f"`{json.dumps(default)}`"
        lines.append(
            f"| `{name}` | {'**required**' if name in required else told} | {_sentence(described)} |"
        )
    return "\n".join(lines)


def _sentence(described: dict[str, Any]) -> str:
    options = [value for value in described.get("enum", []) if value is not None]
    text = " ".join(described.get("description", "").split()).replace("|", "\\|")
    # Some descriptions name their options themselves.
    if options and not all(str(option) in text for option in options):
        text = f"{text} One of {', '.join(f'`{each}`' for each in options)}."
    return text


def _xdm(field: Field) -> str:
    inner = f" of {_xdm(field.items)}" if field.items is not None else ""
    return field.type.value + inner


def _parquet(kind: pa.DataType) -> str:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"a": pa.nulls(0, kind)}), buffer, store_schema=False)
    column = pq.ParquetFile(buffer).schema.column(0)
    logical = json.loads(column.logical_type.to_json())
    unit = {"milliseconds": " in ms, UTC"}.get(logical.get("timeUnit", ""), "")
    leaf = column.physical_type + ("" if logical["Type"] == "None" else f" ({logical['Type']}{unit})")
    if pa.types.is_struct(kind):
        return "group"
    if pa.types.is_map(kind):
        return "map"
    return f"list of {leaf}" if pa.types.is_list(kind) else leaf


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


if __name__ == "__main__":
    main()
