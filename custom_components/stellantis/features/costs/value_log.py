"""The values that an entity had over time: those of a price, or the readings of a meter. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from ...vehicle.stored import StoredModel

# Changes that follow sooner are merged
RESOLUTION: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ValueChange(StoredModel):
    """A value from a time on; None if it is not known from then on."""

    at: datetime
    value: float | None


type ValueLog = Sequence[ValueChange]


def add_value(log: ValueLog, at: datetime, value: float | None) -> ValueLog:
    """Return a log with a value that was told at a time, which is not before the last one."""
    if not log:
        return (ValueChange(at, value),)
    last = log[-1]
    if last.value == value:
        return log
    if last.value is not None and value is not None and at - last.at < RESOLUTION:
        return (*log[:-1], replace(last, value=value))
    return (*log, ValueChange(max(at, last.at), value))


def drop_before(log: ValueLog, time: datetime) -> ValueLog:
    """Return what a log tells of a time and later."""
    return log[max(0, _count_until(log, time) - 1) :]


def value_at(log: ValueLog, time: datetime) -> float | None:
    """Return the value at a time; None if it is not known."""
    count = _count_until(log, time)
    return log[count - 1].value if count else None


def _count_until(log: ValueLog, time: datetime) -> int:
    return bisect_right(log, time, key=lambda change: change.at)


def fill_gaps(log: ValueLog, other: ValueLog) -> ValueLog:
    """Return a log in which the values of another one stand where none is known."""
    filled: list[ValueChange] = []
    for time in sorted({change.at for change in (*log, *other)}):
        value = value_at(log, time)
        filled.append(ValueChange(time, value_at(other, time) if value is None else value))
    return filled


def mean_value(log: ValueLog, start: datetime, end: datetime) -> tuple[float | None, float]:
    """Return the mean over a span, None if no value is known, and the share of the span in which one is."""
    if end <= start:
        value = value_at(log, start)
        return value, 0.0 if value is None else 1.0
    known, total = 0.0, 0.0
    for begin, until, value in _spans(drop_before(log, start), start, end):
        if value is not None:
            seconds = (until - begin).total_seconds()
            known += seconds
            total += value * seconds
    return (total / known if known else None), known / (end - start).total_seconds()


def _spans(log: ValueLog, start: datetime, end: datetime) -> Iterable[tuple[datetime, datetime, float | None]]:
    """Yield the parts of a span in which the value is the same."""
    for index, change in enumerate(log):
        until = log[index + 1].at if index + 1 < len(log) else end
        begin, until = max(start, change.at), min(end, until)
        if begin < until:
            yield begin, until, change.value
