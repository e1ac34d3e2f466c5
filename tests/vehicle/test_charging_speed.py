"""The charging speed of a session, and the energy at its start."""

import pytest

from custom_components.stellantis.vehicle.state import VehicleState
from tests.support.charging import BATTERY, state_at, update_all

# Plugged in, and waiting for hours for its time to charge
WAITING = state_at(-280, 40, "Stopped")


@pytest.mark.parametrize(
    ("states", "speed"),
    [
        pytest.param([state_at(10, 42), state_at(40, 52), state_at(70, 62)], 20, id="the start was not seen"),
        pytest.param([state_at(10, 42), state_at(40, 52), state_at(95, 60, "Finished")], 20, id="the end is later"),
        pytest.param([state_at(10, 42), state_at(24, 52)], None, id="too short a time"),
        pytest.param([state_at(10, 42), state_at(40, 46)], None, id="too small a gain"),
        pytest.param([state_at(200, 100, "Finished")], None, id="never seen to charge"),
        pytest.param(
            [state_at(10, 42), state_at(40, 52), state_at(50, 52, "Stopped"), state_at(90, 53), state_at(100, 57)],
            20,
            id="after a pause: not known yet",
        ),
        pytest.param(
            [state_at(10, 42), state_at(40, 52), state_at(50, 52, "Stopped"), state_at(90, 53), state_at(120, 58)],
            10,
            id="after a pause",
        ),
        pytest.param(
            [state_at(10, 42, residual=21_000), state_at(40, 52, residual=26_400)], 21.6, id="more than whole %"
        ),
        pytest.param(
            [state_at(10, 42, residual=21_000), state_at(40, 52, residual=21_000)], 20, id="an energy that stands still"
        ),
    ],
)
def test_charging_speed(states: list[VehicleState], speed: float | None) -> None:
    active, _ = update_all(WAITING, *states)
    if active is None:
        (session,) = update_all(WAITING, *states)[1]
        assert session.speed == (speed and pytest.approx(speed))
        assert session.power == (speed and pytest.approx(speed / 100 * BATTERY / 1000))
    else:
        assert active.speed == (speed and pytest.approx(speed))


@pytest.mark.parametrize(
    ("waiting", "begun", "kwh"),
    [
        pytest.param(state_at(-280, 40, "Stopped", residual=20_000), state_at(2, 40, residual=20_300), 20.0, id="all"),
        pytest.param(
            state_at(-280, 40, "Disconnected", residual=20_000, km=990),
            state_at(2, 40, residual=20_300),
            19.7,
            id="driven",
        ),
        pytest.param(state_at(-280, 40, "Stopped"), state_at(2, 40, residual=20_300), 19.7, id="unknown before"),
        pytest.param(
            state_at(-280, 40, "Stopped", residual=20_400), state_at(2, 40, residual=20_300), 19.7, id="cooled down"
        ),
    ],
)
def test_energy_before_the_first_report_counts(waiting: VehicleState, begun: VehicleState, kwh: float) -> None:
    _, (session,) = update_all(waiting, begun, state_at(120, 80, "Finished", residual=40_000))
    assert session.energy == pytest.approx(kwh)


@pytest.mark.parametrize(
    ("states", "kwh"),
    [
        # The capacity is 46 kWh
        pytest.param([(8, 32_192, 2_400), (14, 32_192, 4_000), (60, 32_192, 17_000)], None, id="too low a capacity"),
        pytest.param([(8, 32_192, 2_400), (14, 32_192, 4_000)], None, id="not enough to tell"),
        pytest.param([(8, 46_000, 3_680), (14, 46_000, 6_440), (60, 46_000, 27_600)], 23.92, id="a credible capacity"),
    ],
)
def test_capacity_is_not_checked_at_low_levels(states: list[tuple[float, float, float]], kwh: float | None) -> None:
    """An almost empty battery hides that the reported capacity and energy are too low."""
    readings = [
        state_at(60 * index, level, capacity=capacity, residual=residual)
        for index, (level, capacity, residual) in enumerate(states)
    ]
    level, capacity, residual = states[-1]
    _, (session,) = update_all(*readings, state_at(600, level, "Finished", capacity=capacity, residual=residual))
    assert session.energy == (kwh and pytest.approx(kwh))
