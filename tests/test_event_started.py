"""Events at the start of a drive and of a charge: once, and not because Home Assistant was restarted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from homeassistant.core import EVENT_STATE_CHANGED, Event, EventStateChangedData, HomeAssistant, callback
import pytest

from custom_components.stellantis.vehicle.charging_reading import BatterySample
from custom_components.stellantis.vehicle.charging_session import ActiveSession, SessionUpdate
from custom_components.stellantis.vehicle.charging_start import started_session
from tests.conftest import Link
from tests.support.helpers import Control, advance_time
from tests.support.vehicle_states import build_status, build_trip, set_status, set_trips

NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
POLL: Final = 3601
TRIP: Final = "event.ds_3_e_tense_trip"
CHARGE: Final = "event.ds_3_e_tense_charging_session"


def record_types(hass: HomeAssistant, entity_id: str) -> list[str]:
    """Start to record the types of the events of an entity."""
    types: list[str] = []

    @callback
    def record(event: Event[EventStateChangedData]) -> None:
        old, new = event.data["old_state"], event.data["new_state"]
        if event.data["entity_id"] != entity_id or not old or not new or "unavailable" in (old.state, new.state):
            return
        if new.state != old.state:
            types.append(new.attributes["event_type"])

    hass.bus.async_listen(EVENT_STATE_CHANGED, record)
    return types


async def restart(hass: HomeAssistant, entry_id: str) -> None:
    """Set the entry up again."""
    assert await hass.config_entries.async_reload(entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_drive_is_told_at_its_start(hass: HomeAssistant, link: Link, control: Control) -> None:
    vin = await control.vin("3 E-Tense")
    await set_status(control, vin, build_status(seconds_ago=600, moving=False))
    entry = await link("ds")
    types = record_types(hass, TRIP)
    await set_status(control, vin, build_status(seconds_ago=300, moving=True))
    await advance_time(hass, POLL)
    assert types == ["started"]
    state = hass.states.get(TRIP)
    assert state
    start = datetime.fromisoformat(state.attributes["start"])
    assert timedelta(minutes=4) < datetime.now(UTC) - start < timedelta(minutes=8)
    await set_status(control, vin, build_status(seconds_ago=200, moving=True))
    await advance_time(hass, POLL)
    await restart(hass, entry.entry_id)
    await set_status(control, vin, build_status(seconds_ago=100, moving=True))
    await advance_time(hass, POLL)
    assert types == ["started"]
    await set_trips(control, [build_trip("a", ended_ago=60)])
    await set_status(control, vin, build_status(seconds_ago=50, moving=False, mileage=99_999))
    await advance_time(hass, POLL)
    assert types == ["started", "finished"]


async def test_charge_is_told_at_its_start(hass: HomeAssistant, link: Link, control: Control) -> None:
    """One that is under way when the account is linked is no news; one that began during downtime is."""
    vin = await control.vin("3 E-Tense")
    await set_status(control, vin, build_status(seconds_ago=9000, level=30, charging=True))
    entry = await link("ds")
    types = record_types(hass, CHARGE)
    await set_status(control, vin, build_status(seconds_ago=8000, level=40, charging=True))
    await advance_time(hass, POLL)
    await set_status(control, vin, build_status(seconds_ago=7000, level=41))
    await advance_time(hass, POLL)
    assert types == ["ended"]
    assert await hass.config_entries.async_unload(entry.entry_id)
    await set_status(control, vin, build_status(seconds_ago=6000, level=45, charging=True))
    for _ in range(2):
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert types == ["ended", "started"]
        assert await hass.config_entries.async_unload(entry.entry_id)
    state = hass.states.get(CHARGE)
    assert state


SESSION: Final = ActiveSession(start=NOON, start_level=40, last_seen=NOON, level=40)
SAMPLE: Final = BatterySample(measured_at=NOON, level=40)


@pytest.mark.parametrize(
    ("before", "sample", "active", "is_charging", "is_new"),
    [
        (None, SAMPLE, SESSION, True, True),
        (None, None, SESSION, True, False),  # the first state
        (None, SAMPLE, SESSION, False, False),  # a charge that was not seen, and that is over or pauses
        (SESSION, SAMPLE, replace(SESSION, level=50), True, False),
        (SESSION, SAMPLE, replace(SESSION, start=NOON + timedelta(hours=1)), True, True),
        (None, SAMPLE, replace(SESSION, start_level=100, level=100), True, False),  # cells are balanced
        (SESSION, SAMPLE, None, True, False),
        (None, SAMPLE, None, True, False),
    ],
)
def test_started_session(
    before: ActiveSession | None,
    sample: BatterySample | None,
    active: ActiveSession | None,
    *,
    is_charging: bool,
    is_new: bool,
) -> None:
    update = SessionUpdate(active=active, sample=SAMPLE)
    assert started_session(before, sample, update, is_charging=is_charging) == (active if is_new else None)
