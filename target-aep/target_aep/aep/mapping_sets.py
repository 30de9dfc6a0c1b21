"""Data Prep mapping sets that live in AEP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from target_aep.aep.errors import ApiError
from target_aep.errors import ConfigurationError

if TYPE_CHECKING:
    from target_aep.aep.gateway import Gateway

BASE = "/data/foundation/conversion/mappingSets"


class MappingSets:
    """Reads and stores mapping sets."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def get(self, mapping_set_id: str) -> dict[str, Any]:
        """Return a mapping set as Adobe's JSON.

        Raises:
            ConfigurationError: There is none with this id in the sandbox.
        """
        try:
            found = self._gateway.request_json(
                "GET", f"{BASE}/{quote(mapping_set_id, safe='')}", idempotent=True
            )
        except ApiError as error:
            if error.status in {400, 404}:
                what = (
                    f"there is no mapping set {mapping_set_id!r} in sandbox {self._gateway.sandbox_name!r}."
                )
                raise ConfigurationError(what, remedy="Correct mapping_set_id.") from None
            raise
        if not isinstance(found, dict) or not isinstance(found.get("mappings"), list):
            raise ApiError(200, "", "", "the answer holds no mappings", where=f"GET {BASE}/{mapping_set_id}")
        return found

    def create(self, document: dict[str, Any]) -> str:
        """Store a mapping set and return its id."""
        answer = self._gateway.request_json("POST", BASE, json=document, idempotent=False)
        if not isinstance(answer, dict) or not isinstance(answer.get("id"), str):
            raise ApiError(200, "", "", "the answer holds no id", where=f"POST {BASE}")
        return str(answer["id"])
