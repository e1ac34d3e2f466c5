"""Planned charges that begin at midnight, which stands for no delayed start in a car."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from homeassistant.util import dt as dt_util
import pytest

from custom_components.stellantis.features.departure.control import ControlRecord, PlanAction, local_time
from custom_components.stellantis.features.departure.rules import PlanWindow, Situation, decide
from custom_components.stellantis.vehicle.capabilities import CommandFeature

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
MIDNIGHT: Final = datetime(2026, 3, 1, 23, tzinfo=UTC)  # in Paris


@pytest.fixture(autouse=True)
def local_zone() -> Iterator[None]:
    default = dt_util.get_default_time_zone()
    dt_util.set_default_time_zone(ZoneInfo("Europe/Paris"))
    yield
    dt_util.set_default_time_zone(default)


@pytest.mark.parametrize(
    ("minutes", "written"), [(-1, time(23, 59)), (0, time(0, 2)), (1, time(0, 2)), (2, time(0, 2)), (3, time(0, 3))]
)
def test_start_that_is_written(minutes: int, written: time) -> None:
    start = MIDNIGHT + minutes * MINUTE
    record = ControlRecord()

    def situation(now: datetime, delayed_start: time) -> Situation:
        return Situation(
            now=now,
            windows=(PlanWindow(start=start, end=start + HOUR),),
            is_plugged=True,
            is_charging=False,
            delayed_start=delayed_start,
            features=frozenset((CommandFeature.START_CHARGING, CommandFeature.DELAYED_CHARGING)),
        )

    before = MIDNIGHT - 5 * HOUR
    step = decide(record, situation(before, time(22))).step
    assert step
    assert step.start
    assert (step.action, local_time(step.start)) == (PlanAction.WRITE_START, written)
    # The car starts by itself then
    after = record.with_attempt(step, before, time(22))
    assert decide(after, situation(step.start + MINUTE, written)).step is None
