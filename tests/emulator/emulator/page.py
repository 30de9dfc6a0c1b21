"""The pages for people, at ``/`` of each cloud: HTML from here, no script, nothing from elsewhere."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BASE = "/_emulator/page"
_NUMBERS = ("rows", "files", "in", "out", "failed", "fields")


class Markup(str):
    """HTML that is written as it is; any other text is escaped."""

    __slots__ = ()


def link(address: str, text: str) -> Markup:
    return Markup(f'<a href="{escape(address)}">{escape(text)}</a>')


def badge(text: str) -> Markup:
    """A word in the colour of its meaning, such as the status of a batch."""
    return Markup(f'<span class="badge {escape(text)}">{escape(text)}</span>')


def code(text: str) -> Markup:
    return Markup(f"<code>{escape(text)}</code>")


def section(title: str, *parts: str) -> Markup:
    return Markup(f"<section><h2>{cell(title)}</h2>{''.join(map(cell, parts))}</section>")


def paragraph(text: str) -> Markup:
    return Markup(f"<p>{cell(text)}</p>")


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> Markup:
    """A table, or the sentence ``empty`` where there are no rows. Columns of counts stand on the right."""
    kinds = [' class="number"' if column in _NUMBERS else "" for column in columns]
    body = "".join(
        f"<tr>{''.join(f'<td{kind}>{cell(each)}</td>' for kind, each in zip(kinds, row, strict=True))}</tr>"
        for row in rows
    )
    if not body:
        return paragraph(empty)
    head = "".join(f"<th{kind}>{escape(column)}</th>" for kind, column in zip(kinds, columns, strict=True))
    return Markup(f"<div><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>")


def cell(value: object) -> str:
    if isinstance(value, Markup):
        return str(value)
    if value is None or value == "":
        return '<span class="none">–</span>'
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return escape(str(value))


def page(title: str, *parts: str, status: int = 200) -> HTMLResponse:
    """A whole document."""
    style = (files("emulator") / "page.css").read_text(encoding="utf-8")
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        f"<style>{style}</style></head><body><header><h1>{escape(title)}</h1></header>"
        f"<main>{''.join(map(cell, parts))}</main></body></html>",
        status,
        headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:"},
    )
