"""A pytest plugin: fixtures for the tests of other projects."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from .background import BackgroundSimulator
from .config import SimulatorConfig

MARKER = "stellantis_simulator"


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(**changes): change the configuration of the simulator, as in {MARKER}(brand='opel', fleet=2)",
    )


@pytest.fixture
def stellantis_simulator_config() -> SimulatorConfig:
    """The configuration of the simulator, for projects to override: cars and time stand still, at noon of a Monday."""
    return SimulatorConfig(start=datetime(2026, 3, 2, 12, tzinfo=UTC), speed=0, routine=False)


@pytest.fixture
def stellantis_simulator(
    request: pytest.FixtureRequest, stellantis_simulator_config: SimulatorConfig
) -> Iterator[BackgroundSimulator]:
    """A running simulator of the Stellantis platform, new for each test."""
    config = stellantis_simulator_config
    for marker in reversed(list(request.node.iter_markers(MARKER))):  # the nearest one counts most
        config = replace(config, **marker.kwargs)
    with BackgroundSimulator(config) as simulator:
        yield simulator
