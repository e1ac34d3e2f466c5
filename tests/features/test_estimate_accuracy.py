"""How accurate the estimates are: some days of the simulated month, and its table in the docs."""

from collections.abc import Iterator, Mapping
from statistics import fmean
from typing import Final

from estimate_accuracy import PAGE, ZONE, Kind, Metric, build_table, measure, simulate, with_table
from homeassistant.util import dt as dt_util
import pytest

# The mean and the worst error
PRECISE: Final = {
    Metric.REPORTED_LEVEL: (2, 5),
    Metric.LEVEL: (0.8, 2.5),
    Metric.END: (3, 5.1),
    Metric.PRICE: (0.5, 1),
    Metric.MEASURED_COST: (0.5, 1),
    Metric.COST: (11, 12),
}
BOUNDS: Final[Mapping[Kind, Mapping[Metric, tuple[float, float]]]] = {
    Kind.ENERGY: PRECISE
    | {Metric.POWER: (1, 3), Metric.USUAL_POWER: (1, 2), Metric.ENERGY: (0.5, 1.5), Metric.EFFICIENCY: (0.5, 1)},
    Kind.LEVEL: PRECISE | {Metric.POWER: (8, 40), Metric.USUAL_POWER: (3, 5), Metric.ENERGY: (5, 20)},
    Kind.SILENT: {
        Metric.LEVEL: (4, 30),
        Metric.ENERGY: (0.5, 1.5),
        Metric.PRICE: (1, 3),
        Metric.MEASURED_COST: (0.5, 1),
    },
}


@pytest.fixture(autouse=True)
def local_zone() -> Iterator[None]:
    default = dt_util.get_default_time_zone()
    dt_util.set_default_time_zone(ZONE)
    yield
    dt_util.set_default_time_zone(default)


@pytest.mark.parametrize("kind", Kind)
def test_errors_of_some_days(kind: Kind) -> None:
    errors = simulate(kind, days=9)
    for metric, (mean, worst) in BOUNDS[kind].items():
        sizes = [abs(error) for error in errors[metric]]
        assert sizes, metric
        assert fmean(sizes) <= mean, metric
        assert max(sizes) <= worst, metric


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_page_has_the_table_of_the_month() -> None:
    page = PAGE.read_text(encoding="utf-8")
    table = build_table({kind: measure(kind) for kind in Kind})
    assert with_table(page, table) == page, "run scripts/estimate_accuracy"
