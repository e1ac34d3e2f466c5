"""A simulated year of a commuter with an hourly price: charged at once, in a fixed window at night, and as planned.

The car, its driver and the prices are made up here; plans and commands are those of the integration.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import accumulate
from math import cos, exp, pi
from pathlib import Path
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from homeassistant.util import dt as dt_util

from custom_components.stellantis.api import Day
from custom_components.stellantis.features.departure.control import ControlRecord, PlanAction
from custom_components.stellantis.features.departure.departures import Departure
from custom_components.stellantis.features.departure.planner import (
    Plan,
    PlanRequest,
    PriceSlot,
    is_outdated,
    make_plan,
)
from custom_components.stellantis.features.departure.rules import PlanWindow, Situation, decide
from custom_components.stellantis.vehicle.capabilities import CommandFeature

PICTURE: Final = Path(__file__).parent.parent / "docs" / "images" / "year.svg"
ZONE: Final = ZoneInfo("Europe/Paris")
FIRST_DAY: Final = date(2026, 1, 5)  # a Monday
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
STEP: Final = timedelta(minutes=5)
AWAKE: Final = timedelta(minutes=15)
# Prices of the next day are published at this time
PUBLISHED: Final = time(13)
NIGHT: Final = time(23)

CAPACITY: Final = 50.0
POWER: Final = 6.6  # of the battery, in kW
EFFICIENCY: Final = 0.9
TARGET: Final = 80
MISSED: Final = 1.0
SHARE_AT_OFFICE: Final = 0.9
LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
FEATURES: Final = frozenset(
    (CommandFeature.START_CHARGING, CommandFeature.STOP_CHARGING, CommandFeature.DELAYED_CHARGING)
)
WORKDAYS: Final = (Day.MONDAY, Day.TUESDAY, Day.WEDNESDAY, Day.THURSDAY, Day.FRIDAY)


def local(day: date, at: time) -> datetime:
    """Return a local time in UTC."""
    return datetime.combine(day, at, ZONE).astimezone(UTC)


@cache
def price_at(hour: datetime, seed: int) -> float:
    """Return the price of a kWh in an hour: a day-ahead price, with its shape that is usual in Europe, and taxes."""
    here = hour.astimezone(ZONE)
    of_day, of_hour = _seeded(seed, f"{here:%Y-%m-%d}"), _seeded(seed, f"{hour:%Y-%m-%dT%H}")
    winter = (1 + cos(2 * pi * (here.timetuple().tm_yday - 15) / 365)) / 2
    morning, evening = 0.04 * _bump(here.hour, 8, 2), 0.07 * _bump(here.hour, 19, 2.5)
    sun = 0.09 * (1 - winter) * _bump(here.hour, 13, 3)
    night = 0.025 * _bump(here.hour, 3, 3)
    weekend = 0.75 if here.weekday() >= len(WORKDAYS) else 1.0
    market = (0.07 + 0.03 * winter + morning + evening - night) * weekend - sun
    return round(0.14 + market + of_day.gauss(0, 0.015) + of_hour.gauss(0, 0.006), 4)


def _seeded(seed: int, purpose: str) -> Random:
    return Random(f"{seed} {purpose}")  # noqa: S311 - nothing is secret


def _bump(hour: int, middle: float, width: float) -> float:
    return exp(-(((hour - middle) / width) ** 2))


@dataclass(frozen=True, slots=True)
class Drive:
    """A drive: when the car leaves, when it is back and plugged in, and the energy in kWh that it consumes."""

    start: datetime
    end: datetime
    energy: float


def list_drives(day: date, seed: int) -> Iterator[Drive]:
    """Yield the drives of a day: to work, or on most Saturdays somewhere else, and on some Sundays."""
    random, winter = _seeded(seed, f"drive {day}"), (1 + cos(2 * pi * (day.timetuple().tm_yday - 15) / 365)) / 2
    if day.weekday() < len(WORKDAYS):
        if random.random() < SHARE_AT_OFFICE:
            back = timedelta(minutes=random.gauss(0, 20))
            energy = max(8.0, random.gauss(13, 1.5))
            yield Drive(local(day, time(7, 30)), local(day, time(17, 45)) + back, energy * (1 + 0.35 * winter))
    elif random.random() < (0.7 if day.weekday() == len(WORKDAYS) else 0.3):
        start = time(10) if day.weekday() == len(WORKDAYS) else time(14)
        yield Drive(local(day, start), local(day, time(18)), random.uniform(6, 30) * (1 + 0.35 * winter))


@dataclass(slots=True)
class Car:
    """A car that charges at home.

    Attributes:
        level: Battery level in %.
        is_plugged: Whether it is plugged in.
        is_charging: Whether it charges.
        delayed_start: The local time of day at which it starts by itself; None if it starts at once.
        awake_until: When it falls asleep.
        power: The power that it charges with today, in kW.
    """

    level: float = 60.0
    is_plugged: bool = True
    is_charging: bool = False
    delayed_start: time | None = None
    awake_until: datetime = LONG_AGO
    power: float = POWER

    def plug(self, now: datetime) -> None:
        """Plug in: the car charges at once, unless it has a start."""
        self.is_plugged, self.is_charging = True, self.delayed_start is None
        self.awake_until = now + AWAKE

    def advance(self, now: datetime) -> float:
        """Let a step pass; return the energy in kWh from the socket."""
        start, here = self.delayed_start, now.astimezone(ZONE)
        if self.is_plugged and start and local(here.date(), start) <= now < local(here.date(), start) + STEP:
            self.is_charging = True
        if not self.is_charging:
            return 0.0
        self.awake_until = now + AWAKE
        energy = min(self.power * (STEP / HOUR), (TARGET - self.level) / 100 * CAPACITY)
        self.level += energy / CAPACITY * 100
        self.is_charging = self.level < TARGET
        return max(0.0, energy) / EFFICIENCY


@dataclass(slots=True)
class Totals:
    """What a year came to.

    Attributes:
        costs: Costs by month.
        energy: Energy from the socket in kWh.
        departures: How many departures there were.
        met: At how many of them the car was ready.
        commands: How many commands were sent, by day.
        wake_ups: How many of them woke the car up, by day.
    """

    costs: dict[int, float] = field(default_factory=dict)
    energy: float = 0.0
    departures: int = 0
    met: int = 0
    commands: dict[date, int] = field(default_factory=dict)
    wake_ups: dict[date, int] = field(default_factory=dict)

    @property
    def cost(self) -> float:
        """The cost of the year."""
        return sum(self.costs.values())


class Planner:
    """Charges a car as the integration does: plans, and sends what the rules say."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._record = ControlRecord()
        self._made: tuple[PlanRequest, Plan] | None = None
        self._next_at: datetime | None = None
        self._departures = (
            Departure(uid="work", at=local(FIRST_DAY, time(7, 30)), days=WORKDAYS, level=TARGET),
            Departure(uid="weekend", at=local(FIRST_DAY + 5 * DAY, time(10)), days=(Day.SATURDAY,), level=TARGET),
        )

    def control(self, car: Car, now: datetime, totals: Totals) -> None:
        """Plan, and send a command if one is due."""
        if not car.is_plugged:
            self._made = None
            return
        request = self._build_request(car, now)
        if self._made is None or is_outdated(self._made[1], self._made[0], request):
            self._made, self._next_at = (request, make_plan(request)), now
        if self._next_at is None or now < self._next_at:
            return
        windows = tuple(PlanWindow(start=window.start, end=window.end) for window in self._made[1].windows)
        decision = decide(
            self._record,
            Situation(
                now=now,
                windows=windows,
                is_plugged=True,
                is_charging=car.is_charging,
                delayed_start=car.delayed_start,
                features=FEATURES,
            ),
        )
        self._next_at = decision.next_at
        if decision.step is None:
            return
        self._record = self._record.with_attempt(decision.step, now)
        today = now.astimezone(ZONE).date()
        totals.commands[today] = totals.commands.get(today, 0) + 1
        if now > car.awake_until:
            self._record = self._record.with_wake_up()
            totals.wake_ups[today] = totals.wake_ups.get(today, 0) + 1
        car.awake_until = now + AWAKE
        if decision.step.start:
            car.delayed_start = decision.step.start.astimezone(ZONE).time().replace(tzinfo=None)
        car.is_charging = decision.step.action is PlanAction.START

    def _build_request(self, car: Car, now: datetime) -> PlanRequest:
        following = min(self._departures, key=lambda departure: next(departure.iter_occurrences(now)))
        today = now.astimezone(ZONE)
        known_until = local(today.date() + (2 if today.time() >= PUBLISHED else 1) * DAY, time())
        hour = now.replace(minute=0)
        starts = [hour + HOUR * index for index in range((known_until - hour) // HOUR)]
        return PlanRequest(
            now=now,
            departure=next(following.iter_occurrences(now)),
            level=car.level,
            target=following.level,
            capacity=CAPACITY,
            power=POWER,
            prices=tuple(PriceSlot(start, start + HOUR, price_at(start, self._seed)) for start in starts),
        )


def simulate(days: int, seed: int, delayed_start: time | None, planner: Planner | None = None) -> Totals:
    """Return what some days come to.

    Args:
        days: How many days pass.
        seed: The seed of prices and drives.
        delayed_start: The local time of day at which the car starts by itself.
        planner: Charges the car as planned.
    """
    car, totals = Car(delayed_start=delayed_start), Totals()
    for offset in range(days):
        day = FIRST_DAY + offset * DAY
        drives = {drive.start: drive for drive in list_drives(day, seed)}
        back = {drive.end: drive for drive in drives.values()}
        car.power = POWER * _seeded(seed, f"power {day}").uniform(0.94, 1.03)
        now, end = local(day, time()), local(day + DAY, time())
        while now < end:
            for drive in (drives[start] for start in drives if now <= start < now + STEP):
                if day.weekday() <= len(WORKDAYS):
                    totals.departures += 1
                    totals.met += car.level >= TARGET - MISSED
                car.is_plugged = car.is_charging = False
                car.level = max(3.0, car.level - drive.energy / CAPACITY * 100)
            if any(now <= arrival < now + STEP for arrival in back):
                car.plug(now)
            if planner:
                planner.control(car, now, totals)
            energy = car.advance(now)
            totals.energy += energy
            totals.costs[day.month] = totals.costs.get(day.month, 0.0) + energy * price_at(now.replace(minute=0), seed)
            now += STEP
    return totals


STRATEGIES: Final[dict[str, Callable[[int, int], Totals]]] = {
    "at once": lambda days, seed: simulate(days, seed, None),
    "from 23:00": lambda days, seed: simulate(days, seed, NIGHT),
    "as planned": lambda days, seed: simulate(days, seed, None, Planner(seed)),
}


def build_table(results: dict[str, Totals]) -> list[list[str]]:
    """Return the rows of the table, the first with the names of the columns."""
    rows = [["Charged", "Energy", "Cost", "Price of a kWh", "Departures met", "Commands", "Wake-ups", "Most in a day"]]
    for name, totals in results.items():
        commands, wake_ups = sum(totals.commands.values()), sum(totals.wake_ups.values())
        rows.append(
            [
                name,
                f"{totals.energy:.0f} kWh",
                f"{totals.cost:.0f} €",
                f"{totals.cost / totals.energy * 100:.1f} ct",
                f"{totals.met} of {totals.departures}",
                str(commands),
                str(wake_ups),
                f"{max(totals.commands.values(), default=0)}, {max(totals.wake_ups.values(), default=0)}",
            ]
        )
    return rows


COLORS: Final = ("#9aa5b1", "#5b8def", "#2fa36b")
WIDTH, HEIGHT, LEFT, BASE, SCALE = 760, 330, 44, 280, 3.2
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def draw(results: dict[str, Totals]) -> str:
    """Return a picture of the costs by month."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
        "<title>Cost of charging by month: at once, from 23:00, and as planned</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="8" fill="#ffffff"/>',
    ]
    for euros in range(0, 81, 20):
        y = BASE - euros * SCALE
        lines.append(f'<path d="M{LEFT} {y:.0f}H{WIDTH - 16}" stroke="#e3e7ec"/>')
        lines.append(
            f'<text font-size="12" x="{LEFT - 6}" y="{y + 4:.0f}" text-anchor="end" fill="#52606d">{euros} €</text>'
        )
    group = (WIDTH - LEFT - 16) / len(MONTHS)
    for month, name in enumerate(MONTHS):
        x = LEFT + group * month + 8
        lines.append(
            f'<text font-size="12" x="{x + 21:.0f}" y="{BASE + 18}" text-anchor="middle" fill="#52606d">{name}</text>'
        )
        for index, totals in enumerate(results.values()):
            height = totals.costs.get(month + 1, 0.0) * SCALE
            lines.append(
                f'<rect x="{x + 14 * index:.0f}" y="{BASE - height:.1f}" width="13" height="{height:.1f}" '
                f'fill="{COLORS[index]}"/>'
            )
    labels = [f"{name}: {totals.cost:.0f} €" for name, totals in results.items()]
    offsets = accumulate([LEFT, *(len(label) * 7 + 36 for label in labels)])
    for color, label, x in zip(COLORS, labels, offsets, strict=False):
        lines.append(f'<rect x="{x}" y="{BASE + 30}" width="12" height="12" fill="{color}"/>')
        lines.append(f'<text font-size="12" x="{x + 18}" y="{BASE + 41}" fill="#323f4b">{label}</text>')
    return "\n".join([*lines, "</svg>", ""])


def main() -> None:
    """Simulate a year, print its table, and write its picture."""
    dt_util.set_default_time_zone(ZONE)
    results = {name: strategy(364, 1) for name, strategy in STRATEGIES.items()}
    for row in build_table(results):
        print("| " + " | ".join(row) + " |")
    PICTURE.write_text(draw(results), encoding="utf-8")


if __name__ == "__main__":
    main()
