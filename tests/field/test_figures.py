"""Figures as drivers saw their cars report them: levels, ranges, odometers, clocks, and servers with old bodies."""

from collections.abc import Mapping
from datetime import time
from functools import partial
from typing import Any, Final

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_restore_state_shutdown_restart

from tests.conftest import Link
from tests.support.helpers import Control, advance_time, get_state
from tests.support.vehicle_states import time_ago

POLL: Final = 24 * 3601
CAR: Final = "peugeot_e_208"
BATTERY: Final = f"sensor.{CAR}_battery"
RANGE: Final = f"sensor.{CAR}_electric_range"
ODOMETER: Final = f"sensor.{CAR}_odometer"
PLUG: Final = f"binary_sensor.{CAR}_charging_cable"
TRACKER: Final = f"device_tracker.{CAR}"
STATUS: Final = "/user/vehicles/{id}/status"
pytestmark = [
    pytest.mark.usefixtures("entity_registry_enabled_by_default"),
    pytest.mark.simulator(fleet=1, brand="peugeot"),
]


def at(minutes_ago: float) -> dict[str, str]:
    """Return the times of a part."""
    return {"createdAt": time_ago(60 * minutes_ago)}


def build_energy(minutes_ago: float, **members: Any) -> dict[str, Any]:
    """Return an electric energy of a car that is not plugged in; `charging` changes that, None leaves it out."""
    charging = members.pop("charging", {})
    load = members.pop("load", None)
    electric: dict[str, Any] = {}
    if charging is not None:
        electric["charging"] = {"plugged": False, "status": "Disconnected", "chargingRate": 0, **charging}
    if load:
        electric["battery"] = {"load": {**at(minutes_ago), "capacity": load[0], "residual": load[1]}}
    extension = {"extension": {"electric": electric}} if electric else {}
    return {**at(minutes_ago), "type": "Electric", "subType": "ElectricEnergy", **members, **extension}


def build_body(minutes_ago: float, *energies: dict[str, Any], **parts: Any) -> dict[str, Any]:
    """Return the status of a parked car."""
    kept = {
        "energies": list(energies) or [build_energy(minutes_ago, level=52, autonomy=170)],
        "odometer": {**at(minutes_ago), "mileage": 43210.5},
        "ignition": {**at(minutes_ago), "type": "Stop"},
        "kinetic": {**at(minutes_ago), "moving": False},
    }
    return {**at(minutes_ago), "_links": {}, **kept, **parts}


class Driver:
    """Somebody whose car reports these bodies, one at each poll."""

    def __init__(self, hass: HomeAssistant, link: Link, control: Control) -> None:
        self.hass, self.link, self.control = hass, link, control
        self.entry: MockConfigEntry | None = None

    async def see(self, *bodies: dict[str, Any]) -> None:
        """Have the car report the bodies; before the first one, link the account."""
        vin = await self.control.vin("e-208")
        for body in bodies:
            await self.control.put(f"vehicles/{vin}/status", body)
            if self.entry is None:
                self.entry = await self.link()
            else:
                await advance_time(self.hass, POLL)

    async def restart(self) -> None:
        """Have Home Assistant forget all but what it keeps on disk."""
        assert self.entry
        await self.hass.config_entries.async_unload(self.entry.entry_id)
        await async_mock_restore_state_shutdown_restart(self.hass)
        await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.hass.async_block_till_done(wait_background_tasks=True)

    def states(self, *entity_ids: str) -> tuple[str | None, ...]:
        return tuple(get_state(self.hass, entity_id) for entity_id in entity_ids)


@pytest.fixture
def driver(hass: HomeAssistant, link: Link, control: Control) -> Driver:
    return Driver(hass, link, control)


# --- levels


@pytest.mark.parametrize("word", ["Stop", "StartUp", "Start", "Free"])
async def test_ignition(driver: Driver, word: str) -> None:
    key = {"StartUp": "start_up"}.get(word, word.lower())
    await driver.see(build_body(0, ignition={**at(0), "type": word}))
    assert driver.states(f"sensor.{CAR}_ignition") == (key,)


