"""Short digests of whole rows, to know a row again without keeping it."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from tap_sfmc.output.lines import json_column

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZE = 8
"""Bytes of a digest: among ten thousand, two are alike once in 10^11 cases."""


def digests(batch: pa.RecordBatch, names: Sequence[str] = ()) -> list[bytes]:
    """A digest of each row's values, the same in every run and on every machine.

    Null fields are not in it, and the order of the fields does not matter: a row is the same after a field
    was added that it has no value in.

    Args:
        batch: The rows.
        names: The columns to look at; all if none are given.
    """
    columns = [
        pc.binary_join_element_wise(f"{json.dumps(name)}:", json_column(batch.column(name)), ",", "")
        for name in sorted(names or batch.schema.names)
    ]
    texts = pc.binary_join_element_wise(*columns, "", null_handling="replace", null_replacement="")
    return [blake2b(text, digest_size=SIZE).digest() for text in pc.cast(texts, pa.binary()).to_pylist()]
