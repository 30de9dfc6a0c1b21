"""The function list as Markdown, for the documentation: ``python -m target_aep.dataprep.functions.table``."""

from __future__ import annotations

from itertools import groupby

from target_aep.dataprep.functions import FUNCTIONS, Function, Scope

NOTES = {
    Scope.DESTINATIONS: "Adobe offers it in destinations only.",
    Scope.ANALYTICS: "Adobe offers it in Web SDK and Analytics flows only.",
    Scope.UNLISTED: "Not in Adobe's list; its documents use it.",
    Scope.DEPRECATED: "Deprecated.",
    Scope.UNAVAILABLE: "Cannot be reproduced.",
}


def markdown() -> str:
    """One table a category, in the order of Adobe's list; aliases share a row."""
    parts = []
    ordered = sorted(FUNCTIONS.values(), key=lambda function: _order(function.category))
    for category, members in groupby(ordered, key=lambda function: function.category):
        rows = [f"### {category.value}", "", "| Function | What it does |", "|---|---|"]
        for _, same in groupby(members, key=lambda function: function.implementation):
            rows.append(_row(list(same)))
        parts.append("\n".join(rows))
    return "\n\n".join(parts) + "\n"


def _order(category: object) -> int:
    return list(type(category)).index(category)  # type: ignore[call-overload, no-any-return]


def _row(functions: list[Function]) -> str:
    signatures = " ".join(f"`{function.signature}`" for function in functions)
    summary = functions[0].summary.replace("|", "\\|").replace("``", "`")
    note = NOTES.get(functions[0].scope)
    return f"| {signatures} | {summary}" + (f" *{note}*" if note else "") + " |"


if __name__ == "__main__":
    print(markdown(), end="")  # noqa: T201  # that is what it is for
