"""Scopes: which of them a token grants, and which an account asks for."""

import pytest

from custom_components.stellantis.auth.scopes import SCOPES, grants_scope, requested_scopes


@pytest.mark.parametrize(
    ("granted", "scope", "expected"),
    [
        ("openid data:telemetry", "data:telemetry", True),
        ("openid,data:telemetry", "data:telemetry", True),
        ("openid data:telemetry", "data:trip", False),
        ("openid remote:horn:write", "data:trip", False),
        (None, "remote:horn:write", True),
        ("", "data:trip", True),
        ("openid profile", "data:trip", True),
        ("openid profile email", "remote:horn:write", False),
        (["openid", "data:telemetry"], "data:telemetry", True),
        (["openid", "data:telemetry"], "data:trip", False),
        (["openid data:telemetry", "data:trip,remote:horn:write"], "remote:horn:write", True),
        (["openid", None, 7, "remote:horn:write"], "data:trip", False),
        ([], "data:trip", True),
        ({"data": "telemetry"}, "data:trip", True),
    ],
)
def test_granted_scopes(granted: object, scope: str, *, expected: bool) -> None:
    assert grants_scope({"scope": granted}, scope) is expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, SCOPES),
        ({"scopes": []}, SCOPES),
        ({"scopes": ["data:trip", "openid"]}, ("openid", "data:trip")),
        ({"scopes": ["openid", "of another version"]}, ("openid",)),
    ],
)
def test_requested_scopes(data: dict[str, list[str]], expected: tuple[str, ...]) -> None:
    assert requested_scopes(data) == expected
