"""Each blueprint does what it says for a car of the simulator, and nothing else."""

from datetime import timedelta
from typing import Any, Final

from homeassistant.components.calendar import DOMAIN as CALENDAR, CalendarEntity, CalendarEvent
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from tests.support.blueprints import AWAY, HOME, BlueprintUser
from tests.support.commands import ONE_CAR
from tests.support.helpers import advance_time, call_action, get_state

pytestmark = pytest.mark.simulator(**ONE_CAR)

GARAGE: Final = "cover.garage"
AT_HOME: Final = [*reversed(HOME)]
ELSEWHERE: Final = [*reversed(AWAY)]
REFUSED: Final = {"status": "Failed", "failureCause": "DoorsOpen"}


async def test_plug_in_reminder(blueprint_user: BlueprintUser) -> None:
    user = blueprint_user
    await user.change(plug=False, level=40, position=ELSEWHERE)
    await user.use("plug_in_reminder")
    await user.run()
    assert user.pop_messages() == [], "away"
    await user.change(position=AT_HOME)
    assert user.pop_messages() == [], "just arrived"
    await advance_time(user.hass, 901)
    assert user.pop_messages() == ["The battery is at 40%. Plug in the car."]
    for change in ({"level": 60}, {"level": 40, "plug": True}):
        await user.change(**change)
        await user.run()
        assert user.pop_messages() == [], change
    await user.change(plug=False)
    await user.run()
    assert len(user.pop_messages()) == 1, "in the evening"
    # Without any data of the car
    assert await user.hass.config_entries.async_unload(user.tester.entry.entry_id)
    await user.run()
    assert user.pop_messages() == []


class Appointments(CalendarEntity):
    """A calendar with one event, which starts in half an hour and a minute."""

    _attr_name = "Appointments"

    def __init__(self, summary: str) -> None:
        start = dt_util.now() + timedelta(minutes=31)
        self._event = CalendarEvent(start=start, end=start + timedelta(hours=1), summary=summary)

    @property
    def event(self) -> CalendarEvent:
        """Return the event."""
        return self._event

    async def async_get_events(self, hass: HomeAssistant, start_date: Any, end_date: Any) -> list[CalendarEvent]:  # noqa: ARG002
        """Return the event, if it is in the time range."""
        return [self._event] if start_date < self._event.end and self._event.start < end_date else []


async def test_preheat_before_event(blueprint_user: BlueprintUser) -> None:
    user = blueprint_user
    assert await async_setup_component(user.hass, CALENDAR, {})
    appointments = Appointments("Work")
    await user.hass.data[CALENDAR].async_add_entities([appointments])
    heating = {"immediate": True}

    async def commands_for(car: dict[str, Any], **inputs: Any) -> int:
        """Return how many commands are sent before the event."""
        await user.change(**car)
        before = len(await user.sent_commands())
        await user.use("preheat_before_event", **{"calendar": "calendar.appointments"} | inputs)
        await advance_time(user.hass, 90)
        return len(await user.sent_commands()) - before

    cold = {"plug": True, "temperature": -3, "position": AT_HOME}
    assert await commands_for({**cold, "temperature": 12}) == 0
    assert await commands_for({**cold, "plug": False}) == 0
    assert await commands_for({**cold, "position": ELSEWHERE}) == 0
    assert await commands_for(cold, word="dentist") == 0
    user.hass.states.async_set("sensor.outside", "unknown", {"device_class": "temperature"})
    assert await commands_for(cold, temperature="sensor.outside") == 0
    await user.tester.script(REFUSED)
    assert await commands_for(cold) == 1
    (message,) = user.pop_messages()
    assert message.startswith("The car is not preheated. A door")
    # The car's own programs are not appointments
    await user.tester.script("Success")
    start = (dt_util.now() + timedelta(minutes=31)).strftime("%H:%M:%S")
    await call_action(user.hass, "set_preconditioning_program", {"device_id": user.device_id}, slot=1, start=start)
    assert await commands_for(cold, calendar="calendar.peugeot_e_208_calendar") == 0
    await user.tester.script("Success")
    assert await commands_for({**cold, "plug": False}, plugged_in=False, word="work") == 1
    assert get_state(user.hass, "climate.peugeot_e_208_preconditioning") == "heat_cool"
    assert (await user.sent_commands())[-1]["preconditioning"]["airConditioning"].items() >= heating.items()
    assert user.pop_messages() == []
    await appointments.async_remove()


