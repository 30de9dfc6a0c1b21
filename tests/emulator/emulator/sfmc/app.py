"""The Marketing Cloud server's application: authentication, REST and SOAP on one address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from emulator.scenarios import seeding
from emulator.sfmc import (
    admin,
    auth,
    custom_objects,
    legacy_folders,
    page,
    rest_errors,
    row_writes,
    rowset,
    service_descriptions,
)
from emulator.sfmc.named_faults import NAMED_FAULTS
from emulator.sfmc.platform import Platform
from emulator.sfmc.soap import service as soap
from emulator.shell import CloudHooks

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from emulator.home import Home


def create_app(home: Home) -> Starlette:
    """The application; seeds the source when it has never been seeded."""
    platform = Platform(home)
    if platform.store.fact("day") is None:
        platform.store.wipe()
        seeding.seed(platform, home.scale)
    service = soap.Service(platform)
    rest = [
        *rowset.routes(platform),
        *custom_objects.routes(platform),
        *row_writes.routes(platform),
        *legacy_folders.routes(platform),
    ]
    for route in rest:
        route.limits = platform.within_limits
    authentication = auth.routes(platform)
    app = Starlette(
        routes=[
            *authentication,
            *rest,
            *service_descriptions.routes(platform, [*authentication, *rest]),
            *soap.routes(service),
            *admin.routes(platform),
            *page.routes(platform),
        ],
        exception_handlers={HTTPException: _no_route},
    )

    def reset() -> None:
        service.retrieve.continuations.clear()
        seeding.reseed(platform, float(platform.store.fact("scale")))

    app.state.hooks = CloudHooks(
        revoke_tokens=platform.tokens.revoke_all,
        reset=reset,
        named_faults=NAMED_FAULTS,
        fault_actions=admin.fault_actions(platform),
    )
    return app


async def _no_route(_: Request, __: Exception) -> Response:
    return rest_errors.not_found().response()
