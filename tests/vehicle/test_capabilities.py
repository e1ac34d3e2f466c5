"""What a car may be told, by what it is able to do and what its driver granted."""

from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.stellantis.api import Vehicle
from custom_components.stellantis.auth.oauth import SCOPES
from custom_components.stellantis.vehicle.capabilities import CommandFeature, CommandSupport, command_support
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
RIGHTS = frozenset(scope for scope in SCOPES if scope.startswith("remote:"))


def of(remote: Any, motorization: str = "Electric", granted: frozenset[str] = RIGHTS) -> CommandSupport:
    """Return what a car may be told whose capabilities are these."""
    told = {"motorization": motorization, "_embedded": {"extension": {"onboardCapabilities": {"remote": remote}}}}
    return command_support(Vehicle.from_dict(told), granted.__contains__)


async def told(link: Link, brand: str, **token: Any) -> list[CommandSupport]:
    """Return what the cars of a brand's account may be told."""
    entry = await link(brand, **token)
    return [car.commands.support for car in entry.runtime_data.cars.values()]


@pytest.mark.parametrize(
    ("brand", "able"),
    [
        ("peugeot", [set(CommandFeature), SIMPLE, SIMPLE]),
        ("citroen", [set(), SIMPLE]),
        ("ds", [set()]),
        ("opel", [SIMPLE, SIMPLE]),
        ("vauxhall", [SIMPLE]),
    ],
)
async def test_cars_of_the_simulator(link: Link, brand: str, able: list[set[CommandFeature]]) -> None:
    found = await told(link, brand)
    assert [set(one.available) for one in found] == able
    assert all(not one.missing_scopes for one in found)


async def test_rights_that_were_not_granted(link: Link) -> None:
    (one,) = await told(link, "vauxhall", scopes=["openid", "data:telemetry", "remote:horn:write"])
    assert one.available == {CommandFeature.ANY, CommandFeature.HORN}
    assert one.missing_scopes == RIGHTS - {"remote:horn:write"}
    assert one.unpermitted[CommandFeature.DELAYED_CHARGING] == "remote:charging:write"
    (other,) = await told(link, "ds", scopes=["openid", "data:telemetry"])
    assert other == CommandSupport(), "what it is not able to do needs no right"


@pytest.mark.parametrize(
    ("remote", "able"),
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
def test_what_cars_say(remote: Any, able: set[CommandFeature]) -> None:
    assert of(remote) == CommandSupport(available=frozenset(able | {CommandFeature.ANY} if able else able))


def test_car_that_burns_fuel_is_not_charged() -> None:
    remote = {"charging": {"supported": True}, "horn": {"supported": True}}
    assert of(remote, "Thermic").available == {CommandFeature.ANY, CommandFeature.HORN}
    assert of(remote, "Hybrid").available == of(remote, "Hydrogen").available == of(remote).available
    assert of(remote, "Thermic", frozenset()).missing_scopes == {"remote:horn:write"}


def test_right_by_another_name() -> None:
    remote = {"door": {"supported": True, "scopeName": "remote:door:lock:write"}}
    assert of(remote) == CommandSupport(unpermitted={CommandFeature.DOORS: "remote:door:lock:write"})


@settings(max_examples=100, deadline=None)
@given(st.sets(st.sampled_from(sorted(RIGHTS))).map(frozenset))
def test_more_rights_never_mean_less(granted: frozenset[str]) -> None:
    kinds = ("preconditioning", "door", "horn", "charging", "lights", "wakeup", "navigation")
    remote = {name: {"supported": True} for name in kinds}
    one, every = of(remote, granted=granted), of(remote)
    assert one.available <= every.available
    assert one.missing_scopes == RIGHTS - granted
