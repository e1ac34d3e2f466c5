"""The battery report as a page that needs nothing else, in light, dark, and on paper. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Final

from homeassistant.util import dt as dt_util

from ...number_format import format_number, format_percent
from .capacity import CapacitySource, MeasuredCapacity
from .chart import build_chart
from .report import BatteryReport, CapacityResult

# The sensors whose names are the headings
SENSORS: Final = {
    CapacitySource.CAR: "measured_capacity",
    CapacitySource.WALLBOX: "full_charge_energy",
}
DESCRIPTIONS: Final = {
    CapacitySource.CAR: "report_car",
    CapacitySource.WALLBOX: "report_wallbox",
}
NARROW_SPACE: Final = "\u202f"
STYLE: Final = """
:root { color-scheme: light dark; --text: #1c1c1c; --muted: #5f6368; --line: #dadce0; --accent: #0277bd; --back: #fff; }
@media screen and (prefers-color-scheme: dark) {
  :root { --text: #e8eaed; --muted: #9aa0a6; --line: #3c4043; --accent: #4fc3f7; --back: #1c1c1e; }
}
@media print { :root { color-scheme: light; } section, svg, table { break-inside: avoid; } }
body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 44rem; margin: 0 auto; padding: 2rem 1rem; }
h1 { margin: 0; font-size: 1.75rem; }
h2 { margin: 2rem 0 0; font-size: 1.125rem; }
p { margin: 0.5rem 0; }
.car, footer { color: var(--muted); }
.value { margin: 0; font-size: 2.5rem; font-weight: 600; color: var(--accent); }
svg { display: block; width: 100%; height: auto; margin: 1rem 0; }
svg text { fill: var(--muted); font-size: 12px; }
circle { fill: var(--accent); }
circle.later { fill: var(--back); stroke: var(--accent); stroke-width: 2; }
line { stroke: var(--accent); }
line.grid { stroke: var(--line); }
line.range { stroke-width: 2; opacity: 0.5; }
line.later { stroke-dasharray: 5 5; }
table { width: 100%; border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: 0.375rem 0.5rem; border-bottom: 1px solid var(--line); text-align: end; }
th:first-child, td:first-child { padding-inline-start: 0; text-align: start; }
td { white-space: nowrap; }
th { font-weight: 600; color: var(--muted); hyphens: auto; }
@media (max-width: 32rem) {
  table { font-size: 0.75rem; }
  th, td { padding: 0.375rem 0.25rem; }
  svg text { font-size: 18px; }
}
footer { margin-top: 2rem; border-top: 1px solid var(--line); padding-top: 0.75rem; }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFormat:
    """How the page tells what it tells.

    Attributes:
        texts: The texts of the integration by their path in strings.json.
        language: The language of the texts.
        length_unit: The unit of odometer readings.
        length_factor: By what odometer readings in km are multiplied.
    """

    texts: Mapping[str, str]
    language: str
    length_unit: str = "km"
    length_factor: float = 1.0

    def number(self, value: float, digits: int = 1) -> str:
        """Return a number."""
        return format_number(value, self.language, digits)

    def energy(self, value: float) -> str:
        """Return an energy that is given in kWh."""
        return f"{self.number(value)} kWh"

    def percent(self, value: float) -> str:
        """Return a whole number of percents."""
        return format_percent(value, self.language, 0)

    def count(self, value: float) -> str:
        """Return a whole number, whose thousands are set apart."""
        return f"{value:,.0f}".replace(",", NARROW_SPACE)

    def distance(self, value: float) -> str:
        """Return an odometer reading that is given in km."""
        return f"{self.count(value * self.length_factor)} {self.length_unit}"

    def text(self, key: str, **values: str) -> str:
        """Return a common text with values."""
        return self.texts[f"common.{key}"].format(**values)

    def sensor_name(self, key: str) -> str:
        """Return the name of a sensor."""
        return self.texts[f"entity.sensor.{key}.name"]


def build_page(report: BatteryReport, page: PageFormat) -> str:
    """Return the report as HTML."""
    title, created = page.text("report_title"), _format_day(report.created)
    name = " ".join(filter(None, (report.brand, report.model)))
    distance = None if report.mileage is None else page.distance(report.mileage)
    facts = [name, report.vin and f"VIN {report.vin}", distance, created]
    sections = [_build_section(source, result, page) for source, result in report.results.items()]
    return f"""<!doctype html>
<html lang="{escape(page.language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(f"{title}: {name}, {created}")}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>{escape(title)}</h1>
{_paragraph(" · ".join(filter(None, facts)), "car")}
{"\n".join(sections) or _paragraph(page.text("report_too_few"))}
{_build_reported(report, page)}
<footer>{escape(page.text("report_notice"))}</footer>
</main>
</body>
</html>
"""


def _build_section(source: CapacitySource, result: CapacityResult, page: PageFormat) -> str:
    """Return what charging sessions tell by one way of counting."""
    parts = [f"<section>\n<h2>{escape(page.sensor_name(SENSORS[source]))}</h2>"]
    if current := result.current:
        parts += [
            _paragraph(page.energy(current.capacity), "value"),
            _paragraph(
                page.text(
                    DESCRIPTIONS[source],
                    sessions=str(current.sessions),
                    first=_format_day(current.first),
                    last=_format_day(current.last),
                )
            ),
            _paragraph(
                page.text(
                    "report_range",
                    low=page.number(current.low),
                    high=page.number(current.high),
                    scatter=page.number(current.scatter),
                )
            ),
        ]
    else:
        parts.append(_paragraph(page.text("report_too_few")))
    chart = build_chart(
        result.points,
        result.projected,
        format_x=page.count,
        format_y=lambda value: page.number(value, 0 if value == round(value) else 1),
        scale_x=page.length_factor,
    )
    parts.append(chart)
    if projected := result.projected:
        parts.append(
            _paragraph(
                page.text(
                    "report_projection",
                    mileage=page.distance(projected.mileage),
                    capacity=page.number(projected.capacity),
                    low=page.number(projected.low),
                    high=page.number(projected.high),
                )
            )
        )
    if result.years:
        parts.append(_build_years(result.years, page))
    return "\n".join([*filter(None, parts), "</section>"])


def _build_years(years: Mapping[str, MeasuredCapacity], page: PageFormat) -> str:
    """Return the capacity of each year as a table."""
    header = (
        page.text("report_year"),
        "kWh",
        page.percent(95),
        page.sensor_name("odometer"),
        page.text("report_sessions"),
    )
    rows = [
        (
            year,
            page.number(measured.capacity),
            f"{page.number(measured.low)} \N{EN DASH} {page.number(measured.high)}",
            "" if measured.mileage is None else page.distance(measured.mileage),
            str(measured.sessions),
        )
        for year, measured in years.items()
    ]
    body = "\n".join(f"<tr>{_cells('td', row)}</tr>" for row in rows)
    return f"<table>\n<thead><tr>{_cells('th', header)}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def _build_reported(report: BatteryReport, page: PageFormat) -> str:
    """Return what the car itself reports as a table; nothing if that is nothing."""
    reported = report.reported
    values = (
        ("battery_capacity", reported.capacity, page.energy),
        ("battery_health_capacity", reported.health_capacity, page.percent),
        ("battery_health_resistance", reported.health_resistance, page.percent),
    )
    rows = [(page.sensor_name(key), format_fn(value)) for key, value, format_fn in values if value is not None]
    if not rows:
        return ""
    body = "\n".join(f"<tr>{_cells('td', row)}</tr>" for row in rows)
    title = escape(page.text("report_reported"))
    return f"<section>\n<h2>{title}</h2>\n<table>\n<tbody>\n{body}\n</tbody>\n</table>\n</section>"


def _cells(tag: str, values: Iterable[str]) -> str:
    return "".join(f"<{tag}>{escape(value)}</{tag}>" for value in values)


def _paragraph(text: str, css_class: str | None = None) -> str:
    attribute = f' class="{css_class}"' if css_class else ""
    return f"<p{attribute}>{escape(text)}</p>"


def _format_day(time: datetime) -> str:
    return f"{dt_util.as_local(time):%Y-%m-%d}"
