"""Globs of the settings that match nothing are refused: a typing error would else go unnoticed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tap_sfmc.discovery.naming import identity
from tap_sfmc.errors import ConfigurationError
from tap_sfmc.settings import matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tap_sfmc.data_extensions import DataExtension
    from tap_sfmc.discovery.naming import Identity
    from tap_sfmc.settings import Settings

_logger = logging.getLogger("tap-sfmc.discovery")


def texts_to_choose_by(de: DataExtension, names: Mapping[Identity, str]) -> list[str]:
    """What ``include`` and ``exclude`` go by: name, key, folder path and stream name."""
    texts = (de.name, de.key, de.folder.path if de.folder else "", names[identity(de)])
    return [text for text in texts if text]


def refuse_unused(
    settings: Settings,
    everything: Sequence[DataExtension],
    names: Mapping[Identity, str],
    chosen: Sequence[DataExtension],
    *,
    certain: bool,
) -> None:
    """Refuse settings for what is not there.

    Args:
        settings: With globs and keys.
        everything: The data extensions there are.
        names: Their stream names.
        chosen: Those that are streams.
        certain: Whether all is known that there is; else it is only said.

    Raises:
        ConfigurationError: One matches nothing.
    """
    for problem in _problems(settings, everything, names, chosen):
        if certain:
            raise ConfigurationError(problem, remedy="`tap-sfmc --discover` lists them.")
        _logger.warning("%s It may belong to what could not be read.", problem)


def _problems(
    settings: Settings,
    everything: Sequence[DataExtension],
    names: Mapping[Identity, str],
    chosen: Sequence[DataExtension],
) -> Iterator[str]:
    keys = {de.key for de in everything}
    for key in settings.stream_aliases:
        if key not in keys:
            yield f"stream_aliases: there is no data extension with the (external) key {key!r}."
    texts = [text for de in everything for text in texts_to_choose_by(de, names)]
    streams = {names[identity(de)]: de for de in chosen}
    keyed = [name for name, de in streams.items() if de.primary_key]
    dates = [
        f"{name}.{item.name}"
        for name, de in streams.items()
        for item in de.fields
        if item.type.lower() == "date"
    ]
    for setting, possible, what in (
        ("include", texts, "data extension"),
        ("exclude", texts, "data extension"),
        ("soap_streams", streams, "stream"),
        ("replication_keys", streams, "stream"),
        ("detect_deletes", keyed, "stream that has a primary key"),
        ("timezones", dates, "Date field; give it as stream.Field"),
    ):
        for pattern in _unused(getattr(settings, setting), possible):
            yield f"{setting}: {pattern!r} matches no {what}."


def _unused(patterns: Iterable[str], texts: Iterable[str]) -> list[str]:
    return [pattern for pattern in patterns if not any(matches(pattern, text) for text in texts)]
