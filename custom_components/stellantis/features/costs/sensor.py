"""Sensors of what charging costs in a month, at home and elsewhere, and of the efficiency of the last charge."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import PERCENTAGE, Platform
from homeassistant.core import callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_track_time_change
from homeassistant.util import dt as dt_util

from ...coordinator import EndpointCoordinator, EndpointDescription
from ...data import Car, StellantisConfigEntry
from ...endpoints import CHARGES
from ...entity import CarEntityDescription, StellantisEntity
from ...history.events import ChargingSessions
from ...reported_entities import async_add_reported_entities
from ...vehicle.charging_session import ChargingSession
from ...vehicle.parts import ALWAYS
from .data import COSTS
from .tracker import CostTracker


@dataclass(frozen=True, kw_only=True)
class CostSensorDescription(CarEntityDescription[ChargingSessions, float], SensorEntityDescription):
    """Describes a sensor of the costs of a car.

    Attributes:
        car_fn: Returns the value for a car.
        month_fn: Returns the value for a car in the month that starts at a time.
    """

    endpoint: EndpointDescription[ChargingSessions] = CHARGES
    exists_fn: Callable[[ChargingSessions], bool | None] | None = ALWAYS
    value_fn: Callable[[ChargingSessions], float | None] = lambda _: None
    skip_restore: bool = True
    car_fn: Callable[[CostTracker], float | None] | None = None
    month_fn: Callable[[CostTracker, datetime], float | None] | None = None


def _month_cost(tracker: CostTracker, month: datetime, *, is_at_home: bool) -> float | None:
    """Return what charging at home or elsewhere cost in a month; None if no cost of that month is known."""
    currency, home_names = tracker.car.account.hass.config.currency, tracker.home_names
    sessions = [
        session
        for session in tracker.car.store.charging_sessions
        if session.has_gain
        and start_of_month(dt_util.as_local(session.end)) == month
        and session.is_at_home(home_names) is is_at_home
    ]
    costs = [session.cost for session in sessions if session.cost is not None and session.currency == currency]
    return sum(costs) if costs or not sessions else None


def start_of_month(time: datetime) -> datetime:
    """Return the start of the month of a local time."""
    return time.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _last_efficiency(tracker: CostTracker) -> float | None:
    """Return the efficiency of the last charge of which it was measured."""
    sessions: list[ChargingSession] = tracker.car.store.charging_sessions
    return next((session.efficiency for session in reversed(sessions) if session.efficiency is not None), None)


def _has_price(car: Car) -> bool:
    """Return whether a price is configured, and it is known where the car charges."""
    state = car.status.data if car.status.has_data else None
    return car.account.prices.has_charging_price(state) and car.account.has_scope("data:position")


def _month_sensor(key: str, *, is_at_home: bool) -> CostSensorDescription:
    return CostSensorDescription(
        key=key,
        translation_key=key,
        month_fn=partial(_month_cost, is_at_home=is_at_home),
        configured_fn=_has_price,
        source="energies[Electric].battery.load, level, last_position, price",
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        suggested_display_precision=2,
    )


# Their names do not say "estimated": they would be too long, and with a meter the energy is measured
SENSORS: Final = (
    _month_sensor("home_charging_cost", is_at_home=True),
    _month_sensor("public_charging_cost", is_at_home=False),
    CostSensorDescription(
        key="last_charge_efficiency",
        translation_key="last_charge_efficiency",
        car_fn=_last_efficiency,
        configured_fn=lambda car: car.account.entry.runtime_data.feature_data[COSTS][car.vin].meter is not None,
        source="energies[Electric].battery.load, level, meter",
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
    ),
)


class CostSensor(StellantisEntity[CostSensorDescription, float], SensorEntity):
    """A sensor of the costs of a car. A new month begins at midnight."""

    _unrecorded_attributes = frozenset({"last_month"})
    entity_description: CostSensorDescription

    def __init__(
        self, car: Car, coordinator: EndpointCoordinator[ChargingSessions], description: CostSensorDescription
    ) -> None:
        super().__init__(car, coordinator, description)
        self._tracker: CostTracker = car.account.entry.runtime_data.feature_data[COSTS][car.vin]
        if description.month_fn:
            self._attr_native_unit_of_measurement = coordinator.hass.config.currency

    @override
    async def async_added_to_hass(self) -> None:
        """Update the value at midnight, too."""
        await super().async_added_to_hass()

        @callback
        def update(_now: datetime) -> None:
            self._async_update()

        if self.entity_description.month_fn:
            self.async_on_remove(async_track_time_change(self.hass, update, hour=0, minute=0, second=0))

    @override
    def _set_value(self, value: float | None) -> None:
        description = self.entity_description
        if description.car_fn:
            self._value = description.car_fn(self._tracker)
        if description.month_fn:
            month = start_of_month(dt_util.now())
            self._value = description.month_fn(self._tracker, month)
            last_month = start_of_month(month - timedelta(days=1))
            self._attributes = {"last_month": description.month_fn(self._tracker, last_month)}
            self._attr_extra_state_attributes = self._attributes
            self._attr_last_reset = month

    @property
    @override
    def native_value(self) -> float | None:
        """Return the cost in the currency of Home Assistant, or the efficiency in %."""
        return self._value


async def async_setup_sensors(entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback) -> None:
    """Add the sensors of the costs of each car that can be charged."""
    await async_add_reported_entities(entry, async_add_entities, Platform.SENSOR, SENSORS, CostSensor)
