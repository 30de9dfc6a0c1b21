"""Clients of Adobe Experience Platform's HTTP APIs.

Each module is one service of the platform. They speak JSON and ids and know
nothing of Singer, records or mappings. Facts are from Adobe's documentation and
OpenAPI files; where those are silent the answers are parsed defensively.
"""

from __future__ import annotations

from target_aep.aep.access_control import AccessControl
from target_aep.aep.catalog import Batch, BatchError, BatchMetrics, BatchStatus, Catalog, Dataset
from target_aep.aep.clients import Clients
from target_aep.aep.data_access import DataAccess
from target_aep.aep.errors import ApiError, LostAnswerError
from target_aep.aep.gateway import Gateway
from target_aep.aep.identity_namespaces import IdentityNamespaces, Namespace
from target_aep.aep.ingestion import Ingestion
from target_aep.aep.mapping_sets import MappingSets
from target_aep.aep.sandboxes import Sandbox, Sandboxes
from target_aep.aep.schema_registry import SchemaRegistry

__all__ = [
    "AccessControl",
    "ApiError",
    "Batch",
    "BatchError",
    "BatchMetrics",
    "BatchStatus",
    "Catalog",
    "Clients",
    "DataAccess",
    "Dataset",
    "Gateway",
    "IdentityNamespaces",
    "Ingestion",
    "LostAnswerError",
    "MappingSets",
    "Namespace",
    "Sandbox",
    "Sandboxes",
    "SchemaRegistry",
]
