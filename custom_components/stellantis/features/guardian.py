"""Guards the 12 V battery: below a level, the car is not woken up."""

from functools import partial
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import PERCENTAGE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.selector import NumberSelector, NumberSelectorConfig
import probatio as vol

from ..const import DOMAIN
from ..data import Car, StellantisConfigEntry
from ..vehicle.command import CommandRequest, CommandType
from ..vehicle.state import VehicleState
from .feature import Feature, OptionForm

CONF_MIN_LEVEL: Final = "min_auxiliary_level"
# Stellantis itself stops waking cars at about 60 %
MIN_LEVEL, MAX_LEVEL = 50, 95


def auxiliary_level(state: VehicleState | None) -> float | None:
    """Return the level of the 12 V battery in % that a car last reported; None while it is charged, or if unknown."""
    if state is None or state.is_driving or state.is_charging or state.status.battery is None:
        return None
    return state.status.battery.voltage


def _raise_if_low(car: Car, minimum: float, request: CommandRequest) -> None:
    """Refuse to wake up a car whose 12 V battery is low. Other commands are never refused.

    Raises:
        HomeAssistantError: the level is below the minimum.
    """
    level = auxiliary_level(car.status.data if car.status.has_data else None)
    if request.type is CommandType.WAKE_UP and level is not None and level < minimum:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="auxiliary_battery_low",
            translation_placeholders={"level": f"{level:.0f}", "minimum": f"{minimum:g}"},
        )


async def _async_setup(_hass: HomeAssistant, entry: StellantisConfigEntry) -> None:
    """Guard the cars of an account if a minimum is set."""
    minimum: float | None = entry.options.get(CONF_MIN_LEVEL)
    if minimum is None:
        return

    def guard(car: Car) -> None:
        car.commands.guards.append(partial(_raise_if_low, car, minimum))

    entry.runtime_data.async_for_each_car(guard)


def _build_schema(_hass: HomeAssistant, _entry: ConfigEntry[Any]) -> vol.Schema:
    selector = NumberSelector(NumberSelectorConfig(min=MIN_LEVEL, max=MAX_LEVEL, unit_of_measurement=PERCENTAGE))
    return vol.Schema({vol.Optional(CONF_MIN_LEVEL): selector})


GUARDIAN: Final = Feature(
    key="guardian",
    async_setup=_async_setup,
    option_forms=(OptionForm(step_id="guardian", option_names=frozenset((CONF_MIN_LEVEL,)), schema_fn=_build_schema),),
)
