"""Prices and solar power as Home Assistant knows them: entities, actions, calendars, and the energy dashboard."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock

from homeassistant.components.energy import data as energy_data, websocket_api as energy_api
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.features.departure.forecasts import (
    CONF_PRICE_ENTITY,
    CONF_USE_SOLAR,
    MIN_ACTION_INTERVAL,
    Forecast,
    PriceForecast,
    SolarForecast,
)

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
END = NOW + timedelta(hours=20)
HOUR = timedelta(hours=1)


def price_row(start: datetime, price: float) -> dict[str, Any]:
    """Return the price of an hour."""
    return {"start": start.isoformat(), "end": (start + HOUR).isoformat(), "price": price}


@pytest.fixture
def asked(hass: HomeAssistant) -> list[Mapping[str, Any]]:
    """The calls of Nord Pool's action, which has prices per MWh."""
    calls: list[Mapping[str, Any]] = []

    async def get_prices(call: ServiceCall) -> dict[str, Any]:
        calls.append(call.data)
        if call.data["date"] != NOW.date().isoformat():
            raise HomeAssistantError("not published yet")
        return {"SE3": [price_row(NOW, 80.0), price_row(NOW + HOUR, 200.0)]}

    hass.services.async_register("nordpool", "get_prices_for_date", get_prices, supports_response=SupportsResponse.ONLY)
    return calls


@pytest.fixture
def add_entry(hass: HomeAssistant) -> Iterator[Callable[..., MockConfigEntry]]:
    """Return a function that adds an entry of another integration, by default one that is loaded."""
    entries: list[MockConfigEntry] = []

    def add(domain: str, state: ConfigEntryState = ConfigEntryState.LOADED, **data: Any) -> MockConfigEntry:
        entries.append(MockConfigEntry(domain=domain, state=state, **data))
        entries[-1].add_to_hass(hass)
        return entries[-1]

    yield add
    for entry in entries:
        entry.mock_state(hass, ConfigEntryState.NOT_LOADED)  # there is nothing to unload


@pytest.fixture
def price_sensor(hass: HomeAssistant, add_entry: Callable[..., MockConfigEntry]) -> str:
    """A sensor with the present price, of an integration whose action has the forecast."""
    entry = add_entry("nordpool")
    sensor = er.async_get(hass).async_get_or_create("sensor", "nordpool", "SE3-current_price", config_entry=entry)
    hass.states.async_set(sensor.entity_id, "0.5", {"unit_of_measurement": "EUR/kWh"})
    return sensor.entity_id


async def test_action(hass: HomeAssistant, asked: list[Mapping[str, Any]], price_sensor: str) -> None:
    """The action is not asked at each check, and a day that it refuses does not take the other."""
    await hass.config.async_set_time_zone("UTC")
    forecast = PriceForecast(hass, {CONF_PRICE_ENTITY: price_sensor})
    prices = await forecast.async_read(NOW, END)
    assert prices.is_pending, "those of tomorrow are not published yet"
    assert [(slot.start, slot.end, slot.price) for slot in prices.slots] == [
        (NOW, NOW + HOUR, pytest.approx(0.08)),
        (NOW + HOUR, NOW + 2 * HOUR, pytest.approx(0.2)),
    ]
    assert [data["date"] for data in asked] == ["2026-11-27", "2026-11-28"]
    assert await forecast.async_read(NOW + MIN_ACTION_INTERVAL / 2, END) == prices
    assert len(asked) == 2
    await forecast.async_read(NOW + MIN_ACTION_INTERVAL, END)
    assert len(asked) == 4
    await forecast.async_read(NOW, END)
    assert len(asked) == 6, "the clock was set back"


async def test_action_that_fails(hass: HomeAssistant, price_sensor: str) -> None:
    """Its prices are still to come: the present one says nothing about other times."""
    forecast = PriceForecast(hass, {CONF_PRICE_ENTITY: price_sensor})
    assert await forecast.async_read(NOW, END) == Forecast(is_pending=True)


