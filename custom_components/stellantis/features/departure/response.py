"""The plan of a car, as its sensor and actions tell it."""

from typing import Any, Final

from .manager import DepartureManager
from .planner import ChargingWindow

COST_DIGITS: Final = 2
ENERGY_DIGITS: Final = 1


def build_response(manager: DepartureManager) -> dict[str, Any]:
    """Return the next departure, and when, how much, at what cost and why the car charges for it."""
    following, plan, pause = manager.next_departure, manager.plan, manager.decision.pause
    if following is None:
        return {}
    departure = {"departure": following.at.isoformat(), "warm": following.departure.warm}
    if plan is None:
        return {**departure, "target": following.departure.level}
    return {
        **departure,
        "target": following.departure.level,
        "expected_level": round(plan.level),
        "reason": (pause or plan.reason).value,
        "windows": [_build_window(window) for window in plan.windows],
        "energy": round(plan.energy, ENERGY_DIGITS),
        "cost": _round_cost(plan.cost),
        "cost_at_once": _round_cost(plan.cost_at_once),
        "price_assumed": plan.is_price_assumed,
    }


def _build_window(window: ChargingWindow) -> dict[str, Any]:
    return {
        "start": window.start.isoformat(),
        "end": window.end.isoformat(),
        "energy": round(window.energy, ENERGY_DIGITS),
        "cost": _round_cost(window.cost),
    }


def _round_cost(cost: float | None) -> float | None:
    return None if cost is None else round(cost, COST_DIGITS)
