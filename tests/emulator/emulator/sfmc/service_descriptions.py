"""What a REST section offers: ``GET /{section}/v1/rest`` lists the methods of the routes that are served."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from emulator.sfmc import rest_errors
from emulator.sfmc.routing import GatewayRoute

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from emulator.sfmc.platform import Platform

_GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")


def routes(platform: Platform, described: Sequence[GatewayRoute]) -> list[GatewayRoute]:
    """The routes of the descriptions of ``described``."""
    documents = _documents(described)

    async def describe(request: Request) -> Response:
        platform.authorise(request, "")
        document = documents.get(request.path_params["section"].lower())
        if document is None:
            raise rest_errors.not_found()
        base = f"{request.base_url}{document['name']}/v1/"
        return JSONResponse({**document, "basePath": base})

    return [GatewayRoute(["GET"], r"/(?P<section>[a-z]+)/v1/rest", describe)]


def _documents(described: Sequence[GatewayRoute]) -> dict[str, dict[str, Any]]:
    documents: dict[str, dict[str, Any]] = {}
    for route in described:
        template = _GROUP.sub(r"{\1}", route.pattern)
        section, version, rest = (*template.strip("/").split("/", 2), "", "")[:3]
        if version != "v1" or not section.isalpha():
            continue
        document = documents.setdefault(section, {"name": section, "version": "v1", "methods": {}})
        for method in sorted(route.methods):
            document["methods"][f"{method.lower()} {rest}"] = {
                "httpMethod": method,
                "path": rest,
                "parameters": {
                    name: {"type": "string", "location": "path", "required": True}
                    for name in re.findall(r"\{(\w+)\}", rest)
                },
            }
    return documents
