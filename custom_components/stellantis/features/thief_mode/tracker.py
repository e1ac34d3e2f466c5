"""Tracks a stolen car: has it report every minute, wakes it, and records where it is."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
import logging
from typing import Any, Final

from homeassistant.components import persistent_notification
from homeassistant.components.zone import async_active_zone, in_zone
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from ...api.requests import WakeUp
from ...const import DOMAIN
from ...data import Car, StellantisRuntimeData
from ...endpoints import ALARMS
from ...vehicle.capabilities import CommandFeature
from ...vehicle.state import VehicleState
from ..feature import read_record, save_record
from .tracking import DEFAULT_DURATION, ParkedCar, Reason, Tracking, get_place_parts, has_gone_off

_LOGGER = logging.getLogger(__name__)

RECORD_KEY: Final = "thief_mode"
EVENT_THEFT_TRACKING: Final = f"{DOMAIN}_theft_tracking"
INTERVAL: Final = timedelta(minutes=1)
# Texts of the notification, by what has started the tracking
NOTIFICATION_TITLE: Final = "theft_title"
NOTIFICATIONS: Final = {Reason.ALARM: "theft_alarm", Reason.TOWED: "theft_towed"}


class TheftTracker:
    """The tracking of one car, which goes on after a restart.

    Attributes:
        tracking: The tracking that runs, or ran last; None if there was none.
    """

    def __init__(self, car: Car, automatic: frozenset[Reason]) -> None:
        self._car, self._hass, self._automatic = car, car.account.hass, automatic
        self._data: StellantisRuntimeData = car.account.entry.runtime_data
        self._listeners: list[Callable[[], None]] = []
        self._unsub_timer: CALLBACK_TYPE | None = None
        self._parked: ParkedCar | None = None
        self._is_waking = False
        self._last_alarms: object = None
        self.tracking = read_record(car, RECORD_KEY, Tracking)

    @property
    def is_active(self) -> bool:
        """Whether the car is tracked."""
        return self.tracking is not None and self.tracking.is_active

    @callback
    def async_add_listener(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call `listener` when the tracking starts or ends; return an unsubscribe function."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def async_setup(self) -> None:
        """Watch the car until it is unloaded, and go on with a tracking that has not ended."""
        on_unload = self._car.async_on_unload
        on_unload(self._car.status.async_add_listener(self._async_handle_status, get_place_parts))
        on_unload(self._async_stop_timer)
        if Reason.ALARM in self._automatic and (alarms := self._car.coordinator_for(ALARMS)):
            self._last_alarms = alarms.data
            on_unload(alarms.async_add_listener(self._async_handle_alarms))
        self._async_handle_status()
        if self.is_active:
            self._async_run()

    @callback
    def async_start(self, reason: Reason, duration: timedelta = DEFAULT_DURATION) -> None:
        """Start to track the car, or go on for a duration if it is tracked already."""
        now = dt_util.utcnow()
        if self.tracking and self.tracking.is_active:
            self._store(replace(self.tracking, until=max(self.tracking.until, now + duration)))
            return
        self._store(Tracking(started=now, until=now + duration, reason=reason))
        self._async_fire("started")
        if reason is not Reason.PERSON:
            self._car.account.entry.async_create_background_task(
                self._hass, self._async_notify(), f"{DOMAIN} theft notification"
            )
        self._async_run()

    @callback
    def async_stop(self) -> None:
        """Stop tracking the car; what was recorded stays until the next time."""
        self._async_stop_timer()
        self._async_set_monitored(monitored=False)
        if self.tracking and self.tracking.is_active:
            self._store(replace(self.tracking, is_active=False))
            self._async_fire("ended")

    @callback
    def _async_run(self) -> None:
        self._async_set_monitored(monitored=True)
        self._async_stop_timer()
        self._unsub_timer = async_track_time_interval(self._hass, self._async_step, INTERVAL)
        self._async_step(dt_util.utcnow())

    @callback
    def _async_stop_timer(self) -> None:
        if self._unsub_timer:
            self._unsub_timer()
            self._unsub_timer = None

    @callback
    def _async_set_monitored(self, *, monitored: bool) -> None:
        """Have the car report every minute also while it stands, or no longer."""
        if self._car.push.is_tracked != monitored:
            self._car.push.is_tracked = monitored
            self._data.monitors.async_request_sync(self._car.vin)

    @callback
    def _async_step(self, now: datetime) -> None:
        """End the tracking if its time is over, wake a silent car, and poll it if it is not pushed."""
        assert self.tracking  # noqa: S101 - the timer runs only while there is one
        if now >= self.tracking.until:
            self.async_stop()
            return
        status = self._car.status
        if not status.is_pushed:
            status.async_refresh_soon()
        reported_at = status.data.status.measured_at if status.has_data else None
        can_wake = CommandFeature.WAKE_UP in self._car.commands.support.available and not self._is_waking
        if can_wake and self.tracking.should_wake(now, reported_at):
            self._store(self.tracking.with_wake_up(now))
            self._is_waking = True
            self._car.account.entry.async_create_background_task(self._hass, self._async_wake(), f"{DOMAIN} wake-up")

    async def _async_wake(self) -> None:
        """Wake the car. If that fails, it is tried again with the next wake-up."""
        try:
            await self._car.commands.async_send(WakeUp())
        except HomeAssistantError as err:
            _LOGGER.debug("The tracked car was not woken: %s", err.translation_key)
        finally:
            self._is_waking = False

    @callback
    def _async_handle_status(self) -> None:
        """Record where the car is, and track it if it was towed out of a zone."""
        if not self._car.status.has_data:
            return
        state = self._car.status.data
        if self.tracking and self.tracking.is_active:
            tracking = self.tracking.with_position(state.position)
            if tracking is not self.tracking:
                self._store(tracking)
        if Reason.TOWED in self._automatic:
            self._async_check_place(state)

    @callback
    def _async_check_place(self, state: VehicleState) -> None:
        """Track the car if it is elsewhere although it was not driven."""
        parked, current = self._parked, ParkedCar.from_state(state)
        was_driven = state.is_driving or (parked and current and current.mileage != parked.mileage)
        if was_driven or state.is_position_hidden or parked is None:
            self._parked = current
        if parked and current and parked.was_towed_to(current):
            self._parked = current
            if self._has_left_zone(parked, current):
                self.async_start(Reason.TOWED)

    def _has_left_zone(self, parked: ParkedCar, current: ParkedCar) -> bool:
        zone = async_active_zone(self._hass, parked.latitude, parked.longitude)
        return zone is not None and not in_zone(zone, current.latitude, current.longitude)

    @callback
    def _async_handle_alarms(self) -> None:
        """Track the car when its alarm has gone off."""
        alarms = self._car.coordinator_for(ALARMS)
        if alarms is None or alarms.data is self._last_alarms:
            return
        self._last_alarms = alarms.data
        if alarms.has_data and has_gone_off(alarms.data.new_events, dt_util.utcnow()):
            self.async_start(Reason.ALARM)

    def _store(self, tracking: Tracking) -> None:
        was_active, self.tracking = self.is_active, tracking
        save_record(self._car, RECORD_KEY, tracking)
        if self.is_active != was_active:
            for listener in self._listeners:
                listener()

    @callback
    def _async_fire(self, kind: str) -> None:
        assert self.tracking  # noqa: S101 - called after it was stored
        data: dict[str, Any] = {
            ATTR_DEVICE_ID: self._car.device.id,
            "type": kind,
            "reason": self.tracking.reason.value,
            "until": self.tracking.until.isoformat(),
        }
        self._hass.bus.async_fire(EVENT_THEFT_TRACKING, data)

    async def _async_notify(self) -> None:
        """Tell the user that a tracking has started by itself."""
        assert self.tracking  # noqa: S101 - called after it was stored
        texts = await async_get_translations(self._hass, self._hass.config.language, "common", {DOMAIN})
        prefix, until = f"component.{DOMAIN}.common.", dt_util.as_local(self.tracking.until)
        persistent_notification.async_create(
            self._hass,
            texts[f"{prefix}{NOTIFICATIONS[self.tracking.reason]}"].format(time=f"{until:%H:%M}"),
            texts[f"{prefix}{NOTIFICATION_TITLE}"].format(car=self._car.name),
            f"{DOMAIN}_theft_{self._car.device.id}",
        )
