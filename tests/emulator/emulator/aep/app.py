"""The application: every service of the local Experience Platform under one base URL."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse, Response

from emulator.aep import (
    access_control,
    admin,
    errors,
    export,
    flow,
    ims,
    labels,
    namespaces,
    observability,
    page,
    sandboxes,
)
from emulator.aep.catalog import batches, bundle, datasets
from emulator.aep.contract import VARIABLE, ContractMiddleware
from emulator.aep.conversion import mapping_sets
from emulator.aep.errors import NAMED_FAULTS, ApiError, answer
from emulator.aep.gateway import Gateway
from emulator.aep.ingestion import promotion
from emulator.aep.ingestion import routes as ingestion
from emulator.aep.platform import Platform
from emulator.aep.registry import descriptors, resources, rpc, stats, unions
from emulator.shell import CloudHooks

if TYPE_CHECKING:
    from starlette.requests import Request

    from emulator.home import Home

_SERVICES = tuple(
    f"/data/{name}/"
    for name in (
        *(f"foundation/{service}" for service in ("access-control", "catalog", "conversion", "dataset")),
        *(f"foundation/{service}" for service in ("export", "flowservice", "import", "sandbox-management")),
        *("foundation/schemaregistry", "core/hygiene", "core/idnamespace", "infrastructure/observability"),
    )
)
_LOG = logging.getLogger("uvicorn.error")


def create_app(home: Home) -> Starlette:
    """Return the application over what `home` holds."""
    platform = Platform.open(home)
    app = Starlette(
        routes=[
            *ims.routes,
            *sandboxes.routes,
            *access_control.routes,
            *stats.routes,
            *rpc.routes,
            *descriptors.routes,
            *unions.routes,
            *resources.routes,
            *namespaces.routes,
            *datasets.routes,
            *batches.routes,
            *bundle.routes,
            *ingestion.routes,
            *export.routes,
            *labels.routes,
            *mapping_sets.routes,
            *flow.routes,
            *observability.routes,
            *admin.routes,
            *page.routes,
        ],
        middleware=[*_contract_checks(platform), Middleware(Gateway, platform=platform)],
        exception_handlers={
            ApiError: _answer_error,
            HTTPException: _answer_unrouted,
            Exception: _answer_crash,
        },
    )
    app.router.redirect_slashes = False
    app.state.platform = platform
    app.state.hooks = CloudHooks(
        revoke_tokens=lambda: ims.revoke_tokens(platform), reset=platform.reset, named_faults=NAMED_FAULTS
    )
    promotion.resume(platform)
    return app


def _contract_checks(platform: Platform) -> list[Middleware]:
    """Return the check against Adobe's OpenAPI files, where the environment says where they are."""
    folder = os.environ.get(VARIABLE)
    log = platform.directory / "contract.jsonl"
    return [Middleware(ContractMiddleware, folder=Path(folder), log=log)] if folder else []


async def _answer_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    platform = request.app.state.platform
    return answer(error, platform.switches.text("aep.catalog_error_body"))


async def _answer_unrouted(request: Request, error: Exception) -> Response:
    """Answer a path that is not routed: a page where the gateway knows no service, JSON from a service.

    Adobe's Python client tries a GET for ever whose answer is no JSON.
    """
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        body = {
            "type": "/placeholder/type/uri",
            "status": 405,
            "title": "MethodNotAllowedError",
            "detail": "Method not allowed",
        }
        return JSONResponse(body, 405, headers=error.headers)
    if request.url.path.startswith(_SERVICES):
        return await _answer_error(request, errors.not_found("There is nothing at this path"))
    page = f"<html><head><title>{error.status_code}</title></head><body><h1>{error.detail}</h1></body></html>"
    return HTMLResponse(page, error.status_code)


async def _answer_crash(request: Request, error: Exception) -> Response:
    _LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
    body = {
        "type": "/placeholder/type/uri",
        "status": 500,
        "title": "InternalServerError",
        "detail": "Internal error",
    }
    return JSONResponse(body, 500)