async def test_left_open(blueprint_user: BlueprintUser) -> None:
    user = blueprint_user
    hour = dt_util.now()
    night = {
        "from": (hour - timedelta(hours=1)).strftime("%H:%M:%S"),
        "until": (hour + timedelta(hours=1)).strftime("%H:%M:%S"),
    }
    day = {"from": night["until"], "until": (hour + timedelta(hours=2)).strftime("%H:%M:%S")}
    await user.use("left_open", **night)
    await user.run()
    assert user.pop_messages() == [], "closed"
    await user.change(doors=["Trunk"])
    assert user.pop_messages() == [], "just opened"
    await advance_time(user.hass, 601)
    assert user.pop_messages() == ["The car is not locked. Open: Trunk."]
    await user.run()
    assert user.pop_messages() == [], "it was told"
    await user.use("left_open", **day)
    await user.run()
    assert user.pop_messages() == [], "at home by day"
    await user.change(position=ELSEWHERE, doors="closed", lock=False)
    await user.use("left_open", away=False, **day)
    await user.run()
    assert user.pop_messages() == []
    await user.use("left_open", **day)
    await user.run()
    assert user.pop_messages() == ["The car is not locked."]
    await user.tester.script(REFUSED)
    await user.use("left_open", lock_it=True, **day)
    await user.run()
    (message,) = user.pop_messages()
    assert message.startswith("The car is not locked and could not be locked. A door")


async def test_left_open_is_locked(blueprint_user: BlueprintUser) -> None:
    user = blueprint_user
    await user.change(position=ELSEWHERE, lock=False)
    await user.tester.script("Success")
    await user.use("left_open", lock_it=True)
    await user.run()
    assert user.pop_messages() == ["The car was not locked. It is locked now."]


@pytest.mark.simulator(**ONE_CAR | {"fleet": 2})
async def test_alarm(blueprint_user: BlueprintUser) -> None:
    user = blueprint_user
    user.tester.vin = list(user.tester.entry.runtime_data.cars)[1]
    await user.change(position=AT_HOME)
    await user.use("alarm")
    await user.change(alarm=False)
    assert user.pop_messages() == []

    async def message_after(**changes: Any) -> str:
        """Change the car, and return the notification that comes."""
        await user.tester.control.patch(user.tester.vin, **changes)
        await user.tester.car.async_refresh_all()
        return await user.wait_for_message()

    message = await message_after(alarm="VehicleLifting")
    assert message.startswith("Car lifted. [Map](https://www.openstreetmap.org/?mlat=45.76")
    message = await message_after(position=[4.83, 45.78])
    assert message.startswith("Car lifted. The car is being moved. [Map]")
    assert "mlat=45.78&" in message

    # The sensors keep what they had over a restart: the car was moved on, and is again
    await user.use("alarm")
    assert user.pop_messages() == []
    user.hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    message = await user.wait_for_message()
    assert message.startswith("Car lifted. The car is being moved. [Map]")
    assert "mlat=45.78&" in message
    await user.stop()

    # Once the time has passed, it is of no interest
    await user.use("alarm", duration={"seconds": 0})
    user.hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await user.settle()
    assert user.pop_messages() == []


