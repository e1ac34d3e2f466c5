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
    Action,
    ChargingProgram,
    DeleteProgram,
    Navigate,
    Place,
    Precondition,
    PreferCharging,
    ScheduleCharging,
    SetProgram,
    WakeUp,
)
from ..const import DOMAIN
from ..vehicle.capabilities import Ability
from ..vehicle.programs import SLOTS, next_time

type Data = Mapping[str, Any]

MOST_PLACES: Final = 10

_PREFERENCES: Final = {"level": Ability.CHARGING_LEVEL, "type": Ability.CHARGING_TYPE}
_CLOCK: Final = vol.All(cv.time, lambda at: at.replace(second=0, microsecond=0))
_DAYS: Final = vol.All(cv.ensure_list, vol.Length(min=1), [vol.In(WEEKDAYS)])
_SLOT: Final = vol.All(vol.Coerce(int), vol.In(SLOTS))
_POINT: Final = vol.Schema(
    {vol.Required(ATTR_LATITUDE): cv.latitude, vol.Required(ATTR_LONGITUDE): cv.longitude}, extra=vol.REMOVE_EXTRA
)
_PROGRAM: Final = vol.Schema(
    {
        vol.Required("start"): _CLOCK,
        vol.Optional("end"): _CLOCK,
        vol.Optional("days", default=list(WEEKDAYS)): _DAYS,
        vol.Optional("enabled", default=True): cv.boolean,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Something that a car can be told by an action.

    Attributes:
        command: makes the command of what is said. Raises ServiceValidationError.
        needs: returns what a car must be able to do for what is said.
        fields: what else can be said.
    """

    command: Callable[[HomeAssistant, Data], Action]
    needs: Callable[[Data], AbstractSet[Ability]]
    fields: VolDictType = field(default_factory=dict)


def _navigate(hass: HomeAssistant, data: Data) -> Action:
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
    if not 1 <= len(places) <= MOST_PLACES:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="number_of_places")
    return Navigate(positions=tuple(places))


def _set_program(_hass: HomeAssistant, data: Data) -> Action:
    program = SetProgram(
        slot=data["slot"],
        enabled=data["enabled"],
        start=data["start"],
        days=_days(data["days"]),
        recurrence=Recurrence.DAILY if data["repeat"] else Recurrence.NONE,
    )
    return Precondition(programs=(program,))


def _schedule(_hass: HomeAssistant, data: Data) -> Action:
    """Charge from the next time that a clock shows something on, or by programs."""
    delayed, programs = data.get("delayed_start"), data.get("programs")
    if delayed and not programs:
        return ScheduleCharging(schedule=next_time(delayed))
    if programs and not delayed:
        schedule = (
            ChargingProgram(start=one["start"], end=one.get("end"), days=_days(one["days"]), enabled=one["enabled"])
            for one in programs
        )
        return ScheduleCharging(schedule=tuple(schedule))
    raise ServiceValidationError(translation_domain=DOMAIN, translation_key="delay_or_programs")


def _prefer(_hass: HomeAssistant, data: Data) -> Action:
    level, kind = data.get("level"), data.get("type")
    if level is None and kind is None:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="level_or_type")
    return PreferCharging(
        level=ChargingPowerLevel[level.upper()] if level else None, type=ChargingType[kind.upper()] if kind else None
    )


def _days(names: Iterable[str]) -> tuple[Day, ...]:
    """Return days of the week in their order, each once."""
    chosen = set(names)
    return tuple(day for day, name in zip(Day, WEEKDAYS, strict=True) if name in chosen)


ORDERS: Final[Mapping[str, Order]] = {
    "wake_up": Order(command=lambda _, __: WakeUp(), needs=lambda _: {Ability.WAKE_UP}),
    "send_navigation": Order(
        command=_navigate,
        fields={
            vol.Optional("points"): vol.All(cv.ensure_list, vol.Length(max=MOST_PLACES), [_POINT]),
            vol.Optional("entities"): cv.entity_ids,
        },
        needs=lambda _: {Ability.NAVIGATION},
    ),
    "set_preconditioning_program": Order(
        command=_set_program,
        fields={
            vol.Required("slot"): _SLOT,
            vol.Required("start"): _CLOCK,
            vol.Optional("days", default=list(WEEKDAYS)): _DAYS,
            vol.Optional("enabled", default=True): cv.boolean,
            vol.Optional("repeat", default=True): cv.boolean,
        },
        needs=lambda _: {Ability.PRECONDITIONING_PROGRAMS},
    ),
    "delete_preconditioning_program": Order(
        command=lambda _, data: Precondition(programs=(DeleteProgram(slot=data["slot"]),)),
        fields={vol.Required("slot"): _SLOT},
        needs=lambda _: {Ability.PRECONDITIONING_PROGRAMS},
    ),
    "set_charging_schedule": Order(
        command=_schedule,
        fields={
            vol.Optional("delayed_start"): _CLOCK,
            vol.Optional("programs"): vol.All(cv.ensure_list, vol.Length(min=1), [_PROGRAM]),
        },
        needs=lambda data: {Ability.CHARGING_PROGRAMS if data.get("programs") else Ability.DELAYED_CHARGING},
    ),
    "set_charging_preferences": Order(
        command=_prefer,
        fields={
            vol.Optional("level"): vol.In([level.name.lower() for level in ChargingPowerLevel]),
            vol.Optional("type"): vol.In([kind.name.lower() for kind in ChargingType]),
        },
        needs=lambda data: {able for name, able in _PREFERENCES.items() if name in data},
    ),
}
