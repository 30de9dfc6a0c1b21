"""Access control: what the credential may do, without doing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_aep.aep.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_aep.aep.gateway import Gateway

PATH = "/data/foundation/access-control/acl/effective-policies"
PREFIX = "/permissions/"


class AccessControl:
    """Reads effective permissions."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def granted(self, permissions: Sequence[str]) -> dict[str, bool] | None:
        """Tell which permissions (``manage-schemas``…) are granted; None where the service does not say."""
        body = [f"{PREFIX}{permission}" for permission in permissions]
        try:
            answer = self._gateway.request_json("POST", PATH, json=body, idempotent=True)
        except ApiError:
            return None
        policies = answer.get("policies", answer) if isinstance(answer, dict) else None
        if not isinstance(policies, dict):
            return None
        return {permission: bool(policies.get(f"{PREFIX}{permission}")) for permission in permissions}
