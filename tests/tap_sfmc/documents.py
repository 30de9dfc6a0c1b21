"""Writes what is generated from ``tap-sfmc --about``: the README's settings table, and plugin.yml's settings.

``python -m tests.tap_sfmc.documents`` from the root of the repository; a test compares.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

from tap_sfmc.tap import TapSFMC
from tests.end_to_end.meltano_settings import declared

PACKAGE = Path(__file__).resolve().parents[2] / "tap-sfmc"
START, END = "<!-- settings -->", "<!-- end of settings -->"


def settings_table() -> str:
    """The settings as a Markdown table."""
    schema = TapSFMC.config_jsonschema
    TapSFMC.append_builtin_config(schema)
    lines = ["| Setting | Default | Description |", "|---|---|---|"]
    for name, described in schema["properties"].items():
        required = name in schema.get("required", [])
        default = (
            "**required**"
            if required
            else f"`{json.dumps(described['default'])}`"
            if "default" in described
            else ""
        )
        lines.append(f"| `{name}` | {default} | {_sentence(described)} |")
    return "\n".join(lines)


def readme() -> str:
    """The README as it should be."""
    text = (PACKAGE / "README.md").read_text()
    return re.sub(f"{START}.*{END}", f"{START}\n{settings_table()}\n{END}", text, flags=re.DOTALL)


def plugin() -> dict[str, Any]:
    """plugin.yml as it should be."""
    document = yaml.safe_load((PACKAGE / "plugin.yml").read_text())
    document["capabilities"] = sorted(str(capability) for capability in TapSFMC.capabilities)
    document["settings"] = declared("tap-sfmc")
    return document


def main() -> None:
    (PACKAGE / "README.md").write_text(readme())
    (PACKAGE / "plugin.yml").write_text(
        yaml.safe_dump(plugin(), sort_keys=False, allow_unicode=True, width=110)
    )


def _sentence(described: dict[str, Any]) -> str:
    options = [value for value in described.get("enum", []) if value is not None]
    text = " ".join(described.get("description", "").split()).replace("|", "\\|")
    return f"{text} One of {', '.join(f'`{each}`' for each in options)}." if options else text


if __name__ == "__main__":
    main()
