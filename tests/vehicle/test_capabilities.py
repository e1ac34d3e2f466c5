"""Command features, by capabilities of the car and granted scopes."""

import json
from typing import Any

from homeassistant.core import HomeAssistant
from hypothesis import given, settings, strategies as st
import pytest

from custom_components.stellantis.api import Vehicle
from custom_components.stellantis.auth.scopes import SCOPES
from custom_components.stellantis.history.files import StellantisStore
from custom_components.stellantis.vehicle.capabilities import (
    CommandFeature,
    CommandSupport,
    command_support,
    dump_capabilities,
    with_known_capabilities,
)
from tests.conftest import Link

SIMPLE = {
    CommandFeature.ANY,
    CommandFeature.DOORS,
    CommandFeature.HORN,
    CommandFeature.LIGHTS,
    CommandFeature.WAKE_UP,
    CommandFeature.NAVIGATION,
    CommandFeature.PRECONDITIONING,
    CommandFeature.PRECONDITIONING_PROGRAMS,
    CommandFeature.START_CHARGING,
    CommandFeature.STOP_CHARGING,
    CommandFeature.DELAYED_CHARGING,
}
REMOTE_SCOPES = frozenset(scope for scope in SCOPES if scope.startswith("remote:"))


def support_of(remote: Any, motorization: str = "Electric", granted: frozenset[str] = REMOTE_SCOPES) -> CommandSupport:
    """Return the support of a car with these remote capabilities."""
    body = {"motorization": motorization, "_embedded": {"extension": {"onboardCapabilities": {"remote": remote}}}}
    return command_support(Vehicle.from_dict(body), granted.__contains__)


async def supports(link: Link, brand: str, **token: Any) -> list[CommandSupport]:
    """Return the support of each car in a brand's account."""
    entry = await link(brand, **token)
    return [car.commands.support for car in entry.runtime_data.cars.values()]


@pytest.mark.parametrize(
    ("brand", "features"),
    [
        ("peugeot", [set(CommandFeature), SIMPLE, SIMPLE]),
        ("citroen", [set(), SIMPLE]),
        ("ds", [set()]),
        ("opel", [SIMPLE, SIMPLE]),
        ("vauxhall", [SIMPLE]),
    ],
)
async def test_cars_of_the_simulator(link: Link, brand: str, features: list[set[CommandFeature]]) -> None:
    found = await supports(link, brand)
    assert [set(support.available) for support in found] == features
    assert all(not support.missing_scopes for support in found)


async def test_scopes_that_were_not_granted(link: Link) -> None:
    (support,) = await supports(link, "vauxhall", scopes=["openid", "data:telemetry", "remote:horn:write"])
    assert support.available == {CommandFeature.ANY, CommandFeature.HORN}
    assert support.missing_scopes == REMOTE_SCOPES - {"remote:horn:write"}
    assert support.unpermitted[CommandFeature.DELAYED_CHARGING] == "remote:charging:write"
    (unsupported,) = await supports(link, "ds", scopes=["openid", "data:telemetry"])
    assert unsupported == CommandSupport(), "unsupported features need no scope"


@pytest.mark.parametrize(
    ("remote", "features"),
    [
        (None, set()),
        ({}, set()),
        ({"door": {}}, set()),
        ({"door": {"supported": False, "scopeName": "remote:door:write"}}, set()),
        ({"door": {"supported": True}}, {CommandFeature.DOORS}),
        ({"preconditioning": {"supported": True}}, {CommandFeature.PRECONDITIONING}),
        ({"preconditioning": {"supported": True, "parameters": {"immediate": False}}}, set()),
        (
            {"preconditioning": {"supported": True, "parameters": {"immediate": False, "programs": {"size": 4}}}},
            {CommandFeature.PRECONDITIONING_PROGRAMS},
        ),
        (
            {"preconditioning": {"supported": True, "parameters": {"programs": {"size": 0}}}},
            {CommandFeature.PRECONDITIONING},
        ),
        ({"charging": {"supported": True}}, {CommandFeature.START_CHARGING, CommandFeature.STOP_CHARGING}),
        (
            {"charging": {"supported": True, "parameters": {"immediate": {"start": True, "stop": False}}}},
            {CommandFeature.START_CHARGING},
        ),
        (
            {
                "charging": {
                    "supported": True,
                    "parameters": {
                        "immediate": {"start": False, "stop": False},
                        "schedule": {"nextDelayedTime": True, "programs": {"supported": False, "size": 2}},
                        "preferences": {"level": False, "type": True},
                    },
                }
            },
            {CommandFeature.DELAYED_CHARGING, CommandFeature.CHARGING_TYPE},
        ),
    ],
    ids=lambda value: str(sorted(value) if isinstance(value, set) else value),
)
def test_reported_capabilities(remote: Any, features: set[CommandFeature]) -> None:
    assert support_of(remote) == CommandSupport(
        available=frozenset(features | {CommandFeature.ANY} if features else features)
    )


def test_car_with_a_combustion_engine_is_not_charged() -> None:
    remote = {"charging": {"supported": True}, "horn": {"supported": True}}
    assert support_of(remote, "Thermic").available == {CommandFeature.ANY, CommandFeature.HORN}
    assert (
        support_of(remote, "Hybrid").available
        == support_of(remote, "Hydrogen").available
        == support_of(remote).available
    )
    assert support_of(remote, "Thermic", frozenset()).missing_scopes == {"remote:horn:write"}


def test_scope_with_another_name() -> None:
    remote = {"door": {"supported": True, "scopeName": "remote:door:lock:write"}}
    assert support_of(remote) == CommandSupport(unpermitted={CommandFeature.DOORS: "remote:door:lock:write"})


@settings(max_examples=100)
@given(st.sets(st.sampled_from(sorted(REMOTE_SCOPES))).map(frozenset))
def test_more_scopes_never_mean_fewer_features(granted: frozenset[str]) -> None:
    names = ("preconditioning", "door", "horn", "charging", "lights", "wakeup", "navigation")
    remote = {name: {"supported": True} for name in names}
    some, every = support_of(remote, granted=granted), support_of(remote)
    assert some.available <= every.available
    assert some.missing_scopes == REMOTE_SCOPES - granted


def test_capabilities_are_remembered(hass: HomeAssistant) -> None:
    """A list without capabilities, or with some that say nothing of commands, does not take them away."""
    full = Vehicle.from_dict(
        {
            "id": "1",
            "vin": "V",
            "onboardCapabilities": {
                "data": ["data:trip"],
                "remote": {
                    "door": {"supported": True, "scopeName": "remote:door:write"},
                    "preconditioning": {"supported": True, "parameters": {"programs": {"supported": True, "size": 2}}},
                },
            },
        }
    )
    stored = dump_capabilities(full)
    assert json.loads(json.dumps(stored)) == stored
    bare = Vehicle(id="1", vin="V")
    assert with_known_capabilities(bare, None) == bare
    assert with_known_capabilities(bare, stored).capabilities == full.capabilities
    empty = Vehicle.from_dict({"id": "1", "onboardCapabilities": {"data": []}})
    remembered = with_known_capabilities(empty, stored)
    assert remembered.capabilities
    assert full.capabilities
    assert remembered.capabilities.remote == full.capabilities.remote
    assert with_known_capabilities(full, dump_capabilities(empty)) == full
    store = StellantisStore(hass, "1")
    assert store.async_remember_capabilities({"V": full}) == {"V": full}
    assert store.async_remember_capabilities({"V": bare})["V"].capabilities == full.capabilities
