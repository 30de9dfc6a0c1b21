"""The application: every service of the local Experience Platform under one base URL."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from emulator.aep import admin, export, ims, namespaces, sandboxes
from emulator.aep.catalog import batches, datasets
from emulator.aep.errors import ApiError, CatalogError
from emulator.aep.gateway import Gateway
from emulator.aep.ingestion import promotion
from emulator.aep.ingestion import routes as ingestion
from emulator.aep.platform import Platform
from emulator.aep.registry import descriptors, resources, stats, unions
from emulator.shell import CloudHooks

if TYPE_CHECKING:
    from starlette.requests import Request

    from emulator.home import Home

_LOG = logging.getLogger("uvicorn.error")


def create_app(home: Home) -> Starlette:
    """Return the application over what `home` holds."""
    platform = Platform.open(home)
    app = Starlette(
        routes=[
            *ims.routes,
            *sandboxes.routes,
            *stats.routes,
            *descriptors.routes,
            *unions.routes,
            *resources.routes,
            *namespaces.routes,
            *datasets.routes,
            *batches.routes,
            *ingestion.routes,
            *export.routes,
            *admin.routes,
        ],
        middleware=[Middleware(Gateway, platform=platform)],
        exception_handlers={
            ApiError: _answer_error,
            HTTPException: _answer_unrouted,
            Exception: _answer_crash,
        },
    )
    app.router.redirect_slashes = False
    app.state.platform = platform
    app.state.hooks = CloudHooks(revoke_tokens=lambda: ims.revoke_tokens(platform), reset=platform.reset)
    promotion.resume(platform)
    return app


async def _answer_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    body = error.body
    if isinstance(error, CatalogError):
        body = error.shaped(request.app.state.platform.switches.text("aep.catalog_error_body"))
    if isinstance(body, str):
        return PlainTextResponse(body, error.status, headers=error.headers)
    return JSONResponse(body, error.status, headers=error.headers)


async def _answer_unrouted(_request: Request, error: Exception) -> Response:
    """Answer a path that no service has: the real gateway sends a page."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        body = {
            "type": "/placeholder/type/uri",
            "status": 405,
            "title": "MethodNotAllowedError",
            "detail": "Method not allowed",
        }
        return JSONResponse(body, 405, headers=error.headers)
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
