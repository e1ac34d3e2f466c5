"""What the platform tells by itself of a car: taken as if it had been read, and relied on while nothing is missed."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..api import Extensions, MonitoredData, MonitorEvent, Timed
from ..const import CONF_PUSH_KEY
from ..coordinator import EndpointCoordinator
from ..endpoints import ALERTS, TRIPS, reading_of, take_trip
from ..vehicle.state import Activity, Reading

# The attribute of a notification that says of which car it is, to us only
TAG: Final = "car"
# What changed so long ago would have been told, and one that drives or charges is told of at least so often
LATE: Final = timedelta(minutes=3)
SILENT: Final = timedelta(minutes=15)
# So long it is not relied on what failed to tell something
DOUBT: Final = timedelta(hours=1)


class Feed:
    """What the platform tells by itself of a car, and whether that is relied on."""

    def __init__(
        self,
        status: EndpointCoordinator[Reading],
        records: Mapping[str, EndpointCoordinator[Any]],
        doubt: Callable[[], None],
    ) -> None:
        self.account, self.status = status.account, status
        self.monitors: Sequence[str] = ()
        self.last: datetime | None = None
        self.doubted: datetime | None = None
        self._alerts, self._trips = records.get(ALERTS.key), records.get(TRIPS.key)
        self._since: datetime | None = None
        self._seen: Reading | None = None
        self._takes = False
        self._doubt = doubt
        key = f"{self.account.entry.data[CONF_PUSH_KEY]}:{status.vin}"
        self.tag = sha256(key.encode()).hexdigest()[:16]
        self.account.entry.async_on_unload(status.async_add_listener(self._check))

    @property
    def is_doubted(self) -> bool:
        """Whether something was not told, not long ago."""
        return self.doubted is not None and dt_util.utcnow() - self.doubted < DOUBT

    @callback
    def async_rely(self, told: frozenset[MonitoredData], *, complete: bool) -> None:
        """Rely on being told what changes, as far as it is and has been."""
        complete = complete and not self.is_doubted
        if complete and not self.status.is_pushed:
            self._since = dt_util.utcnow()
        self.status.async_set_push_active(active=complete)
        for records, data in ((self._alerts, MonitoredData.ALERT), (self._trips, MonitoredData.TRIP_STOP)):
            if records:
                records.async_set_push_active(active=complete and data in told)

    @callback
    def async_take(self, event: MonitorEvent) -> None:
        """Take what a monitor tells. A trip comes after the status, which says that there is one to be read."""
        self.last, told = dt_util.utcnow(), event.extensions
        self.async_take_along(told)
        if told and told.trip and self._trips:
            take_trip(self._trips, told.trip)
        if self._alerts and any(value.data == MonitoredData.ALERT for value in event.values):
            self._alerts.async_refresh_with_retries()

    @callback
    def async_take_along(self, told: Extensions | None) -> None:
        """Take the status that a monitor brings, whosever it is."""
        if told and told.status:
            self._takes = True
            self.status.async_set_pushed_data(reading_of(self.status, told.status))
            self._takes = False

    @callback
    def _check(self) -> None:
        """Doubt that everything is told when a reading brings what should have been."""
        old, self._seen = self._seen, self.status.data
        if self._takes or not self.status.is_pushed or not self._since or old is None or self._seen is None:
            return
        now = dt_util.utcnow()
        heard = max(self.last or self._since, self._since)
        was_active = old.activity(now) == self._seen.activity(now) == Activity.ACTIVE
        before = _signs(old)
        missed = any(
            sign != before[name][0] and measured_at is not None and self._since < measured_at < now - LATE
            for name, (sign, measured_at) in _signs(self._seen).items()
        )
        if missed or (was_active and now - heard >= SILENT):
            self.doubted = now
            self.async_rely(frozenset(), complete=False)
            self._doubt()


def _signs(reading: Reading) -> dict[str, tuple[object, datetime | None]]:
    """Return what a car that is watched is told of at once, and when it was measured."""
    status, charging, air = reading.status, reading.charging, reading.air_conditioning
    parts: tuple[tuple[str, Timed | None, Callable[[Any], object]], ...] = (
        ("doors", status.doors_state, lambda doors: (frozenset(doors.locked_states), frozenset(doors.opening))),
        ("privacy", status.privacy, lambda privacy: privacy.state),
        ("alarm", status.alarm.status if status.alarm else None, lambda alarm: alarm.activation),
        ("energy", reading.electric, lambda _: charging and (charging.plugged, charging.status)),
        ("preconditioning", air, lambda air: air.status),
        ("powertrain", status.powertrain, lambda powertrain: powertrain.status),
        ("motion", status.kinetic, lambda kinetic: kinetic.moving),
    )
    return {name: (part and sign(part), part.measured_at if part else None) for name, part, sign in parts}
