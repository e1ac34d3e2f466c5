"""How often a car is asked for: quickly while something happens, slowly while it sleeps, always within the budget."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import isnan
from typing import Any, Final, Self

from .api import Budget
from .const import CONF_ACTIVE_INTERVAL, CONF_ASLEEP_INTERVAL, CONF_PARKED_INTERVAL
from .vehicle.state import Activity

# Minutes: what is usual, and the least and the most that a person may choose
BOUNDS: Final[Mapping[str, tuple[int, int, int]]] = {
    CONF_ACTIVE_INTERVAL: (5, 2, 60),
    CONF_PARKED_INTERVAL: (15, 5, 360),
    CONF_ASLEEP_INTERVAL: (60, 15, 1440),
}
_OPTIONS: Final = {
    Activity.ACTIVE: CONF_ACTIVE_INTERVAL,
    Activity.PARKED: CONF_PARKED_INTERVAL,
    Activity.ASLEEP: CONF_ASLEEP_INTERVAL,
}
# Of what the platform allows in a day, the part that the status of all cars together may take
SHARE_OF_STATUS: Final = 0.6
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """The time from one look at a car to the next, by what the car is doing."""

    intervals: Mapping[Activity, timedelta]

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Self:
        """Return the rhythm that a person chose: as usual where they did not, and within bounds."""
        minutes = {doing: _minutes(options.get(name), *BOUNDS[name]) for doing, name in _OPTIONS.items()}
        return cls(intervals={doing: timedelta(minutes=chosen) for doing, chosen in minutes.items()})


def _minutes(chosen: object, usual: int, least: int, most: int) -> float:
    return min(max(chosen, least), most) if isinstance(chosen, int | float) and not isnan(chosen) else usual


def affordable(budget: Budget, cars: int) -> timedelta:
    """Return the least time between two looks at each car that the account's requests of a day allow."""
    limit, reserved = budget.day.limit, budget.reserved
    if not limit or reserved is None:
        return timedelta(0)
    return DAY * cars / max(1.0, (limit - reserved) * SHARE_OF_STATUS)
