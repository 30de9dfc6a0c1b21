"""All clients over one gateway."""

from __future__ import annotations

from dataclasses import dataclass

from target_aep.aep.access_control import AccessControl
from target_aep.aep.catalog import Catalog
from target_aep.aep.data_access import DataAccess
from target_aep.aep.gateway import Gateway  # noqa: TC001 - dataclass field
from target_aep.aep.identity_namespaces import IdentityNamespaces
from target_aep.aep.ingestion import Ingestion
from target_aep.aep.mapping_sets import MappingSets
from target_aep.aep.sandboxes import Sandboxes
from target_aep.aep.schema_registry import SchemaRegistry


@dataclass(frozen=True)
class Clients:
    """One client per service, sharing the gateway's token and connections."""

    gateway: Gateway
    access_control: AccessControl
    sandboxes: Sandboxes
    registry: SchemaRegistry
    namespaces: IdentityNamespaces
    catalog: Catalog
    ingestion: Ingestion
    data_access: DataAccess
    mapping_sets: MappingSets

    @classmethod
    def over(cls, gateway: Gateway) -> Clients:
        """Make the clients of a gateway."""
        return cls(
            gateway=gateway,
            access_control=AccessControl(gateway),
            sandboxes=Sandboxes(gateway),
            registry=SchemaRegistry(gateway),
            namespaces=IdentityNamespaces(gateway),
            catalog=Catalog(gateway),
            ingestion=Ingestion(gateway),
            data_access=DataAccess(gateway),
            mapping_sets=MappingSets(gateway),
        )
