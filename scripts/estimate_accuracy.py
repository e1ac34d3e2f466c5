"""How accurate the estimates are: a simulated month, compared with what the simulated cars did.

The cars live in the simulator, without a server, and are polled as the integration polls them. The estimates are those
of the integration.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Final
from zoneinfo import ZoneInfo

from homeassistant.const import STATE_NOT_HOME
from homeassistant.util import dt as dt_util
from simulated_year import HOUR, price_at

from custom_components.stellantis.api import Status, Vehicle
from custom_components.stellantis.api.models.merge import merge_newest
from custom_components.stellantis.features.costs.completion import Evidence, complete_session, usual_efficiency
from custom_components.stellantis.features.costs.place_prices import PricePlan
from custom_components.stellantis.features.costs.record import CostRecord
from custom_components.stellantis.features.costs.value_log import ValueChange, ValueLog, add_value
from custom_components.stellantis.features.departure.situation import learnt_power
from custom_components.stellantis.features.passport.capacity import CapacitySource, list_estimates, pool_estimates
from custom_components.stellantis.polling import PollingIntervals, PollState, next_interval
from custom_components.stellantis.vehicle.charge_limit import NO_LIMIT, ChargeReport
from custom_components.stellantis.vehicle.charging_power import charging_power
from custom_components.stellantis.vehicle.charging_session import ChargingSession, SessionUpdate, update_session
from custom_components.stellantis.vehicle.estimated_level import estimated_level
from custom_components.stellantis.vehicle.programs import next_delayed_start
from custom_components.stellantis.vehicle.state import VehicleState
from simulator.config import SimulatorConfig
from simulator.resources.status import status_body
from simulator.vehicle.fleet import MODELS
from simulator.vehicle.route import km_between
from simulator.vehicle.state import Charge
from simulator.world import World

PAGE: Final = Path(__file__).parent.parent / "docs" / "energy.md"
HEADING: Final = "## How accurate the estimates are\n"
FIRST_DAY: Final = datetime(2026, 3, 1, 23, tzinfo=UTC)
DAYS: Final = 31
CARS: Final = 4
# The simulator's cars have no daylight saving time
ZONE: Final = ZoneInfo("Etc/GMT-1")
MINUTE: Final = timedelta(minutes=1)
MODEL: Final = next(model for model in MODELS if model.name == "e-208")
SCOPES: Final = frozenset({"data:telemetry", "data:position"})
# The share of polls that fail, and how many minutes later the server knows what a car has measured
LOST_POLLS: Final = 0.03
MAX_DELAY: Final = 2
# As the owner read it in the data sheet, in kWh
ENTERED_CAPACITY: Final = 46.0
# The radius of a zone, in km
NEAR: Final = 0.1
PRICE, METER, HOME = "price", "meter", "Home"
PRICE_SEED: Final = 1
# The wallbox at home has no more, in kW
WALLBOX_POWER: Final = 11.0
# The share of the power that arrives in the battery
EFFICIENCY: Final = 0.9


class Kind(StrEnum):
    """What a car reports of a charge."""

    ENERGY = "energy in its battery"
    LEVEL = "only the level"
    SILENT = "nothing while it charges"


class Metric(StrEnum):
    """What is estimated, with the unit of its error."""

    REPORTED_LEVEL = "battery level while charging, as last reported (points)"
    LEVEL = "battery level while charging, estimated (points)"
    POWER = "charging power (%)"
    USUAL_POWER = "usual charging power, for departures (%)"
    ENERGY = "energy of a charge (%)"
    END = "end of a charge (minutes)"
    PRICE = "mean price of a charge (%)"
    MEASURED_COST = "cost, with the meter of the wallbox (%)"
    USUAL_COST = "cost without the meter, at the usual efficiency (%)"
    COST = "cost without any meter (%)"
    EFFICIENCY = "efficiency (points)"
    CAPACITY = "usable capacity, as the charges of the month measure it (%)"
    FULL_CHARGE = "energy for a full charge, by the meter (%)"


type Errors = dict[Metric, list[float]]


@dataclass(frozen=True, slots=True)
class TrueCharge:
    """A charge as it was, in kWh."""

    charge: Charge
    end: datetime
    end_level: float

    @property
    def start(self) -> datetime:
        """When it began."""
        return datetime.fromtimestamp(self.charge.started_at, UTC)

    @property
    def arrived(self) -> float:
        """The energy that arrived in the battery."""
        return (self.end_level - self.charge.level) / 100 * self.charge.capacity

    @property
    def supplied(self) -> float:
        """The energy from the charger."""
        return self.charge.power * ((self.end - self.start) / HOUR)

    @property
    def cost(self) -> float:
        """What the energy from the charger cost."""
        total, at = 0.0, self.start
        while at < self.end:
            hour = at.replace(minute=0, second=0, microsecond=0)
            until = min(self.end, hour + HOUR)
            total += self.charge.power * ((until - at) / HOUR) * price_at(hour, PRICE_SEED)
            at = until
        return total


class Reality:
    """A simulated car, what it really did, and the wallbox at home."""

    def __init__(self, kind: Kind, seed: int) -> None:
        world = World(SimulatorConfig(brand="peugeot", fleet=0, seed=seed, start=FIRST_DAY))
        model = replace(MODEL, quirks=MODEL.quirks | {"low_load"}) if kind is Kind.LEVEL else MODEL
        self.car = world.add(model)
        self.car.advance_to(FIRST_DAY.timestamp())
        self.car.reporting.is_silent_while_charging = kind is Kind.SILENT
        self.charges: list[TrueCharge] = []
        self.meter: ValueLog = ()
        self._charge: Charge | None = None
        self._counted = 0.0

    def advance(self, now: datetime) -> None:
        """Let time pass."""
        at, charge = now.timestamp(), self._charge
        level = self.car.advance_to(at).electric
        if charge and charge is not self.car.charge:
            seconds = (level - charge.level) / charge.percent_per_second
            end = datetime.fromtimestamp(charge.started_at + seconds, UTC)
            self.charges.append(TrueCharge(charge, end, level))
            self._counted += self.charges[-1].supplied if charge.power <= WALLBOX_POWER else 0.0
        self._charge = charge = self.car.charge
        running = charge.power * (at - charge.started_at) / 3600 if charge and charge.power <= WALLBOX_POWER else 0.0
        self.meter = add_value(self.meter, now, round(self._counted + running, 2))

    def level(self, now: datetime) -> float:
        """Return the true battery level in %."""
        if not (charge := self.car.charge):
            return self.car.state.electric
        rise = (now.timestamp() - charge.started_at) * charge.percent_per_second
        return min(charge.target, charge.level + rise)

    @property
    def power(self) -> float:
        """The power in kW that the battery is charged with."""
        return self.car.charge.power * EFFICIENCY if self.car.charge else 0.0

    @property
    def capacity(self) -> float:
        """The usable capacity of the battery in kWh."""
        return self.car.model.battery.capacity if self.car.model.battery else 0.0

    @property
    def zone(self) -> str:
        """Where the car is."""
        return HOME if km_between(self.car.state.place, self.car.places["home"]) < NEAR else STATE_NOT_HOME

    def next_change(self, now: datetime) -> datetime:
        """Return when something may happen: within a minute while the car charges."""
        due = datetime.fromtimestamp(self.car.next_due() + 60, UTC).replace(second=0, microsecond=0)
        return now + MINUTE if self.car.charge else max(now + MINUTE, due)


@dataclass(slots=True)
class Estimator:
    """What the integration makes of the reports of a car.

    Attributes:
        capacity: The usable capacity that the owner entered, in kWh.
        state: The state of the car.
        update: The active session, and what was known of the battery before.
        record: The levels of the active session.
        sessions: The sessions that have ended, with a cost that no meter was needed for.
        measured: The same sessions, with what the meter of the wallbox counted.
    """

    capacity: float | None
    state: VehicleState | None = None
    update: SessionUpdate = field(default_factory=SessionUpdate)
    record: CostRecord = field(default_factory=CostRecord)
    sessions: list[ChargingSession] = field(default_factory=list)
    measured: list[ChargingSession] = field(default_factory=list)

    def receive(self, status: Status, now: datetime, zone: str, logs: dict[str, ValueLog]) -> bool:
        """Add a status; return whether a session has ended."""
        merged = merge_newest(self.state.status if self.state else None, status, now)
        self.state = VehicleState.from_status(now, Vehicle(motorization="Electric"), merged)
        self.update = update_session(
            self.update.active,
            self.update.sample,
            self.state,
            now=now,
            capacity=self.capacity,
            zone=zone,
            last_end=self.sessions[-1].end if self.sessions else None,
        )
        for session in self.update.ended:
            samples = self.record.samples if self.record.start == session.start else ()
            evidence = Evidence(samples=samples, logs=logs, home_names={HOME})
            plan = PricePlan(general=PRICE)
            self.sessions.append(complete_session(session, plan, evidence))
            self.measured.append(complete_session(session, plan, replace(evidence, meter=METER)))
        self.record = self.record.follow(self.update.active)
        return bool(self.update.ended)

    def usual_cost(self, session: ChargingSession) -> float | None:
        """Return the cost of a session that was not measured, after others were; None if too few were."""
        efficiency = usual_efficiency(self.measured)
        return session.cost / efficiency * 100 if efficiency and session.cost else None

    def level(self, now: datetime) -> float | None:
        """Return the estimated battery level in %."""
        report, active = ChargeReport.from_state(self.state) if self.state else None, self.update.active
        return estimated_level(report, now, active=active, sessions=self.sessions, limit=NO_LIMIT)

    def next_poll(self, poll: PollState, now: datetime) -> datetime:
        """Return when the car is polled again."""
        intervals, start = PollingIntervals.from_options({}).intervals, None
        if self.state:
            start = next_delayed_start(self.state)
        interval = intervals[self.state.activity(now)] if self.state else HOUR
        return now + (next_interval(poll, interval, expected_in=start - now if start else None) or HOUR)


def iter_prices(days: int) -> Iterator[ValueChange]:
    """Yield the prices of some days."""
    for hour in range(-24, days * 24):
        at = FIRST_DAY + hour * HOUR
        yield ValueChange(at, price_at(at, PRICE_SEED))


def simulate(kind: Kind, seed: int = 1, days: int = DAYS) -> Errors:
    """Return the errors of the estimates of a car.

    Args:
        kind: What the car reports.
        seed: The seed of the car, its driver, and what goes wrong.
        days: How many days pass.
    """
    random = Random(f"{seed} polls")  # noqa: S311 - nothing is secret
    reality, estimator = Reality(kind, seed), Estimator(ENTERED_CAPACITY if kind is Kind.LEVEL else None)
    errors: Errors = {metric: [] for metric in Metric}
    prices, poll, body = list(iter_prices(days)), PollState(retries_left=0), None
    now = next_poll = taken_at = FIRST_DAY
    while now < FIRST_DAY + days * 24 * HOUR:
        reality.advance(now)
        if body is None and now >= taken_at:
            body = Status.from_dict(status_body(reality.car, "", SCOPES))
        if body is not None and now >= next_poll:
            poll = replace(poll, failures=poll.failures + 1 if random.random() < LOST_POLLS else 0)
            logs = {PRICE: prices, METER: reality.meter}
            if not poll.failures and estimator.receive(body, now, reality.zone, logs):
                _compare_session(estimator, reality, errors)
            if not poll.failures:
                _compare_power(estimator, reality, errors)
            body, next_poll = None, estimator.next_poll(poll, now)
            taken_at = max(now + MINUTE, next_poll - random.randint(0, MAX_DELAY) * MINUTE)
        if reality.car.charge:
            _compare_level(estimator, reality, now, errors)
        now = min(taken_at if body is None else next_poll, reality.next_change(now))
    _compare_capacity(estimator, reality, errors)
    return errors


def _compare_level(estimator: Estimator, reality: Reality, now: datetime, errors: Errors) -> None:
    level = reality.level(now)
    if estimator.state and (reported := estimator.state.battery_level) is not None:
        errors[Metric.REPORTED_LEVEL].append(reported - level)
    if (estimate := estimator.level(now)) is not None:
        errors[Metric.LEVEL].append(estimate - level)


def _compare_power(estimator: Estimator, reality: Reality, errors: Errors) -> None:
    is_charging = estimator.state is not None and estimator.state.is_charging
    power = charging_power(estimator.update.active, is_charging=is_charging)
    if power and reality.power:
        errors[Metric.POWER].append(_percent(power, reality.power))


def _compare_session(estimator: Estimator, reality: Reality, errors: Errors) -> None:
    session, measured = estimator.sessions[-1], estimator.measured[-1]
    charges = [charge for charge in reality.charges if charge.start <= session.end and charge.end >= session.start]
    if not charges:
        raise RuntimeError(f"the car did not charge: {session}")
    if charges[0].start < FIRST_DAY:
        return
    supplied, cost = sum(charge.supplied for charge in charges), sum(charge.cost for charge in charges)
    arrived = sum(charge.arrived for charge in charges)
    errors[Metric.END].append((session.end - charges[-1].end) / MINUTE)
    if session.energy is not None:
        errors[Metric.ENERGY].append(_percent(session.energy, arrived))
    if session.cost is not None and session.energy:
        errors[Metric.COST].append(_percent(session.cost, cost))
        errors[Metric.PRICE].append(_percent(session.cost / session.energy, cost / supplied))
    if measured.supplied_energy and measured.cost is not None:
        errors[Metric.MEASURED_COST].append(_percent(measured.cost, cost))
        if (usual := estimator.usual_cost(session)) is not None:
            errors[Metric.USUAL_COST].append(_percent(usual, cost))
    if measured.efficiency is not None:
        errors[Metric.EFFICIENCY].append(measured.efficiency - EFFICIENCY * 100)
    if session.zone == HOME:
        power = charges[-1].charge.power * EFFICIENCY
        errors[Metric.USUAL_POWER].append(_percent(learnt_power(estimator.sessions, HOME), power))


def _compare_capacity(estimator: Estimator, reality: Reality, errors: Errors) -> None:
    capacity = reality.capacity
    if measured := pool_estimates(list_estimates(estimator.sessions, CapacitySource.CAR, estimator.capacity)):
        errors[Metric.CAPACITY].append(_percent(measured.capacity, capacity))
    if measured := pool_estimates(list_estimates(estimator.measured, CapacitySource.WALLBOX)):
        errors[Metric.FULL_CHARGE].append(_percent(measured.capacity, capacity / EFFICIENCY))


def _percent(estimate: float, truth: float) -> float:
    return (estimate / truth - 1) * 100


def measure(kind: Kind) -> Errors:
    """Return the errors of the estimates of all cars in a month."""
    errors: Errors = {metric: [] for metric in Metric}
    for seed in range(1, CARS + 1):
        for metric, values in simulate(kind, seed).items():
            errors[metric] += values
    return errors


def build_table(results: Mapping[Kind, Errors]) -> str:
    """Return the table of the page: the mean and the worst error of each estimate."""
    rows = [["Error, mean and worst", *(f"Reports {kind}" for kind in results)], ["---"] * (len(results) + 1)]
    rows += [
        [metric[0].upper() + metric[1:], *(_format(errors[metric]) for errors in results.values())] for metric in Metric
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _format(errors: Sequence[float]) -> str:
    if not errors:
        return "-"
    return f"{fmean(map(abs, errors)):.1f}, {max(map(abs, errors)):.1f}"


def with_table(page: str, table: str) -> str:
    """Return the page with another table in its section."""
    before, heading, section = page.partition(HEADING)
    first, last = section.index("| Error"), section.rindex("|\n") + 2
    return f"{before}{heading}{section[:first]}{table}{section[last:]}"


def main() -> None:
    """Simulate a month, and print and write its table."""
    dt_util.set_default_time_zone(ZONE)
    table = build_table({kind: measure(kind) for kind in Kind})
    print(table)
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), table), encoding="utf-8")


if __name__ == "__main__":
    main()
