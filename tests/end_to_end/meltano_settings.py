"""Keeps ``settings:`` and ``capabilities:`` of meltano.yml in step with what the plugins declare themselves.

``make meltano-settings`` rewrites them; a test compares them. The source is ``PLUGIN --about
--format=json``; only the SDK's own settings that the pair cannot use are left out.
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = {"tap-sfmc": "extractors", "target-aep": "loaders"}
KINDS = {
    "boolean": "boolean",
    "integer": "integer",
    # Not decimal: Meltano 4.4 makes a Decimal of a variable's text, and fails to write it into the
    # plugin's configuration. Both plugins take the text.
    "number": "string",
    "object": "object",
    "array": "array",
}


def declared(plugin: str) -> list[dict[str, Any]]:
    """What ``--about`` says of settings, as Meltano's setting definitions."""
    properties = _about(plugin)["settings"]["properties"]
    return [_definition(name, described) for name, described in properties.items()]


def capabilities(plugin: str) -> list[str]:
    """What ``--about`` says it can."""
    return sorted(_about(plugin)["capabilities"])


@cache
def _about(plugin: str) -> dict[str, Any]:
    executable = Path(sys.executable).with_name(plugin)
    answer = subprocess.run(
        [executable, "--about", "--format=json"], check=True, capture_output=True, text=True
    )
    return dict(json.loads(answer.stdout))


def _definition(name: str, described: dict[str, Any]) -> dict[str, Any]:
    types = described.get("type", ["string"])
    kind = next(
        (KINDS[each] for each in ([types] if isinstance(types, str) else types) if each in KINDS), "string"
    )
    definition: dict[str, Any] = {"name": name, "kind": kind}
    if described.get("format") == "date-time":
        definition["kind"] = "date_iso8601"
    if kind == "string" and described.get("enum"):
        definition["kind"] = "options"
        definition["options"] = [
            {"label": value, "value": value} for value in described["enum"] if value is not None
        ]
    if described.get("title"):
        definition["label"] = described["title"]
    if described.get("description"):
        definition["description"] = " ".join(described["description"].split())
    if described.get("secret") or described.get("writeOnly"):
        definition["sensitive"] = True
    return definition


def in_project(document: dict[str, Any], plugin: str) -> dict[str, Any]:
    """A plugin's entry in meltano.yml."""
    return next(entry for entry in document["plugins"][PLUGINS[plugin]] if entry["name"] == plugin)


def project_file() -> YAML:
    """Reads and writes meltano.yml with its comments and layout."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    return yaml


def main() -> None:
    yaml, path = project_file(), ROOT / "meltano.yml"
    document = yaml.load(path)
    for plugin in PLUGINS:
        entry = in_project(document, plugin)
        entry["capabilities"] = capabilities(plugin)
        entry["settings"] = declared(plugin)
    yaml.dump(document, path)


if __name__ == "__main__":
    main()
