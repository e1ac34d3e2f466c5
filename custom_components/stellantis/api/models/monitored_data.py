"""Data that monitors can evaluate, and operators to compare it."""

from enum import StrEnum


class MonitoredData(StrEnum):
    """Data that a trigger can evaluate. Quantities are numbers in %, km, km/h, s or °C."""

    ALERT = "vehicle.alert"
    ODOMETER = "vehicle.odometer"
    POWERTRAIN_STATUS = "vehicle.powertrain.status"
    OIL_TEMPERATURE = "vehicle.engines.thermic.oil.temp"
    ELECTRIC_LEVEL = "vehicle.energy.electric.level"
    ELECTRIC_AUTONOMY = "vehicle.energy.electric.autonomy"
    FUEL_LEVEL = "vehicle.energy.fuel.level"
    FUEL_AUTONOMY = "vehicle.energy.fuel.autonomy"
    AUTONOMY = "vehicle.autonomy"
    CHARGING_STATUS = "vehicle.energy.charging.status"
    PLUGGED = "vehicle.energy.charging.plugged"
    CHARGING_TYPE = "vehicle.energy.charging.type"
    LOCKED_STATE = "vehicle.doorsState.lockedState"
    OPENING = "vehicle.doorsState.opening"
    MOVING = "vehicle.kinetic.moving"
    SPEED = "vehicle.kinetic.speed"
    TRIP_START = "vehicle.trip.start"
    TRIP_STOP = "vehicle.trip.stop"
    TRIP_DURATION = "vehicle.trip.duration"
    TRIP_DISTANCE = "vehicle.trip.distance"
    TRIP_STATE = "vehicle.trip.state"
    BELT_WARNING = "vehicle.safety.beltWarning"
    AIR_TEMPERATURE = "environment.air.temp"
    PRIVACY = "privacy.state"
    DRIVING_MODE = "vehicle.drivingBehavior.mode"
    EMERGENCY_CALL = "vehicle.safety.autoECallTriggering"
    PRECONDITIONING = "vehicle.preconditioning.airConditioning"
    ALARM_TRIGGER = "vehicle.alarm.trigger.type"
    ALARM_ACTIVATION = "vehicle.alarm.status.activation"


class Operator(StrEnum):
    """Operator with which a trigger compares data."""

    EQUALS_TO = "equalsTo"
    GREATER_THAN = "greaterThan"
    LOWER_THAN = "lowerThan"
    INCLUDED_IN = "includedIn"
    ON_CHANGE = "onChange"


class Transition(StrEnum):
    """Whether a vehicle enters or leaves a zone."""

    IN = "In"
    OUT = "Out"


class EventExtension(StrEnum):
    """Data that a notification of a monitor can include, as last known."""

    DOORS_STATE = "vehicle.doorsState"
    STATUS = "vehicle.status"
    MAINTENANCE = "vehicle.maintenance"
    POSITION = "vehicle.position"
    TELEMETRY = "vehicle.telemetry"
    ALERTS = "vehicle.alerts"
    ALARM = "vehicle.alarm"
    TRIP = "vehicle.trip"
