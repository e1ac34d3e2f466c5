"""What charging cost at home and elsewhere, in total and by month. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from homeassistant.util import dt as dt_util

from ..vehicle.charging_session import ChargingSession


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingCosts:
    """The costs of charging sessions; None if there is no session with a cost.

    Attributes:
        cost: The cost of all sessions; it is unknown where some were.
        cost_at_home: The cost of those at home.
        cost_elsewhere: The cost of those elsewhere.
    """

    cost: float | None = None
    cost_at_home: float | None = None
    cost_elsewhere: float | None = None


def sum_costs(sessions: Sequence[ChargingSession], home_names: Collection[str]) -> ChargingCosts:
    """Return the costs of sessions that were paid in one currency.

    Args:
        sessions: The sessions.
        home_names: The names that the home zone has had.
    """
    places = [(session.cost, session.is_at_home(home_names)) for session in sessions]
    return ChargingCosts(
        cost=_sum(cost for cost, _ in places),
        cost_at_home=_sum(cost for cost, is_at_home in places if is_at_home),
        cost_elsewhere=_sum(cost for cost, is_at_home in places if is_at_home is False),
    )


def monthly_costs(sessions: Iterable[ChargingSession], home_names: Collection[str]) -> Mapping[str, ChargingCosts]:
    """Return the costs by the month in which a session ended, in local time, the latest first."""
    months: dict[str, list[ChargingSession]] = {}
    for session in sessions:
        months.setdefault(f"{dt_util.as_local(session.end):%Y-%m}", []).append(session)
    return {month: sum_costs(months[month], home_names) for month in sorted(months, reverse=True)}


def _sum(costs: Iterable[float | None]) -> float | None:
    known = [cost for cost in costs if cost is not None]
    return round(sum(known), 2) if known else None
