"""Completes a charging session that has ended: what it cost, and what the wallbox supplied. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Final

from ...vehicle.charging_session import ChargingSession, CostSource
from .place_prices import Price, PricePlan, is_fast
from .session_cost import Cost, EnergySample, add_sample, session_cost
from .value_log import ValueLog
from .wallbox import meter_samples, supplied_energy

# So many charges with a meter tell the efficiency of others
MIN_MEASURED: Final = 3
MAX_MEASURED: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of the time of a session.

    Attributes:
        samples: The levels of the battery from the start of the session on, in %.
        logs: The values of the entities with prices, and of the meter in kWh, by the id of the entity.
        meter: The id of the entity of the wallbox's meter.
        home_names: The names that the home zone has had.
        zone_names: The names of the zones by the id of their entity.
        currency: The currency of the prices.
        efficiency: The share of the energy from an AC charger that usually arrives in the battery, in %; None if no
            meter has measured it.
    """

    samples: Sequence[EnergySample] = ()
    logs: Mapping[str, ValueLog] = field(default_factory=dict)
    meter: str | None = None
    home_names: Collection[str] = ()
    zone_names: Mapping[str, str] = field(default_factory=dict)
    currency: str | None = None
    efficiency: float | None = None


def complete_session(session: ChargingSession, plan: PricePlan, evidence: Evidence) -> ChargingSession:
    """Return a session with its cost, and with what the wallbox supplied if the car may have been at home.

    The cost is based on what the wallbox supplied, because that is paid for; without its meter, on what it usually
    supplies for that energy. A cost that the user entered stays.
    """
    supplied = None
    if evidence.meter and (session.zone is None or session.zone in evidence.home_names):
        log = evidence.logs.get(evidence.meter, ())
        supplied = supplied_energy(log, session.start, session.end, session.energy)
    session = replace(session, supplied_energy=supplied)
    if session.cost_source is CostSource.MANUAL:
        return session
    price = plan.price_of(session, home_names=evidence.home_names, zone_names=evidence.zone_names)
    cost = _find_cost(session, price, evidence)
    if cost is None and price is not None and price == plan.general:
        # The price at the end, of a session of which nothing else is known
        return replace(session, is_cost_partial=session.cost is not None)
    source = CostSource.PRICE if supplied is None else CostSource.MEASURED
    return replace(
        session,
        cost=cost.amount if cost else None,
        currency=evidence.currency if cost else None,
        cost_source=source if cost else None,
        is_cost_partial=cost is not None and cost.is_partial,
    )


def _find_cost(session: ChargingSession, price: Price | None, evidence: Evidence) -> Cost | None:
    """Return the cost of a session; None if its energy or its price is not known."""
    energy = session.supplied_energy
    if energy is None and session.energy is not None:
        efficiency = None if is_fast(session) else evidence.efficiency
        energy = session.energy / efficiency * 100 if efficiency else session.energy
    if energy is None or price is None:
        return None
    if not isinstance(price, str):
        return Cost(energy * price)
    prices = evidence.logs.get(price, ())
    if session.supplied_energy is not None and evidence.meter:
        return session_cost(meter_samples(evidence.logs[evidence.meter], session.start, session.end), energy, prices)
    samples = evidence.samples or (EnergySample(session.start, session.start_level),)
    return session_cost(add_sample(samples, session.end, session.end_level), energy, prices, session.speed)


def usual_efficiency(sessions: Sequence[ChargingSession]) -> float | None:
    """Return the share of the energy from an AC charger that usually arrives in the battery, in %.

    Args:
        sessions: The charging sessions, sorted by their end.

    Returns:
        The median of the last sessions with a meter; None if there are too few.
    """
    measured = [
        efficiency for session in sessions if not is_fast(session) and (efficiency := session.efficiency) is not None
    ]
    return median(measured[-MAX_MEASURED:]) if len(measured) >= MIN_MEASURED else None


def missing_entities(session: ChargingSession, plan: PricePlan, evidence: Evidence) -> frozenset[str]:
    """Return the entities whose values in the time of a completed session are not all known."""
    missing: set[str] = set()
    price = plan.price_of(session, home_names=evidence.home_names, zone_names=evidence.zone_names)
    is_manual = session.cost_source is CostSource.MANUAL
    if isinstance(price, str) and not is_manual and (session.cost is None or session.is_cost_partial):
        missing.add(price)
    if evidence.meter and session.supplied_energy is None and session.zone in {None, *evidence.home_names}:
        missing.add(evidence.meter)
    return frozenset(missing)
