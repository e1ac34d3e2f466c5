"""The action that sets the cost of a charging session by hand."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.core import Context
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
import probatio as vol

from ...action_description import TIME, ActionData, ActionDescription
from ...const import DOMAIN
from ...data import Car
from ...endpoints import CHARGES
from ...history.events import charging_session_attributes
from ...vehicle.charging_session import ChargingSession, CostSource
from .data import COSTS
from .record import ReplacedCost
from .tracker import async_replace_session

MAX_COST: Final = 10_000.0
SECOND: Final = timedelta(seconds=1)
_AMOUNT: Final = vol.All(vol.Coerce(float), vol.Range(min=-MAX_COST, max=MAX_COST))


def _find_session(sessions: Iterable[ChargingSession], time: datetime | None) -> ChargingSession:
    """Return the session that started at a time, or that was active then; without a time, the last one.

    Raises:
        ServiceValidationError: There is none.
    """
    for session in sorted(sessions, key=lambda session: session.end, reverse=True):
        if session.has_gain and (time is None or session.start - SECOND < time <= session.end):
            return session
    raise ServiceValidationError(translation_domain=DOMAIN, translation_key="unknown_session")


async def _async_set_session_cost(car: Car, data: ActionData, _context: Context) -> dict[str, Any]:
    """Set the cost of a session, or go back to the one that was there before.

    Raises:
        ServiceValidationError: There is no such session, or its energy is unknown.
    """
    if sum((data.get("cost") is not None, data.get("price") is not None, data["clear"])) != 1:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="one_cost")
    tracker = car.account.entry.runtime_data.feature_data[COSTS][car.vin]
    session = _find_session(car.store.charging_sessions, data.get("session"))
    if data["clear"]:
        if session.cost_source is not CostSource.MANUAL:
            return charging_session_attributes(session)
        cost = tracker.async_pop_cost(session)
    else:
        cost = ReplacedCost(_entered_cost(session, data), car.account.hass.config.currency, CostSource.MANUAL)
        if session.cost_source is not CostSource.MANUAL:
            tracker.async_keep_cost(session)
    changed = replace(
        session,
        cost=cost.cost,
        currency=cost.currency,
        cost_source=cost.cost_source,
        is_cost_partial=cost.is_cost_partial,
    )
    await async_replace_session(car, session, changed)
    return charging_session_attributes(changed)


def _entered_cost(session: ChargingSession, data: ActionData) -> float:
    """Return the cost that the user entered, or that follows from the price.

    Raises:
        ServiceValidationError: The energy of the session is not known.
    """
    if (cost := data.get("cost")) is not None:
        return float(cost)
    energy = session.energy if session.supplied_energy is None else session.supplied_energy
    if energy is None:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="unknown_energy")
    return float(data["price"] * energy)


SET_SESSION_COST: Final = ActionDescription(
    name="set_session_cost",
    handler=_async_set_session_cost,
    schema={
        vol.Optional("session"): TIME,
        vol.Optional("cost"): _AMOUNT,
        vol.Optional("price"): _AMOUNT,
        vol.Optional("clear", default=False): cv.boolean,
    },
    scope=CHARGES.scope,
    is_control=True,
)
