"""What monitors can watch, and how."""

from enum import StrEnum


class MonitoredData(StrEnum):
    """What a trigger can watch. Fields whose name ends in a quantity are numbers: %, km, km/h, s or °C."""

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
    """How a trigger compares."""

    EQUALS_TO = "equalsTo"
    GREATER_THAN = "greaterThan"
    LOWER_THAN = "lowerThan"
    INCLUDED_IN = "includedIn"
    ON_CHANGE = "onChange"


class Transition(StrEnum):
    """Whether a car enters a zone or leaves it."""

    IN = "In"
    OUT = "Out"


class EventExtension(StrEnum):
    """What a notification of a monitor can bring along: the latest that is known of it."""

    DOORS_STATE = "vehicle.doorsState"
    STATUS = "vehicle.status"
    MAINTENANCE = "vehicle.maintenance"
    POSITION = "vehicle.position"
    TELEMETRY = "vehicle.telemetry"
    ALERTS = "vehicle.alerts"
    ALARM = "vehicle.alarm"
    TRIP = "vehicle.trip"
