"""Mapping: attributes only, usual calculated fields, heavy ones; and the price of single functions."""

from __future__ import annotations

import json
import statistics
from typing import TYPE_CHECKING, Any

from bench import servers
from bench.compare import compare, warm_up_of
from bench.inputs import Inputs
from bench.measure import run as run_pipeline
from bench.parts.target import sfmc_target
from bench.report import Part, Ratio, warn
from bench.xdm import mapping_set

if TYPE_CHECKING:
    from bench.report import Report
    from bench.sizes import Size
    from bench.workspace import Workspace

USUAL = {
    "EmailAddress": "lower(trim(EmailAddress))",
    "FirstName": 'concat(FirstName, " ", LastName)',
    "Country": 'decode(Country, "DE", "D", "FR", "F", Country)',
    "Notes": 'iif(Visits > 50000, "often", "rarely")',
}
"""Four of the twenty fields are calculated, as in the mapping sets of the scenarios."""

HEAVY = {
    **USUAL,
    "SubscriberKey": "left(sha256(concat(SubscriberKey, lower(trim(EmailAddress)))), 40)",
    "LastName": 'iif(matches_regex(LastName, "[A-Z].*"), upper(LastName), coalesce(City, "none"))',
    "City": 'replacestr(upper(coalesce(City, "unknown")), " ", "-")',
    "Phone": 'lpad(replacestr(coalesce(Phone, ""), " ", ""), 20, "0")',
    "Locale": 'concat(substr(Locale, 0, 2), "_", upper(substr(Locale, 3, 2)))',
    "SignupDate": "date(SignupDate)",
    "BirthDate": 'date(format(date(BirthDate), "yyyy-MM-dd"))',
    "Score": "iif(Score > Clicks, Score - Clicks, 0)",
    "Clicks": "coalesce(Clicks, 0) + coalesce(Visits, 0)",
}
"""Most fields are calculated, with functions in functions."""


def run(size: Size, space: Workspace, report: Report) -> None:
    """The target with three mapping sets, and the columns-to-columns price of functions."""
    inputs = Inputs(space)
    sets = {"attributes": None, "usual": USUAL, "heavy": HEAVY}
    with servers.aep() as sink:
        cases = [
            sfmc_target(
                space,
                sink,
                inputs,
                size.fast_rows,
                batch=True,
                name=name,
                mapping=mapping_set(calculated=chosen),
            )
            for name, chosen in sets.items()
        ]
        outcomes = compare(cases, runs=size.runs, folder=space.folder, warm_up=warm_up_of(size))
    part = Part(
        "Mapping",
        outcomes,
        [
            Ratio("attributes against 4 calculated fields", "attributes", "usual"),
            Ratio("attributes against 13 calculated fields, nested", "attributes", "heavy"),
        ],
        [
            "target-aep from BATCH files, with 20 destinations each.",
            "Functions: columns to columns, in one process.",
        ],
    )
    costs = _costs(size, space)
    ratio = statistics.median(cost["mapping_seconds"] / cost["parquet_seconds"] for cost in costs)
    part.values.append(("20 attribute mappings over writing the same columns as Parquet", ratio, 1))
    for expression in costs[0]["microseconds_per_call_and_row"]:
        price = statistics.median(cost["microseconds_per_call_and_row"][expression] for cost in costs)
        part.values.append((f"`{expression}`: µs per call and row", price, 2))
    report.add(part)


def _costs(size: Size, space: Workspace) -> list[dict[str, Any]]:
    output = space.folder / "mapping-costs.json"
    command = space.module("mapping", "bench.mapping_costs", "--rows", min(size.fast_rows, 200_000))
    found = []
    for _ in range(size.runs):
        warn("  single functions")
        run_pipeline([command], logs=space.folder / "logs", output=output)
        found.append(json.loads(output.read_bytes()))
    return found
