"""Sensors: what the car measures."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, override

from homeassistant.components.sensor import RestoreSensor, SensorDeviceClass, SensorEntityDescription, SensorStateClass
from homeassistant.const import (
    DEGREE,
    PERCENTAGE,
    REVOLUTIONS_PER_MINUTE,
    EntityCategory,
    UnitOfEnergy,
    UnitOfLength,
    UnitOfPower,
    UnitOfSpeed,
    UnitOfTemperature,
    UnitOfVolume,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import (
    BreakIn,
    Charging,
    ChargingMode,
    ChargingPowerLevel,
    ChargingStatus,
    ChargingType,
    DrivingMode,
    EmergencyCall,
    Energy,
    Engine,
    EngineType,
    Fluid,
    IgnitionType,
    PowertrainStatus,
    PreconditioningFailure,
    PreconditioningStatus,
    PrivacyState,
    StartingCause,
    TractionBattery,
)
from .entity import Reading, ReadingDescription, StellantisEntity, async_add_when_told, of
from .models import StellantisConfigEntry

PARALLEL_UPDATES = 0  # the coordinator reads

LITRES_PER_100_KM: Final = "L/100 km"
METRES_PER_SECOND_SQUARED: Final = "m/s²"

# The car counts in steps of some minutes
END_OF_CHARGE_WAVERS: Final = timedelta(minutes=6)

type SensorValue = str | float | datetime


@dataclass(frozen=True, kw_only=True)
class StellantisSensorDescription(ReadingDescription[SensorValue], SensorEntityDescription):
    """A sensor of a car."""


def _word[PartT](
    key: str,
    words: type[StrEnum],
    part: Callable[[Reading], PartT | None],
    word: Callable[[PartT], StrEnum | str | None],
    source: str,
    **more: Any,
) -> StellantisSensorDescription:
    """Return the description of a sensor that shows one of the API's words; one that is not known is unknown."""

    def name(found: PartT) -> str | None:
        said = word(found)
        return said.name.lower() if isinstance(said, words) else None

    return StellantisSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.ENUM,
        options=[member.name.lower() for member in words],
        value_fn=of(part, name),
        source=source,
        **more,
    )


def _level(key: str, energy: Callable[[Reading], Energy | None], kind: str, **more: Any) -> StellantisSensorDescription:
    """Return the description of how full a store of energy is."""
    return StellantisSensorDescription(
        key=key,
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=of(energy, lambda found: found.level),
        source=f"energies[{kind}].level",
        **more,
    )


def _range(key: str, value_fn: Callable[[Reading], float | None], source: str) -> StellantisSensorDescription:
    """Return the description of how far an energy gets."""
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


def _total_range(reading: Reading) -> float | None:
    """Return km on all energies, for a car that has two."""
    ranges = [energy.autonomy for energy in (reading.electric, reading.fuel, reading.hydrogen) if energy]
    known = [autonomy for autonomy in ranges if autonomy is not None]
    return sum(known) if len(known) > 1 else None


def _end_of_charge(reading: Reading) -> datetime | None:
    """Return when the charge that is under way will be complete; cars that do not know say zero."""
    energy = reading.electric
    if energy is None or energy.charging is None or energy.measured_at is None:
        return None
    charging = energy.charging
    if charging.status != ChargingStatus.IN_PROGRESS or not charging.remaining_time:
        return None
    return energy.measured_at + charging.remaining_time


def _same_end(shown: SensorValue, new: SensorValue) -> bool:
    return isinstance(shown, datetime) and isinstance(new, datetime) and abs(new - shown) < END_OF_CHARGE_WAVERS


def _went_back(shown: SensorValue, new: SensorValue) -> bool:
    return isinstance(shown, float) and isinstance(new, float) and new < shown


def _next_delayed_charge(charging: Charging) -> str | None:
    return f"{charging.next_delayed_time:%H:%M}" if charging.next_delayed_time else None


def _battery(reading: Reading) -> TractionBattery | None:
    return reading.electric.battery if reading.electric else None


def _stored(key: str, value: Callable[[TractionBattery], float | None], source: str) -> StellantisSensorDescription:
    """Return the description of a figure of the traction battery that is not credible on many cars."""
    return StellantisSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.ENERGY_STORAGE,
        native_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
        suggested_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=of(_battery, value),
        source=source,
    )


