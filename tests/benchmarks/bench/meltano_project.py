"""A Meltano project whose plugins are programs that are installed already."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.measure import Command
from bench.workspace import BIN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench.workspace import Workspace

_QUIET = {"MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false", "MELTANO_CLI_DISABLE_VERSION_CHECK": "true"}


@dataclass(frozen=True)
class Plugin:
    """A tap or target.

    Attributes:
        name: In the project.
        command: How it is started.
        config: Its settings.
    """

    name: str
    command: Command
    config: Mapping[str, Any]


class Project:
    """A project of one tap and one target, without state."""

    def __init__(self, space: Workspace, name: str) -> None:
        self._folder = space.folder / name
        self._folder.mkdir()

    def run(self, tap: Plugin, target: Plugin) -> Command:
        """``meltano run tap target``, with these configurations."""
        project = {
            "project_id": "00000000-0000-4000-8000-00000000beac",
            "default_environment": "bench",
            "environments": [{"name": "bench"}],
            "plugins": {
                "extractors": [self._definition(tap, ["catalog", "discover", "state", "about", "batch"])],
                "loaders": [self._definition(target, ["about"])],
            },
        }
        # JSON is YAML.
        (self._folder / "meltano.yml").write_text(json.dumps(project, indent=1))
        argv = (
            str(BIN / "meltano"),
            "run",
            "--no-install",
            "--full-refresh",
            "--no-state-update",
            tap.name,
            target.name,
        )
        return Command("meltano", argv, _QUIET, self._folder)

    def _definition(self, plugin: Plugin, capabilities: Sequence[str]) -> dict[str, Any]:
        return {
            "name": plugin.name,
            "namespace": plugin.name.replace("-", "_"),
            "executable": str(self._script(plugin)),
            "capabilities": capabilities,
            "settings": [{"name": name, "kind": _kind(value)} for name, value in plugin.config.items()],
            "config": dict(plugin.config),
        }

    def _script(self, plugin: Plugin) -> Path:
        """An executable file that starts the plugin's command with more arguments."""
        path = self._folder / f"{plugin.name}.sh"
        variables = "".join(
            f"export {name}='{value}'\n" for name, value in plugin.command.environment.items()
        )
        words = " ".join(f"'{word}'" for word in plugin.command.argv)
        path.write_text(f'#!/bin/sh\n{variables}exec {words} "$@"\n')
        path.chmod(0o755)
        return path


def _kind(value: object) -> str:
    kinds = {bool: "boolean", int: "integer", float: "decimal", list: "array", dict: "object"}
    return kinds.get(type(value), "string")
