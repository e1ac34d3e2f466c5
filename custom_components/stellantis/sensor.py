"""Sensors of a car, of an account, and of monitors."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any, Final, override

from homeassistant.components.sensor import (
    RestoreSensor,
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    DEGREE,
    PERCENTAGE,
    REVOLUTIONS_PER_MINUTE,
    EntityCategory,
    Platform,
    UnitOfEnergy,
    UnitOfEnergyDistance,
    UnitOfLength,
    UnitOfPower,
    UnitOfSpeed,
    UnitOfTemperature,
    UnitOfTime,
    UnitOfVolume,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from .account import AccountContext
from .api import (
    Alert,
    AlertMessage,
    ChargingMode,
    ChargingPowerLevel,
    ChargingType,
    DrivingMode,
    Energy,
    EnergyType,
    Engine,
    EngineType,
    Fluid,
    IgnitionType,
    Maintenance,
    PowertrainStatus,
    PreconditioningFailure,
    PreconditioningStatus,
    PrivacyState,
    StartingCause,
    TractionBattery,
)
from .const import DOMAIN
from .coordinator import EndpointCoordinator, EndpointDescription
from .data import Car, StellantisConfigEntry, account_device_info
from .endpoints import ALERTS, CHARGES, MAINTENANCE, TRIPS
from .entity import (
    CarEntityDescription,
    MonitorEntity,
    StellantisEntity,
    VehicleStateEntityDescription,
    async_add_monitor_entities,
    entity_unique_id,
)
from .features import async_add_feature_entities
from .history.events import Alerts, round_or_none
from .monitors.user_sync import MonitorStatus
from .reported_entities import async_add_reported_entities
from .vehicle.auxiliary_battery import days_left
from .vehicle.battery import battery_level, reported_capacity
from .vehicle.capabilities import CommandFeature
from .vehicle.charge_limit import NO_LIMIT, ChargeReport
from .vehicle.charge_limit_rules import Decision
from .vehicle.charging_power import average_power
from .vehicle.charging_status import CHARGING_STATUSES, charging_status
from .vehicle.estimated_level import estimated_level
from .vehicle.maintenance import service_date
from .vehicle.parts import ALWAYS, PartFn, optional, part
from .vehicle.programs import next_delayed_start
from .vehicle.settings import TANK_SIZE
from .vehicle.state import (
    VehicleState,
    get_air_conditioning,
    get_charging,
    get_electric,
    get_engines,
    get_fuel,
    get_hydrogen,
    get_kinetic,
    get_position,
)
from .vehicle.trip import TripRecord

PARALLEL_UPDATES = 0  # the coordinators fetch the data

LITERS_PER_100_KM: Final = "L/100 km"
METERS_PER_SECOND_SQUARED: Final = "m/s²"

# Battery or fuel level in % below which the range with a full battery or tank cannot be estimated
MIN_LEVEL_TO_PROJECT: Final = 10

# Cars report the remaining time in steps of several minutes
CHARGE_END_TOLERANCE: Final = timedelta(minutes=6)

type SensorValue = str | float | date


@dataclass(frozen=True, kw_only=True)
class StellantisSensorDescription(VehicleStateEntityDescription[SensorValue], SensorEntityDescription):
    """Describe a sensor with a value of the vehicle's state.

    Attributes:
        limited_fn: returns the value as the charge limit changes it.
        car_fn: returns the value now, if it also depends on what is known of the car otherwise, or on the time.
    """

    limited_fn: Callable[[Decision, SensorValue | None], SensorValue | None] | None = None
    car_fn: Callable[[Car, datetime], SensorValue | None] | None = None

    @cached_property
    @override
    def part_fn(self) -> PartFn | None:
        """The function of the part of the data that the entity shows; None if it may show all of it."""
        return None if self.car_fn else super().part_fn


@dataclass(frozen=True, kw_only=True)
class HistorySensorDescription(CarEntityDescription[Any, SensorValue], SensorEntityDescription):
    """Describe a sensor with a value of another endpoint, such as trips or alerts."""


def _enum_sensor[PartT](
    key: str,
    enum: type[StrEnum],
    part_fn: Callable[[VehicleState], PartT | None],
    enum_fn: Callable[[PartT], StrEnum | str | None],
    source: str,
    **kwargs: Any,
) -> StellantisSensorDescription:
    """Create the description for an enum value of the API; unknown values are shown as unknown."""

    def current_key(part: PartT) -> str | None:
        value = enum_fn(part)
        return value.name.lower() if isinstance(value, enum) else None

    return StellantisSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.ENUM,
        options=[member.name.lower() for member in enum],
        value_fn=optional(part_fn, current_key),
        source=source,
        **kwargs,
    )


def _level_sensor(
    key: str, value_fn: Callable[[VehicleState], float | None], energy_type: str, **kwargs: Any
) -> StellantisSensorDescription:
    """Create the description for a battery or fuel level."""
    return StellantisSensorDescription(
        key=key,
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=value_fn,
        source=f"energies[{energy_type}].level",
        **kwargs,
    )


def _range_sensor(
    key: str, value_fn: Callable[[VehicleState], float | None], source: str
) -> StellantisSensorDescription:
    """Create the description for a range."""
    return StellantisSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.DISTANCE,
        native_unit_of_measurement=UnitOfLength.KILOMETERS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=value_fn,
        source=source,
    )


def _total_range(state: VehicleState) -> float | None:
    """Return the range in km on all energies, None if the car has only one."""
    ranges = [energy.autonomy for energy in (state.electric, state.fuel, state.hydrogen) if energy]
    known = [distance for distance in ranges if distance is not None]
    return sum(known) if len(known) > 1 else None


def _projected_range_sensor(
    key: str, energy_fn: Callable[[VehicleState], Energy | None], energy_type: str
) -> StellantisSensorDescription:
    """Create the description for the estimated range with a full battery or tank."""

    def project(energy: Energy) -> float | None:
        level = energy.level if energy.type == EnergyType.FUEL else battery_level(energy)
        if energy.autonomy is None or level is None or level < MIN_LEVEL_TO_PROJECT:
            return None
        return energy.autonomy * 100 / level

    return StellantisSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.DISTANCE,
        native_unit_of_measurement=UnitOfLength.KILOMETERS,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        suggested_display_precision=0,
        value_fn=optional(energy_fn, project),
        source=f"energies[{energy_type}].autonomy, level",
    )


def _is_same_charge_end(old: SensorValue, new: SensorValue) -> bool:
    """Return whether two expected ends of charging differ only by the steps in which cars report them."""
    return isinstance(old, datetime) and isinstance(new, datetime) and abs(new - old) < CHARGE_END_TOLERANCE


def _limited_charge_end(limit: Decision, charging_end: SensorValue | None) -> SensorValue | None:
    """Return when the charge ends: at the charge limit, if that is reached first."""
    stop = limit.estimated_stop
    if stop is None or (isinstance(charging_end, datetime) and charging_end <= stop):
        return charging_end
    return stop


def _traction_battery(state: VehicleState) -> TractionBattery | None:
    return state.electric.battery if state.electric else None


def _stored_energy(energy: Energy) -> float | None:
    """Return the energy in the traction battery in kWh; newer cars report it with the battery."""
    load = energy.battery.load if energy.battery else None
    return energy.residual if load is None or load.residual is None else load.residual / 1000


def _battery_energy_sensor(
    key: str, value_fn: Callable[[Energy], float | None], source: str
) -> StellantisSensorDescription:
    """Create the description for an energy of the traction battery; the values of many cars are implausible."""
    return StellantisSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.ENERGY_STORAGE,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=optional(get_electric, value_fn),
        source=source,
    )


def _battery_health_sensor(
    key: str, value_fn: Callable[[TractionBattery], float | None], source: str
) -> StellantisSensorDescription:
    """Create the description for the health of the traction battery; which one is meaningful depends on the car."""
    return StellantisSensorDescription(
        key=key,
        translation_key=key,
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=optional(_traction_battery, value_fn),
        source=source,
    )


def _find_engine(engines: tuple[Engine, ...], engine_type: EngineType, index: int = 0) -> Engine | None:
    """Return the engine at an index among those of its type, if there is one."""
    found = [engine for engine in engines if engine.type == engine_type]
    return found[index] if index < len(found) else None


def _fluid_sensor(
    key: str,
    fluid_fn: Callable[[Engine], Fluid | None],
    value_fn: Callable[[Fluid], float | None],
    source: str,
    **kwargs: Any,
) -> StellantisSensorDescription:
    """Create the description for a fluid of the combustion engine."""

    def get_value(engines: tuple[Engine, ...]) -> float | None:
        engine = _find_engine(engines, EngineType.THERMIC)
        fluid = fluid_fn(engine) if engine else None
        return value_fn(fluid) if fluid else None

    return StellantisSensorDescription(
        key=key,
        translation_key=key,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        suggested_display_precision=0,
        value_fn=optional(get_engines, get_value),
        source=source,
        **kwargs,
    )


def _fluid_temperature_sensor(
    key: str, fluid_fn: Callable[[Engine], Fluid | None], name: str
) -> StellantisSensorDescription:
    """Create the description for the temperature of a fluid."""
    return _fluid_sensor(
        key,
        fluid_fn,
        lambda fluid: fluid.temp,
        f"engines[].{name}.temp",
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
    )


def _fluid_level_sensor(key: str, fluid_fn: Callable[[Engine], Fluid | None], name: str) -> StellantisSensorDescription:
    """Create the description for the level of a fluid."""
    return _fluid_sensor(
        key, fluid_fn, lambda fluid: fluid.level, f"engines[].{name}.level", native_unit_of_measurement=PERCENTAGE
    )


def _engine_speed_sensor(key: str, engine_type: EngineType, index: int) -> StellantisSensorDescription:
    """Create the description for the speed of an engine."""

    def get_speed(engines: tuple[Engine, ...]) -> float | None:
        engine = _find_engine(engines, engine_type, index)
        return engine.speed if engine else None

    return StellantisSensorDescription(
        key=key,
        translation_key=key,
        native_unit_of_measurement=REVOLUTIONS_PER_MINUTE,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        skip_restore=True,
        entity_registry_enabled_default=False,
        suggested_display_precision=0,
        value_fn=optional(get_engines, get_speed),
        source="engines[].speed",
    )


def _car_sensor(
    key: str, car_fn: Callable[[Car, datetime], SensorValue | None], source: str, **kwargs: Any
) -> StellantisSensorDescription:
    """Create the description for a value that does not depend on the last report alone."""
    return StellantisSensorDescription(
        key=key,
        translation_key=key,
        skip_restore=True,
        entity_registry_enabled_default=False,
        suggested_display_precision=0,
        car_fn=car_fn,
        source=source,
        **kwargs,
    )


def _estimated_level(car: Car, now: datetime) -> float | None:
    """Return the battery level now, in whole %."""
    limit, store = car.charge_limit.record, car.store
    level = estimated_level(
        ChargeReport.from_state(car.status.data),
        now,
        active=store.active_session,
        sessions=store.charging_sessions,
        limit=NO_LIMIT if limit.overridden else limit.effective_level,
    )
    return None if level is None else float(round(level))


def _fuel_volume(car: Car, _now: datetime) -> float | None:
    """Return the fuel in the tank in liters; None if its size is unknown."""
    fuel, size = car.status.data.fuel, TANK_SIZE.get(car.account.entry.options, car.vin)
    return None if fuel is None or fuel.level is None or size is None else round(fuel.level / 100 * size, 1)


CAR_SENSORS: Final = (
    _car_sensor(
        "battery_level_estimated",
        _estimated_level,
        "energies[Electric].level, charging.status, charging.charging_rate",
        device_class=SensorDeviceClass.BATTERY,
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=optional(get_charging, lambda charging: charging.status),
    ),
    _car_sensor(
        "fuel_volume",
        _fuel_volume,
        "energies[Fuel].level",
        device_class=SensorDeviceClass.VOLUME_STORAGE,
        native_unit_of_measurement=UnitOfVolume.LITERS,
        state_class=SensorStateClass.MEASUREMENT,
        configured_fn=lambda car: TANK_SIZE.get(car.account.entry.options, car.vin) is not None,
        value_fn=optional(get_fuel, lambda energy: energy.level),
    ),
    _car_sensor(
        "auxiliary_battery_days",
        lambda car, now: round_or_none(days_left(car.store.auxiliary_samples, now), 0),
        "battery.voltage",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.DAYS,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=optional(lambda state: state.status.battery, lambda battery: battery.voltage),
    ),
    _car_sensor(
        "wake_ups",
        lambda car, _now: car.commands.wake_ups_this_month,
        "remotes",
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        required_features=frozenset((CommandFeature.ANY,)),
        value_fn=ALWAYS,
    ),
)
SENSORS: Final = (
    # Energy
    _level_sensor(
        "battery_level",
        part(lambda state: state.battery_level),
        "Electric",
        device_class=SensorDeviceClass.BATTERY,
        exists_fn=optional(get_electric, lambda electric: electric.level is not None),
    ),
    _level_sensor(
        "fuel_level",
        optional(get_fuel, lambda energy: energy.level),
        "Fuel",
        translation_key="fuel_level",
    ),
    _level_sensor(
        "hydrogen_level",
        optional(get_hydrogen, lambda energy: energy.level),
        "Hydrogen",
        translation_key="hydrogen_level",
    ),
    _range_sensor(
        "electric_range",
        optional(get_electric, lambda energy: energy.autonomy),
        "energies[Electric].autonomy",
    ),
    _range_sensor("fuel_range", optional(get_fuel, lambda energy: energy.autonomy), "energies[Fuel].autonomy"),
    _range_sensor(
        "hydrogen_range",
        optional(get_hydrogen, lambda energy: energy.autonomy),
        "energies[Hydrogen].autonomy",
    ),
    _range_sensor("total_range", part(_total_range), "energies[].autonomy"),
    _projected_range_sensor("projected_electric_range", get_electric, "Electric"),
    _projected_range_sensor("projected_fuel_range", get_fuel, "Fuel"),
    StellantisSensorDescription(
        key="fuel_consumption_total",
        translation_key="fuel_consumption_total",
        device_class=SensorDeviceClass.VOLUME,
        native_unit_of_measurement=UnitOfVolume.LITERS,
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        suggested_display_precision=0,
        value_fn=optional(
            lambda state: state.fuel.fuel if state.fuel else None,
            lambda fuel: None if fuel.total is None else fuel.total / 100,
        ),
        source="energies[Fuel].fuel.total",
    ),
    StellantisSensorDescription(
        key="fuel_consumption",
        skip_restore=True,
        translation_key="fuel_consumption",
        native_unit_of_measurement=LITERS_PER_100_KM,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        suggested_display_precision=1,
        value_fn=optional(
            lambda state: state.fuel.fuel if state.fuel else None,
            lambda fuel: fuel.consumption if fuel.instant is None else fuel.instant,
        ),
        source="energies[Fuel].fuel.instant",
    ),
    StellantisSensorDescription(
        key="power_consumption",
        skip_restore=True,
        translation_key="power_consumption",
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.KILO_WATT,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=optional(get_electric, lambda energy: energy.consumption),
        source="energies[Electric].consumption",
    ),
    _battery_energy_sensor("battery_capacity", reported_capacity, "energies[Electric].battery.load.capacity"),
    _battery_energy_sensor("stored_energy", _stored_energy, "energies[Electric].residual, battery.load.residual"),
    _battery_health_sensor(
        "battery_health_capacity",
        lambda battery: battery.health.capacity if battery.health else None,
        "energies[Electric].battery.health.capacity",
    ),
    _battery_health_sensor(
        "battery_health_resistance",
        lambda battery: battery.health.resistance if battery.health else None,
        "energies[Electric].battery.health.resistance",
    ),
    # Charging
    StellantisSensorDescription(
        key="charging_status",
        translation_key="charging_status",
        device_class=SensorDeviceClass.ENUM,
        options=list(CHARGING_STATUSES),
        value_fn=optional(get_charging, charging_status),
        source="energies[Electric].charging.status, plugged",
    ),
    _enum_sensor(
        "charging_mode",
        ChargingMode,
        get_charging,
        lambda charging: charging.charging_mode,
        "energies[Electric].charging.charging_mode",
        entity_registry_enabled_default=False,
    ),
    _enum_sensor(
        "charging_power_level",
        ChargingPowerLevel,
        get_charging,
        lambda charging: charging.charging_power_level,
        "energies[Electric].charging.charging_power_level",
        superseded_by=frozenset((CommandFeature.CHARGING_LEVEL,)),
        entity_registry_enabled_default=False,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    _enum_sensor(
        "charging_type",
        ChargingType,
        get_charging,
        lambda charging: charging.type,
        "energies[Electric].charging.type",
        superseded_by=frozenset((CommandFeature.CHARGING_TYPE,)),
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    StellantisSensorDescription(
        key="charging_rate",
        skip_restore=True,
        entity_registry_enabled_default=False,
        translation_key="charging_rate",
        device_class=SensorDeviceClass.SPEED,
        native_unit_of_measurement=UnitOfSpeed.KILOMETERS_PER_HOUR,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=part(lambda state: state.charging_rate),
        source="energies[Electric].charging.charging_rate",
    ),
    StellantisSensorDescription(
        key="charging_end",
        skip_restore=True,
        translation_key="charging_end",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=part(lambda state: state.expected_charging_end),
        exists_fn=optional(get_charging, lambda _: True),
        limited_fn=_limited_charge_end,
        is_equal_fn=_is_same_charge_end,
        source="energies[Electric].charging.remaining_time",
    ),
    StellantisSensorDescription(
        key="next_delayed_charge",
        skip_restore=True,
        translation_key="next_delayed_charge",
        device_class=SensorDeviceClass.TIMESTAMP,
        superseded_by=frozenset((CommandFeature.DELAYED_CHARGING,)),
        value_fn=part(next_delayed_start),
        exists_fn=optional(get_charging, lambda charging: charging.next_delayed_time is not None),
        source="energies[Electric].charging.next_delayed_time",
    ),
    # Driving
    StellantisSensorDescription(
        key="odometer",
        translation_key="odometer",
        device_class=SensorDeviceClass.DISTANCE,
        native_unit_of_measurement=UnitOfLength.KILOMETERS,
        # Not increasing: a wrong reading that is corrected would count as a new meter, with its whole mileage
        state_class=SensorStateClass.TOTAL,
        suggested_display_precision=0,
        value_fn=optional(lambda state: state.status.odometer, lambda odometer: odometer.mileage),
        source="odometer.mileage",
    ),
    StellantisSensorDescription(
        key="speed",
        skip_restore=True,
        translation_key="speed",
        device_class=SensorDeviceClass.SPEED,
        native_unit_of_measurement=UnitOfSpeed.KILOMETERS_PER_HOUR,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=optional(get_kinetic, lambda kinetic: kinetic.speed),
        source="kinetic.speed",
    ),
    StellantisSensorDescription(
        key="acceleration",
        skip_restore=True,
        translation_key="acceleration",
        native_unit_of_measurement=METERS_PER_SECOND_SQUARED,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=optional(get_kinetic, lambda kinetic: kinetic.acceleration),
        source="kinetic.acceleration",
    ),
    _enum_sensor(
        "ignition",
        IgnitionType,
        lambda state: state.status.ignition,
        lambda ignition: ignition.type,
        "ignition.type",
        entity_registry_enabled_default=False,
    ),
    _enum_sensor(
        "powertrain",
        PowertrainStatus,
        lambda state: state.status.powertrain,
        lambda powertrain: powertrain.status,
        "powertrain.status",
        entity_registry_enabled_default=False,
    ),
    _enum_sensor(
        "driving_mode",
        DrivingMode,
        lambda state: state.status.driving_behavior,
        lambda behavior: behavior.mode,
        "driving_behavior.mode",
    ),
    _engine_speed_sensor("engine_speed", EngineType.THERMIC, 0),
    _engine_speed_sensor("motor_speed", EngineType.ELECTRIC, 0),
    _engine_speed_sensor("second_motor_speed", EngineType.ELECTRIC, 1),
    _fluid_temperature_sensor("coolant_temperature", lambda engine: engine.coolant, "coolant"),
    _fluid_level_sensor("coolant_level", lambda engine: engine.coolant, "coolant"),
    _fluid_temperature_sensor("oil_temperature", lambda engine: engine.oil, "oil"),
    _fluid_level_sensor("oil_level", lambda engine: engine.oil, "oil"),
    _fluid_temperature_sensor("intake_air_temperature", lambda engine: engine.air, "air"),
    # Surroundings
    StellantisSensorDescription(
        key="outside_temperature",
        translation_key="outside_temperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value_fn=optional(lambda state: state.outside_air, lambda air: air.temp),
        source="environment.air.temp",
    ),
    StellantisSensorDescription(
        key="heading",
        skip_restore=True,
        translation_key="heading",
        native_unit_of_measurement=DEGREE,
        state_class=SensorStateClass.MEASUREMENT_ANGLE,
        entity_registry_enabled_default=False,
        suggested_display_precision=0,
        value_fn=optional(get_position, lambda position: position.heading),
        source="last_position.heading",
    ),
    StellantisSensorDescription(
        key="altitude",
        skip_restore=True,
        translation_key="altitude",
        device_class=SensorDeviceClass.DISTANCE,
        native_unit_of_measurement=UnitOfLength.METERS,
        state_class=SensorStateClass.MEASUREMENT,
        entity_registry_enabled_default=False,
        suggested_display_precision=0,
        value_fn=optional(get_position, lambda position: position.altitude),
        source="last_position.altitude",
    ),
    StellantisSensorDescription(
        key="signal_quality",
        skip_restore=True,
        translation_key="signal_quality",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=optional(get_position, lambda position: position.signal_quality),
        source="last_position.signal_quality",
    ),
    StellantisSensorDescription(
        key="fix_time",
        skip_restore=True,
        translation_key="fix_time",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=optional(get_position, lambda position: position.measured_at),
        source="last_position.created_at",
    ),
    # Vehicle
    _enum_sensor(
        "preconditioning_status",
        PreconditioningStatus,
        get_air_conditioning,
        lambda air: air.status,
        "preconditioning.air_conditioning.status",
        superseded_by=frozenset((CommandFeature.PRECONDITIONING,)),
    ),
    _enum_sensor(
        "preconditioning_cause",
        StartingCause,
        get_air_conditioning,
        lambda air: air.starting_cause,
        "preconditioning.air_conditioning.starting_cause",
        skip_restore=True,
        entity_registry_enabled_default=False,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    _enum_sensor(
        "preconditioning_failure",
        PreconditioningFailure,
        get_air_conditioning,
        lambda air: air.failure_cause,
        "preconditioning.air_conditioning.failure_cause",
        skip_restore=True,
        entity_registry_enabled_default=False,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    _enum_sensor(
        "privacy",
        PrivacyState,
        lambda state: state.status.privacy,
        lambda privacy: privacy.state,
        "privacy.state",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    # Without the class of batteries: it would be taken for the traction battery, the battery of the device
    StellantisSensorDescription(
        key="auxiliary_battery",
        translation_key="auxiliary_battery",
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=optional(lambda state: state.status.battery, lambda battery: battery.voltage),
        source="battery.voltage",
    ),
    StellantisSensorDescription(
        key="last_update",
        translation_key="last_update",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=part(lambda state: state.status.measured_at),
        source="updated_at",
    ),
)


def _warning(alerts: Alerts) -> str:
    """Return the gravest active alert."""
    return _warning_key(alerts.by_severity[0]) if alerts.active else "none"


def _warning_key(alert: Alert) -> str:
    """Return the translation key of an alert; "unknown" would mean that the state is not known."""
    return alert.type.name.lower() if isinstance(alert.type, AlertMessage) else "other"


def _warning_attributes(alerts: Alerts) -> dict[str, Any]:
    """Return all active alerts, the gravest first, with their number and the highest severity."""
    return {
        "alerts": [_warning_key(alert) for alert in alerts.by_severity],
        "count": len(alerts.active),
        "severity": alerts.severity and alerts.severity.name.lower(),
    }


def _maintenance_attributes(maintenance: Maintenance) -> dict[str, Any]:
    """Return when the car measured it. The blueprint for the service finds the sensor by it."""
    return {"measured_at": maintenance.measured_at}


def _history_sensor(
    key: str,
    endpoint: EndpointDescription[Any],
    value_fn: Callable[[Any], SensorValue | None],
    source: str,
    **kwargs: Any,
) -> HistorySensorDescription:
    """Create the description for a value of another endpoint than the status."""
    return HistorySensorDescription(
        key=key, translation_key=key, endpoint=endpoint, value_fn=value_fn, source=source, **kwargs
    )


def _last_trip_sensor(
    key: str, value_fn: Callable[[TripRecord], SensorValue | None], source: str, **kwargs: Any
) -> HistorySensorDescription:
    """Create the description for a value of the last trip."""
    return _history_sensor(key, TRIPS, optional(lambda trips: trips.last, value_fn), source, **kwargs)


HISTORY_SENSORS: Final = (
    # Maintenance
    _history_sensor(
        "service_due",
        MAINTENANCE,
        service_date,
        "maintenance.days_before_maintenance, updated_at",
        device_class=SensorDeviceClass.DATE,
    ),
    _history_sensor(
        "days_to_maintenance",
        MAINTENANCE,
        lambda maintenance: maintenance.days_before_maintenance,
        "maintenance.days_before_maintenance",
        entity_registry_enabled_default=False,
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.DAYS,
        suggested_display_precision=0,
    ),
    _history_sensor(
        "distance_to_maintenance",
        MAINTENANCE,
        lambda maintenance: maintenance.mileage_before_maintenance,
        "maintenance.mileage_before_maintenance",
        device_class=SensorDeviceClass.DISTANCE,
        native_unit_of_measurement=UnitOfLength.KILOMETERS,
        suggested_display_precision=0,
        attributes_fn=_maintenance_attributes,
    ),
    # Alerts
    _history_sensor(
        "warning",
        ALERTS,
        _warning,
        "alert.active, type, severity",
        device_class=SensorDeviceClass.ENUM,
        options=["none", *(message.name.lower() for message in AlertMessage), "other"],
        attributes_fn=_warning_attributes,
    ),
    # Last trip
    _last_trip_sensor(
        "last_trip_distance",
        lambda trip: trip.distance,
        "trip.distance",
        device_class=SensorDeviceClass.DISTANCE,
        native_unit_of_measurement=UnitOfLength.KILOMETERS,
        suggested_display_precision=1,
    ),
    _last_trip_sensor(
        "last_trip_duration",
        lambda trip: round_or_none(trip.minutes, 1),
        "trip.started_at, stopped_at",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.MINUTES,
        suggested_display_precision=0,
    ),
    _last_trip_sensor(
        "last_trip_average_speed",
        lambda trip: trip.average_speed,
        "trip.distance, started_at, stopped_at",
        device_class=SensorDeviceClass.SPEED,
        native_unit_of_measurement=UnitOfSpeed.KILOMETERS_PER_HOUR,
        suggested_display_precision=0,
    ),
    _last_trip_sensor(
        "last_trip_electricity",
        lambda trip: trip.electricity,
        "trip.energy_consumptions[Electric]",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
    ),
    _last_trip_sensor(
        "last_trip_fuel",
        lambda trip: trip.fuel,
        "trip.energy_consumptions[Fuel]",
        device_class=SensorDeviceClass.VOLUME,
        native_unit_of_measurement=UnitOfVolume.LITERS,
        suggested_display_precision=1,
    ),
    _last_trip_sensor(
        "last_trip_electricity_per_100_km",
        lambda trip: trip.per_100_km(trip.electricity),
        "trip.energy_consumptions[Electric], distance",
        device_class=SensorDeviceClass.ENERGY_DISTANCE,
        native_unit_of_measurement=UnitOfEnergyDistance.KILO_WATT_HOUR_PER_100_KM,
        suggested_display_precision=1,
    ),
    _last_trip_sensor(
        "last_trip_fuel_per_100_km",
        lambda trip: trip.per_100_km(trip.fuel),
        "trip.energy_consumptions[Fuel], distance",
        native_unit_of_measurement=LITERS_PER_100_KM,
        suggested_display_precision=1,
    ),
    _last_trip_sensor(
        "last_trip_electric_share",
        lambda trip: trip.electric_share,
        "trip.segments, energy_consumptions[Fuel]",
        native_unit_of_measurement=PERCENTAGE,
        entity_registry_enabled_default=False,
        suggested_display_precision=0,
    ),
    _last_trip_sensor(
        "last_trip_cost",
        lambda trip: trip.cost,
        "trip.energy_consumptions, prices",
        device_class=SensorDeviceClass.MONETARY,
        suggested_display_precision=2,
    ),
    _last_trip_sensor(
        "last_trip_end", lambda trip: trip.end, "trip.stopped_at", device_class=SensorDeviceClass.TIMESTAMP
    ),
    _history_sensor(
        "driving_cost",
        TRIPS,
        lambda trips: trips.total_cost,
        "trip.energy_consumptions, prices",
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        suggested_display_precision=2,
    ),
    _history_sensor(
        "electricity_used",
        TRIPS,
        lambda trips: trips.total_electricity,
        "trip.energy_consumptions[Electric]",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        state_class=SensorStateClass.TOTAL,
        entity_registry_enabled_default=False,
        suggested_display_precision=1,
    ),
    _history_sensor(
        "fuel_used",
        TRIPS,
        lambda trips: trips.total_fuel,
        "trip.energy_consumptions[Fuel]",
        device_class=SensorDeviceClass.VOLUME,
        native_unit_of_measurement=UnitOfVolume.LITERS,
        state_class=SensorStateClass.TOTAL,
        entity_registry_enabled_default=False,
        suggested_display_precision=1,
    ),
    # Charging sessions
    _history_sensor(
        "charging_power",
        CHARGES,
        lambda sessions: sessions.power,
        "energies[Electric].battery.load, level",
        exists_fn=lambda sessions: sessions.has_capacity,
        skip_restore=True,
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.KILO_WATT,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
    ),
    _history_sensor(
        "charged_energy",
        CHARGES,
        lambda sessions: sessions.total_energy,
        "energies[Electric].battery.load, level",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        state_class=SensorStateClass.TOTAL,
        entity_registry_enabled_default=False,
        suggested_display_precision=1,
    ),
    _history_sensor(
        "last_charge_end",
        CHARGES,
        optional(lambda sessions: sessions.last, lambda session: session.end),
        "energies[Electric].charging.status",
        device_class=SensorDeviceClass.TIMESTAMP,
    ),
    _history_sensor(
        "last_charge_gain",
        CHARGES,
        optional(lambda sessions: sessions.last, lambda session: session.end_level - session.start_level),
        "energies[Electric].level",
        native_unit_of_measurement=PERCENTAGE,
        entity_registry_enabled_default=False,
        suggested_display_precision=0,
    ),
    _history_sensor(
        "last_charge_power",
        CHARGES,
        optional(lambda sessions: sessions.last, average_power),
        "energies[Electric].battery.load, level",
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.KILO_WATT,
        entity_registry_enabled_default=False,
        suggested_display_precision=1,
    ),
    _history_sensor(
        "last_charge_energy",
        CHARGES,
        optional(lambda sessions: sessions.last, lambda session: session.energy),
        "energies[Electric].battery.load, level",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
    ),
    _history_sensor(
        "last_charge_cost",
        CHARGES,
        optional(lambda sessions: sessions.last, lambda session: session.cost),
        "energies[Electric].battery.load, level, price",
        device_class=SensorDeviceClass.MONETARY,
        suggested_display_precision=2,
    ),
    _history_sensor(
        "last_charge_place",
        CHARGES,
        lambda sessions: sessions.place,
        "last_position, energies[Electric].charging.status",
        skip_restore=True,
        entity_registry_enabled_default=False,
    ),
    _history_sensor(
        "charging_cost",
        CHARGES,
        lambda sessions: sessions.total_cost,
        "energies[Electric].battery.load, level, price",
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        suggested_display_precision=2,
    ),
)
REPORTED_SENSORS: Final[tuple[StellantisSensorDescription | HistorySensorDescription, ...]] = (
    *SENSORS,
    *CAR_SENSORS,
    *HISTORY_SENSORS,
)
# Sensors that require an energy price
CHARGING_COST_KEYS: Final = ("charging_cost", "last_charge_cost")
DRIVING_COST_KEYS: Final = ("driving_cost", "last_trip_cost")


@dataclass(frozen=True, kw_only=True)
class AccountSensorDescription(SensorEntityDescription):
    """Describe a sensor of an account."""

    value_fn: Callable[[AccountContext], int | None]


ACCOUNT_SENSORS: Final = (
    AccountSensorDescription(
        key="requests_left",
        translation_key="requests_left",
        entity_category=EntityCategory.DIAGNOSTIC,
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda account: account.client.budget.day.remaining,
    ),
)


@dataclass(frozen=True, kw_only=True)
class MonitorSensorDescription(SensorEntityDescription):
    """Describe a sensor of a monitor."""


MONITOR_SENSOR: Final = MonitorSensorDescription(
    key="monitor_status",
    translation_key="monitor_status",
    device_class=SensorDeviceClass.ENUM,
    entity_category=EntityCategory.DIAGNOSTIC,
    options=[status.value for status in MonitorStatus],
)
ACCOUNT_UPDATE_INTERVAL: Final = timedelta(minutes=15)
# Values that change between two reports
CAR_UPDATE_INTERVAL: Final = timedelta(minutes=1)


async def async_setup_entry(
    hass: HomeAssistant, entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the sensors of each car, of the account, and of each monitor."""
    _remove_cost_sensors(hass, entry)
    await async_add_reported_entities(entry, async_add_entities, Platform.SENSOR, REPORTED_SENSORS, StellantisSensor)
    async_add_entities(AccountSensor(entry, description) for description in ACCOUNT_SENSORS)
    async_add_monitor_entities(
        entry, async_add_entities, lambda entry, monitor: MonitorSensor(entry, monitor, MONITOR_SENSOR)
    )
    await async_add_feature_entities(entry, async_add_entities, Platform.SENSOR)


