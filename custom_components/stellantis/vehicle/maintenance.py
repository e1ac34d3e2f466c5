"""The next maintenance of a car."""

from datetime import date, timedelta

from homeassistant.util import dt as dt_util

from ..api import Maintenance


def service_date(maintenance: Maintenance) -> date | None:
    """Return the local day on which the maintenance is due by time; None if it is unknown."""
    days, measured_at = maintenance.days_before_maintenance, maintenance.measured_at
    if days is None or measured_at is None:
        return None
    return dt_util.as_local(measured_at).date() + timedelta(days=days)
