"""Charging in cheap hours, for a car of the simulator."""

from datetime import timedelta
from typing import Any, Final

from homeassistant.util import dt as dt_util
import pytest

from tests.support.blueprints import AWAY, HOME, BlueprintUser
from tests.support.commands import ONE_CAR

pytestmark = pytest.mark.simulator(**ONE_CAR)

PRICE: Final = "sensor.price"
AT_HOME: Final = [*reversed(HOME)]
ELSEWHERE: Final = [*reversed(AWAY)]


async def charging_commands(user: BlueprintUser) -> list[bool]:
    """Return whether each command that was sent starts charging."""
    return [command["charging"]["immediate"] for command in await user.sent_commands()]


async def test_charge_in_cheap_hours(blueprint_user: BlueprintUser) -> None:
    user = blueprint_user
    inputs = {"price": PRICE, "cheap": 0.2, "departure": (dt_util.now() + timedelta(hours=20)).strftime("%H:%M:%S")}

    async def commands_for(price: str, car: dict[str, Any], **more: Any) -> list[bool]:
        """Return the commands that a new automation sends."""
        await user.stop()
        user.hass.states.async_set(PRICE, price)
        await user.change(**car)
        before = await charging_commands(user)
        await user.use("charge_in_cheap_hours", **inputs | more)
        await user.run()
        await user.run()
        return (await charging_commands(user))[len(before) :]

    async def set_limit(level: int) -> None:
        data = {"entity_id": "number.peugeot_e_208_charge_limit", "value": level}
        await user.hass.services.async_call("number", "set_value", data, blocking=True)

    parked = {"plug": True, "charge": False, "level": 50}
    for price, car, more in (
        ("0.3", parked, {}),
        ("unknown", parked, {}),
        ("0.1", {"plug": False}, {}),
        ("0.1", {**parked, "level": 80}, {}),
        ("0.1", {**parked, "position": ELSEWHERE}, {}),
    ):
        assert await commands_for(price, car, **more) == [], (price, car)
    await user.change(position=AT_HOME)
    for _ in range(6):
        await user.tester.script("Success")
    # The charge limit of the car is lower
    await set_limit(60)
    assert await commands_for("0.1", {**parked, "level": 65}) == []
    assert await commands_for("0.1", {"level": 50}) == [True]
    await set_limit(100)
    assert await commands_for("0.3", {"level": 50}) == [False]
    # At any price: a nearly empty battery, and too little time until departure; then it is stopped again
    assert await commands_for("0.3", {"level": 10}) == [True]
    assert await commands_for("0.3", {"level": 50}) == [False]
    assert await commands_for("0.3", {"level": 50}, speed=1) == [True]
    assert await commands_for("0.1", {"level": 85}) == [False]
    assert user.pop_messages() == []


async def test_charging_is_refused(blueprint_user: BlueprintUser) -> None:
    """The reason is told, and the car is not asked again for hours."""
    user = blueprint_user
    await user.change(plug=True, charge=False, level=50)
    user.hass.states.async_set(PRICE, "0.3")
    await user.use("charge_in_cheap_hours", price=PRICE, cheap=0.2)
    await user.tester.script({"status": "Failed", "failureCause": "ExternalChargingSystemError"})
    for price in ("0.1", "0.3", "0.15"):
        user.hass.states.async_set(PRICE, price)
        await user.settle()
    (message,) = user.pop_messages()
    assert message.startswith("Charging could not be started. The charging station")
    # Not even by a new automation, as after a restart
    await user.use("charge_in_cheap_hours", price=PRICE, cheap=0.25)
    await user.run()
    assert len(await charging_commands(user)) == 1
