"""Scopes: which of them a token grants, and which an account asks for."""

from entities import TABLES
import pytest

from custom_components.stellantis.api import (
    Capabilities,
    ChargingCapability,
    PreconditioningCapability,
    RemoteCapabilities,
    RemoteCapability,
    Vehicle,
)
from custom_components.stellantis.auth.scopes import SCOPES, grants_scope, requested_scopes
from custom_components.stellantis.endpoints import SECONDARY_ENDPOINTS, STATUS
from custom_components.stellantis.features import list_actions
from custom_components.stellantis.services import ACTIONS
from custom_components.stellantis.vehicle.capabilities import command_support


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


def _used_scopes() -> set[str]:
    """Return the scopes that something uses: the account's identity, endpoints, entities, actions and commands."""
    endpoints = {endpoint.scope for endpoint in (STATUS, *SECONDARY_ENDPOINTS)}
    entities = {description.scope for descriptions in TABLES.values() for description in descriptions}
    actions = {action.scope for action in (*ACTIONS, *list_actions())}
    supported = RemoteCapability(supported=True)
    remote = RemoteCapabilities(
        preconditioning=PreconditioningCapability(supported=True),
        charging=ChargingCapability(supported=True),
        door=supported,
        horn=supported,
        lights=supported,
        wakeup=supported,
        navigation=supported,
    )
    vehicle = Vehicle(capabilities=Capabilities(remote=remote))
    commands = command_support(vehicle, lambda _: False).missing_scopes
    return {scope for scope in {*endpoints, *entities, *actions, *commands} if scope}


def test_only_used_scopes_are_asked_for() -> None:
    """The ID token has the subject that tells accounts apart; where there is none, the e-mail address does."""
    assert {"openid", "email"} | _used_scopes() == set(SCOPES)