def _remove_cost_sensors(hass: HomeAssistant, entry: StellantisConfigEntry) -> None:
    """Remove cost sensors whose price is no longer configured."""
    registry, prices = er.async_get(hass), entry.runtime_data.account.prices
    for vin, car in entry.runtime_data.cars.items():
        state = car.status.data
        obsolete_keys = () if prices.has_charging_price(state) else CHARGING_COST_KEYS
        for key in obsolete_keys if prices.has_driving_price(state) else obsolete_keys + DRIVING_COST_KEYS:
            if entity_id := registry.async_get_entity_id(Platform.SENSOR, DOMAIN, entity_unique_id(entry, vin, key)):
                registry.async_remove(entity_id)


class StellantisSensor(
    StellantisEntity[StellantisSensorDescription | HistorySensorDescription, SensorValue], RestoreSensor
):
    """A sensor of a car."""

    _unrecorded_attributes = frozenset({"alerts"})
    entity_description: StellantisSensorDescription | HistorySensorDescription

    def __init__(
        self,
        car: Car,
        coordinator: EndpointCoordinator[Any],
        description: StellantisSensorDescription | HistorySensorDescription,
    ) -> None:
        if description.device_class is SensorDeviceClass.MONETARY:
            self._attr_native_unit_of_measurement = coordinator.hass.config.currency
        super().__init__(car, coordinator, description)

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to what the value depends on besides the data: the charge limit, commands, or the time."""
        await super().async_added_to_hass()
        if self._limited_fn or self._car_fn:
            self.async_on_remove(self.car.charge_limit.async_add_listener(self._async_update))
        if self._car_fn is None:
            return

        @callback
        def update(_now_or_result: object) -> None:
            self._async_update()

        self.async_on_remove(self.car.commands.async_add_listener(update))
        self.async_on_remove(async_track_time_interval(self.hass, update, CAR_UPDATE_INTERVAL, cancel_on_shutdown=True))

    @property
    def _limited_fn(self) -> Callable[[Decision, SensorValue | None], SensorValue | None] | None:
        return getattr(self.entity_description, "limited_fn", None)

    @property
    def _car_fn(self) -> Callable[[Car, datetime], SensorValue | None] | None:
        return getattr(self.entity_description, "car_fn", None)

    @override
    def _set_value(self, value: SensorValue | None) -> None:
        if self._car_fn:
            value = self._car_fn(self.car, dt_util.utcnow())
        super()._set_value(self._limited_fn(self.car.charge_limit.decision, value) if self._limited_fn else value)

    @override
    async def _async_get_restored_value(self) -> SensorValue | None:
        last_data = await self.async_get_last_sensor_data()
        value, options = last_data.native_value if last_data else None, self.entity_description.options
        if not isinstance(value, str | int | float | date) or (options is not None and value not in options):
            return None
        return value

    @property
    @override
    def native_value(self) -> SensorValue | None:
        """Return the last reported value."""
        return self._value


class AccountSensor(SensorEntity):
    """Sensor of the account. It is updated at a fixed interval, because every request changes its value."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    entity_description: AccountSensorDescription

    def __init__(self, entry: StellantisConfigEntry, description: AccountSensorDescription) -> None:
        self.entity_description = description
        self._account = entry.runtime_data.account
        self._attr_unique_id = f"{entry.unique_id}_{description.key}"
        self._attr_device_info = account_device_info(entry)

    @override
    async def async_added_to_hass(self) -> None:
        """Start the periodic update."""

        @callback
        def write_state(_now: datetime) -> None:
            self.async_write_ha_state()

        self.async_on_remove(
            async_track_time_interval(self.hass, write_state, ACCOUNT_UPDATE_INTERVAL, cancel_on_shutdown=True)
        )

    @property
    @override
    def native_value(self) -> int | None:
        """Return the current value."""
        return self.entity_description.value_fn(self._account)


class MonitorSensor(MonitorEntity, SensorEntity):
    """Status of a user's monitor."""

    @property
    @override
    def native_value(self) -> str | None:
        """Return the status."""
        return self.monitor.status
