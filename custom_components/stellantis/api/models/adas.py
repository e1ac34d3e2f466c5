"""Driving assistance. Described for telemetry only, but cars send it in their status too."""

from dataclasses import dataclass, field
from enum import StrEnum

from .base import Model, NonNegative, TimedModel, json_names


class ParkAssistState(StrEnum):
    """What the park assistance at one end of the car is at."""

    FAULT = "Fault"
    DRIVER_INHIBITION = "DriverInhibition"
    TRAILER_INHIBITION = "TrailerInhibition"
    ACTIVE = "Active"
    WAIT = "Wait"
    OUT_OF_SERVICE = "OutOfService"


class CruiseControlState(StrEnum):
    """What the adaptive cruise control is at."""

    ACTIVATED = "Activated"
    FAULT = "Fault"
    HOLD = "Hold"
    HOLD_WITH_OVER_SPEEDING = "HoldWithOverSpeeding"
    OFF = "Off"
    OVER_SPEEDING_BY_PEDAL_PRESS = "OverSpeedingByPedalPress"
    STAND_BY = "StandBy"


class SpeedRegulationState(StrEnum):
    """What the speed regulation with distance keeping is at."""

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
    """The lamp of the emergency braking. Described as `off`, sent as `Off`."""

    DESCRIBED_OFF = "off"
    OFF = "Off"
    FIXED = "Fixed"
    ON_FLASHING = "OnFlashing"


class LaneDepartureState(StrEnum):
    """The lamp of the lane departure warning."""

    FLASHING_FAULT = "FlashingFault"
    FLASHING_WARNING = "FlashingWarning"
    OFF = "Off"
    ON_FIXED = "OnFixed"


class DistanceKeepingState(StrEnum):
    """Whether the warning of a short distance is on."""

    NOT_SELECTED = "NotSelected"
    SELECTED = "Selected"
    UNAVAILABLE = "Unavailable"


class BlindSpotState(StrEnum):
    """What the blind spot monitoring is at."""

    ACTIVE = "Active"
    INACTIVE = "Inactive"
    DISABLED = "Disabled"
    FAULT = "Fault"


class LaneKeepingState(StrEnum):
    """What the lane keeping on one side is at."""

    AUTHORIZED = "Authorized"
    CORRECTION_IN_PROGRESS = "CorrectionInProgress"
    NOT_AUTHORIZED = "NotAuthorized"
    NOT_SELECTED = "NotSelected"


class GearRecommendation(StrEnum):
    """Which gear the car recommends."""

    NONE = "None"
    UP = "Up"
    DOWN = "Down"
    UP_DOWN = "UpDown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkAssist(Model):
    """Park assistance at both ends of the car."""

    front: tuple[ParkAssistState | str, ...] = ()
    rear: tuple[ParkAssistState | str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Adas(TimedModel):
    """Driving assistance.

    Attributes:
        park_assist: both ends.
        cruise_control: adaptive cruise control.
        speed_limiter: whether the limiter is on.
        speed_regulation: with distance keeping.
        emergency_braking: the lamp of it.
        lane_departure: the lamp of it.
        distance_keeping: warning of a short distance.
        blind_spot: monitoring of it.
        stability_program: whether it intervenes.
        anti_lock: whether it intervenes.
        electric_brake: whether the electric brake is set.
        speed_limit: km/h, as read from signs.
        right_lane_keeping: on the right.
        left_lane_keeping: on the left.
        gear_recommendation: which gear is recommended.
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
