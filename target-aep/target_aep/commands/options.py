"""Options that commands share: the configuration, and the streams to speak of."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from singer_sdk.configuration._dict_config import parse_environment_config

from target_aep import settings
from target_aep.dataprep.mapping_bytes import decode
from target_aep.errors import ConfigurationError
from target_aep.provision.catalog import last_catalog, streams_of, streams_of_messages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_aep.provision.stream import StreamSchema
    from target_aep.settings import Settings

ENVIRONMENT = "ENV"
PREFIX = "TARGET_AEP_"

config_option = click.option(
    "--config",
    "sources",
    multiple=True,
    metavar="FILE|ENV",
    help="Configuration file, or ENV for the environment (the default). May be given several times.",
)
catalog_option = click.option(
    "--catalog",
    metavar="FILE|-",
    help="A tap's catalog, or its SCHEMA messages; by default the catalog that Meltano used last.",
)


def read_settings(sources: Sequence[str]) -> Settings:
    """Read the configuration from files and the environment, later ones over earlier ones.

    Raises:
        ConfigurationError: A file cannot be read, or a setting is wrong.
    """
    return settings.parse(read_config(sources))


def read_config(sources: Sequence[str]) -> dict[str, Any]:
    """Read the configuration as it is written, before it is checked.

    Raises:
        ConfigurationError: A file cannot be read.
    """
    config: dict[str, Any] = {}
    for source in sources or (ENVIRONMENT,):
        if source == ENVIRONMENT:
            config |= parse_environment_config(settings.config_jsonschema(), PREFIX)
        else:
            config |= read_json(Path(source))
    return config


def read_streams(catalog: str | None, chosen: Settings) -> list[StreamSchema]:
    """Read streams from what ``--catalog`` names; none where it names nothing and Meltano has none.

    Raises:
        ConfigurationError: It cannot be read.
    """
    if catalog is None:
        root = Path(os.environ.get("MELTANO_PROJECT_ROOT", "."))
        found = last_catalog(root)
        streams = streams_of(read_json(found)) if found else []
        # The last tap need not be the one that this target is configured for.
        return [stream for stream in streams if chosen.rules.matches(stream.stream)]
    text = sys.stdin.read() if catalog == "-" else _read_text(Path(catalog))
    try:
        document = json.loads(text)
    except ValueError:
        return streams_of_messages(text.splitlines())
    return streams_of(document) if "streams" in document else streams_of_messages([text])


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object from a file.

    Raises:
        ConfigurationError: It cannot be read, or is something else.
    """
    try:
        document = json.loads(_read_text(path))
    except ValueError:
        document = None
    if not isinstance(document, dict):
        what = f"{path} holds no JSON object."
        raise ConfigurationError(what, remedy="Correct the file.")
    return document


def _read_text(path: Path) -> str:
    try:
        return decode(path.read_bytes())
    except OSError as error:
        what = f"{path} cannot be read: {error.strerror}."
        raise ConfigurationError(what, remedy="Correct the path.") from None
    except ConfigurationError as error:
        what = f"{path}, {error.what}"
        raise ConfigurationError(what, remedy=error.remedy) from None
