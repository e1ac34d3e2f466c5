"""Driving assistance. Documented for telemetry only, but cars also send it in their status."""

from dataclasses import dataclass, field
from enum import StrEnum

from .base import Model, NonNegative, TimedModel, json_names


class ParkAssistState(StrEnum):
    """State of the park assist at one end of the vehicle."""

    FAULT = "Fault"
    DRIVER_INHIBITION = "DriverInhibition"
    TRAILER_INHIBITION = "TrailerInhibition"
    ACTIVE = "Active"
    WAIT = "Wait"
    OUT_OF_SERVICE = "OutOfService"


class CruiseControlState(StrEnum):
    """State of the adaptive cruise control."""

    ACTIVATED = "Activated"
    FAULT = "Fault"
    HOLD = "Hold"
    HOLD_WITH_OVER_SPEEDING = "HoldWithOverSpeeding"
    OFF = "Off"
    OVER_SPEEDING_BY_PEDAL_PRESS = "OverSpeedingByPedalPress"
    STAND_BY = "StandBy"


class SpeedRegulationState(StrEnum):
    """State of the speed regulation with distance keeping."""

    OFF = "Off"
    NO_BEST_FIT = "NoBestFit"
    BEST_FIT_IN_PROGRESS = "BestFitInProgress"
    BEST_FIT_MAX = "BestFitMax"
    BEST_FIT_MIN = "BestFitMin"
    BEST_FIT_DEACTIVATED = "BestFitDeactivated"
    AUTO_DEACTIVATED = "AutoDeactivated"
    OVERFLOW_SPEED_CONSIGN = "OverflowSpeedConsign"
    LACK_OF_VISIBILITY_RADAR = "LackOfVisibilityRadar"
    LEARNING_RADAR = "LearningRadar"
    DEACTIVATED = "Deactivated"
    LIMIT_SETTING = "LimitSetting"


class EmergencyBrakingState(StrEnum):
    """State of the emergency braking lamp. Documented as `off`, sent as `Off`."""

    DOCUMENTED_OFF = "off"
    OFF = "Off"
    FIXED = "Fixed"
    ON_FLASHING = "OnFlashing"


class LaneDepartureState(StrEnum):
    """State of the lane departure warning lamp."""

    FLASHING_FAULT = "FlashingFault"
    FLASHING_WARNING = "FlashingWarning"
    OFF = "Off"
    ON_FIXED = "OnFixed"


class DistanceKeepingState(StrEnum):
    """State of the short distance warning."""

    NOT_SELECTED = "NotSelected"
    SELECTED = "Selected"
    UNAVAILABLE = "Unavailable"


class BlindSpotState(StrEnum):
    """State of the blind spot monitoring."""

    ACTIVE = "Active"
    INACTIVE = "Inactive"
    DISABLED = "Disabled"
    FAULT = "Fault"


class LaneKeepingState(StrEnum):
    """State of the lane keeping on one side."""

    AUTHORIZED = "Authorized"
    CORRECTION_IN_PROGRESS = "CorrectionInProgress"
    NOT_AUTHORIZED = "NotAuthorized"
    NOT_SELECTED = "NotSelected"


class GearRecommendation(StrEnum):
    """Gear change that the vehicle recommends."""

    NONE = "None"
    UP = "Up"
    DOWN = "Down"
    UP_DOWN = "UpDown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkAssist(Model):
    """Park assist at both ends of the vehicle."""

    front: tuple[ParkAssistState | str, ...] = ()
    rear: tuple[ParkAssistState | str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Adas(TimedModel):
    """Driving assistance.

    Attributes:
        park_assist: Park assist at both ends.
        cruise_control: Adaptive cruise control.
        speed_limiter: Whether the speed limiter is on.
        speed_regulation: Speed regulation with distance keeping.
        emergency_braking: Emergency braking lamp.
        lane_departure: Lane departure warning lamp.
        distance_keeping: Short distance warning.
        blind_spot: Blind spot monitoring.
        stability_program: Whether the stability program intervenes.
        anti_lock: Whether the anti-lock braking system intervenes.
        electric_brake: Whether the electric parking brake is set.
        speed_limit: Speed limit read from road signs, in km/h.
        right_lane_keeping: Lane keeping on the right.
        left_lane_keeping: Lane keeping on the left.
        gear_recommendation: Recommended gear change.
    """

    park_assist: ParkAssist | None = None
    cruise_control: CruiseControlState | str | None = field(default=None, metadata=json_names("accr"))
    speed_limiter: bool | None = field(default=None, metadata=json_names("lvv"))
    speed_regulation: SpeedRegulationState | str | None = field(default=None, metadata=json_names("rvv"))
    emergency_braking: EmergencyBrakingState | str | None = field(default=None, metadata=json_names("aebs"))
    lane_departure: LaneDepartureState | str | None = field(default=None, metadata=json_names("afil"))
    distance_keeping: DistanceKeepingState | str | None = field(default=None, metadata=json_names("artiv"))
    blind_spot: BlindSpotState | str | None = field(default=None, metadata=json_names("bsm"))
    stability_program: bool | None = field(default=None, metadata=json_names("esp"))
    anti_lock: bool | None = field(default=None, metadata=json_names("abs"))
    electric_brake: bool | None = field(default=None, metadata=json_names("fse"))
    speed_limit: NonNegative | None = field(default=None, metadata=json_names("sli"))
    right_lane_keeping: LaneKeepingState | str | None = field(default=None, metadata=json_names("rlka"))
    left_lane_keeping: LaneKeepingState | str | None = field(default=None, metadata=json_names("llka"))
    gear_recommendation: GearRecommendation | str | None = field(default=None, metadata=json_names("rgi"))
