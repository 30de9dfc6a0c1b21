"""Mapping sets to and from AEP: what was made in its user interface comes here, and goes back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from target_aep.commands import mapping_files
from target_aep.commands.options import read_settings
from target_aep.connection import connect
from target_aep.dataprep import MappingSet
from target_aep.dataprep.mapping_csv import to_csv
from target_aep.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_aep.commands.mapping_subject import Subject

_CONTENT_TYPE = "application/vnd.adobe.xed-full+json;version=1"


def download(sources: Sequence[str], mapping_set_id: str) -> MappingSet:
    """A mapping set of AEP, with ``_{TENANT_ID}`` in place of the tenant.

    Raises:
        ConfigurationError: There is none with this id.
    """
    clients = connect(read_settings(sources))
    with clients.gateway:
        found = MappingSet.from_dict(clients.mapping_sets.get(mapping_set_id))
        return found.generalised(clients.registry.tenant_id())


def upload(sources: Sequence[str], subject: Subject, name: str) -> str:
    """Store a mapping set in AEP as it was written; return its id.

    Raises:
        ConfigurationError: The schema that it maps to is not there yet.
    """
    if not subject.schema_id:
        what = f"the schema that {subject.where} maps to is not in AEP yet."
        raise ConfigurationError(what, remedy="Have it made first: `target-aep apply`, or a first load.")
    reference = {"id": subject.schema_id, "contentType": _CONTENT_TYPE}
    document: dict[str, Any] = {"name": name, **subject.written.for_upload()}
    document["outputSchema"] = {"schemaRef": reference}
    clients = connect(read_settings(sources))
    with clients.gateway:
        return clients.mapping_sets.create(document)


def text_of(mapping_set: MappingSet, file: str | None) -> str:
    """A mapping set as JSON, or as CSV if that is what ``file`` is called."""
    if file and file.lower().endswith(".csv"):
        return to_csv(mapping_set)
    return json.dumps(mapping_set.to_dict(), ensure_ascii=False, indent=2) + "\n"


def keep(mapping_set: MappingSet, file: str, *, force: bool) -> Path:
    """Write a mapping set to a file.

    Raises:
        ConfigurationError: The file exists already.
    """
    return mapping_files.create(Path(file), text_of(mapping_set, file), force=force)
