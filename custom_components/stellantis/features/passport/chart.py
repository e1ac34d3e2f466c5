"""A chart of the capacity over the odometer, as SVG. Pure."""

from collections.abc import Callable, Sequence
from math import ceil, floor, log10
from typing import Final

from .capacity import MeasuredCapacity
from .projection import ProjectedCapacity

WIDTH: Final = 640
HEIGHT: Final = 260
# Room for the numbers at the axes
LEFT: Final = 44
RIGHT: Final = 40
TOP: Final = 12
BOTTOM: Final = 30
# The capacities shown span at least this share, so that little changes do not look large
MIN_SPAN: Final = 0.3
TICKS: Final = 5


def find_step(span: float, count: int = TICKS) -> float:
    """Return a round distance between the ticks of an axis: 1, 2 or 5 times a power of ten."""
    raw = span / count
    power = 10.0 ** floor(log10(raw))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)


class _Axis:
    """Maps the values of an axis to pixels, between round values."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self.step = find_step(high - low)
        self._low, self._high = floor(low / self.step) * self.step, ceil(high / self.step) * self.step
        self._start, self._end = start, end

    @property
    def ticks(self) -> list[float]:
        """The values with a number."""
        return [self._low + index * self.step for index in range(round((self._high - self._low) / self.step) + 1)]

    def pixel(self, value: float) -> float:
        """Return where a value is."""
        share = (value - self._low) / (self._high - self._low)
        return round(self._start + share * (self._end - self._start), 1)


def build_chart(
    points: Sequence[MeasuredCapacity],
    projected: ProjectedCapacity | None,
    *,
    format_x: Callable[[float], str],
    format_y: Callable[[float], str],
    scale_x: float = 1.0,
) -> str:
    """Return the chart, or nothing if there is only one point.

    Args:
        points: The measured capacities, by odometer reading.
        projected: The capacity that is expected later.
        format_x: Returns the number for an odometer reading.
        format_y: Returns the number for a capacity.
        scale_x: By what odometer readings in km are multiplied.
    """
    measured = [(point.mileage * scale_x, point) for point in points if point.mileage is not None]
    if len(measured) < 2:  # noqa: PLR2004 - a line has two ends
        return ""
    lows, highs = [point.low for _, point in measured], [point.high for _, point in measured]
    last_x = measured[-1][0]
    if projected:
        lows, highs, last_x = [*lows, projected.low], [*highs, projected.high], projected.mileage * scale_x
    high = max(highs)
    x_axis = _Axis(0, last_x, LEFT, WIDTH - RIGHT)
    y_axis = _Axis(min(*lows, high * (1 - MIN_SPAN)), high, HEIGHT - BOTTOM, TOP)
    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">']
    for value in y_axis.ticks:
        y = y_axis.pixel(value)
        parts.append(_line("grid", LEFT, y, WIDTH - RIGHT, y))
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{format_y(value)}</text>')
    for value in x_axis.ticks:
        x = x_axis.pixel(value)
        parts.append(f'<text x="{x}" y="{HEIGHT - 8}" text-anchor="middle">{format_x(value)}</text>')
    if projected:
        x, y = x_axis.pixel(projected.mileage * scale_x), y_axis.pixel(projected.capacity)
        start_x, start = measured[-1]
        parts.append(_line("later", x_axis.pixel(start_x), y_axis.pixel(start.capacity), x, y))
        parts.append(_line("range", x, y_axis.pixel(projected.low), x, y_axis.pixel(projected.high)))
        parts.append(f'<circle class="later" cx="{x}" cy="{y}" r="4"/>')
    for value, point in measured:
        x = x_axis.pixel(value)
        parts.append(_line("range", x, y_axis.pixel(point.low), x, y_axis.pixel(point.high)))
        parts.append(f'<circle cx="{x}" cy="{y_axis.pixel(point.capacity)}" r="4"/>')
    return "\n".join([*parts, "</svg>"])


def _line(css_class: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{css_class}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>'
