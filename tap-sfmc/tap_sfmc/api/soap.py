"""The SOAP service: ``Retrieve`` with all its continuations."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tap_sfmc.api import envelope
from tap_sfmc.api.http import Answer, Verdict
from tap_sfmc.errors import PermissionDeniedError, RemoteError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tap_sfmc.api.auth import Tokens
    from tap_sfmc.api.envelope import Element, Retrieve, Retrieved
    from tap_sfmc.api.http import Http
    from tap_sfmc.data_extensions import BusinessUnit

_logger = logging.getLogger("tap-sfmc.soap")

# Salesforce documentation, "SOAP API error codes": RemoteDBConn, outage, maintenance, throttled.
_PASSING_FAULTS = {"1", "2", "9", "17"}
_MORE = "MoreDataAvailable"


class SoapStatusError(RemoteError):
    """The service answered that it cannot do what was asked; its own words are in the message."""


class LostPlaceError(SoapStatusError):
    """The service does not know (any more) where to go on: it must be asked from the beginning."""


class Soap:
    """The SOAP service, by business unit. Safe to use from several threads."""

    def __init__(self, http: Http, tokens: Tokens) -> None:
        self._http = http
        self._tokens = tokens

    @property
    def server_time(self) -> datetime | None:
        """The server's clock in the latest answer of either interface."""
        return self._http.server_time

    def retrieve(self, unit: BusinessUnit, what: Retrieve) -> Iterator[list[Element]]:
        """Retrieve everything, one answer after the other.

        Yields:
            The results of one answer, at most 2,500; nothing at all if there are none.

        Raises:
            LostPlaceError: It cannot go on with what it has begun.
            SoapStatusError: The service refuses the request.
            PermissionDeniedError: The installed package lacks a permission.
            RemoteError: The service fails.
        """
        reply = self.call(unit, what)
        while True:
            if reply.results:
                yield reply.results
            if reply.status != _MORE:
                return
            if not reply.request_id or not reply.results:
                message = f"{what.object_type}: more data is said to be available, but not given."
                raise SoapStatusError(message)
            reply = self._go_on(unit, what, reply.request_id)

    def call(
        self, unit: BusinessUnit, what: Retrieve, continue_request: str = "", *, bare: bool = False
    ) -> Retrieved:
        """One request and its answer. Raises as ``retrieve`` does."""
        used = ""

        def body() -> bytes:
            nonlocal used
            used = self._tokens.get(unit).value
            return envelope.request(used, what, continue_request, bare=bare)

        answer = self._http.exchange(
            "POST",
            self._tokens.get(unit).soap_url,
            headers=lambda: {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": "Retrieve"},
            body=body,
            judge=_judge,
            new_token=lambda: self._tokens.renew(unit, used),
        )
        if answer.status != 200:  # noqa: PLR2004
            raise _refusal(answer, what, unit)
        reply = envelope.answer(answer.body)
        if reply.status not in {"OK", _MORE}:
            raise _status_error(reply, what, unit)
        return reply

    def _go_on(self, unit: BusinessUnit, what: Retrieve, request_id: str) -> Retrieved:
        try:
            return self.call(unit, what, request_id)
        except SoapStatusError as error:
            if "does not exist" in error.what:
                # It expired, or an answer was lost and each RequestID serves only once.
                raise LostPlaceError(error.what, remedy=error.remedy) from None
            # Some objects refuse properties or filters when going on (FuelSDK-Ruby, request 39).
            _logger.info("Going on with %s without its properties, since: %s", what.object_type, error.what)
            return self.call(unit, what, request_id, bare=True)


def _judge(answer: Answer) -> Verdict:
    if answer.status == 200:  # noqa: PLR2004
        return Verdict.GOOD
    if answer.status in {429, 502, 503, 504}:
        return Verdict.AGAIN
    if answer.status == 401:  # noqa: PLR2004
        return Verdict.NEW_TOKEN
    if answer.status == 500:  # noqa: PLR2004
        fault = envelope.fault(answer.body)
        # Some tenants answer an expired token with an empty 500 instead of the fault.
        if fault is None or fault[0] == "Token Expired":
            return Verdict.NEW_TOKEN
        if fault[1] in _PASSING_FAULTS:
            return Verdict.AGAIN
    return Verdict.BAD


def _refusal(answer: Answer, what: Retrieve, unit: BusinessUnit) -> Exception:
    fault = envelope.fault(answer.body)
    said = f"{fault[0]} (code {fault[1]})" if fault and fault[1] else fault[0] if fault else answer.excerpt()
    message = f"SOAP {what.object_type} in {unit}: HTTP {answer.status} {said}"
    if answer.status in {401, 403} or "login failed" in said.lower() or (fault and fault[1] == "11"):
        return PermissionDeniedError(message, remedy="Check the permissions of the installed package.")
    return RemoteError(message)


def _status_error(reply: Retrieved, what: Retrieve, unit: BusinessUnit) -> Exception:
    details = [
        text
        for result in reply.results[:3]
        for text in [envelope.flatten(result).get("StatusMessage")]
        if text and text not in reply.status
    ]
    said = "; ".join([reply.status or "an empty status", *details])
    message = f"SOAP {what.object_type} in {unit}: {said}"
    if "permission failed" in said.lower():
        return PermissionDeniedError(
            message,
            remedy="Give the installed package the permission Data Extensions: Read in this business unit.",
        )
    return SoapStatusError(
        message, remedy=f"Salesforce's support can look it up by RequestID {reply.request_id}."
    )
