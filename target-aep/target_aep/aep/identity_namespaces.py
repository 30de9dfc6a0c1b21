"""Identity namespaces: what kind of identifier a value is (Email, Phone, a CRM's key)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from target_aep.aep.gateway import Gateway

PATH = "/data/core/idnamespace/identities"


@dataclass(frozen=True)
class Namespace:
    """An identity namespace; ``custom`` ones belong to the organisation."""

    code: str
    name: str
    id_type: str
    custom: bool


class IdentityNamespaces:
    """Reads and creates namespaces. They can never be deleted."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def all(self) -> list[Namespace]:
        """Return standard and custom namespaces."""
        answer = self._gateway.request_json("GET", PATH, idempotent=True)
        return [
            Namespace(
                code=str(item["code"]),
                name=str(item.get("name", "")),
                id_type=str(item.get("idType", "")),
                custom=bool(item.get("custom", False)),
            )
            for item in (answer if isinstance(answer, list) else [])
            if isinstance(item, dict) and item.get("code")
        ]

    def create(self, *, code: str, name: str, id_type: str, description: str = "") -> None:
        """Create a custom namespace.

        Raises:
            ApiError: With status 409 when the code exists.
            LostAnswerError: It is unknown whether it was created.
        """
        body = {"code": code, "name": name, "idType": id_type, "description": description}
        self._gateway.request("POST", PATH, json=body, idempotent=False)
