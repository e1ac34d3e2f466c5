"""The store after Home Assistant was killed between the writes of its files."""

from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
import pytest

from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.history.files import StellantisStore
from custom_components.stellantis.history.store import CarStore
from custom_components.stellantis.vehicle.charging_reading import BatterySample
from custom_components.stellantis.vehicle.charging_session import ActiveSession, SessionUpdate, update_session
from tests.history.test_store import NOON, VIN, build_session, build_trip
from tests.support.charging import UNPLUGGED, state_at

HOUR = timedelta(hours=1)


def build_sample(measured_at: datetime, level: float = 20) -> BatterySample:
    return BatterySample(measured_at=measured_at, level=level)


def build_active(start: datetime, level: float = 20) -> ActiveSession:
    return ActiveSession(start=start, last_seen=start, start_level=level, level=level)


RECORDED = build_session(0)


@pytest.mark.parametrize(
    ("active", "sample", "expected"),
    [
        # In order: the history and the rest are of the same time
        (None, build_sample(RECORDED.end), (None, build_sample(RECORDED.end))),
        (None, None, (None, None)),
        (build_active(NOON + HOUR), build_sample(NOON + HOUR), (build_active(NOON + HOUR), build_sample(NOON + HOUR))),
        # The rest is from the time of the session, or from before it
        (build_active(RECORDED.start), build_sample(RECORDED.end), (None, None)),
        (None, build_sample(RECORDED.start - HOUR), (None, None)),
    ],
)
def test_recorded_session_is_discarded(
    active: ActiveSession | None, sample: BatterySample | None, expected: tuple[object, object]
) -> None:
    store = CarStore(charging_sessions=[RECORDED], active_session=active, battery_sample=sample)
    store.discard_recorded_session()
    assert (store.active_session, store.battery_sample) == expected


def test_without_history_nothing_is_discarded() -> None:
    store = CarStore(active_session=build_active(NOON), battery_sample=build_sample(NOON))
    store.discard_recorded_session()
    assert store == CarStore(active_session=build_active(NOON), battery_sample=build_sample(NOON))


@pytest.mark.parametrize("saved", range(5))
def test_recorded_session_does_not_end_again(saved: int) -> None:
    """The history has the session; the rest is as it was after some of the car's states."""
    states = [state_at(0, 20, plugged=False, status="Disconnected"), *(state_at(10 * n, 20 + n) for n in range(1, 4))]
    states.append(state_at(40, 24, **UNPLUGGED))
    updates = [SessionUpdate()]
    for state in states:
        updates.append(update_session(updates[-1].active, updates[-1].sample, state))
    (session,) = updates[-1].ended
    rest = updates[saved]
    store = CarStore(charging_sessions=[session], active_session=rest.active, battery_sample=rest.sample)
    store.discard_recorded_session()
    update = update_session(store.active_session, store.battery_sample, states[-1], last_end=session.end)
    assert (update.active, update.ended) == (None, ())


async def test_history_is_saved_before_the_rest(hass: HomeAssistant) -> None:
    store = StellantisStore(hass, "entry")
    store.get_car(VIN).add_trips([build_trip(1)])
    with patch.object(Store, "async_delay_save", autospec=True) as delay_save:
        store.async_schedule_save()
    delays = {call.args[0].key: call.args[2] for call in delay_save.call_args_list}
    rest = delays.pop(f"{DOMAIN}.entry")
    (history,) = delays.values()
    assert history < rest


async def test_kill_between_the_writes(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """The statistics still lack the new records, and no session ends twice."""
    store = StellantisStore(hass, "entry")
    car = store.get_car(VIN)
    car.active_session, car.battery_sample = build_active(RECORDED.start), build_sample(RECORDED.start)
    await store.async_save()
    rest = hass_storage[f"{DOMAIN}.entry"]
    car.active_session, car.battery_sample = None, build_sample(RECORDED.end, level=40)
    car.add_charging_session(RECORDED)
    car.add_trips([build_trip(1)])
    await store.async_save()
    hass_storage[f"{DOMAIN}.entry"] = rest
    reloaded = StellantisStore(hass, "entry")
    await reloaded.async_load()
    assert reloaded.get_car(VIN) == CarStore(
        trips=[build_trip(1)],
        charging_sessions=[RECORDED],
        statistics_dirty_since=build_trip(1).start,
        charging_dirty_since=RECORDED.start,
    )
