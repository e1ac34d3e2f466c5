"""Stores that were written by the code of commit fbf7699, before fields were renamed, can be read."""

from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
from typing import Any, Final

from homeassistant.core import HomeAssistant
import pytest

from custom_components.stellantis.api.requests import (
    Day,
    PreconditionCommand,
    Recurrence,
    RemoteRequest,
    SetProgram,
)
from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.history.files import StellantisStore
from custom_components.stellantis.history.store import CarStore, EventCursor
from custom_components.stellantis.vehicle.charge_limit import ChargeLimitRecord
from custom_components.stellantis.vehicle.charging_session import ActiveSession, ChargingSession
from custom_components.stellantis.vehicle.command import Command, CommandResult, CommandStatus, CommandType
from custom_components.stellantis.vehicle.trip import TripRecord

NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
CONTENT: Final = (Path(__file__).parents[1] / "fixtures" / "stores" / "fbf7699.json").read_text(encoding="utf-8")
KEY: Final = f"{DOMAIN}.entry"


def time(hours: float) -> datetime:
    """Return the time a number of hours after noon."""
    return NOON + timedelta(hours=hours)


PRECONDITIONING: Final = RemoteRequest(
    command=PreconditionCommand(
        immediate=True,
        programs=(
            SetProgram(
                slot=1,
                enabled=True,
                start=datetime(2026, 3, 2, 6, 45, tzinfo=UTC).time(),
                days=(Day.MONDAY,),
                recurrence=Recurrence.DAILY,
            ),
        ),
    )
).to_dict()

FULL: Final = CarStore(
    trips=[
        TripRecord(
            id="t1",
            start=time(0),
            end=time(0.5),
            distance=12.5,
            electricity=2.25,
            fuel=0.5,
            cost=1.75,
            origin=(7.5, 48.5),
            destination=(7.75, 48.25),
        ),
        TripRecord(id="t2", start=time(1), end=time(1.25), distance=3.0),
    ],
    charging_sessions=[
        ChargingSession(
            start=time(-4), end=time(-2), start_level=20.0, end_level=60.0, energy=19.25, cost=4.75, zone="Home"
        ),
        ChargingSession(start=time(1.5), end=time(2), start_level=50.0, end_level=55.5),
    ],
    active_session=ActiveSession(
        start=time(3),
        start_level=55.0,
        start_residual=26.5,
        last_seen=time(3.5),
        level=62.5,
        residual=30.25,
        capacity=48.0,
        mileage=12345.5,
        zone="Home",
    ),
    archived_totals={
        "distance": 40.0,
        "duration": 1.0,
        "electricity": 6.5,
        "fuel": 1.25,
        "driving_cost": 3.5,
        "charged": 9.5,
        "charging_cost": 2.25,
    },
    statistics_dirty_since=time(-9),
    history_complete=True,
    alert_cursor=EventCursor(initialized=True, since=time(-1), seen={"a1": "engine_fault", "a2": None}),
    alarm_cursor=EventCursor(initialized=True, since=time(-3), seen={"b1": None}),
    charge_limit=ChargeLimitRecord(level=90, enabled=True, applied=True, mileage=12340.0),
    current_command=Command(
        type=CommandType.PRECONDITIONING,
        body=PRECONDITIONING,
        label="l3",
        started=time(4),
        callback_id="cb",
        remote_action_id="r1",
        remote_status="InProgress",
        woke_vehicle=True,
    ),
    command_results=[
        CommandResult(
            type=CommandType.LOCK, status=CommandStatus.FAILED, cause="doors_open", started=time(0), duration=42.0
        ),
        CommandResult(
            type=CommandType.WAKE_UP,
            status=CommandStatus.SUCCESS,
            started=time(1),
            duration=7.5,
            woke_vehicle=True,
        ),
    ],
    wake_ups={"2026-03": 1},
)
SPARSE: Final = CarStore(
    active_session=ActiveSession(start=time(3), start_level=55.0, last_seen=time(3), level=55.0),
    current_command=Command(type=CommandType.UNLOCK, body={}, label="l4", started=time(4)),
)
CARS: Final = {"VR3ZZZZZZZZ000001": FULL, "VR3ZZZZZZZZ000002": SPARSE, "VR3ZZZZZZZZ000003": CarStore()}


async def test_it_is_loaded_with_all_values(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    hass_storage[KEY] = json.loads(CONTENT)
    store = StellantisStore(hass, "entry")
    await store.async_load()
    assert {vin: store.get_car(vin) for vin in store.vins} == CARS


async def test_it_is_kept_when_it_is_written(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    hass_storage[KEY] = json.loads(CONTENT)
    store = StellantisStore(hass, "entry")
    await store.async_load()
    await store.async_save()
    store = StellantisStore(hass, "entry")
    await store.async_load()
    assert {vin: store.get_car(vin) for vin in store.vins} == CARS


@pytest.mark.parametrize("vin", CARS)
def test_values_keep_their_keys(vin: str) -> None:
    """Members that are newer have a default."""
    assert _contains(CARS[vin].to_dict(), json.loads(CONTENT)["data"][vin])


def _contains(written: Any, old: Any) -> bool:
    if isinstance(old, dict):
        return all(key in written and _contains(written[key], value) for key, value in old.items())
    if isinstance(old, list):
        return all(_contains(*pair) for pair in zip(written, old, strict=True))
    return bool(written == old)
