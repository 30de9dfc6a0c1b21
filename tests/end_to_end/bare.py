"""Settings of the ``local`` environment as files, for the commands without Meltano."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.end_to_end.pipeline import Pipeline


def write_settings(
    pipeline: Pipeline,
    folder: Path,
    *,
    tap: Mapping[str, Any] | None = None,
    target: Mapping[str, Any] | None = None,
) -> None:
    """Write ``tap.json`` and ``target.json``, with some settings changed."""
    paths = {
        "run_path": str(pipeline.folder / "runs"),
        "mapping_path": str(pipeline.project / "target-aep/mappings"),
    }
    for name, settings in (
        ("tap", settings_of(pipeline, "extractors", "tap-sfmc") | dict(tap or {})),
        ("target", settings_of(pipeline, "loaders", "target-aep") | paths | dict(target or {})),
    ):
        (folder / f"{name}.json").write_text(json.dumps(settings))


def settings_of(pipeline: Pipeline, kind: str, plugin: str) -> dict[str, Any]:
    """What meltano.yml sets for a plugin, with the emulator's variables filled in."""
    document = yaml.safe_load((pipeline.project / "meltano.yml").read_text())
    local = next(each["config"] for each in document["environments"] if each["name"] == "local")
    shared, own = (
        next(each["config"] for each in plugins["plugins"][kind] if each["name"] == plugin)
        for plugins in (document, local)
    )
    variables = pipeline.emulator.environment
    return shared | {name: variables.get(str(value).removeprefix("$"), value) for name, value in own.items()}