@pytest.mark.parametrize("level", [100, 63, 47, 40, 16])
async def test_level_beside_no_range_is_no_value(driver: Driver, level: float) -> None:
    await driver.see(
        build_body(30, build_energy(30, level=4, autonomy=2)), build_body(0, build_energy(0, level=level, autonomy=0))
    )
    assert driver.states(BATTERY, RANGE) == (STATE_UNKNOWN, "0.0")


@pytest.mark.parametrize(
    ("energy", "level"),
    [
        ({"level": 6, "autonomy": 0}, "6.0"),
        ({"level": 57, "autonomy": 0, "charging": None, "load": (432, 246)}, "57.0"),  # a mild hybrid
        ({"level": 57, "autonomy": 0, "load": (432, 246)}, "57.0"),
        ({"level": 88, "autonomy": 255, "load": (52_700, 12_150)}, STATE_UNKNOWN),
        ({"level": 88, "autonomy": 255, "load": (52_700, 0)}, "88.0"),
        ({"level": 88, "autonomy": 255, "load": (52_700, 36_000)}, "88.0"),
        ({"level": 43, "autonomy": 128, "load": (33_280, 4_096)}, "43.0"),  # too little energy for this range
    ],
)
async def test_credible_levels(driver: Driver, energy: dict[str, Any], level: str) -> None:
    await driver.see(build_body(5, build_energy(5, level=50, autonomy=160)), build_body(0, build_energy(0, **energy)))
    assert driver.states(BATTERY) == (level,)


# --- members that bodies leave out


async def test_range_that_is_left_out_while_charging_stays(driver: Driver) -> None:
    charging = {"plugged": True, "status": "InProgress"}
    await driver.see(
        build_body(50, build_energy(50, level=40, autonomy=22)),
        build_body(20, build_energy(20, level=60, charging=charging)),
        build_body(0, build_energy(0, level=80, charging=charging)),
    )
    assert driver.states(BATTERY, RANGE, PLUG) == ("80.0", "22.0", "on")


async def test_no_range_of_long_ago_makes_a_level_wrong(driver: Driver) -> None:
    """The range of 0 is that of before the charge."""
    charging = {"plugged": True, "status": "InProgress"}
    await driver.see(
        build_body(90, build_energy(90, level=3, autonomy=0)),
        build_body(0, build_energy(0, level=70, charging=charging)),
    )
    assert driver.states(BATTERY) == ("70.0",)


async def test_cable_stays_plugged_in_if_a_body_has_no_extension(driver: Driver) -> None:
    await driver.see(
        build_body(5, build_energy(5, level=50, charging={"plugged": True, "status": "Stopped"})),
        build_body(0, build_energy(0, level=51, autonomy=163, charging=None)),
    )
    assert driver.states(PLUG, BATTERY) == ("on", "51.0")


@pytest.mark.parametrize("energies", [[], [{**at(0), "type": "Electric", "subType": "ElectricEnergy"}]])
async def test_level_in_the_deprecated_energy(driver: Driver, energies: list[dict[str, Any]]) -> None:
    charging = {"plugged": True, "status": "InProgress"}
    twin = {**at(0), "updatedAt": time_ago(0), "type": "Electric", "level": 71, "autonomy": 39, "charging": charging}
    await driver.see(build_body(0, energies=energies, energy=[twin]))
    assert driver.states(BATTERY, RANGE, f"binary_sensor.{CAR}_battery_charging") == ("71.0", "39.0", "on")


# --- charging


async def test_charging_speed_is_that_of_a_charge(driver: Driver) -> None:
    speed = f"sensor.{CAR}_charging_speed"
    charging: dict[str, Any] = {"plugged": True, "status": "InProgress", "chargingRate": 47}
    await driver.see(build_body(9, build_energy(9, level=79, charging=charging)))
    assert driver.states(speed) == ("47.0",)
    await driver.see(build_body(5, build_energy(5, level=80, charging={**charging, "status": "Finished"})))
    assert driver.states(speed) == ("0.0",)
    await driver.see(
        build_body(0, build_energy(0, level=78, charging={**charging, "plugged": False, "status": "Idle"}))
    )
    assert driver.states(speed) == ("0.0",)