async def test_integration_that_is_not_loaded(
    hass: HomeAssistant, asked: list[Mapping[str, Any]], price_sensor: str
) -> None:
    """It is not asked, as its actions and forecasts may fail in any way; but as soon as it is loaded."""
    (entry,) = hass.config_entries.async_entries("nordpool")
    assert isinstance(entry, MockConfigEntry)
    entry.mock_state(hass, ConfigEntryState.SETUP_RETRY)
    forecast = PriceForecast(hass, {CONF_PRICE_ENTITY: price_sensor})
    assert await forecast.async_read(NOW, END) == Forecast(is_pending=True)
    assert asked == []
    entry.mock_state(hass, ConfigEntryState.LOADED)
    assert len((await forecast.async_read(NOW, END)).slots) == 2


async def test_area_of_the_entity(hass: HomeAssistant, price_sensor: str) -> None:
    """Of several areas, that of the entity counts."""

    async def get_prices(_call: ServiceCall) -> dict[str, Any]:
        return {"SE4": [price_row(NOW, 90.0)], "SE3": [price_row(NOW, 80.0)], "FI": [price_row(NOW, 70.0)]}

    hass.services.async_register("nordpool", "get_prices_for_date", get_prices, supports_response=SupportsResponse.ONLY)
    (slot,) = (await PriceForecast(hass, {CONF_PRICE_ENTITY: price_sensor}).async_read(NOW, END)).slots
    assert slot.price == pytest.approx(0.08)


async def test_outage(hass: HomeAssistant) -> None:
    """While the entity has no price, the last ones count."""
    forecast = PriceForecast(hass, {CONF_PRICE_ENTITY: "sensor.price"})
    hass.states.async_set("sensor.price", "0.3", {"prices": [price_row(NOW, 0.1), price_row(NOW + HOUR, 0.4)]})
    prices = await forecast.async_read(NOW, END)
    assert prices.is_pending
    for state in ("unavailable", "unknown"):
        hass.states.async_set("sensor.price", state)
        assert await forecast.async_read(NOW, END) == prices
    hass.states.async_remove("sensor.price")
    restarted = PriceForecast(hass, {CONF_PRICE_ENTITY: "sensor.price"}, prices.slots)
    assert await restarted.async_read(NOW, END) == prices
    # It has the prices of the past only: those of the future are to come
    hass.states.async_set("sensor.price", "0.2", {"prices": [price_row(NOW - HOUR, 0.1)]})
    late = await forecast.async_read(NOW, END)
    assert ([slot.price for slot in late.slots], late.is_pending) == ([0.1], True)
    hass.states.async_set("sensor.price", "0.2")
    (slot,) = (await forecast.async_read(NOW, END)).slots
    assert slot.price == 0.2


async def test_calendar(hass: HomeAssistant) -> None:
    """Tariffs are events whose title is the price."""

    async def get_events(call: ServiceCall) -> dict[str, Any]:
        assert datetime.fromisoformat(call.data["end_date_time"]) == END
        times = {"start": NOW.isoformat(), "end": END.isoformat()}
        return {"calendar.tariff": {"events": [{**times, "summary": "0.21 EUR/kWh"}]}}

    hass.services.async_register("calendar", "get_events", get_events, supports_response=SupportsResponse.ONLY)
    prices = await PriceForecast(hass, {CONF_PRICE_ENTITY: "calendar.tariff"}).async_read(NOW, END)
    (slot,) = prices.slots
    assert not prices.is_pending
    assert (slot.start, slot.end, slot.price) == (NOW, END, 0.21)


