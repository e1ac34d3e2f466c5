"""The actions that send a command to a car: their schemas, and how their data becomes a command."""

from collections.abc import Callable, Iterable, Mapping, Set as AbstractSet
from contextlib import suppress
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
_TIME_OF_DAY: Final = vol.All(cv.time, lambda time: time.replace(second=0, microsecond=0))
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
    """An action that sends a command.

    Attributes:
        build_fn: builds the command from the action's data; raises ServiceValidationError if the data is invalid.
        required_fn: returns the features that the car must support for the action's data.
        schema: the fields of the action, besides its target.
        size_feature: the feature for which the car has room for a limited number of programs.
        size_fn: returns for how many programs the action's data needs room.
    """

    build_fn: Callable[[HomeAssistant, ActionData], RemoteCommand]
    required_fn: Callable[[ActionData], AbstractSet[CommandFeature]]
    schema: VolDictType = field(default_factory=dict)
    size_feature: CommandFeature | None = None
    size_fn: Callable[[ActionData], int] = lambda data: int(data["slot"])


def _build_navigation(hass: HomeAssistant, data: ActionData) -> RemoteCommand:
    """Build a route from the given points, followed by the positions of the given entities."""
    places = [Place(longitude=point[ATTR_LONGITUDE], latitude=point[ATTR_LATITUDE]) for point in data.get("points", ())]
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
    """Build a delayed charge, which starts at the next occurrence of a time of day, or charging programs."""
    delayed, programs = data.get("delayed_start"), data.get("programs")
    if delayed and not programs:
        return ScheduleCharging(schedule=next_occurrence(delayed))
    if programs and not delayed:
        schedule = (_parse_charging_program(number, program) for number, program in enumerate(programs, 1))
        return ScheduleCharging(schedule=tuple(schedule))
    raise ServiceValidationError(translation_domain=DOMAIN, translation_key="delay_or_programs")


def _parse_charging_program(number: int, data: Any) -> NewChargingProgram:
    program: ActionData | None = None
    with suppress(vol.Invalid):
        program = _PROGRAM(data)
    if program is None or program["start"] == program.get("end"):
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="invalid_program",
            translation_placeholders={"number": str(number)},
        )
    return NewChargingProgram(
        start=program["start"],
        end=program.get("end"),
        days=_parse_days(program["days"]),
        enabled=program["enabled"],
    )


def _build_charging_preferences(_hass: HomeAssistant, data: ActionData) -> RemoteCommand:
    level, charging_type = data.get("level"), data.get("type")
    if level is None and charging_type is None:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="level_or_type")
    return SetChargingPreferences(
        level=ChargingPowerLevel[level.upper()] if level else None,
        type=ChargingType[charging_type.upper()] if charging_type else None,
    )


def _parse_days(names: Iterable[str]) -> tuple[Day, ...]:
    """Return the named days of the week, in order and without duplicates."""
    selected = set(names)
    return tuple(day for day, name in zip(Day, WEEKDAYS, strict=True) if name in selected)


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
        size_feature=CommandFeature.PRECONDITIONING_PROGRAMS,
    ),
    "delete_preconditioning_program": CommandAction(
        build_fn=lambda _, data: PreconditionCommand(programs=(DeleteProgram(slot=data["slot"]),)),
        schema={vol.Required("slot"): _SLOT},
        required_fn=lambda _: {CommandFeature.PRECONDITIONING_PROGRAMS},
        size_feature=CommandFeature.PRECONDITIONING_PROGRAMS,
    ),
    "set_charging_schedule": CommandAction(
        build_fn=_build_charging_schedule,
        schema={
            vol.Optional("delayed_start"): _TIME_OF_DAY,
            vol.Optional("programs"): vol.All(cv.ensure_list, vol.Length(min=1)),
        },
        required_fn=lambda data: {
            CommandFeature.CHARGING_PROGRAMS if data.get("programs") else CommandFeature.DELAYED_CHARGING
        },
        size_feature=CommandFeature.CHARGING_PROGRAMS,
        size_fn=lambda data: len(data.get("programs", ())),
    ),
    "set_charging_preferences": CommandAction(
        build_fn=_build_charging_preferences,
        schema={
            vol.Optional("level"): vol.In([level.name.lower() for level in ChargingPowerLevel]),
            vol.Optional("type"): vol.In([charging_type.name.lower() for charging_type in ChargingType]),
        },
        required_fn=lambda data: {feature for name, feature in _PREFERENCE_FEATURES.items() if name in data},
    ),
}
