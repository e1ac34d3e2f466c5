"""A charge limit: what was done about a charge, and what the car reported of it."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Self, override

from ..api import ChargingMode, ChargingType
from .state import VehicleState
from .stored import StoredModel, stored_as

# A limit of this level, in %, is none; charging on beyond it would balance the cells
NO_LIMIT: Final = 100
# The level in % at which the car itself ends a charge of type Partial. The remaining time of a quick charge ends there
PARTIAL_LEVEL: Final = 80
# Members that are always stored, as older versions expect them
_OLD_KEYS: Final = frozenset({"level", "enabled", "obeyed", "mileage"})


class LimitProblem(StrEnum):
    """Why a charge was not ended at the limit."""

    FAILED = "failed"
    SILENT = "silent"
    UNSUPPORTED = "unsupported"


class LimitStatus(StrEnum):
    """What the charge limit is doing."""

    OFF = "off"
    IDLE = "idle"
    CHARGING = "charging"
    STOPPING = "stopping"
    RETRYING = "retrying"
    STOPPED = "stopped"
    OVERRIDDEN = "overridden"
    FAILED = "failed"
    SILENT = "silent"
    UNSUPPORTED = "unsupported"


class LimitAction(StrEnum):
    """What is to be done now."""

    STOP = "stop"
    POLL = "poll"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeLimitRecord(StoredModel):
    """A charge limit, and what was done about the present charge.

    Attributes:
        level: Battery level in % at which charging is stopped.
        enabled: Whether the limit is on.
        applied: Whether charging has been stopped since the car was plugged in.
        mileage: Odometer reading in km at the last attempt or start.
        overridden: Whether charging was started from Home Assistant at the limit, so that it goes on.
        attempts: How often stopping this charge was tried.
        last_attempt: When the last attempt was sent, or ended.
        stopped_at: When the last attempt succeeded; None if it has failed or not ended.
        cause: The translation key of the reason for the last failure.
        problem: Why this charge was not ended.
        problem_at: When that was found.
        anchor_level: The battery level in % that the car has reported during this charge without a change.
        anchor_at: When it was measured first.
        anchor_estimate: When the limit was expected to be reached at that time.
    """

    level: int = 80
    enabled: bool = False
    applied: bool = field(default=False, metadata=stored_as("obeyed"))
    mileage: float | None = None
    overridden: bool = False
    attempts: int = 0
    last_attempt: datetime | None = None
    stopped_at: datetime | None = None
    cause: str | None = None
    problem: LimitProblem | None = None
    problem_at: datetime | None = None
    anchor_level: float | None = None
    anchor_at: datetime | None = None
    anchor_estimate: datetime | None = None

    @override
    def __post_serialize__(self, d: dict[Any, Any]) -> dict[Any, Any]:
        return {key: value for key, value in d.items() if key in _OLD_KEYS or value not in (None, False, 0)}

    @property
    def is_on(self) -> bool:
        """Whether there is a limit."""
        return self.enabled and self.level < NO_LIMIT

    @property
    def effective_level(self) -> float:
        """Battery level in % at which charging is stopped; that of a full battery if there is no limit."""
        return self.level if self.is_on else NO_LIMIT

    def with_settings(self, *, level: int | None = None, enabled: bool | None = None) -> Self:
        """Return the record with changed settings, which apply to the present charge anew."""
        return type(self)(
            level=self.level if level is None else level, enabled=self.enabled if enabled is None else enabled
        )

    def with_attempt(self, now: datetime, mileage: float | None) -> Self:
        """Return the record after an attempt was sent."""
        return replace(self, attempts=self.attempts + 1, last_attempt=now, stopped_at=None, cause=None, mileage=mileage)

    def with_result(self, cause: str | None, now: datetime, report: ChargeReport | None = None) -> Self:
        """Return the record after an attempt has ended.

        Args:
            cause: The translation key of the reason for a failure; None if charging has been stopped.
            now: When it ended.
            report: What the car had reported by then, if its clock is ahead.
        """
        if not self.attempts:
            return self  # of somebody else's stop, or under other settings
        if cause is not None:
            return replace(self, last_attempt=now, cause=cause)
        stopped_at = max(now, report.measured_at) if report and report.measured_at else now
        return replace(
            self, last_attempt=now, applied=True, stopped_at=stopped_at, cause=None, problem=None, problem_at=None
        )

    def with_start(self, report: ChargeReport | None) -> Self:
        """Return the record after charging was started from Home Assistant; at the limit, that overrides it."""
        is_at_limit = bool(report and report.level is not None and report.level >= self.level)
        if not self.is_on or not (is_at_limit or self.attempts):
            return self
        mileage = report.mileage if report else None
        return replace(self, overridden=True, mileage=mileage, problem=None, problem_at=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeReport:
    """What a car reported of its charge.

    Attributes:
        measured_at: When the car measured it.
        level: Battery level in %; None if unknown or not credible.
        is_charging: Whether the car charges.
        is_unplugged: Whether the cable is known to be unplugged.
        mileage: Odometer reading in km.
        remaining: Time until the charge ends.
        target: Battery level in % at which it ends then.
        own_limit: Battery level in % at which the car itself ends the charge.
        percent_per_hour: Charging speed in % per hour.
    """

    measured_at: datetime | None
    level: float | None
    is_charging: bool
    is_unplugged: bool = False
    mileage: float | None = None
    remaining: timedelta | None = None
    target: float = NO_LIMIT
    own_limit: float = NO_LIMIT
    percent_per_hour: float | None = None

    @classmethod
    def from_state(cls, state: VehicleState) -> Self | None:
        """Return what a car reported; None if it reports no charging."""
        energy, charging = state.electric, state.charging
        if energy is None or charging is None:
            return None
        level = state.battery_level
        is_partial = charging.type == ChargingType.PARTIAL
        is_quick = charging.charging_mode == ChargingMode.QUICK and level is not None and level < PARTIAL_LEVEL
        speed = None
        if level and charging.charging_rate and energy.autonomy:
            speed = charging.charging_rate * level / energy.autonomy
        return cls(
            measured_at=energy.measured_at,
            level=level,
            is_charging=state.is_charging,
            is_unplugged=charging.plugged is False,
            mileage=state.mileage,
            remaining=charging.remaining_time or None,
            target=PARTIAL_LEVEL if is_partial or is_quick else NO_LIMIT,
            own_limit=PARTIAL_LEVEL if is_partial else NO_LIMIT,
            percent_per_hour=speed,
        )

    @property
    def expected_end(self) -> datetime | None:
        """When the charge ends by itself."""
        return self.measured_at + self.remaining if self.measured_at and self.remaining else None

    def estimate(self, level: float) -> datetime | None:
        """Return when a level is reached, by the remaining time, else by the speed; None if neither is reported."""
        if self.measured_at is None or self.level is None or self.level >= level or not self.is_charging:
            return None
        if self.remaining and self.target > self.level:
            return self.measured_at + self.remaining * ((level - self.level) / (self.target - self.level))
        if self.percent_per_hour:
            return self.measured_at + timedelta(hours=(level - self.level) / self.percent_per_hour)
        return None


def get_report_parts(state: VehicleState) -> tuple[object, ...]:
    """Return the parts of a state that a report is read from."""
    return state.electric, state.mileage
