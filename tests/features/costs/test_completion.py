"""The cost of a session without a meter, from the efficiency that a meter measured at others. Pure."""

from datetime import timedelta

import pytest

from custom_components.stellantis.features.costs.completion import Evidence, complete_session, usual_efficiency
from custom_components.stellantis.features.costs.place_prices import PricePlan
from custom_components.stellantis.vehicle.charging_session import ChargingSession
from tests.support.charging import START


def build_session(energy: float = 18, supplied: float | None = None, hours: float = 3) -> ChargingSession:
    return ChargingSession(
        start=START,
        end=START + timedelta(hours=hours),
        start_level=40,
        end_level=76,
        energy=energy,
        supplied_energy=supplied,
    )


@pytest.mark.parametrize(
    ("supplied", "efficiency"),
    [
        ([], None),
        ([20.0, 20.0], None),
        ([20.0, 24.0, 20.0], 90),
        ([20.0, None, 24.0, 20.0], 90),
        ([24.0] * 8 + [20.0] * 10, 90),
    ],
)
def test_usual_efficiency(supplied: list[float | None], efficiency: float | None) -> None:
    sessions = [build_session(supplied=energy) for energy in supplied]
    assert usual_efficiency(sessions) == (efficiency and pytest.approx(efficiency))


def test_fast_charges_do_not_tell_it() -> None:
    assert usual_efficiency([build_session(supplied=20.0, hours=0.5)] * 3) is None


@pytest.mark.parametrize(
    ("hours", "efficiency", "cost"), [(3, None, 5.4), (3, 90.0, 6.0), (0.5, 90.0, 5.4)], ids=["unknown", "AC", "DC"]
)
def test_losses_are_paid_for(hours: float, efficiency: float | None, cost: float) -> None:
    session = complete_session(build_session(hours=hours), PricePlan(general=0.3), Evidence(efficiency=efficiency))
    assert session.cost == pytest.approx(cost)
    assert session.supplied_energy is None
