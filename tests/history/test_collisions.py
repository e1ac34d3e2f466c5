"""Collisions: each is an event once, and the action returns them; without the permission there is neither."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.stellantis.api import Collision
from custom_components.stellantis.auth.scopes import SCOPES
from custom_components.stellantis.history.collisions import build_collisions, build_collisions_response
from custom_components.stellantis.history.store import EventCursor
from simulator import Simulator
from tests.conftest import Link
from tests.support.helpers import Control, advance_time, call_action_on_only_car, get_state

NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
POLL: Final = 3601
EVENT: Final = "event.ds_3_e_tense_collision"
REQUEST: Final = "GET /user/vehicles/{id}/collisions"


def time(hours: float) -> str:
    """Return the time a number of hours after noon."""
    return (NOON + timedelta(hours=hours)).isoformat()


def collision(collision_id: str | None, hour: float, *impacts: tuple[str, str], **members: Any) -> Collision:
    """Build a collision with the sides and severities of its impacts."""
    details = [{"side": side, "severity": severity} for side, severity in impacts]
    return Collision.from_dict({"id": collision_id, "createdAt": time(hour), "details": details, **members})


def test_each_collision_is_new_once() -> None:
    cursor = EventCursor()
    first = collision("a", 0, ("Front", "Minor"))
    assert build_collisions(cursor, [first]).new_events == ()
    crash = collision("b", 2, ("Front", "Minor"), ("Lateral", "Major"), tippedOver=True, pedestrian=False)
    cursor = EventCursor.from_dict(cursor.to_dict())
    (event,) = build_collisions(cursor, [crash, first]).new_events
    assert event.type == "detected"
    assert event.attributes == {
        "severity": "major",
        "side": "lateral",
        "tipped_over": True,
        "pedestrian": False,
        "time": time(2),
    }
    assert cursor.since == NOON + timedelta(hours=2)
    cursor = EventCursor.from_dict(cursor.to_dict())
    updated = collision("b", 2, ("Front", "Major"), updatedAt=time(3))
    assert build_collisions(cursor, [updated, first]).new_events == ()
    assert build_collisions(cursor, []).new_events == ()
    assert build_collisions(cursor, [updated]).new_events == ()
    odd = [collision("c", 5), collision(None, 4, ("Above", "Total")), Collision.from_dict({"id": "d"})]
    assert [event.attributes for event in build_collisions(cursor, odd).new_events] == [
        {"time": time(4)},
        {"time": time(5)},
    ]


def test_response() -> None:
    link = {"_links": {"trip": {"href": "https://example.com/user/vehicles/v/trips/t1"}}}
    collisions = [collision("a", 0, ("Rear", "Minimal"), **link), Collision.from_dict({"id": "c"}), collision("b", 1)]
    assert build_collisions_response(collisions) == {
        "collisions": [
            {"id": "b", "time": time(1), "impacts": []},
            {
                "id": "a",
                "severity": "minimal",
                "side": "rear",
                "time": time(0),
                "impacts": [{"side": "rear", "severity": "minimal"}],
                "trip": "t1",
            },
            {"id": "c", "impacts": []},
        ]
    }


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_collision_after_a_drive(hass: HomeAssistant, link: Link, control: Control, simulator: Simulator) -> None:
    """It is told once, also if Home Assistant was restarted between the drive and the poll."""
    vin = await control.vin("3 E-Tense")
    entry = await link("ds")
    assert get_state(hass, EVENT) == STATE_UNKNOWN
    assert await call_action_on_only_car(hass, "get_collisions", entry.entry_id) == {"collisions": []}
    await control.patch(vin, drive={"distance": 12, "minutes": 20})
    simulator.world.clock.advance(300)
    await control.patch(vin, collision={"side": "Rear", "severity": "Minor"})
    simulator.world.clock.advance(3600)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    state = hass.states.get(EVENT)
    assert state
    assert state.attributes["event_type"] == "detected"
    assert (state.attributes["side"], state.attributes["severity"]) == ("rear", "minor")
    assert state.attributes["time"] == "2026-11-20T12:05:00+00:00"
    (found,) = (await call_action_on_only_car(hass, "get_collisions", entry.entry_id))["collisions"]
    assert found["impacts"] == [{"side": "rear", "severity": "minor"}]
    assert found["trip"]
    fired_at = state.state
    await control.delete("requests")
    await control.patch(vin, drive={"distance": 8, "minutes": 10})
    simulator.world.clock.advance(1800)
    await advance_time(hass, POLL)
    assert (await control.request_counts())[REQUEST] == 1
    await advance_time(hass, POLL)
    assert (await control.request_counts())[REQUEST] == 1, "a parked car does not collide by itself"
    assert get_state(hass, EVENT) == fired_at


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_emergency_call_is_followed_at_once(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    await link()
    simulator.world.clock.advance(60)
    await control.patch(await control.vin("308 Hybrid"), collision={"side": "Front", "severity": "Major"})
    await advance_time(hass, POLL)
    state = hass.states.get("event.peugeot_308_hybrid_collision")
    assert state
    assert (state.attributes["side"], state.attributes["severity"]) == ("front", "major")


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_without_the_permission(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link("ds", scopes=[scope for scope in SCOPES if scope != "data:collision"])
    assert get_state(hass, EVENT) is None
    with pytest.raises(HomeAssistantError) as raised:
        await call_action_on_only_car(hass, "get_collisions", entry.entry_id)
    assert raised.value.translation_key == "permission_missing"
    assert (await control.request_counts()).get(REQUEST, 0) == 0
