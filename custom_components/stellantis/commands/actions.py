"""Orders: the actions by which a car is told something, as what is said makes a command."""

from collections.abc import Callable, Iterable, Mapping, Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.const import ATTR_LATITUDE, ATTR_LONGITUDE, WEEKDAYS
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import VolDictType
import probatio as vol

from ..api import ChargingPowerLevel, ChargingType, Day, Recurrence
from ..api.requests import (
    DeleteProgram,
    Navigate,
    NewChargingProgram,
    Place,
    PreconditionCommand,
    RemoteCommand,
    ScheduleCharging,
    SetChargingPreferences,
    SetProgram,
    WakeUp,
)
from ..const import DOMAIN
from ..vehicle.capabilities import CommandFeature
from ..vehicle.programs import SLOTS, next_occurrence

type ActionData = Mapping[str, Any]

MAX_PLACES: Final = 10

_PREFERENCE_FEATURES: Final = {"level": CommandFeature.CHARGING_LEVEL, "type": CommandFeature.CHARGING_TYPE}
_TIME_OF_DAY: Final = vol.All(cv.time, lambda at: at.replace(second=0, microsecond=0))
_DAYS: Final = vol.All(cv.ensure_list, vol.Length(min=1), [vol.In(WEEKDAYS)])
_SLOT: Final = vol.All(vol.Coerce(int), vol.In(SLOTS))
_POSITION: Final = vol.Schema(
    {vol.Required(ATTR_LATITUDE): cv.latitude, vol.Required(ATTR_LONGITUDE): cv.longitude}, extra=vol.REMOVE_EXTRA
)
_PROGRAM: Final = vol.Schema(
    {
        vol.Required("start"): _TIME_OF_DAY,
        vol.Optional("end"): _TIME_OF_DAY,
        vol.Optional("days", default=list(WEEKDAYS)): _DAYS,
        vol.Optional("enabled", default=True): cv.boolean,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandAction:
    """Something that a car can be told by an action.

    Attributes:
        command: makes the command of what is said. Raises ServiceValidationError.
        needs: returns what a car must be able to do for what is said.
        fields: what else can be said.
    """

    build_fn: Callable[[HomeAssistant, ActionData], RemoteCommand]
    required_fn: Callable[[ActionData], AbstractSet[CommandFeature]]
    schema: VolDictType = field(default_factory=dict)


def _build_navigation(hass: HomeAssistant, data: ActionData) -> RemoteCommand:
    """Send places: points, and then where some entities are."""
    places = [Place(longitude=one[ATTR_LONGITUDE], latitude=one[ATTR_LATITUDE]) for one in data.get("points", ())]
    for entity_id in data.get("entities", ()):
        state = hass.states.get(entity_id)
        if state is None or state.attributes.get(ATTR_LATITUDE) is None:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="no_place",
                translation_placeholders={"entity": entity_id},
            )
        places.append(Place(longitude=state.attributes[ATTR_LONGITUDE], latitude=state.attributes[ATTR_LATITUDE]))
    if not 1 <= len(places) <= MAX_PLACES:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="number_of_places")
    return Navigate(positions=tuple(places))


def _build_program(_hass: HomeAssistant, data: ActionData) -> RemoteCommand:
    program = SetProgram(
        slot=data["slot"],
        enabled=data["enabled"],
        start=data["start"],
        days=_parse_days(data["days"]),
        recurrence=Recurrence.DAILY if data["repeat"] else Recurrence.NONE,
    )
    return PreconditionCommand(programs=(program,))


def _build_charging_schedule(_hass: HomeAssistant, data: ActionData) -> RemoteCommand:
    """Charge from the next time that a clock shows something on, or by programs."""
    delayed, programs = data.get("delayed_start"), data.get("programs")
    if delayed and not programs:
        return ScheduleCharging(schedule=next_occurrence(delayed))
    if programs and not delayed:
        schedule = (
            NewChargingProgram(
                start=one["start"], end=one.get("end"), days=_parse_days(one["days"]), enabled=one["enabled"]
            )
            for one in programs
        )
        return ScheduleCharging(schedule=tuple(schedule))
    raise ServiceValidationError(translation_domain=DOMAIN, translation_key="delay_or_programs")


def _build_charging_preferences(_hass: HomeAssistant, data: ActionData) -> RemoteCommand:
    level, kind = data.get("level"), data.get("type")
    if level is None and kind is None:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="level_or_type")
    return SetChargingPreferences(
        level=ChargingPowerLevel[level.upper()] if level else None, type=ChargingType[kind.upper()] if kind else None
    )


def _parse_days(names: Iterable[str]) -> tuple[Day, ...]:
    """Return days of the week in their order, each once."""
    chosen = set(names)
    return tuple(day for day, name in zip(Day, WEEKDAYS, strict=True) if name in chosen)


COMMAND_ACTIONS: Final[Mapping[str, CommandAction]] = {
    "wake_up": CommandAction(build_fn=lambda _, __: WakeUp(), required_fn=lambda _: {CommandFeature.WAKE_UP}),
    "send_navigation": CommandAction(
        build_fn=_build_navigation,
        schema={
            vol.Optional("points"): vol.All(cv.ensure_list, vol.Length(max=MAX_PLACES), [_POSITION]),
            vol.Optional("entities"): cv.entity_ids,
        },
        required_fn=lambda _: {CommandFeature.NAVIGATION},
    ),
    "set_preconditioning_program": CommandAction(
        build_fn=_build_program,
        schema={
            vol.Required("slot"): _SLOT,
            vol.Required("start"): _TIME_OF_DAY,
            vol.Optional("days", default=list(WEEKDAYS)): _DAYS,
            vol.Optional("enabled", default=True): cv.boolean,
            vol.Optional("repeat", default=True): cv.boolean,
        },
        required_fn=lambda _: {CommandFeature.PRECONDITIONING_PROGRAMS},
    ),
    "delete_preconditioning_program": CommandAction(
        build_fn=lambda _, data: PreconditionCommand(programs=(DeleteProgram(slot=data["slot"]),)),
        schema={vol.Required("slot"): _SLOT},
        required_fn=lambda _: {CommandFeature.PRECONDITIONING_PROGRAMS},
    ),
    "set_charging_schedule": CommandAction(
        build_fn=_build_charging_schedule,
        schema={
            vol.Optional("delayed_start"): _TIME_OF_DAY,
            vol.Optional("programs"): vol.All(cv.ensure_list, vol.Length(min=1), [_PROGRAM]),
        },
        required_fn=lambda data: {
            CommandFeature.CHARGING_PROGRAMS if data.get("programs") else CommandFeature.DELAYED_CHARGING
        },
    ),
    "set_charging_preferences": CommandAction(
        build_fn=_build_charging_preferences,
        schema={
            vol.Optional("level"): vol.In([level.name.lower() for level in ChargingPowerLevel]),
            vol.Optional("type"): vol.In([kind.name.lower() for kind in ChargingType]),
        },
        required_fn=lambda data: {able for name, able in _PREFERENCE_FEATURES.items() if name in data},
    ),
}
