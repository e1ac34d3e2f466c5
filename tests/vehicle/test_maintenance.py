"""The day of the next maintenance."""

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

from homeassistant.util import dt as dt_util
import pytest

from custom_components.stellantis.api import Maintenance
from custom_components.stellantis.vehicle.maintenance import service_date


@pytest.fixture(autouse=True)
def _paris() -> Iterator[None]:
    """Live in Paris."""
    before = dt_util.DEFAULT_TIME_ZONE
    dt_util.set_default_time_zone(ZoneInfo("Europe/Paris"))
    yield
    dt_util.set_default_time_zone(before)


@pytest.mark.parametrize(
    ("days", "measured_at", "due"),
    [
        (31, "2026-11-20T12:00:00Z", date(2026, 12, 21)),
        (-3, "2026-11-20T12:00:00Z", date(2026, 11, 17)),
        (1, "2026-11-20T23:30:00Z", date(2026, 11, 22)),  # it is the next day in Paris
        (None, "2026-11-20T12:00:00Z", None),
        (31, None, None),
    ],
)
def test_service_date(days: int | None, measured_at: str | None, due: date | None) -> None:
    body = {"daysBeforeMaintenance": days, "updatedAt": measured_at}
    maintenance = Maintenance.from_dict({name: value for name, value in body.items() if value is not None})
    assert service_date(maintenance) == due
