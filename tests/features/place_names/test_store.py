"""Places whose names are known: how places are rounded, and how long and how many are kept."""

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
import pytest

from custom_components.stellantis.features.place_names import store
from custom_components.stellantis.features.place_names.store import Cell, KnownPlace, KnownPlaces, PlaceStore
from custom_components.stellantis.history.place_names import Area

NOW = datetime(2026, 11, 27, tzinfo=UTC)
DAY = timedelta(days=1)
HERE = (2.35223, 48.85661)


def test_rounded() -> None:
    assert Cell.at(HERE).center == (2.352, 48.8565)
    assert Cell.at((2.3521, 48.8566)) == Cell.at(HERE) != Cell.at((2.3523, 48.8566))
    assert Cell.at((-0.0001, -33.9)).center == (0.0, -33.9)


@pytest.mark.parametrize(
    ("longitude", "latitude", "radius", "touches"),
    [
        (2.352, 48.8565, 0, True),
        (2.35215, 48.8566, 0, True),  # anywhere in the cell
        (2.352, 48.8575, 50, False),  # 83 m north of its edge
        (2.352, 48.8575, 90, True),
        (2.353, 48.8565, 50, False),  # 55 m east of its edge
        (2.353, 48.8565, 60, True),
    ],
)
def test_area(longitude: float, latitude: float, radius: float, touches: bool) -> None:
    assert Cell.at(HERE).touches(Area(longitude=longitude, latitude=latitude, radius=radius)) is touches


def test_kept() -> None:
    places = KnownPlaces(since=NOW)
    places.add(Cell.at(HERE), "Here", NOW)
    places.add(Cell(0, 0), None, NOW)
    assert places.find(HERE, NOW) == KnownPlace("Here", NOW)
    assert places.find((0.0, 0.0), NOW + 29 * DAY) == KnownPlace(None, NOW)
    assert places.find((0.0, 0.0), NOW + 30 * DAY) is None, "it is asked for again"
    assert places.find(HERE, NOW + 729 * DAY)
    assert places.find(HERE, NOW + 730 * DAY) is None
    places.add(Cell(1, 1), "There", NOW + 31 * DAY)
    assert [*places.places] == [Cell.at(HERE), Cell(1, 1)]


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MAX_PLACES", 2)
    places = KnownPlaces(since=NOW)
    for number in (1, 2, 1, 3):
        places.add(Cell(number, 0), "A", NOW)
    assert [*places.places] == [Cell(1, 0), Cell(3, 0)]
    monkeypatch.setattr(store, "MAX_REQUESTS_PER_DAY", 2)
    assert [places.take_request(NOW) for _ in range(3)] == [True, True, False]
    assert places.take_request(NOW + DAY)


def test_erased() -> None:
    around, elsewhere = Area(longitude=2.35, latitude=48.85, radius=5000), Area(longitude=0, latitude=0, radius=100)
    for areas, before, is_erased in (
        ((), None, True),
        ((around,), None, True),
        ((around, elsewhere), None, False),
        ((around,), NOW, False),
        ((), NOW + DAY, True),
    ):
        places = KnownPlaces(since=NOW - DAY, places={Cell.at(HERE): KnownPlace("Here", NOW)})
        places.erase(areas, before, NOW + DAY)
        assert (not places.places) is is_erased
        assert places.since == NOW + DAY, "what was erased is not asked for again"


def test_stored() -> None:
    places = KnownPlaces(since=NOW)
    places.add(Cell.at(HERE), "Here", NOW)
    places.add(Cell(1, 1), None, NOW)
    places.take_request(NOW)
    assert KnownPlaces.from_json(places.to_json(), NOW + DAY) == places
    broken: list[Any] = [None, [], {}, {"since": 5}, {"since": "x"}]
    for garbage in broken:
        assert KnownPlaces.from_json(garbage, NOW) == KnownPlaces(since=NOW)
    assert KnownPlaces.from_json({**places.to_json(), "places": [[1, 2]]}, NOW + DAY).places == {}


async def test_file_that_cannot_be_deleted(
    hass: HomeAssistant, hass_storage: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """It is deleted at the next setup."""
    await (saved := PlaceStore(hass, "entry")).async_load()
    await saved.async_save()
    with patch("homeassistant.helpers.storage.Store.async_remove", side_effect=OSError):
        await PlaceStore(hass, "entry").async_forget()
    assert "The stored names of places cannot be deleted (OSError)" in caplog.text
    assert "stellantis.entry.places" in hass_storage
    await PlaceStore(hass, "entry").async_forget()
    assert "stellantis.entry.places" not in hass_storage