@pytest.mark.parametrize(
    ("options", "prices", "is_pending"),
    [
        ({}, [], False),
        ({"electricity_price": 0.3}, [0.3], False),
        ({CONF_PRICE_ENTITY: "sensor.late"}, [], True),
        ({CONF_PRICE_ENTITY: "sensor.unavailable"}, [], True),
        ({CONF_PRICE_ENTITY: "event.unknown"}, [], True),
        ({CONF_PRICE_ENTITY: "event.no_rates_yet"}, [], True),
        ({CONF_PRICE_ENTITY: "calendar.late"}, [], True),
        ({CONF_PRICE_ENTITY: "sensor.flat"}, [0.25], False),
        ({CONF_PRICE_ENTITY: "sensor.speed"}, [], False),
        ({CONF_PRICE_ENTITY: "sensor.text"}, [], False),
    ],
)
async def test_without_forecast(
    hass: HomeAssistant, options: dict[str, Any], prices: list[float], is_pending: bool
) -> None:
    """Prices are to come only if the entity is to have some."""
    hass.states.async_set("sensor.unavailable", "unavailable", {"restored": True})
    hass.states.async_set("event.unknown", "unknown")
    hass.states.async_set("event.no_rates_yet", NOW.isoformat(), {"rates": []})
    hass.states.async_set("sensor.flat", "0.25", {"unit_of_measurement": "EUR/kWh"})
    hass.states.async_set("sensor.speed", "50", {"unit_of_measurement": "km/h"})
    hass.states.async_set("sensor.text", "cheap")
    forecast = await PriceForecast(hass, options).async_read(NOW, END)
    assert ([slot.price for slot in forecast.slots], forecast.is_pending) == (prices, is_pending)


async def test_solar(
    hass: HomeAssistant, add_entry: Callable[..., MockConfigEntry], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The forecasts of all roofs of the energy dashboard count, less what the home uses."""
    roofs = {"east": 1500.0, "west": 3000.0}
    for roof in roofs:
        add_entry("forecast", entry_id=roof)
    add_entry("forecast", ConfigEntryState.SETUP_RETRY, entry_id="not ready")
    add_entry("forecast", ConfigEntryState.NOT_LOADED, entry_id="disabled", disabled_by=ConfigEntryDisabler.USER)

    async def get_forecast(_hass: HomeAssistant, entry_id: str) -> dict[str, Any]:
        return {"wh_hours": {NOW.isoformat(): roofs[entry_id], (NOW + HOUR).isoformat(): 100.0}}

    sources: list[dict[str, Any]] = [
        {"type": "grid"},
        {"type": "solar", "config_entry_solar_forecast": ["east", "west", "gone", "not ready"]},
    ]
    manager = SimpleNamespace(data={"energy_sources": sources})
    monkeypatch.setattr(energy_data, "async_get_manager", AsyncMock(return_value=manager))
    platforms = AsyncMock(return_value={"forecast": get_forecast})
    monkeypatch.setattr(energy_api, "async_get_energy_platforms", platforms)
    wanted = {CONF_USE_SOLAR: True}
    forecast = SolarForecast(hass, wanted)
    assert await forecast.async_read(NOW) == Forecast(), "without the energy dashboard"
    hass.config.components.add("energy")
    assert await SolarForecast(hass, {CONF_USE_SOLAR: False}).async_read(NOW) == Forecast()
    known = await forecast.async_read(NOW)
    (slot,) = known.slots
    assert (slot.start, slot.end, slot.power, known.is_pending) == (NOW, NOW + HOUR, 4.0, False)

    # An outage: the last one counts, also after a restart, until it is over
    platforms.return_value = {}
    assert await forecast.async_read(NOW) == known
    assert await SolarForecast(hass, wanted, known.slots).async_read(NOW) == known
    assert (await forecast.async_read(NOW + HOUR)).is_pending
    assert await SolarForecast(hass, wanted).async_read(NOW) == Forecast(is_pending=True)
    sources[-1]["config_entry_solar_forecast"] = ["disabled", "gone"]
    assert await SolarForecast(hass, wanted).async_read(NOW) == Forecast(), "none is to come"
    sources.pop()
    assert await SolarForecast(hass, wanted).async_read(NOW) == Forecast()

    # Clouds replace it
    sources.append({"type": "solar", "config_entry_solar_forecast": ["east"]})
    platforms.return_value, roofs["east"] = {"forecast": get_forecast}, 0.0
    assert await forecast.async_read(NOW) == Forecast()