def _health(key: str, value: Callable[[TractionBattery], float | None], source: str) -> StellantisSensorDescription:
    """Return the description of how the traction battery has aged; which of the two is meaningful differs."""
    return StellantisSensorDescription(
        key=key,
        translation_key=key,
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=of(_battery, value),
        source=source,
    )


def _engine(kind: EngineType, number: int) -> Callable[[Reading], Engine | None]:
    """Return what finds an engine: the first or second of its kind, thermic ones only where the car burns something."""

    def find(reading: Reading) -> Engine | None:
        engines = [engine for engine in reading.engines if engine.type == kind]
        return engines[number] if number < len(engines) else None

    return find


def _fluid(
    key: str, fluid: Callable[[Engine], Fluid | None], value: Callable[[Fluid], float | None], source: str, **unit: Any
) -> StellantisSensorDescription:
    """Return the description of a figure of what flows through the combustion engine."""

    def read(engine: Engine) -> float | None:
        found = fluid(engine)
        return value(found) if found else None

    return StellantisSensorDescription(
        key=key,
        translation_key=key,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        suggested_display_precision=0,
        value_fn=of(_engine(EngineType.THERMIC, 0), read),
        source=source,
        **unit,
    )


def _fluid_temperature(key: str, fluid: Callable[[Engine], Fluid | None], name: str) -> StellantisSensorDescription:
    """Return the description of a temperature in the combustion engine."""
    return _fluid(
        key,
        fluid,
        lambda found: found.temp,
        f"engines[].{name}.temp",
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
    )


def _fluid_level(key: str, fluid: Callable[[Engine], Fluid | None], name: str) -> StellantisSensorDescription:
    """Return the description of a level in the combustion engine."""
    return _fluid(
        key, fluid, lambda found: found.level, f"engines[].{name}.level", native_unit_of_measurement=PERCENTAGE
    )


def _engine_speed(key: str, kind: EngineType, number: int) -> StellantisSensorDescription:
    """Return the description of how fast an engine turns."""
    return StellantisSensorDescription(
        key=key,
        translation_key=key,
        native_unit_of_measurement=REVOLUTIONS_PER_MINUTE,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        suggested_display_precision=0,
        value_fn=of(_engine(kind, number), lambda engine: engine.speed),
        source="engines[].speed",
    )


