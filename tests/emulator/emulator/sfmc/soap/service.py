"""The SOAP endpoint and the files that describe it."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response

from emulator.sfmc.routing import GatewayRoute
from emulator.sfmc.soap import changes, describe
from emulator.sfmc.soap.envelope import Fault, MalformedEnvelopeError, fault, local_name, parse
from emulator.sfmc.soap.retrieve import EmptyAnswerError, Retrieve
from emulator.sfmc.tokens import ExpiredTokenError, Grant, InvalidTokenError

if TYPE_CHECKING:
    from lxml import etree
    from starlette.requests import Request

    from emulator.sfmc.platform import Platform

_XML = "text/xml; charset=utf-8"
_MESSAGES = {
    "Retrieve": "RetrieveRequestMsg",
    "Describe": "DefinitionRequestMsg",
    "Perform": "PerformRequestMsg",
    "Create": "CreateRequest",
    "Update": "UpdateRequest",
    "Delete": "DeleteRequest",
    "GetSystemStatus": "SystemStatusRequestMsg",
}


class Service:
    """The handlers."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.retrieve = Retrieve(platform)

    async def call(self, request: Request) -> Response:
        """One SOAP call. Faults are HTTP 500, everything else 200."""
        action = request.headers.get("soapaction", "").strip('" ')
        content = await request.body()
        address = str(request.url)
        return await run_in_threadpool(self._call, action, content, address)

    async def wsdl(self, request: Request) -> Response:
        if request.method == "GET" and "wsdl" not in str(request.url).lower():
            return PlainTextResponse("PartnerAPI Service", media_type="text/html")
        text = (files("emulator.sfmc.soap") / "etframework.wsdl").read_text(encoding="utf-8")
        text = text.replace("{address}", f"{request.base_url}Service.asmx")
        return Response(
            text.replace("{fault_schema}", f"{request.base_url}ETFrameworkFault.xsd"), media_type=_XML
        )

    async def fault_schema(self, _: Request) -> Response:
        text = (files("emulator.sfmc.soap") / "ETFrameworkFault.xsd").read_text(encoding="utf-8")
        return Response(text, media_type=_XML)

    def _call(self, action: str, content: bytes, address: str) -> Response:
        try:
            request = parse(content)
            _check_action(action, local_name(request.message))
            grant = self._platform.tokens.check(request.token)
            return Response(self._answer(action, request.message, grant), media_type=_XML)
        except MalformedEnvelopeError:
            return PlainTextResponse("Bad Request", 400)
        except _UnknownActionError as error:
            problem = Fault(str(error))
        except ExpiredTokenError:
            if self._platform.switches.text("sfmc.soap_expired_token") == "empty_500":
                return Response(status_code=500, media_type=_XML)
            problem = Fault("Token Expired", is_security=True)
        except InvalidTokenError:
            problem = Fault("Login Failed", is_security=True)
        except EmptyAnswerError:
            return Response(status_code=500, media_type=_XML)
        return Response(fault(problem, address), 500, media_type=_XML)

    def _answer(self, action: str, element: etree._Element, grant: Grant) -> bytes:
        if action == "Retrieve":
            return self.retrieve.answer(element, grant)
        if action == "Describe":
            return describe.answer(element, self._platform)
        if action == "Perform":
            return changes.perform(element, self._platform, grant)
        if action == "GetSystemStatus":
            return changes.system_status()
        return changes.save(action, element, self._platform, grant)


def routes(service: Service) -> list[GatewayRoute]:
    return [
        GatewayRoute(["POST"], r"(?:/.*)?/Service\.asmx", service.call, in_query=True),
        GatewayRoute(["GET"], r"(?:/.*)?/(?:etframework\.wsdl|Service\.asmx)", service.wsdl, in_query=True),
        GatewayRoute(["GET"], r"(?:/.*)?/ETFrameworkFault\.xsd", service.fault_schema),
    ]


class _UnknownActionError(Exception):
    pass


def _check_action(action: str, message: str) -> None:
    if action not in _MESSAGES:
        raise _UnknownActionError(f"Server did not recognize the value of HTTP Header SOAPAction: {action}.")
    if message != _MESSAGES[action]:
        raise _UnknownActionError(f"The message {message} does not belong to {action}.")
