"""What can be asked for, and nonsense that cannot."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from custom_components.stellantis.api import InvalidValue
from custom_components.stellantis.api.filters import IndexRange, Locale, NumberRange, Repetition, TimeRange, page_params

_AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
_HERE = datetime(2026, 3, 1, 11, 30, tzinfo=timezone(timedelta(hours=1)))
_HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"start": _AT, "end": _HERE}, "2026-03-01T08:00:00Z/2026-03-01T10:30:00Z"),
        ({"start": _AT}, "2026-03-01T08:00:00Z/"),
        ({"end": _HERE}, "/2026-03-01T10:30:00Z"),
        ({"start": _AT, "duration": timedelta(days=2, minutes=5)}, "2026-03-01T08:00:00Z/PT48H5M"),
        ({"start": _AT, "duration": timedelta(seconds=1)}, "2026-03-01T08:00:00Z/PT1S"),
        (
            {"start": _AT, "duration": 2 * _HOUR, "repetition": Repetition(interval=6 * _HOUR, count=5)},
            "R5/2026-03-01T08:00:00Z/PT6H/PT2H",
        ),
        ({"start": _AT, "repetition": Repetition(interval=6 * _HOUR)}, "R/2026-03-01T08:00:00Z/PT6H"),
    ],
)
def test_ranges_of_time(given: dict[str, Any], text: str) -> None:
    assert str(TimeRange(**given)) == text


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"start": _AT.replace(tzinfo=None)},
        {"end": _AT.replace(tzinfo=None)},
        {"start": _AT, "end": _AT},
        {"start": _HERE, "end": _AT},
        {"start": _AT, "end": _HERE, "duration": _HOUR},
        {"start": _AT, "end": _HERE, "repetition": Repetition(interval=_HOUR)},
        {"end": _AT, "duration": _HOUR},
        {"duration": _HOUR},
        {"repetition": Repetition(interval=_HOUR)},
        {"start": _AT, "duration": timedelta(0)},
    ],
)
def test_ranges_of_time_that_are_none(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue) as refusal:
        TimeRange(**given)
    assert refusal.value.field == "timestamps"


@pytest.mark.parametrize("given", [{"interval": timedelta(0)}, {"interval": _HOUR, "count": 0}])
def test_repetitions_that_are_none(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        Repetition(**given)


@pytest.mark.parametrize(
    ("given", "decimals", "text"),
    [
        (NumberRange(), 0, "0-"),
        (NumberRange(1, 150), 1, "1-150"),
        (NumberRange(0.1), 1, "0.1-"),
        (NumberRange(10, 10.5), 1, "10-10.5"),
        (NumberRange(10, 3600), 0, "10-3600"),
    ],
)
def test_ranges_of_numbers(given: NumberRange, decimals: int, text: str) -> None:
    assert given.to_param("distance", decimals) == text


def test_ranges_finer_than_they_are_read() -> None:
    with pytest.raises(InvalidValue, match="distance"):
        NumberRange(0.25).to_param("distance", 1)
    with pytest.raises(InvalidValue, match="duration"):
        NumberRange(0, 0.5).to_param("duration", 0)


@pytest.mark.parametrize("bounds", [(-1,), (float("nan"),), (float("inf"),), (2, 1), (0, float("nan"))])
def test_ranges_of_numbers_that_are_none(bounds: tuple[float, ...]) -> None:
    with pytest.raises(InvalidValue):
        NumberRange(*bounds)


@pytest.mark.parametrize("bounds", [(-1,), (5, 4)])
def test_ranges_of_results_that_are_none(bounds: tuple[int, ...]) -> None:
    with pytest.raises(InvalidValue):
        IndexRange(*bounds)


@pytest.mark.parametrize(
    ("text", "locale"),
    [("fr", "fr"), ("fr-FR", "fr-FR"), ("pt_BR", "pt-BR"), ("zh-Hans", "zh-Hans"), ("sr-Latn", "sr-Latn")],
)
def test_locales(text: str, locale: str) -> None:
    assert str(Locale.parse(text)) == locale


@pytest.mark.parametrize("text", ["", "f", "f1", "fr-F", "fr-FR-x y", "a&b=c", "français"])
def test_locales_that_are_none(text: str) -> None:
    with pytest.raises(InvalidValue):
        Locale.parse(text)


def test_pages() -> None:
    assert page_params({}) == {"pageSize": None, "indexRange": None}
    assert page_params({"limit": 5})["pageSize"] == 5
    assert page_params({"limit": 500})["pageSize"] is None
    assert page_params({"limit": 5, "page_size": 2, "index_range": IndexRange(1)}) == {
        "pageSize": 2,
        "indexRange": "1-",
    }
