"""What charging cost at home and elsewhere, in total and by month: pure functions."""

from datetime import timedelta

from custom_components.stellantis.history.charging_costs import ChargingCosts, monthly_costs, sum_costs
from custom_components.stellantis.history.responses import build_charging_response
from custom_components.stellantis.vehicle.charging_session import ChargingSession
from tests.support.charging import START

SESSIONS = [
    ChargingSession(
        start=START,
        end=START + timedelta(days=days),
        start_level=20,
        end_level=60,
        cost=cost,
        currency="EUR",
        zone=zone,
        supplied_energy=8,
    )
    for days, cost, zone in ((0, 2, "Home"), (1, 3, "Old home"), (2, 5, "Work"), (3, 7, None), (40, 11, "Home"))
]


def test_costs_by_place_and_month() -> None:
    names = ["Old home", "Home"]
    assert sum_costs(SESSIONS, names) == ChargingCosts(cost=28, cost_at_home=16, cost_elsewhere=5)
    assert sum_costs(SESSIONS, ()) == ChargingCosts(cost=28)
    assert sum_costs([], names) == ChargingCosts()
    assert dict(monthly_costs(SESSIONS, names)) == {
        "2026-04": ChargingCosts(cost=11, cost_at_home=11),
        "2026-03": ChargingCosts(cost=17, cost_at_home=5, cost_elsewhere=5),
    }


def test_totals_of_the_response() -> None:
    totals = build_charging_response(SESSIONS, ["Old home", "Home"])["totals"]
    assert {key: totals[key] for key in ("cost", "cost_at_home", "cost_elsewhere", "energy_supplied")} == {
        "cost": 28,
        "cost_at_home": 16,
        "cost_elsewhere": 5,
        "energy_supplied": 40,
    }
    assert totals["months"][0] == {"month": "2026-04", "cost": 11, "cost_at_home": 11}