@pytest.mark.parametrize(
    ("plugged", "status", "delayed", "shown"),
    [
        (True, "Stopped", "PT22H5M", time(22, 5)),
        (True, "Disconnected", "PT22H5M", time(22, 5)),
        (True, "Stopped", "PT0S", None),
        (True, "Finished", "PT0S", None),
        (True, "InProgress", "PT22H5M", None),
        (False, "Disconnected", "PT1M", None),
        (False, "Disconnected", "PT22H5M", None),
    ],
)
async def test_next_delayed_charge(
    driver: Driver, *, plugged: bool, status: str, delayed: str, shown: time | None
) -> None:
    """A car that cannot be told when to charge shows when it will."""
    driver.link = partial(driver.link, scopes=["openid", "data:telemetry"])
    waiting = {"plugged": True, "status": "Stopped", "nextDelayedTime": "PT3H"}
    charging = {"plugged": plugged, "status": status, "nextDelayedTime": delayed}
    await driver.see(
        build_body(5, build_energy(5, level=50, charging=waiting)),
        build_body(0, build_energy(0, level=50, charging=charging)),
    )
    next_start = dt_util.parse_datetime(str(get_state(driver.hass, f"sensor.{CAR}_next_delayed_charge")))
    assert (next_start and dt_util.as_local(next_start).time()) == shown
    assert (calendar := driver.hass.states.get(f"calendar.{CAR}_calendar"))
    assert ("message" in calendar.attributes) is (shown is not None)


# --- places


@pytest.mark.parametrize("coordinates", [[0, 0], [None, None, None]])
async def test_last_place_stays(driver: Driver, coordinates: list[Any]) -> None:
    def place(minutes_ago: float, coordinates: list[Any]) -> Mapping[str, Any]:
        geometry = {"type": "Point", "coordinates": coordinates}
        return {"lastPosition": {"type": "Feature", "geometry": geometry, "properties": at(minutes_ago)}}

    await driver.see(build_body(9, **place(9, [2.5, 47.25, 41])), build_body(0, **place(0, coordinates)))
    tracker = driver.hass.states.get(TRACKER)
    assert tracker
    assert (tracker.attributes["latitude"], tracker.attributes["longitude"]) == (47.25, 2.5)


@pytest.mark.parametrize(
    ("word", "is_shown"), [("None", True), ("Geolocation", False), ("Full", False), ("Partial", False), (5, False)]
)
async def test_place_is_shown_only_if_the_driver_hides_nothing(driver: Driver, word: Any, *, is_shown: bool) -> None:
    geometry = {"type": "Point", "coordinates": [2.5, 47.25]}
    place = {"lastPosition": {"type": "Feature", "geometry": geometry, "properties": at(0)}}
    await driver.see(build_body(0, **place, privacy={**at(0), "state": word}))
    tracker = driver.hass.states.get(TRACKER)
    assert (tracker is not None and "latitude" in tracker.attributes) is is_shown


# --- clocks and servers


async def test_servers_that_alternate_do_so_over_a_restart(driver: Driver) -> None:
    def doors(minutes_ago: float, word: str) -> dict[str, Any]:
        return {"doorsState": {**at(minutes_ago), "lockedStates": [word], "opening": []}}

    charging = {"plugged": True, "status": "Stopped"}
    new = build_body(
        1,
        build_energy(1, level=61, charging=charging),
        odometer={**at(60), "mileage": 13000},
        **doors(1, "Locked"),
    )
    old = build_body(61, build_energy(61, level=40), odometer={**at(3600), "mileage": 12900}, **doors(61, "Unlocked"))
    shown = BATTERY, PLUG, ODOMETER, f"lock.{CAR}_central_locking"
    expected = ("61.0", "on", "13000.0", "locked")
    await driver.see(new)
    assert driver.states(*shown) == expected
    for body in (old, new, old):
        await driver.see(body)
        assert driver.states(*shown) == expected
    for _ in range(2):
        await driver.restart()
        assert driver.states(*shown) == expected


async def test_what_is_no_longer_reported_is_forgotten_after_a_week(driver: Driver) -> None:
    temperature = f"sensor.{CAR}_outside_temperature"

    def air(minutes_ago: float) -> dict[str, Any]:
        return {"environment": {"air": {**at(minutes_ago), "temp": 21}}}

    week = 7 * 24 * 60
    await driver.see(build_body(week + 300, **air(week + 300)), build_body(120))
    assert driver.states(temperature) == (STATE_UNKNOWN,)
    await driver.see(build_body(100, **air(week + 300)))
    assert driver.states(temperature) == ("21.0",)
    await driver.see(build_body(90, **air(90)), build_body(60))
    await driver.restart()
    assert driver.states(temperature) == ("21.0",)


