"""Schema Registry: classes, field groups, schemas and descriptors.

A lookup needs a version in its Accept header and a list must have none. Titles are unique across
all kinds of resources of a sandbox. Resources are addressed by their quoted ``$id``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from target_aep.aep.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from target_aep.aep.gateway import Gateway

BASE = "/data/foundation/schemaregistry"
LIST_IDS = "application/vnd.adobe.xed-id+json"
LIST_FULL = "application/vnd.adobe.xed+json"
RAW = "application/vnd.adobe.xed+json; version=1"
RESOLVED = "application/vnd.adobe.xed-full+json; version=1"
DESCRIPTORS = "application/vnd.adobe.xdm+json"
ADOBE_RESOURCE = "https://ns.adobe.com/xdm/"
UNION = "__union"
"""What the id of a union has after that of its class."""
NOT_FOUND = 404


class SchemaRegistry:
    """Reads both containers and writes the tenant's. Kinds: schemas, fieldgroups, classes, datatypes."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._tenant_id = ""

    def tenant_id(self) -> str:
        """Return the tenant id, without the underscore that its fields' namespace begins with."""
        if not self._tenant_id:
            answer = self._gateway.request_json("GET", f"{BASE}/stats", idempotent=True)
            self._tenant_id = (
                str(answer.get("tenantId") or "").lstrip("_") if isinstance(answer, dict) else ""
            )
            if not self._tenant_id:
                raise ApiError(200, "", "", "the answer holds no tenantId", where=f"GET {BASE}/stats")
        return self._tenant_id

    def find(self, kind: str, *, title: str, container: str = "tenant") -> dict[str, Any] | None:
        """Return the resource of exactly this title (``title, $id, meta:altId, version``), or None."""
        listed = self.resources(kind, container=container, where=f"title=={title}")
        return next((item for item in listed if item.get("title") == title), None)

    def resources(
        self, kind: str, *, container: str = "tenant", where: str | None = None, full: bool = False
    ) -> Iterator[dict[str, Any]]:
        """Iterate over resources, following the ``next`` that each page names."""
        params: dict[str, str] = {"orderby": "title"} | ({"property": where} if where else {})
        while True:
            page = self._gateway.request_json(
                "GET",
                f"{BASE}/{container}/{kind}",
                params=params,
                headers={"Accept": LIST_FULL if full else LIST_IDS},
                idempotent=True,
            )
            yield from (item for item in page.get("results", []) if isinstance(item, dict))
            following = (page.get("_page") or {}).get("next")
            if not following or following == params.get("start"):
                return
            params = {**params, "start": str(following)}

    def union(self, class_id: str) -> dict[str, Any] | None:
        """Return the union of all schemas of a class that feed Profile, resolved, or None where none does."""
        return self.get("unions", f"{class_id}{UNION}", resolved=True)

    def get(self, kind: str, resource_id: str, *, resolved: bool = False) -> dict[str, Any] | None:
        """Return a resource, or None; ``resolved`` merges references into ``properties``."""
        is_global = resource_id.startswith(ADOBE_RESOURCE) and not resource_id.endswith(UNION)
        container = "global" if is_global else "tenant"
        try:
            answer = self._gateway.request_json(
                "GET",
                f"{BASE}/{container}/{kind}/{quote(resource_id, safe='')}",
                headers={"Accept": RESOLVED if resolved else RAW},
                idempotent=True,
            )
        except ApiError as error:
            if error.status == NOT_FOUND:
                return None
            raise
        return answer if isinstance(answer, dict) else None

    def create(self, kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create a resource in the tenant container and return it.

        Raises:
            ApiError: ``XDM-1521-400`` when the title is taken.
            LostAnswerError: It is unknown whether it was created: look by title.
        """
        answer: dict[str, Any] = self._gateway.request_json(
            "POST", f"{BASE}/tenant/{kind}", json=body, headers={"Accept": LIST_FULL}, idempotent=False
        )
        return answer

    def patch(self, kind: str, resource_id: str, operations: Sequence[Mapping[str, Any]]) -> None:
        """Change a resource by JSON Patch.

        Appending to a list twice is not the same as once, so this is not repeated blindly.

        Raises:
            LostAnswerError: It is unknown whether it was carried out: look at the resource.
        """
        self._gateway.request(
            "PATCH",
            f"{BASE}/tenant/{kind}/{quote(resource_id, safe='')}",
            json=list(operations),
            headers={"Accept": RAW, "Content-Type": "application/json"},
            idempotent=False,
        )

    def descriptors(self, schema_id: str) -> list[dict[str, Any]]:
        """Return the descriptors of a schema."""
        answer = self._gateway.request_json(
            "GET",
            f"{BASE}/tenant/descriptors",
            params={"property": f"xdm:sourceSchema=={schema_id}"},
            headers={"Accept": DESCRIPTORS},
            idempotent=True,
        )
        # Grouped by @type; a tenant without any may answer an empty object.
        groups = answer.values() if isinstance(answer, dict) else [answer]
        listed = (item for group in groups if isinstance(group, list) for item in group)
        return [
            item for item in listed if isinstance(item, dict) and item.get("xdm:sourceSchema") == schema_id
        ]

    def create_descriptor(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create a descriptor.

        Raises:
            LostAnswerError: It is unknown whether it was created: look at the schema's descriptors.
        """
        answer: dict[str, Any] = self._gateway.request_json(
            "POST", f"{BASE}/tenant/descriptors", json=body, headers={"Accept": DESCRIPTORS}, idempotent=False
        )
        return answer
