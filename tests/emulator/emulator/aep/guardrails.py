"""Limits of the platform, as Adobe's ingestion guardrails gave them in summer 2026.

The numbers have moved before (files per batch 1,500, then 25,000; batch 100 GB, then 1 TB), so they are in
one place.
"""

from __future__ import annotations

MEGABYTE = 1024 * 1024

URL_LENGTH = 2_000
FILE_BYTES = 256 * MEGABYTE  # one PUT of a file
CHUNK_BYTES = 512_000_000  # one PATCH of a large file
FILES_PER_BATCH = 25_000
BATCH_BYTES = 1_099_511_627_776
FIELDS_PER_ROW = 10_000
BATCHES_PER_MINUTE = 2_000
DATA_ACCESS_PAGE = 100
CATALOG_PAGE = 100
CATALOG_DEFAULT_PAGE = 20
CATALOG_OBSERVABLE_SCHEMA_PAGE = 20
REGISTRY_PAGE = 300
REGISTRY_LIMIT = 500
