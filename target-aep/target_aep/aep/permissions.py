"""Which permission of Adobe's access control a request needs, in the words of the role editor."""

from __future__ import annotations

CATEGORIES = {
    "/data/foundation/schemaregistry/": ("Data Modeling", "Schemas"),
    "/data/foundation/catalog/": ("Data Management", "Datasets"),
    "/data/foundation/import/": ("Data Management", "Datasets"),
    "/data/foundation/export/": ("Data Management", "Datasets"),
    "/data/core/idnamespace/": ("Identity Management", "Identity Namespaces"),
    "/data/foundation/conversion/": ("Data Ingestion", "Sources"),
}
"""Category and object of the permissions, by the beginning of the path."""


def needed(method: str, path: str) -> str | None:
    """Return ``Manage Schemas (Data Modeling)`` or the like; None where no permission is known."""
    found = next((named for begin, named in CATEGORIES.items() if path.startswith(begin)), None)
    if found is None:
        return None
    category, what = found
    return f"{'View' if method in {'GET', 'HEAD'} else 'Manage'} {what} ({category})"
