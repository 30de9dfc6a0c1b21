"""What went wrong with a request, as the error that a user can act on."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from requests.exceptions import SSLError

from target_aep.aep import hosts, permissions, retry
from target_aep.aep.errors import ApiError, LostAnswerError, Problem, read_problem
from target_aep.errors import ConfigurationError, PermissionDeniedError, RemoteError, TryAgainError

if TYPE_CHECKING:
    from requests import RequestException, Response

    from target_aep.aep.gateway import Gateway

ACCESS_STATUSES = frozenset({401, 403})
TOO_LARGE = 413
CREDENTIAL_CODES = frozenset({"403000", "403003", "403025"})
"""API key missing, API key invalid, no product profile or another organisation's."""


def is_hopeless(error: RequestException) -> bool:
    """Whether asking again is of no use: a bad certificate, or nothing listening on this machine."""
    return isinstance(error, SSLError) or (retry.is_refused(error) and hosts.is_loopback(_host(error)))


def unreachable(error: RequestException, where: str) -> RemoteError:
    """Say that no answer came."""
    host = _host(error)
    if isinstance(error, SSLError):
        what = f"the certificate of {host} is not trusted."
        return RemoteError(what, remedy="Set ca_bundle to the file of your authority's certificates.")
    if retry.is_refused(error):
        what = f"nothing answers at {_address(error)} ({where}: connection refused)."
        return RemoteError(what, remedy="Start it, or correct ims_url and platform_url.")
    what = f"{host} cannot be reached ({where}: {type(error).__name__})."
    return RemoteError(what, remedy="Check network, proxy and platform_url, then run again.")


def lost(where: str, why: str) -> LostAnswerError:
    """Say that it is unknown whether a request was carried out."""
    return LostAnswerError(
        f"the answer to {where} was lost ({why}): it may or may not have been carried out.",
        remedy="Run again: the next run looks before it repeats it.",
    )


def refusal(response: Response, where: str, *, gateway: Gateway) -> Exception:
    """Say that the platform refused, or failed after all attempts."""
    # Before it is cut to length, and once more when what JSON escapes is plain.
    problem = Problem(*map(gateway.redact, read_problem(gateway.redact(response.text))))
    error = ApiError(response.status_code, *problem, where=where, remedy=_remedy(response.status_code))
    if response.is_redirect:
        what = f"{where} answered with a redirect, which is not followed with credentials."
        return ConfigurationError(what, remedy="Check platform_url.")
    if retry.is_rate_limited(response):
        return TryAgainError(error.what, remedy="Adobe limits the rate of requests; run again later.")
    if response.status_code in ACCESS_STATUSES:
        if problem.code in CREDENTIAL_CODES:
            remedy = (
                f"Check org_id {gateway.org_id!r}, and that the Developer Console project has the "
                "Experience Platform API with a product profile."
            )
        else:
            method, _, path = where.partition(" ")
            permission = permissions.needed(method, path)
            remedy = (
                f"Ask an administrator to add {permission or 'this permission'} to a role of the credential "
                f"in sandbox {gateway.sandbox_name!r}."
            )
        return PermissionDeniedError(error.what, remedy=remedy)
    return error


def _remedy(status: int) -> str:
    if status == TOO_LARGE:
        return "Set file_mb lower, so that files are smaller."
    if status in retry.TRANSIENT_STATUSES:
        return "Adobe's side fails. Nothing is lost: run again later."
    return "Nothing is lost. If it stays, report it with the run's report; LOGLEVEL=DEBUG shows the request."


def _host(error: RequestException) -> str:
    return urlsplit(str(error.request.url)).hostname or "" if error.request is not None else "Adobe"


def _address(error: RequestException) -> str:
    return (
        urlsplit(str(error.request.url)).netloc.rpartition("@")[2] if error.request is not None else "Adobe"
    )
