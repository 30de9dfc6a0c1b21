"""Data types that several field groups count and identify things with."""

from __future__ import annotations

from emulator.aep.registry.standard.notation import data_type, number, string

DATA_TYPES = (
    data_type("https://ns.adobe.com/xdm/data/measure", "Measure", ("value",), id=string(), value=number()),
    data_type(
        "https://ns.adobe.com/xdm/datatypes/b2b-source",
        "B2B Source",
        sourceType=string(),
        sourceInstanceID=string(),
        sourceID=string(),
        sourceKey=string(),
    ),
)
