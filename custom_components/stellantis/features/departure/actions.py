"""Actions: plan a departure, and delete all departures."""

from typing import Any, Final

from homeassistant.const import WEEKDAYS as WEEKDAY_NAMES
from homeassistant.core import Context
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util.ulid import ulid_now
import probatio as vol

from ...action_description import ActionData, ActionDescription, add_counts
from ...const import DOMAIN
from ...data import Car
from ...vehicle.program_times import WEEKDAYS
from ...vehicle.programs import next_occurrence
from .departures import DEFAULT_LEVEL, Departure
from .manager import can_plan, get_manager
from .response import build_response

MIN_LEVEL: Final = 20
_LEVEL: Final = vol.All(vol.Coerce(int), vol.Range(min=MIN_LEVEL, max=100))
_TIME: Final = vol.All(cv.time, lambda time: time.replace(second=0, microsecond=0))
_DAYS: Final = vol.All(cv.ensure_list, vol.Length(min=1), [vol.In(WEEKDAY_NAMES)])


async def _async_plan_departure(car: Car, data: ActionData, _context: Context) -> dict[str, Any]:
    """Plan a departure, instead of one at the same time of the same days, and return the plan.

    Raises:
        ServiceValidationError: The car cannot be charged.
    """
    if not can_plan(car):
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="not_able")
    names = set(data.get("days", ()))
    departure = Departure(
        uid=ulid_now(),
        at=next_occurrence(data["time"]),
        days=tuple(day for day, name in zip(WEEKDAYS, WEEKDAY_NAMES, strict=True) if name in names),
        level=data["level"],
        warm=data["warm"],
    )
    manager = get_manager(car)
    others = [other for other in manager.record.departures if not departure.replaces(other)]
    await manager.async_set_departures([*others, departure])
    return build_response(manager)


async def _async_delete_departures(car: Car, _data: ActionData, _context: Context) -> dict[str, Any]:
    """Delete all departures, and return how many there were."""
    manager = get_manager(car)
    count = len(manager.record.departures)
    await manager.async_set_departures(())
    return {"deleted": count}


ACTIONS: Final = (
    ActionDescription(
        name="plan_departure",
        handler=_async_plan_departure,
        schema={
            vol.Required("time"): _TIME,
            vol.Optional("days"): _DAYS,
            vol.Optional("level", default=DEFAULT_LEVEL): _LEVEL,
            vol.Optional("warm", default=False): cv.boolean,
        },
        is_control=True,
        prefers_fn=can_plan,
    ),
    ActionDescription(
        name="delete_departures",
        handler=_async_delete_departures,
        is_control=True,
        combine_fn=add_counts,
    ),
)