SENSORS: Final = (
    # Energy
    _level("battery_level", lambda car: car.electric, "Electric", device_class=SensorDeviceClass.BATTERY),
    _level("fuel_level", lambda car: car.fuel, "Fuel", translation_key="fuel_level"),
    _level("hydrogen_level", lambda car: car.hydrogen, "Hydrogen", translation_key="hydrogen_level"),
    _range(
        "electric_range", of(lambda car: car.electric, lambda energy: energy.autonomy), "energies[Electric].autonomy"
    ),
    _range("fuel_range", of(lambda car: car.fuel, lambda energy: energy.autonomy), "energies[Fuel].autonomy"),
    _range(
        "hydrogen_range", of(lambda car: car.hydrogen, lambda energy: energy.autonomy), "energies[Hydrogen].autonomy"
    ),
    _range("total_range", _total_range, "energies[].autonomy"),
    StellantisSensorDescription(
        key="fuel_consumption_total",
        translation_key="fuel_consumption_total",
        device_class=SensorDeviceClass.VOLUME,
        native_unit_of_measurement=UnitOfVolume.LITERS,
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        suggested_display_precision=0,
        value_fn=of(
            lambda car: car.fuel.fuel if car.fuel else None,
            lambda fuel: None if fuel.total is None else fuel.total / 100,
        ),
        source="energies[Fuel].fuel.total",
    ),
    StellantisSensorDescription(
        key="fuel_consumption",
        translation_key="fuel_consumption",
        native_unit_of_measurement=LITRES_PER_100_KM,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        suggested_display_precision=1,
        value_fn=of(
            lambda car: car.fuel.fuel if car.fuel else None,
            lambda fuel: fuel.consumption if fuel.instant is None else fuel.instant,
        ),
        source="energies[Fuel].fuel.instant",
    ),
    StellantisSensorDescription(
        key="power_consumption",
        translation_key="power_consumption",
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.KILO_WATT,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=of(lambda car: car.electric, lambda energy: energy.consumption),
        source="energies[Electric].consumption",
    ),
    StellantisSensorDescription(
        key="residual_energy",
        translation_key="residual_energy",
        device_class=SensorDeviceClass.ENERGY_STORAGE,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=of(lambda car: car.electric, lambda energy: energy.residual),
        source="energies[Electric].residual",
    ),
    _stored(
        "battery_capacity",
        lambda battery: battery.load.capacity if battery.load else battery.capacity,
        "energies[Electric].battery.load.capacity",
    ),
    _stored(
        "battery_residual",
        lambda battery: battery.load.residual if battery.load else None,
        "energies[Electric].battery.load.residual",
    ),
    _health(
        "battery_health_capacity",
        lambda battery: battery.health.capacity if battery.health else None,
        "energies[Electric].battery.health.capacity",
    ),
    _health(
        "battery_health_resistance",
        lambda battery: battery.health.resistance if battery.health else None,
        "energies[Electric].battery.health.resistance",
    ),
    # Charging
    _word(
        "charging_status",
        ChargingStatus,
        lambda car: car.charging,
        lambda charging: charging.status,
        "energies[Electric].charging.status",
    ),
    _word(
        "charging_mode",
        ChargingMode,
        lambda car: car.charging,
        lambda charging: charging.charging_mode,
        "energies[Electric].charging.charging_mode",
    ),
    _word(
        "charging_power_level",
        ChargingPowerLevel,
        lambda car: car.charging,
        lambda charging: charging.charging_power_level,
        "energies[Electric].charging.charging_power_level",
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    _word(
        "charging_type",
        ChargingType,
        lambda car: car.charging,
        lambda charging: charging.type,
        "energies[Electric].charging.type",
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    StellantisSensorDescription(
        key="charging_rate",
        translation_key="charging_rate",
        device_class=SensorDeviceClass.SPEED,
        native_unit_of_measurement=UnitOfSpeed.KILOMETERS_PER_HOUR,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=of(lambda car: car.charging, lambda charging: charging.charging_rate),
        source="energies[Electric].charging.charging_rate",
    ),
    StellantisSensorDescription(
        key="charging_end",
        translation_key="charging_end",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=_end_of_charge,
        same_fn=_same_end,
        source="energies[Electric].charging.remaining_time",
    ),
    StellantisSensorDescription(
        key="next_delayed_charge",
        translation_key="next_delayed_charge",
        value_fn=of(lambda car: car.charging, _next_delayed_charge),
        source="energies[Electric].charging.next_delayed_time",
    ),
    # Driving
    StellantisSensorDescription(
        key="odometer",
        translation_key="odometer",
        device_class=SensorDeviceClass.DISTANCE,
        native_unit_of_measurement=UnitOfLength.KILOMETERS,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=0,
        value_fn=of(lambda car: car.status.odometer, lambda odometer: odometer.mileage),
        same_fn=_went_back,
        source="odometer.mileage",
    ),
    StellantisSensorDescription(
        key="speed",
        translation_key="speed",
        device_class=SensorDeviceClass.SPEED,
        native_unit_of_measurement=UnitOfSpeed.KILOMETERS_PER_HOUR,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=of(lambda car: car.kinetic, lambda kinetic: kinetic.speed),
        source="kinetic.speed",
    ),
    StellantisSensorDescription(
        key="acceleration",
        translation_key="acceleration",
        native_unit_of_measurement=METRES_PER_SECOND_SQUARED,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=of(lambda car: car.kinetic, lambda kinetic: kinetic.acceleration),
        source="kinetic.acceleration",
    ),
    _word("ignition", IgnitionType, lambda car: car.status.ignition, lambda ignition: ignition.type, "ignition.type"),
    _word(
        "powertrain",
        PowertrainStatus,
        lambda car: car.status.powertrain,
        lambda powertrain: powertrain.status,
        "powertrain.status",
    ),
    _word(
        "driving_mode",
        DrivingMode,
        lambda car: car.status.driving_behavior,
        lambda behavior: behavior.mode,
        "driving_behavior.mode",
    ),
    _engine_speed("engine_speed", EngineType.THERMIC, 0),
    _engine_speed("motor_speed", EngineType.ELECTRIC, 0),
    _engine_speed("second_motor_speed", EngineType.ELECTRIC, 1),
    _fluid_temperature("coolant_temperature", lambda engine: engine.coolant, "coolant"),
    _fluid_level("coolant_level", lambda engine: engine.coolant, "coolant"),
    _fluid_temperature("oil_temperature", lambda engine: engine.oil, "oil"),
    _fluid_level("oil_level", lambda engine: engine.oil, "oil"),
    _fluid_temperature("intake_air_temperature", lambda engine: engine.air, "air"),
    # Around the car
    StellantisSensorDescription(
        key="outside_temperature",
        translation_key="outside_temperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value_fn=of(lambda car: car.air, lambda air: air.temp),
        source="environment.air.temp",
    ),
    StellantisSensorDescription(
        key="heading",
        translation_key="heading",
        native_unit_of_measurement=DEGREE,
        entity_registry_enabled_default=False,
        suggested_display_precision=0,
        value_fn=of(lambda car: car.position, lambda position: position.heading),
        source="last_position.heading",
    ),
    StellantisSensorDescription(
        key="altitude",
        translation_key="altitude",
        device_class=SensorDeviceClass.DISTANCE,
        native_unit_of_measurement=UnitOfLength.METERS,
        state_class=SensorStateClass.MEASUREMENT,
        entity_registry_enabled_default=False,
        suggested_display_precision=0,
        value_fn=of(lambda car: car.position, lambda position: position.altitude),
        source="last_position.altitude",
    ),
    StellantisSensorDescription(
        key="signal_quality",
        translation_key="signal_quality",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=of(lambda car: car.position, lambda position: position.signal_quality),
        source="last_position.signal_quality",
    ),
    StellantisSensorDescription(
        key="fix_time",
        translation_key="fix_time",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=of(lambda car: car.position, lambda position: position.measured_at),
        source="last_position.created_at",
    ),
    # The car itself
    _word(
        "preconditioning_status",
        PreconditioningStatus,
        lambda car: car.air_conditioning,
        lambda air: air.status,
        "preconditioning.air_conditioning.status",
    ),
    _word(
        "preconditioning_cause",
        StartingCause,
        lambda car: car.air_conditioning,
        lambda air: air.starting_cause,
        "preconditioning.air_conditioning.starting_cause",
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    _word(
        "preconditioning_failure",
        PreconditioningFailure,
        lambda car: car.air_conditioning,
        lambda air: air.failure_cause,
        "preconditioning.air_conditioning.failure_cause",
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    _word(
        "emergency_call",
        EmergencyCall,
        lambda car: car.status.safety,
        lambda safety: safety.auto_ecall_triggering,
        "safety.auto_ecall_triggering",
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    _word(
        "alarm_trigger",
        BreakIn,
        lambda car: car.status.alarm.trigger if car.status.alarm else None,
        lambda trigger: trigger.type,
        "alarm.trigger.type",
    ),
    StellantisSensorDescription(
        key="alarm_trigger_time",
        translation_key="alarm_trigger_time",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=of(
            lambda car: car.status.alarm.trigger if car.status.alarm else None,
            lambda trigger: trigger.start_at if trigger.type != BreakIn.NO_BREAK_IN else None,
        ),
        source="alarm.trigger.start_at",
    ),
    _word(
        "privacy",
        PrivacyState,
        lambda car: car.status.privacy,
        lambda privacy: privacy.state,
        "privacy.state",
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    StellantisSensorDescription(
        key="auxiliary_battery",
        translation_key="auxiliary_battery",
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=of(lambda car: car.status.battery, lambda battery: battery.voltage),
        source="battery.voltage",
    ),
    StellantisSensorDescription(
        key="last_update",
        translation_key="last_update",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda car: car.status.measured_at,
        source="updated_at",
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors that each car has."""
    async_add_when_told(entry, async_add_entities, SENSORS, StellantisSensor)


class StellantisSensor(StellantisEntity[StellantisSensorDescription, SensorValue], RestoreSensor):
    """A sensor of a car."""

    entity_description: StellantisSensorDescription

    @override
    async def async_added_to_hass(self) -> None:
        """Go on from what was shown before a restart, where a new value is compared with it."""
        same, told = self.entity_description.same_fn, self._value
        if (
            same
            and (last := await self.async_get_last_sensor_data())
            and isinstance(last.native_value, float | datetime)
        ):
            self._value = last.native_value
            self._show(told)
        await super().async_added_to_hass()

    @property
    @override
    def native_value(self) -> SensorValue | None:
        """Return the value as the car last told it."""
        return self._value
