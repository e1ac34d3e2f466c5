"""When Home Assistant ends a charge at a limit: pure functions over what a car reported and what was tried so far."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from .charge_limit import ChargeLimitRecord, ChargeReport, LimitAction, LimitProblem, LimitStatus
from .state import MAX_AGE

# Pauses after each attempt to stop a charge; there is one attempt more than pauses
ATTEMPT_PAUSES: Final = (timedelta(seconds=30), timedelta(minutes=5), timedelta(minutes=20))
MAX_ATTEMPTS: Final = len(ATTEMPT_PAUSES) + 1
# A level that is this many % below the limit, or this much time, makes it another charge with attempts of its own
REARM_MARGIN: Final = 2
REARM_AFTER: Final = timedelta(hours=12)
# A car that has not reported for this long while it charges is timed by the estimate
SILENT_AFTER: Final = timedelta(minutes=15)
# This long after the estimated end of the charge, a stop is pointless
STOP_GRACE: Final = timedelta(minutes=30)
# How long a level may stand still after the estimate, or a car may be silent without one, until the user is told
MAX_SILENCE: Final = timedelta(hours=1)
MAX_SILENCE_WITHOUT_ESTIMATE: Final = timedelta(hours=2)
# What the car reported longer ago says nothing about this charge
MAX_REPORT_AGE: Final = timedelta(days=1)
# When to poll a car after it has reported the success of a stop, and how often while a poll fails
CONFIRMATION_DELAYS: Final = (timedelta(minutes=2), timedelta(minutes=10))
POLL_RETRY: Final = timedelta(minutes=5)
# A car was driven if its odometer has advanced by this many km
MIN_DRIVE: Final = 1.0
# Causes of failure that another attempt during the same charge does not change
FINAL_CAUSES: Final = frozenset(
    {
        "access_denied",
        "canceled_by_driver",
        "forbidden",
        "invalid_client",
        "missing_rights",
        "not_registered",
        "privacy_level",
        "stolen_state",
        "too_many_requests_sent",
        "too_many_wake_ups",
        "wrong_command",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to be done about a charge.

    Attributes:
        record: The record as it is now.
        status: What the limit is doing.
        action: What is to be done now; None if nothing.
        next_at: When to decide again, even if the car reports nothing new; None if that is not necessary.
        estimated_stop: When the charge is expected to be stopped.
        is_estimated: Whether a stop is due because of the estimate, not because the car reported the level.
    """

    record: ChargeLimitRecord
    status: LimitStatus
    action: LimitAction | None = None
    next_at: datetime | None = None
    estimated_stop: datetime | None = None
    is_estimated: bool = False


def decide(
    record: ChargeLimitRecord,
    report: ChargeReport | None,
    now: datetime,
    *,
    polled_at: datetime | None = None,
    can_stop: bool = True,
    is_busy: bool = False,
) -> Decision:
    """Decide what to do about a charge.

    Args:
        record: The limit, and what was done so far.
        report: What the car reported last; None if it reported nothing.
        now: The present time.
        polled_at: When the car's status was polled last.
        can_stop: Whether the car is known to support stopping a charge, and its driver permits it.
        is_busy: Whether a command that starts or stops charging waits or runs.
    """
    if report is None or report.measured_at is None:
        return _idle(record) if record.is_on else Decision(record=record, status=LimitStatus.OFF)
    if not is_busy:
        record = _update_record(record, report, report.measured_at, now)
    if not record.is_on:
        return Decision(record=record, status=LimitStatus.OFF)
    if is_busy:
        return Decision(record=record, status=LimitStatus.STOPPING if record.attempts else LimitStatus.IDLE)
    if not report.is_charging or (record.stopped_at and report.measured_at <= record.stopped_at):
        return _decide_at_rest(record, report.measured_at, now, polled_at)
    if record.overridden:
        return Decision(record=record, status=LimitStatus.OVERRIDDEN)
    return _decide_charging(record, report, now, polled_at=polled_at, can_stop=can_stop)


def _decide_charging(
    record: ChargeLimitRecord, report: ChargeReport, now: datetime, *, polled_at: datetime | None, can_stop: bool
) -> Decision:
    """Decide about a car that charges."""
    measured_at = report.measured_at or now
    if report.level is None:
        return _idle(record)
    if report.level < record.level:
        return _decide_below(record, report, now, polled_at=polled_at, can_stop=can_stop)
    if now - measured_at <= MAX_AGE or (report.expected_end is not None and now <= report.expected_end):
        return _try_to_stop(record, now, can_stop=can_stop)
    if now - measured_at > MAX_REPORT_AGE:
        return _idle(record)
    return _tell(record, LimitProblem.FAILED if record.attempts else LimitProblem.SILENT, now)