async def test_what_is_no_longer_reported_after_a_restart_is_unknown(driver: Driver, control: Control) -> None:
    temperature = f"sensor.{CAR}_outside_temperature"
    minutes = 8 * 24 * 60
    await driver.see(build_body(minutes, environment={"air": {**at(minutes), "temp": 21}}))
    assert driver.states(temperature) == ("21.0",)
    await control.put(f"vehicles/{await control.vin('e-208')}/status", build_body(0))
    await driver.restart()
    assert driver.states(temperature) == (STATE_UNKNOWN,)


async def test_no_status_keeps_the_values(driver: Driver, control: Control) -> None:
    await driver.see(build_body(5))
    not_found = {"code": 40400, "message": "no status"}
    await control.fault(STATUS, status=404, body=not_found)
    for _ in range(5):
        await advance_time(driver.hass, POLL)
    assert driver.states(BATTERY) == ("52.0",)
    await driver.restart()
    assert driver.states(BATTERY) == ("52.0",)


@pytest.mark.parametrize("empty", [{}, {"_links": {}}])
async def test_empty_status_changes_nothing(
    driver: Driver, empty: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Neither as the first one, nor again and again."""
    await driver.see(empty, build_body(5), empty, empty, empty, empty)
    assert driver.states(BATTERY, PLUG, ODOMETER) == ("52.0", "off", "43210.5")
    assert "Error fetching" not in caplog.text


async def test_removed_account_leaves_no_status(driver: Driver, hass_storage: dict[str, Any]) -> None:
    await driver.see(build_body(5))
    assert driver.entry
    await driver.restart()
    assert [name for name in hass_storage if name.endswith("last_status")]
    await driver.hass.config_entries.async_remove(driver.entry.entry_id)
    await driver.hass.async_block_till_done()
    assert [name for name in hass_storage if name.endswith("last_status")] == []


@pytest.mark.parametrize("stored", [[], {}, "nothing", {"VIN": 5}, {"VIN": {"energies": "none", "createdAt": 7}}])
async def test_unreadable_last_status_is_replaced(
    driver: Driver, control: Control, hass_storage: dict[str, Any], stored: Any
) -> None:
    await driver.see(build_body(5))
    assert driver.entry
    await driver.hass.config_entries.async_unload(driver.entry.entry_id)
    vin = await control.vin("e-208")
    (name,) = [name for name in hass_storage if name.endswith("last_status")]
    hass_storage[name]["data"] = {vin: stored["VIN"]} if isinstance(stored, dict) and stored else stored
    await driver.hass.config_entries.async_setup(driver.entry.entry_id)
    assert driver.states(BATTERY) == ("52.0",)


# --- driving


async def test_ignition_that_stays_on_is_not_driving(driver: Driver, control: Control) -> None:
    """A drive has ended though the ignition is still on in the body, and its trip is looked for."""
    driven = build_body(31, ignition={**at(31), "type": "StartUp"}, kinetic={**at(31), "moving": True, "speed": 40})
    charging = {"plugged": True, "status": "InProgress", "remainingTime": "PT3H"}
    parked = build_body(
        0,
        build_energy(0, level=50, charging=charging),
        odometer={**at(15), "mileage": 43223},
        ignition={**at(31), "type": "StartUp"},
    )
    await driver.see(driven)
    before = (await control.request_counts())["GET /user/vehicles/{id}/trips"]
    await driver.see(parked)
    assert (await control.request_counts())["GET /user/vehicles/{id}/trips"] > before


@pytest.mark.parametrize(("word", "minutes"), [("StartUp", 900), ("Start", 31)])
async def test_car_whose_ignition_stays_on_is_polled_as_a_parked_one(
    driver: Driver, control: Control, word: str, minutes: float
) -> None:
    await driver.see(build_body(10, ignition={**at(minutes), "type": word}, kinetic={**at(900), "moving": False}))
    assert driver.entry
    status = driver.entry.runtime_data.cars[await control.vin("e-208")].status
    await status.async_refresh()
    interval = status.update_interval
    assert interval
    assert interval.total_seconds() == 15 * 60
