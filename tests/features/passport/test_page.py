"""The battery report as a page and as data."""

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
import json
from typing import Final

import pytest

from custom_components.stellantis.features.passport.capacity import CapacitySource, MeasuredCapacity
from custom_components.stellantis.features.passport.chart import find_step
from custom_components.stellantis.features.passport.page import PageFormat, build_page
from custom_components.stellantis.features.passport.projection import project_capacity
from custom_components.stellantis.features.passport.report import BatteryReport, CapacityResult, ReportedBattery
from tests.support.source import COMPONENT

NOON: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
VOID: Final = frozenset(("meta", "line", "circle"))


def measured(capacity: float, mileage: float | None) -> MeasuredCapacity:
    """Return a measured capacity."""
    first, last = NOON - timedelta(days=200), NOON - timedelta(days=1)
    return MeasuredCapacity(
        capacity=capacity, error=0.25, scatter=0.6, sessions=20, first=first, last=last, mileage=mileage
    )


POINTS: Final = [measured(46.2 - number / 5, 2500 + 5000.0 * number) for number in range(12)]
REPORT: Final = BatteryReport(
    created=NOON,
    brand="Peugeot",
    model="e-208 <GT> & more",
    vin="VR3ZZZZZZZZ000001",
    mileage=61_234.5,
    reported=ReportedBattery(capacity=46.3, health_resistance=94),
    results={
        CapacitySource.CAR: CapacityResult(
            current=POINTS[-1],
            years={"2025": POINTS[4], "2026": POINTS[-1]},
            points=POINTS,
            projected=project_capacity(POINTS, 120_000),
        ),
        CapacitySource.WALLBOX: CapacityResult(
            current=measured(51.4, None), years={"2026": measured(51.4, None)}, points=[], projected=None
        ),
    },
)


def page_format(language: str) -> PageFormat:
    """Return the format of the page in a language."""
    texts = json.loads((COMPONENT / "translations" / f"{language}.json").read_text(encoding="utf-8"))
    paths: dict[str, str] = {f"common.{key}": text for key, text in texts["common"].items()}
    for key, entity in texts["entity"]["sensor"].items():
        paths[f"entity.sensor.{key}.name"] = entity["name"]
    is_metric = language != "en"
    return PageFormat(
        texts=paths,
        language=language,
        length_unit="km" if is_metric else "mi",
        length_factor=1 if is_metric else 0.621371,
    )


class Reader(HTMLParser):
    """Reads a page: its texts, and whether each element is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.texts: list[str] = []
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"src", "href"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip() and self.open[-1] != "style":
            self.texts.append(data)


def test_page() -> None:
    page = build_page(REPORT, page_format("en"))
    reader = Reader(page)
    assert (reader.open, reader.links) == ([], []), "complete, and needs no other file"
    assert "url(" not in page
    assert "e-208 <GT> & more" not in page
    text = "\n".join(reader.texts)
    for expected in (
        "Peugeot e-208 <GT> & more · VIN VR3ZZZZZZZZ000001 · 38\u202f049 mi · 2026-06-01",
        "Measured battery capacity\n44.0 kWh\n",
        "in 20 charging sessions from 2025-11-13 to 2026-05-31",
        "between 43.5 and 44.5 kWh. Single sessions deviate by about 0.6 kWh.",
        "about 41.5 kWh are expected at 74\u202f565 mi (40.7 to 42.3 kWh)",
        "2025\n45.4\n44.9 \N{EN DASH} 45.9\n13\u202f981 mi\n20",
        "The usable capacity is lower.",
        "Battery health (resistance)\n94%",
        "This is not a certificate.",
    ):
        assert expected in text
    assert reader.tags.count("circle") == len(POINTS) + 1
    assert reader.tags.count("svg") == 1


@pytest.mark.parametrize("language", sorted(path.stem for path in (COMPONENT / "translations").glob("*.json")))
def test_page_in_each_language(language: str) -> None:
    page = build_page(REPORT, page_format(language))
    assert f'<html lang="{language}">' in page
    assert "{" not in "".join(Reader(page).texts)


def test_page_without_figures() -> None:
    report = BatteryReport(created=NOON, brand="Opel", reported=ReportedBattery(), results={})
    text = "\n".join(Reader(build_page(report, page_format("de"))).texts)
    assert "Opel · 2026-06-01" in text
    assert "Es gibt noch nicht genügend geeignete Ladevorgänge." in text
    assert "VIN" not in text
    assert report.to_json() == {"created": "2026-06-01T12:00:00+00:00", "brand": "Opel", "reported": {}, "measured": {}}


def test_data() -> None:
    data = json.loads(json.dumps(REPORT.to_json()))
    car, wallbox = data["measured"]["car"], data["measured"]["wallbox"]
    assert (data["vin"], data["reported"]) == (REPORT.vin, {"capacity": 46.3, "health_resistance": 94})
    assert car["current"] == {
        "capacity": 44.0,
        "low": 43.5,
        "high": 44.5,
        "scatter": 0.6,
        "sessions": 20,
        "first": "2025-11-13T12:00:00+00:00",
        "last": "2026-05-31T12:00:00+00:00",
        "mileage": 57_500,
    }
    assert [*car["years"]] == ["2025", "2026"]
    assert car["expected"] == {"mileage": 120_000, "capacity": 41.5, "low": 40.73, "high": 42.27}
    assert "expected" not in wallbox


@pytest.mark.parametrize(("span", "step"), [(5, 1), (13.9, 5), (14, 5), (120_000, 50_000), (0.6, 0.2), (1.01, 0.5)])
def test_step(span: float, step: float) -> None:
    assert find_step(span) == pytest.approx(step)
