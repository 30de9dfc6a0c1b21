"""Carrying out a plan, each change once.

None of Adobe's creating calls may be repeated blindly: when an answer is lost, the resource is
looked for before it is created again.
"""

from __future__ import annotations

import functools
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from target_aep.aep import ApiError, LostAnswerError
from target_aep.errors import ConfigurationError
from target_aep.provision import actions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from target_aep.aep import Clients
    from target_aep.provision.actions import Action

logger = logging.getLogger(__name__)

_Found = TypeVar("_Found")

TITLE_TAKEN = "XDM-1521-400"
CONFLICT = 409
SETTLING_SECONDS = (5.0, 10.0, 20.0)
"""Waits while a schema that was just made becomes known to Catalog."""


@dataclass
class Made:
    """Ids of what exists or has been made so far; empty where not yet."""

    class_id: str = ""
    group_id: str = ""
    schema_id: str = ""
    dataset_id: str = ""
    schema_is_new: bool = False


def apply(plan: Iterable[Action], clients: Clients, made: Made) -> None:
    """Carry out changes in order, noting the ids of what they make.

    Raises:
        ConfigurationError: A title is taken by something else.
        RemoteError: The platform refused a change or could not be reached; what was made stays, and the next
            plan begins there.
    """
    for action in plan:
        logger.info("%s", "; ".join([action.sentence, *(" ".join(each.split()) for each in action.details)]))
        _carry_out(action, clients, made)


@functools.singledispatch
def _carry_out(action: Action, clients: Clients, made: Made) -> None:
    raise NotImplementedError(action, clients, made)


@_carry_out.register(actions.CreateNamespace)
def _(action: actions.CreateNamespace, clients: Clients, made: Made) -> None:  # noqa: ARG001 - one signature for all
    def create() -> bool:
        clients.namespaces.create(code=action.code, name=action.name, id_type=action.id_type)
        return True

    def look() -> bool | None:
        return any(namespace.code == action.code for namespace in clients.namespaces.all()) or None

    try:
        create_once(create, look)
    except ApiError as error:
        if error.status != CONFLICT:
            raise


@_carry_out.register(actions.CreateResource)
def _(action: actions.CreateResource, clients: Clients, made: Made) -> None:
    registry = clients.registry
    body = _filled(action.body, {actions.CLASS: made.class_id, actions.GROUP: made.group_id})
    resource = create_once(
        lambda: registry.create(action.kind, body),
        lambda: registry.find(action.kind, title=action.title),
        taken=f"the title {action.title!r} is taken by a resource of another kind.",
    )
    resource_id = str(resource["$id"])
    if action.kind == "schemas":
        made.schema_id, made.schema_is_new = resource_id, True
    elif action.kind == "classes":
        made.class_id = resource_id
    else:
        made.group_id = resource_id


@_carry_out.register(actions.ExtendResource)
def _(action: actions.ExtendResource, clients: Clients, made: Made) -> None:  # noqa: ARG001 - one signature for all
    # Adding a member that is there already replaces it by the same, so this may be repeated.
    patch_once(
        lambda: clients.registry.patch(action.kind, action.resource_id, action.operations), lambda: False
    )


@_carry_out.register(actions.AttachGroup)
def _(action: actions.AttachGroup, clients: Clients, made: Made) -> None:
    group_id = made.group_id if action.group == actions.GROUP else action.group
    operations: list[dict[str, Any]] = [
        {"op": "add", "path": "/meta:extends/-", "value": group_id},
        {"op": "add", "path": "/allOf/-", "value": {"$ref": group_id}},
    ]

    def is_done() -> bool:
        document = clients.registry.get("schemas", made.schema_id) or {}
        return any(part.get("$ref") == group_id for part in document.get("allOf") or [])

    patch_once(lambda: clients.registry.patch("schemas", made.schema_id, operations), is_done)


@_carry_out.register(actions.CreateDescriptor)
def _(action: actions.CreateDescriptor, clients: Clients, made: Made) -> None:
    body = {**action.body, "xdm:sourceSchema": made.schema_id, "xdm:sourceVersion": 1}

    def look() -> dict[str, Any] | None:
        keys = ("@type", "xdm:sourceProperty")
        described = clients.registry.descriptors(made.schema_id)
        return next((item for item in described if all(item.get(key) == body.get(key) for key in keys)), None)

    create_once(lambda: clients.registry.create_descriptor(body), look)


@_carry_out.register(actions.EnableUnion)
def _(action: actions.EnableUnion, clients: Clients, made: Made) -> None:  # noqa: ARG001 - one signature for all
    operations = [{"op": "add", "path": "/meta:immutableTags", "value": ["union"]}]

    def is_done() -> bool:
        document = clients.registry.get("schemas", made.schema_id) or {}
        return "union" in (document.get("meta:immutableTags") or [])

    patch_once(lambda: clients.registry.patch("schemas", made.schema_id, operations), is_done)


@_carry_out.register(actions.CreateDataset)
def _(action: actions.CreateDataset, clients: Clients, made: Made) -> None:
    def create() -> str:
        return clients.catalog.create_dataset(
            name=action.name, schema_id=made.schema_id, description=action.description, tags=action.tags
        )

    def look() -> str | None:
        return next((dataset.id for dataset in clients.catalog.datasets(action.name)), None)

    waits = SETTLING_SECONDS if made.schema_is_new else ()
    made.dataset_id = _when_settled(lambda: create_once(create, look), waits)


@_carry_out.register(actions.TagDataset)
def _(action: actions.TagDataset, clients: Clients, made: Made) -> None:
    for tags in action.steps:
        operations = [
            {"op": "add", "path": f"/tags/{tag}", "value": list(values)} for tag, values in tags.items()
        ]
        clients.catalog.patch_dataset(made.dataset_id, operations)


def _when_settled(create: Callable[[], str], waits: tuple[float, ...]) -> str:
    try:
        return create()
    except ApiError as error:
        if error.status not in {400, 404} or not waits:
            raise
    time.sleep(waits[0])
    return _when_settled(create, waits[1:])


def create_once(
    create: Callable[[], _Found], look: Callable[[], _Found | None], *, taken: str = ""
) -> _Found:
    """Create something, and look for it before creating it again when the answer is lost.

    Args:
        create: Creates it and returns it.
        look: Returns it where it exists.
        taken: What to say when its title belongs to something else.

    Raises:
        ConfigurationError: The title belongs to something else.
    """
    try:
        return create()
    except LostAnswerError:
        found = look()
        return create() if found is None else found
    except ApiError as error:
        if error.code != TITLE_TAKEN:
            raise
        found = look()
        if found is None:
            raise ConfigurationError(taken, remedy="Choose another dataset name.") from None
        return found


def patch_once(patch: Callable[[], None], is_done: Callable[[], bool]) -> None:
    """Patch something, and look whether it was done before doing it again when the answer is lost."""
    try:
        patch()
    except LostAnswerError:
        if not is_done():
            patch()


def _filled(value: Any, ids: Mapping[str, str]) -> Any:
    """Put ids in the place of the placeholders that stand for them."""
    if isinstance(value, str):
        return ids.get(value, value)
    if isinstance(value, dict):
        return {key: _filled(item, ids) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_filled(item, ids) for item in value]
    return value
