"""The REST rowset: a data extension's rows, page by page.

``GET /data/v1/customobjectdata/key/{key}/rowset`` gives the first page, the number of rows that
match, and a request token; ``/token/{token}/rowset`` gives the other pages in any order.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from tap_sfmc.api.http import Answer, Verdict
from tap_sfmc.errors import DataError, PermissionDeniedError, RemoteError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tap_sfmc.api.auth import Tokens
    from tap_sfmc.api.http import Http
    from tap_sfmc.data_extensions import BusinessUnit

_ROOT = "data/v1/customobjectdata"


class RowsetError(RemoteError):
    """The rowset refuses a request; ``status`` is the HTTP status.

    Attributes:
        status: HTTP status of the refusal.
    """

    def __init__(self, what: str, *, status: int, remedy: str = "") -> None:
        super().__init__(what, remedy=remedy)
        self.status = status


class _Wire(msgspec.Struct, rename="camel"):
    """A page on the wire. An empty data extension has no ``items`` at all."""

    count: int | None = None
    page: int = 1
    page_size: int = 0
    request_token: str = ""
    items: list[msgspec.Raw] | None = None


_decode = msgspec.json.Decoder(_Wire).decode


@dataclass(frozen=True)
class Query:
    """Which rows, in which order.

    Attributes:
        unit: Whose token is used.
        key: The data extension's CustomerKey; names do not work here.
        page_size: Rows per page that are asked for.
        filter: ``$filter`` expression.
        order_by: ``$orderBy`` expression.
        fields: ``$fields`` list; all if empty.
    """

    unit: BusinessUnit
    key: str
    page_size: int = 2500
    filter: str = ""
    order_by: str = ""
    fields: str = ""


@dataclass(frozen=True)
class Page:
    """One page as it came.

    Attributes:
        number: From 1.
        count: Rows that match the query, over all pages; -1 if the page did not say.
        page_size: Rows per page that the server says it gives.
        token: For the other pages.
        items: The rows, each a JSON object ``{"keys": {…}, "values": {…}}``.
        size: Bytes of the answer, decompressed.
        missing_items: The page had no ``items`` member.
        server_time: The server's clock when it answered.
    """

    number: int
    count: int
    page_size: int
    token: str
    items: list[msgspec.Raw] = field(repr=False)
    size: int
    missing_items: bool
    server_time: datetime | None


class Rowset:
    """The rowset resource, by business unit. Safe to use from several threads."""

    def __init__(self, http: Http, tokens: Tokens) -> None:
        self._http = http
        self._tokens = tokens

    def first_page(self, query: Query) -> Page:
        """The first page of a query.

        Raises:
            RowsetError: The query is refused.
            DataError: There is no such data extension, or the answer is no page.
            PermissionDeniedError: The installed package lacks a permission.
            RemoteError: The server fails.
        """
        parameters = {"$page": "1", "$pageSize": str(query.page_size)}
        if query.order_by:
            parameters["$orderBy"] = query.order_by
        if query.filter:
            parameters["$filter"] = query.filter
        if query.fields:
            parameters["$fields"] = query.fields
        return self._get(query.unit, f"{_ROOT}/key/{quote(query.key, safe='')}/rowset", parameters, query.key)

    def page(self, query: Query, token: str, number: int) -> Page:
        """Another page of the query that a first page gave a token for. Raises likewise."""
        path = f"{_ROOT}/token/{quote(token, safe='')}/rowset"
        return self._get(
            query.unit, path, {"$page": str(number), "$pageSize": str(query.page_size)}, query.key
        )

    def count(self, query: Query) -> int:
        """How many rows match a query. Raises as ``first_page`` does."""
        return self.first_page(replace(query, page_size=1, fields="")).count

    def get_json(self, unit: BusinessUnit, path: str) -> Any:
        """Any other REST resource. Raises as ``first_page`` does."""
        answer = self._request(unit, path, {})
        if answer.status != 200:  # noqa: PLR2004
            raise _refusal(answer, path)
        return json.loads(answer.body)

    def _get(self, unit: BusinessUnit, path: str, parameters: Mapping[str, str], key: str) -> Page:
        answer = self._request(unit, path, parameters)
        where = f"Data extension {key!r} in {unit}"
        if answer.status != 200:  # noqa: PLR2004
            raise _refusal(answer, where)
        try:
            wire = _decode(answer.body)
        except msgspec.DecodeError as error:
            message = f"{where}: a page is not what a rowset gives ({error})."
            raise DataError(message) from None
        return Page(
            number=wire.page,
            count=-1 if wire.count is None else wire.count,
            page_size=wire.page_size,
            token=wire.request_token,
            items=wire.items or [],
            size=len(answer.body),
            missing_items=wire.items is None,
            server_time=answer.server_time,
        )

    def _request(self, unit: BusinessUnit, path: str, parameters: Mapping[str, str]) -> Answer:
        # The names of the parameters begin with a literal dollar sign, as all known clients send it.
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items())
        used = ""

        def headers() -> Mapping[str, str]:
            nonlocal used
            used = self._tokens.get(unit).value
            return {"Authorization": f"Bearer {used}", "Accept": "application/json"}

        return self._http.exchange(
            "GET",
            f"{self._tokens.get(unit).rest_url}/{path}" + (f"?{query}" if query else ""),
            headers=headers,
            judge=_judge,
            new_token=lambda: self._tokens.renew(unit, used),
        )


def _judge(answer: Answer) -> Verdict:
    if answer.status == 401:  # noqa: PLR2004
        return Verdict.NEW_TOKEN
    if answer.status in {429, 500, 502, 503, 504}:
        return Verdict.AGAIN
    return Verdict.GOOD if answer.status == 200 else Verdict.BAD  # noqa: PLR2004


def _refusal(answer: Answer, where: str) -> Exception:
    message = f"{where}: HTTP {answer.status} {answer.excerpt()}"
    if answer.status == 401:  # noqa: PLR2004
        return PermissionDeniedError(
            message, remedy="A new token was refused too. Check that the installed package is active."
        )
    if answer.status == 403:  # noqa: PLR2004
        return PermissionDeniedError(
            message,
            remedy="Give the installed package the permission Data Extensions: Read in this business unit.",
        )
    return RowsetError(message, status=answer.status)
