"""The two tenants that an emulator can play: same scenarios, other identifiers.

A client that works against both has none of these identifiers built in.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BusinessUnit:
    """A Marketing Cloud account: its MID, its name and its parent's MID (0 for the enterprise)."""

    mid: int
    name: str
    parent: int


@dataclass(frozen=True)
class Profile:
    """What differs between tenants.

    Attributes:
        enterprise: The parent business unit (its MID is the EID).
        main: The unit that owns the scenario data extensions.
        other: A second unit with data extensions of its own.
        key_prefix: Put in front of the scenarios' CustomerKeys.
        org_id: Adobe organisation, 24 hexadecimal digits and ``@AdobeOrg``.
        tenant_id: Adobe tenant, used in XDM as ``_{tenant_id}``.
        sandbox_name: The development sandbox beside ``prod``.
    """

    name: str
    enterprise: BusinessUnit
    main: BusinessUnit
    other: BusinessUnit
    key_prefix: str
    org_id: str
    tenant_id: str
    sandbox_name: str

    @property
    def business_units(self) -> tuple[BusinessUnit, ...]:
        return (self.enterprise, self.main, self.other)

    def unit(self, mid: int) -> BusinessUnit | None:
        return next((unit for unit in self.business_units if unit.mid == mid), None)


def _profile(
    name: str, title: str, eid: int, *, key_prefix: str, org_id: str, tenant_id: str, sandbox_name: str
) -> Profile:
    return Profile(
        name=name,
        enterprise=BusinessUnit(eid, title, 0),
        main=BusinessUnit(eid + 1, f"{title} Retail", eid),
        other=BusinessUnit(eid + 2, f"{title} Outlet", eid),
        key_prefix=key_prefix,
        org_id=org_id,
        tenant_id=tenant_id,
        sandbox_name=sandbox_name,
    )


PROFILES = {
    profile.name: profile
    for profile in (
        _profile(
            "acme",
            "Acme",
            510_000_100,
            key_prefix="",
            org_id="4D1A2B3C5E6F70819A0B1C2D@AdobeOrg",
            tenant_id="acme",
            sandbox_name="dev",
        ),
        _profile(
            "globex",
            "Globex",
            720_004_200,
            key_prefix="GBX-",
            org_id="9F8E7D6C5B4A39281706F5E4@AdobeOrg",
            tenant_id="globexretail",
            sandbox_name="staging-eu",
        ),
    )
}
