"""Push data of a car. Polling is reduced while push is relied on."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..api import Extensions, MonitoredData, MonitorEvent, TimedModel
from ..const import CONF_PUSH_KEY
from ..coordinator import EndpointCoordinator
from ..endpoints import ALERTS, TRIPS, async_add_pushed_trip, merge_status
from ..vehicle.state import Activity, VehicleState
from .reliance import Reliance, after_arrival, after_miss

# The attribute that identifies the car by a hash, so that notifications do not contain the VIN
ATTR_VEHICLE: Final = "car"
# Maximum delay of a notification, and maximum silence while the car is active
MAX_DELAY: Final = timedelta(minutes=3)
MAX_SILENCE: Final = timedelta(minutes=15)


class VehiclePush:
    """Apply pushed data of a car to its coordinators, which are polled less while push is relied on.

    Attributes:
        active_monitors: Label prefixes of our monitors that exist on the platform.
        last_received: Time of the last notification of one of our monitors.
        missed_at: Time at which a missed notification was last detected.
        reliance: Whether push is relied on.
        vehicle_tag: Hash that identifies the car in notifications.
        is_tracked: Whether the car should report every minute, also while it stands.
    """

    def __init__(
        self,
        status: EndpointCoordinator[VehicleState],
        coordinators: Mapping[str, EndpointCoordinator[Any]],
        on_missed: Callable[[VehiclePush], None],
    ) -> None:
        self.account, self.status = status.account, status
        self.active_monitors: Sequence[str] = ()
        self.last_received: datetime | None = None
        self.missed_at: datetime | None = None
        self.reliance = Reliance()
        self.is_tracked = False
        self._alerts, self._trips = coordinators.get(ALERTS.key), coordinators.get(TRIPS.key)
        self._covered: frozenset[MonitoredData] = frozenset()
        self._is_complete = False
        self._active_since: datetime | None = None
        self._last_state: VehicleState | None = None
        self._is_applying = False
        self._on_missed = on_missed
        key = f"{self.account.entry.data[CONF_PUSH_KEY]}:{status.vin}"
        self.vehicle_tag = sha256(key.encode()).hexdigest()[:16]
        self.account.entry.async_on_unload(status.async_add_listener(self._async_check_missed))

    @callback
    def async_set_active(self, covered: frozenset[MonitoredData], *, complete: bool) -> None:
        """Set what the platform notifies of.

        Args:
            covered: The data for which the platform accepted triggers.
            complete: Whether all of our monitors exist. Otherwise the status is polled as without push.
        """
        if complete and not self._is_complete:
            self._active_since = dt_util.utcnow()
        self._covered, self._is_complete = covered, complete
        self._async_update_polling()

    @callback
    def async_handle_arrival(self, *, is_own: bool) -> None:
        """Rely on push if an arrival proves it.

        Args:
            is_own: Whether it is a notification of one of our monitors of this car.
        """
        known, self.reliance = self.reliance, after_arrival(self.reliance, self._now, is_own=is_own)
        if self.reliance != known:
            self._async_update_polling()

    @callback
    def async_handle_new_address(self) -> None:
        """Wait for a first notification at a new address."""
        self.reliance = Reliance()
        self._async_update_polling()

    @property
    def _now(self) -> float:
        """The event loop's time, which goes on evenly when the clock is set."""
        return self.account.hass.loop.time()

    @callback
    def _async_update_polling(self) -> None:
        """Reduce or resume polling of the data that push covers."""
        is_relied_on = self.reliance.is_relied_on
        self.status.async_set_push_active(active=is_relied_on and self._is_complete)
        for coordinator, data in ((self._alerts, MonitoredData.ALERT), (self._trips, MonitoredData.TRIP_STOP)):
            if coordinator:
                coordinator.async_set_push_active(active=is_relied_on and data in self._covered)

    @callback
    def async_handle_event(self, event: MonitorEvent) -> None:
        """Apply an event of one of our monitors. The status comes first, because it announces the trip."""
        self.last_received, extensions = dt_util.utcnow(), event.extensions
        self.async_apply_status(extensions)
        if extensions and extensions.trip and self._trips:
            async_add_pushed_trip(self._trips, extensions.trip)
        if self._alerts and any(value.data == MonitoredData.ALERT for value in event.values):
            self._alerts.async_refresh_with_retries()

    @callback
    def async_apply_status(self, extensions: Extensions | None) -> None:
        """Apply the status in an event of any monitor, ours or the user's."""
        if extensions and extensions.status:
            self._is_applying = True
            self.status.last_response = None  # to merge what it has again if the notification lacks it
            try:
                self.status.async_set_pushed_data(merge_status(self.status, extensions.status))
            finally:
                self._is_applying = False

    @callback
    def _async_check_missed(self) -> None:
        """Doubt push if a poll shows a change that it should have delivered."""
        old, self._last_state = self._last_state, self.status.data
        if (
            self._is_applying
            or not self._is_complete
            or not self._active_since
            or old is None
            or self._last_state is None
        ):
            return
        now = dt_util.utcnow()
        self._active_since = min(self._active_since, now)  # the clock may have been set back
        last_contact = min(max(self.last_received or self._active_since, self._active_since), now)
        was_active = old.activity(now) == self._last_state.activity(now) == Activity.ACTIVE
        old_values = _watched_values(old)
        missed = any(
            value != old_values[name][0]
            and measured_at is not None
            and self._active_since < measured_at < now - MAX_DELAY
            for name, (value, measured_at) in _watched_values(self._last_state).items()
        )
        if missed or (was_active and now - last_contact >= MAX_SILENCE):
            self.missed_at = now
            self._on_missed(self)
            self.reliance = after_miss(self.reliance, self._now)
            self._async_update_polling()


def _watched_values(state: VehicleState) -> dict[str, tuple[object, datetime | None]]:
    """Return the values that our monitors watch, with the time of measurement of each."""
    status, charging, air_conditioning = state.status, state.charging, state.air_conditioning
    parts: tuple[tuple[str, TimedModel | None, Callable[[Any], object]], ...] = (
        ("doors", status.doors_state, lambda doors: (frozenset(doors.locked_states), frozenset(doors.opening))),
        ("privacy", status.privacy, lambda privacy: privacy.state),
        ("alarm", status.alarm.status if status.alarm else None, lambda alarm: alarm.activation),
        ("energy", state.electric, lambda _: charging and (charging.plugged, charging.status)),
        ("preconditioning", air_conditioning, lambda air: air.status),
        ("powertrain", status.powertrain, lambda powertrain: powertrain.status),
        ("motion", status.kinetic, lambda kinetic: kinetic.moving),
    )
    return {name: (part and get_value(part), part.measured_at if part else None) for name, part, get_value in parts}