async def test_service_due(blueprint_user: BlueprintUser) -> None:
    user = blueprint_user
    due = get_state(user.hass, "sensor.peugeot_e_208_service_due")
    assert due
    days = (dt_util.parse_date(due) or dt_util.now().date()) - dt_util.now().date()
    distance = int(float(get_state(user.hass, "sensor.peugeot_e_208_distance_to_maintenance") or 0))
    assert distance > float(get_state(user.hass, "sensor.peugeot_e_208_electric_range") or 0) > 0
    for days_ahead, distance_ahead, messages in (
        (days.days - 1, distance - 1, []),
        (days.days, distance - 1, [f"The next service is due on {due}."]),
        (0, distance + 1, [f"The next service is due in {distance} km."]),
    ):
        await user.use("service_due", days=days_ahead, distance=distance_ahead)
        await user.run()
        assert user.pop_messages() == messages
    overdue = user.hass.states.get("binary_sensor.peugeot_e_208_maintenance_overdue")
    assert overdue
    user.hass.states.async_set(overdue.entity_id, "on", overdue.attributes)
    await user.use("service_due")
    await user.run()
    assert user.pop_messages() == ["A service is overdue."]


async def test_open_garage(blueprint_user: BlueprintUser) -> None:
    user = blueprint_user
    opened = async_mock_service(user.hass, "cover", "open_cover")
    user.hass.states.async_set(GARAGE, "open")
    monitor = er.async_get(user.hass).async_get_or_create(
        "event", "stellantis", "approach", device_id=user.device_id, translation_key="monitor"
    )
    user.hass.states.async_set(monitor.entity_id, "unknown")
    other = "event.other"
    await user.use("open_garage", garage=GARAGE, monitor=[other])

    async def drive_home() -> int:
        """Return how often the door was opened on the way."""
        opened.clear()
        await user.change(position=ELSEWHERE)
        await user.change(position=AT_HOME)
        return len(opened)

    async def notify() -> int:
        """Return how often a notification of the monitor opened the door."""
        opened.clear()
        user.hass.states.async_set(monitor.entity_id, dt_util.utcnow().isoformat(), {"event_type": "triggered"})
        await user.hass.async_block_till_done()
        return len(opened)

    assert await drive_home() == 0, "it is open already"
    user.hass.states.async_set(GARAGE, "closed")
    assert await notify() == 0, "another monitor"
    await user.use("open_garage", garage=GARAGE, age={"seconds": 0})
    assert await drive_home() == 0, "the data is old"
    await user.use("open_garage", garage=GARAGE)
    assert await drive_home() == 1
    assert await drive_home() == 0, "it was opened just now"
    await user.use("open_garage", garage=GARAGE, monitor=[monitor.entity_id])
    assert await notify() == 1
    assert await drive_home() == 0, "the same arrival"


async def test_wake_while_charging(blueprint_user: BlueprintUser) -> None:
    user = blueprint_user

    async def wake_ups(**inputs: Any) -> int:
        before = len(await user.sent_commands())
        await user.use("wake_while_charging", **inputs)
        await user.run()
        await user.run()
        return len(await user.sent_commands()) - before

    at_once = {"interval": {"seconds": 0}}
    await user.change(plug=True, charge=False, level=50)
    assert await wake_ups(**at_once) == 0, "it does not charge"
    await user.change(charge=True)
    assert await wake_ups() == 0, "it has reported just now"
    slept = (
        "sensor.peugeot_e_208_last_update",
        (dt_util.utcnow() - timedelta(hours=3)).isoformat(),
        {"device_class": "timestamp"},
    )
    user.hass.states.async_set(*slept)
    await user.tester.script({"status": "Failed", "failureCause": "NotPossibleDueToVehicleBatteryLevel"})
    told = [{"event": "refused", "event_data": {"message": "{{ message }}"}}]
    messages: list[str] = []
    user.hass.bus.async_listen("refused", lambda event: messages.append(event.data["message"]))
    assert await wake_ups(tell=told) == 1
    assert messages[0].startswith("The car could not be woken. ")
    user.hass.states.async_set(*slept)
    await user.tester.script("Success")
    assert await wake_ups(allowance=2) == 1
    user.hass.states.async_set(*slept)
    used = user.tester.commands.wake_ups_this_month
    assert used
    assert await wake_ups(allowance=used) == 0, "the allowance is used up"
    assert len(messages) == 1