def _update_record(
    record: ChargeLimitRecord, report: ChargeReport, measured_at: datetime, now: datetime
) -> ChargeLimitRecord:
    """Return the record for what the car reports: another charge has its own attempts, another level its own anchor."""
    if report.is_unplugged or _was_driven(record, report):
        return record.with_settings()
    if (last_attempt := record.last_attempt) and not record.overridden:
        is_below = report.level is not None and report.level <= record.level - REARM_MARGIN
        if last_attempt > now:  # the clock was set back
            record = replace(record, last_attempt=now)
        elif is_below and measured_at > last_attempt and report.is_charging:
            record = record.with_settings()
        elif (is_below and measured_at > last_attempt) or now - last_attempt >= REARM_AFTER:
            record = replace(record, attempts=0, last_attempt=None, cause=None)
    if not report.is_charging:
        return replace(record, anchor_level=None, anchor_at=None, anchor_estimate=None)
    if report.level is None or report.level == record.anchor_level:
        return record
    if report.level < record.level:
        record = replace(record, problem=None, problem_at=None)
    estimate = report.estimate(record.level)
    return replace(record, anchor_level=report.level, anchor_at=measured_at, anchor_estimate=estimate)


def _was_driven(record: ChargeLimitRecord, report: ChargeReport) -> bool:
    """Return whether the car was driven; then it was unplugged, even if unnoticed."""
    return record.mileage is not None and report.mileage is not None and report.mileage - record.mileage >= MIN_DRIVE


def _idle(record: ChargeLimitRecord) -> Decision:
    """Return that there is nothing to do, with what became of the last charge."""
    if record.problem:
        return Decision(record=record, status=LimitStatus(record.problem))
    return Decision(record=record, status=LimitStatus.STOPPED if record.applied else LimitStatus.IDLE)


def _tell(record: ChargeLimitRecord, problem: LimitProblem, now: datetime) -> Decision:
    """Return that the charge could not be stopped."""
    if record.problem != problem:
        record = replace(record, problem=problem, problem_at=now)
    return Decision(record=record, status=LimitStatus(problem))


def _decide_at_rest(
    record: ChargeLimitRecord, measured_at: datetime, now: datetime, polled_at: datetime | None
) -> Decision:
    """Decide about a car that does not charge, as far as is known: poll it until it has confirmed a stop."""
    decision = _idle(record)
    if record.stopped_at is None or measured_at > record.stopped_at or now - record.stopped_at >= REARM_AFTER:
        return decision
    stopped_at = record.stopped_at
    dues = [stopped_at + delay for delay in CONFIRMATION_DELAYS]
    next_at = next((due for due in dues if now < due), None)
    last_due = max((due for due in dues if due <= now), default=None)
    if last_due and (polled_at is None or polled_at < last_due):
        return replace(decision, action=LimitAction.POLL, next_at=next_at or now + POLL_RETRY)
    return replace(decision, next_at=next_at)


def _decide_below(
    record: ChargeLimitRecord, report: ChargeReport, now: datetime, *, polled_at: datetime | None, can_stop: bool
) -> Decision:
    """Decide about a car that charges below the limit: a silent one is stopped when the limit should be reached."""
    measured_at, estimate = report.measured_at or now, report.estimate(record.level)
    charging = Decision(record=record, status=LimitStatus.CHARGING, estimated_stop=estimate)
    if report.own_limit <= record.level:
        return replace(charging, estimated_stop=None)
    if estimate is None:
        silent_at = deadline = measured_at + MAX_SILENCE_WITHOUT_ESTIMATE
    else:
        silent_at = max(estimate, measured_at + SILENT_AFTER)
        deadline = max(report.expected_end or estimate, estimate) + STOP_GRACE
    is_polled = polled_at is not None and polled_at >= silent_at
    is_too_late = now >= deadline and (is_polled or now >= deadline + STOP_GRACE)
    if is_too_late or _is_stuck(record, measured_at, now):
        decision = _idle(record) if now - measured_at > MAX_REPORT_AGE else _tell(record, LimitProblem.SILENT, now)
    elif now < silent_at:
        decision = replace(charging, next_at=silent_at)
    elif not is_polled:
        decision = replace(charging, action=LimitAction.POLL, next_at=now + POLL_RETRY)
    else:
        decision = replace(_try_to_stop(record, now, can_stop=can_stop), estimated_stop=estimate, is_estimated=True)
    return decision


def _is_stuck(record: ChargeLimitRecord, measured_at: datetime, now: datetime) -> bool:
    """Return whether a car reports the same level again and again, long after the limit should be reached."""
    if record.anchor_at is None or record.anchor_estimate is None or measured_at <= record.anchor_at:
        return False
    return now >= record.anchor_estimate + MAX_SILENCE


def _try_to_stop(record: ChargeLimitRecord, now: datetime, *, can_stop: bool) -> Decision:
    """Decide about a charge that has reached the limit."""
    if not can_stop:
        return _tell(record, LimitProblem.UNSUPPORTED, now)
    if record.cause in FINAL_CAUSES or record.attempts >= MAX_ATTEMPTS:
        return _tell(record, LimitProblem.FAILED, now)
    if record.attempts and record.last_attempt:
        due = record.last_attempt + ATTEMPT_PAUSES[record.attempts - 1]
        if now < due:
            return Decision(record=record, status=LimitStatus.RETRYING, next_at=due)
    return Decision(record=record, status=LimitStatus.STOPPING, action=LimitAction.STOP)
