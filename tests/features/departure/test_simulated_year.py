"""The simulated year of a commuter: a month of it."""

from collections.abc import Iterator

from homeassistant.util import dt as dt_util
import pytest
from simulated_year import STRATEGIES, ZONE, build_table, draw

from custom_components.stellantis.features.departure.control import MAX_COMMANDS, MAX_WAKE_UPS


@pytest.fixture(autouse=True)
def local_zone() -> Iterator[None]:
    default = dt_util.get_default_time_zone()
    dt_util.set_default_time_zone(ZONE)
    yield
    dt_util.set_default_time_zone(default)


def test_a_month_costs_less_as_planned_and_every_departure_is_met() -> None:
    results = {name: strategy(28, 1) for name, strategy in STRATEGIES.items()}
    at_once, at_night, planned = results.values()
    assert planned.cost < 0.95 * at_night.cost < 0.95 * at_once.cost
    assert planned.met == planned.departures > 15
    assert planned.energy == pytest.approx(at_once.energy, rel=0.02)
    assert max(planned.commands.values()) <= MAX_COMMANDS
    assert max(planned.wake_ups.values(), default=0) <= MAX_WAKE_UPS
    assert sum(planned.commands.values()) <= 28 * 2
    header, *rows = build_table(results)
    assert [row[0] for row in rows] == list(STRATEGIES)
    assert all(len(row) == len(header) for row in rows)
    assert draw(results).count("<rect") == 1 + 12 * 3 + 3
