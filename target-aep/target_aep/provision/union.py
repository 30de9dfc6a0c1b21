"""The union of all schemas that feed Profile: it has one type for each path.

Adobe refuses a schema there whose field has another type (XDM-1413-400), when the field and its schema
have been made, for ever. So the union is looked at before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_aep.errors import DataError
from target_aep.provision import trees
from target_aep.xdm import Field, parse

if TYPE_CHECKING:
    from target_aep.aep import Clients
    from target_aep.provision.desire import Desire
    from target_aep.provision.schema_plan import SchemaContext


def require_room(
    context: SchemaContext, class_id: str, wanted: Desire, root: Field, clients: Clients
) -> None:
    """Check that the custom fields of a schema have the types that they have in Profile already.

    Args:
        context: The schema.
        class_id: Its class, whose union it is to take part in.
        wanted: What the stream needs.
        root: The schema's fields after the changes.
        clients: The API clients.

    Raises:
        DataError: Another schema that feeds Profile has one of the fields with another type.
    """
    document = clients.registry.union(class_id)
    union = parse(document) if document is not None else Field(root.type)
    ours = Field(root.type, fields={name: root.fields[name] for name in wanted.custom.fields})
    differing = [
        (path, field, existing)
        for path, field, existing in trees.both(ours, union)
        if (field.type, field.items and field.items.type)
        != (existing.type, existing.items and existing.items.type)
    ]
    if not differing:
        return
    path, _, existing = differing[0]
    source = wanted.sources.get(path, path)
    changes = "; ".join(
        f"{path} is {theirs.type.value}, and {own.type.value} here" for path, own, theirs in differing
    )
    what = (
        f"schema {context.title!r} cannot feed Profile, which has one type for each field, and has other "
        f"ones from other schemas: {changes}."
    )
    is_made = context.present is not None and trees.missing(wanted.custom, context.present.root) is None
    keep = "" if is_made else f"set types.{source} to {existing.type.value}; "
    remedy = f"Ways out: {keep}map {source} to a field of another name; or leave profile: false."
    raise DataError(what, remedy=remedy, stream=context.stream)
