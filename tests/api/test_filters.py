"""Query parameters and their validation."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from custom_components.stellantis.api import InvalidValue
from custom_components.stellantis.api.filters import IndexRange, Locale, NumberRange, Repetition, TimeRange, page_params

_START = datetime(2026, 3, 1, 8, tzinfo=UTC)
_END = datetime(2026, 3, 1, 11, 30, tzinfo=timezone(timedelta(hours=1)))
_HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"start": _START, "end": _END}, "2026-03-01T08:00:00Z/2026-03-01T10:30:00Z"),
        ({"start": _START}, "2026-03-01T08:00:00Z/"),
        ({"end": _END}, "/2026-03-01T10:30:00Z"),
        ({"start": _START, "duration": timedelta(days=2, minutes=5)}, "2026-03-01T08:00:00Z/PT48H5M"),
        ({"start": _START, "duration": timedelta(seconds=1)}, "2026-03-01T08:00:00Z/PT1S"),
        (
            {"start": _START, "duration": 2 * _HOUR, "repetition": Repetition(interval=6 * _HOUR, count=5)},
            "R5/2026-03-01T08:00:00Z/PT6H/PT2H",
        ),
        ({"start": _START, "repetition": Repetition(interval=6 * _HOUR)}, "R/2026-03-01T08:00:00Z/PT6H"),
    ],
)
def test_time_ranges(arguments: dict[str, Any], text: str) -> None:
    assert str(TimeRange(**arguments)) == text


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"start": _START.replace(tzinfo=None)},
        {"end": _START.replace(tzinfo=None)},
        {"start": _START, "end": _START},
        {"start": _END, "end": _START},
        {"start": _START, "end": _END, "duration": _HOUR},
        {"start": _START, "end": _END, "repetition": Repetition(interval=_HOUR)},
        {"end": _START, "duration": _HOUR},
        {"duration": _HOUR},
        {"repetition": Repetition(interval=_HOUR)},
        {"start": _START, "duration": timedelta(0)},
    ],
)
def test_invalid_time_ranges(arguments: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue) as error:
        TimeRange(**arguments)
    assert error.value.field == "timestamps"


@pytest.mark.parametrize("arguments", [{"interval": timedelta(0)}, {"interval": _HOUR, "count": 0}])
def test_invalid_repetitions(arguments: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        Repetition(**arguments)


@pytest.mark.parametrize(
    ("number_range", "decimals", "text"),
    [
        (NumberRange(), 0, "0-"),
        (NumberRange(1, 150), 1, "1-150"),
        (NumberRange(0.1), 1, "0.1-"),
        (NumberRange(10, 10.5), 1, "10-10.5"),
        (NumberRange(10, 3600), 0, "10-3600"),
    ],
)
def test_number_ranges(number_range: NumberRange, decimals: int, text: str) -> None:
    assert number_range.to_param("distance", decimals) == text


def test_number_ranges_with_too_many_decimals() -> None:
    with pytest.raises(InvalidValue, match="distance"):
        NumberRange(0.25).to_param("distance", 1)
    with pytest.raises(InvalidValue, match="duration"):
        NumberRange(0, 0.5).to_param("duration", 0)


@pytest.mark.parametrize("bounds", [(-1,), (float("nan"),), (float("inf"),), (2, 1), (0, float("nan"))])
def test_invalid_number_ranges(bounds: tuple[float, ...]) -> None:
    with pytest.raises(InvalidValue):
        NumberRange(*bounds)


@pytest.mark.parametrize("bounds", [(-1,), (5, 4)])
def test_invalid_index_ranges(bounds: tuple[int, ...]) -> None:
    with pytest.raises(InvalidValue):
        IndexRange(*bounds)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("fr", "fr"), ("fr-FR", "fr-FR"), ("pt_BR", "pt-BR"), ("zh-Hans", "zh-Hans"), ("sr-Latn", "sr-Latn")],
)
def test_locales(text: str, expected: str) -> None:
    assert str(Locale.parse(text)) == expected


@pytest.mark.parametrize("text", ["", "f", "f1", "fr-F", "fr-FR-x y", "a&b=c", "français"])
def test_invalid_locales(text: str) -> None:
    with pytest.raises(InvalidValue):
        Locale.parse(text)


def test_page_params() -> None:
    assert page_params({}) == {"pageSize": None, "indexRange": None}
    assert page_params({"limit": 5})["pageSize"] == 5
    assert page_params({"limit": 500})["pageSize"] is None
    assert page_params({"limit": 5, "page_size": 2, "index_range": IndexRange(1)}) == {
        "pageSize": 2,
        "indexRange": "1-",
    }
