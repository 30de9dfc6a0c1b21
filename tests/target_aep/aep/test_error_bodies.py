"""Every shape of error body that Adobe's services are known to send, and some that nobody documents."""

from __future__ import annotations

import json

import pytest

from target_aep.aep.errors import read_problem

SHAPES = {
    "gateway": (
        {"error_code": "401013", "message": "Oauth token is not valid"},
        ("401013", "", "Oauth token is not valid"),
    ),
    "ims": (
        {"error": "invalid_client", "error_description": "invalid client_secret parameter"},
        ("invalid_client", "", "invalid client_secret parameter"),
    ),
    "registry": (
        {
            "type": "http://ns.adobe.com/aep/errors/XDM-1413-400",
            "title": "Merge Schema Error",
            "status": 400,
            "report": {"detailed-message": "Cannot merge"},
        },
        ("XDM-1413-400", "Merge Schema Error", "Cannot merge"),
    ),
    "namespaces": (
        {
            "type": "http://ns.adobe.com/adobecloud/problem/namespacevalidation",
            "title": "NAMESPACE_CODE_CONFLICT",
            "description": "exists",
            "report": {"code": "INTEGRATION_CODE_EXISTS"},
        },
        ("INTEGRATION_CODE_EXISTS", "NAMESPACE_CODE_CONFLICT", "exists"),
    ),
    "placeholder": (
        {"type": "/placeholder/type/uri", "status": 400, "title": "BadRequestError", "detail": "limit"},
        ("", "BadRequestError", "limit"),
    ),
    "flow service": ({"error": {"code": "E1", "message": "no"}}, ("E1", "", "no")),
    "a list": ([{"code": 106, "message": "empty"}], ("106", "", "empty")),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_code_title_and_detail_are_read_from(shape: str) -> None:
    body, expected = SHAPES[shape]
    assert read_problem(json.dumps(body)) == expected


@pytest.mark.parametrize(
    "body", ["", "null", "[]", "{}", "nonsense", '"text"', "[1]", "<html><b>Oops</b></html>"]
)
def test_anything_else_is_read_without_failing(body: str) -> None:
    problem = read_problem(body)
    assert problem.code == ""
    assert "<" not in problem.detail


def test_a_long_body_is_cut() -> None:
    assert len(read_problem("x" * 10_000).detail) == 500
