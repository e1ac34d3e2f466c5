"""The prices and the solar power of the coming hours, as Home Assistant knows them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
import logging
import re
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN, Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import probatio as vol

from ...const import CONF_ELECTRICITY_PRICE, CONF_ELECTRICITY_PRICE_ENTITY
from ...history.prices import ELECTRICITY, parse_number
from ...vehicle.stored import StoredModel
from .planner import PriceSlot, SolarSlot
from .price_lists import read_events, read_prices, select_part

_LOGGER = logging.getLogger(__name__)

CONF_PRICE_ENTITY: Final = "departure_price_entity"
CONF_USE_SOLAR: Final = "departure_use_solar"
ENERGY: Final = "energy"
HOUR: Final = timedelta(hours=1)
MIN_ACTION_INTERVAL: Final = timedelta(minutes=30)
DAY: Final = timedelta(days=1)
ALWAYS: Final = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
# What a home uses of its solar power before the car does, in kW
HOME_LOAD: Final = 0.5
# Octopus has an entity for the rates of each day
_CURRENT_DAY: Final = "_current_day_rates"
_NEXT_DAY: Final = "_next_day_rates"
_SEPARATOR: Final = re.compile(r"[-_]")


@dataclass(frozen=True, slots=True)
class Forecast[SlotT: (PriceSlot, SolarSlot)]:
    """What is known of the coming hours.

    Attributes:
        slots: The prices or the solar power, as far as they are known.
        is_pending: Whether more is to be expected.
    """

    slots: tuple[SlotT, ...] = ()
    is_pending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastRecord(StoredModel):
    """The prices and the solar power that were known last: they count after a restart until there are others.

    Attributes:
        price_entity: The entity that the prices are from.
        prices: The prices.
        solar: The solar power.
    """

    price_entity: str | None = None
    prices: tuple[PriceSlot, ...] = ()
    solar: tuple[SolarSlot, ...] = ()


@dataclass(frozen=True, slots=True)
class _PriceAction:
    """An action that returns the prices of a day, for integrations whose entities do not.

    Attributes:
        name: The name of the action.
        data_fn: Returns its data from the ID of the config entry and the local day.
        factor: Converts its prices to the currency per kWh.
    """

    name: str
    data_fn: Callable[[str, datetime], Mapping[str, Any]]
    factor: float = 1.0


def _period(_entry_id: str, day: datetime) -> Mapping[str, Any]:
    return {"start": day.isoformat(), "end": (day + DAY).isoformat()}


def _day_with_tax(entry_id: str, day: datetime) -> Mapping[str, Any]:
    return {
        "config_entry": entry_id,
        "incl_vat": True,
        "start": day.date().isoformat(),
        "end": day.date().isoformat(),
    }


_ACTIONS: Final[Mapping[str, _PriceAction]] = {
    "tibber": _PriceAction("get_prices", _period),
    "nordpool": _PriceAction(
        "get_prices_for_date",
        lambda entry_id, day: {"config_entry": entry_id, "date": day.date().isoformat()},
        factor=0.001,
    ),
    "omie": _PriceAction("get_prices_for_date", lambda _entry_id, day: {"date": day.date().isoformat()}),
    "green_planet_energy": _PriceAction(
        "get_prices", lambda entry_id, _day: {"config_entry_id": entry_id, "hours": DAY / HOUR}
    ),
    "energyzero": _PriceAction("get_energy_prices", _day_with_tax),
    "easyenergy": _PriceAction("get_energy_usage_prices", _day_with_tax),
}


def price_entity(options: Mapping[str, Any]) -> str | None:
    """Return the entity whose prices count."""
    entity_id: str | None = options.get(CONF_PRICE_ENTITY) or options.get(CONF_ELECTRICITY_PRICE_ENTITY)
    return entity_id


class PriceForecast:
    """The prices of the coming hours.

    An action may ask a server: its response is kept a while. While the entity has no price, the last ones count.
    """

    def __init__(self, hass: HomeAssistant, options: Mapping[str, Any], known: Sequence[PriceSlot] = ()) -> None:
        self._hass = hass
        self._options = options
        self._received: tuple[PriceSlot, ...] = ()
        self._received_at: datetime | None = None
        self._known = tuple(known)

    @property
    def known(self) -> tuple[PriceSlot, ...]:
        """The prices of the entity that were known last."""
        return self._known

    async def async_read(self, now: datetime, end: datetime) -> Forecast[PriceSlot]:
        """Return the prices that are known.

        A fixed price, or that of an entity without a forecast, counts for all times.

        Args:
            now: The present time.
            end: Until when prices are of interest.
        """
        entity_id = price_entity(self._options)
        if entity_id is None:
            fixed: float | None = self._options.get(CONF_ELECTRICITY_PRICE)
            return Forecast(() if fixed is None else (PriceSlot(*ALWAYS, fixed),))
        forecast = await self._async_read_entity(entity_id, now, end)
        self._known = forecast.slots or self._known
        return replace(forecast, slots=self._known)

    async def _async_read_entity(self, entity_id: str, now: datetime, end: datetime) -> Forecast[PriceSlot]:
        """Return the prices that an entity knows at present."""
        hass = self._hass
        if entity_id.startswith(f"{Platform.CALENDAR}."):
            return await _async_read_calendar(hass, entity_id, now, end)
        state = hass.states.get(entity_id)
        if state is None or state.state == STATE_UNAVAILABLE:
            return Forecast(is_pending=True)
        factor = ELECTRICITY.factor(state, hass.config.currency)
        if factor is None:
            return Forecast()
        days = dict.fromkeys((entity_id, entity_id.replace(_CURRENT_DAY, _NEXT_DAY)))
        slots = read_prices([day.attributes for name in days if (day := hass.states.get(name))], factor, now)
        entity = er.async_get(hass).async_get(entity_id)
        action = _ACTIONS.get(entity.platform) if entity else None
        if entity and action and not any(slot.end > now for slot in slots):
            slots = await self._async_ask(entity, action, now) or slots
        if slots or action or state.state == STATE_UNKNOWN or state.domain == Platform.EVENT:
            return Forecast(slots, is_pending=True)
        price = parse_number(state)
        return Forecast(() if price is None else (PriceSlot(*ALWAYS, price * factor),))

    async def _async_ask(self, entity: er.RegistryEntry, action: _PriceAction, now: datetime) -> tuple[PriceSlot, ...]:
        """Return what the action of the entity's integration returns, or returned a short time ago."""
        entry = _find_loaded_entry(self._hass, entity.config_entry_id)
        if entry and (self._received_at is None or abs(now - self._received_at) >= MIN_ACTION_INTERVAL):
            self._received_at = now
            self._received = await _async_call_action(self._hass, entry, entity, action, now)
        return self._received if entry else ()


async def _async_read_calendar(
    hass: HomeAssistant, entity_id: str, now: datetime, end: datetime
) -> Forecast[PriceSlot]:
    """Return the prices in the titles of events. A calendar that answers has all of them."""
    data = {"entity_id": entity_id, "start_date_time": now.isoformat(), "end_date_time": end.isoformat()}
    response = await _async_call(hass, Platform.CALENDAR, "get_events", data)
    return Forecast(read_events(response.get(entity_id, {}).get("events", ())), is_pending=entity_id not in response)


def _find_loaded_entry(hass: HomeAssistant, entry_id: str | None) -> ConfigEntry[Any] | None:
    """Return a config entry if it is loaded: others have no data, and are not prepared to be asked."""
    entry = hass.config_entries.async_get_entry(entry_id) if entry_id else None
    return entry if entry and entry.state is ConfigEntryState.LOADED else None


async def _async_call_action(
    hass: HomeAssistant, entry: ConfigEntry[Any], entity: er.RegistryEntry, action: _PriceAction, now: datetime
) -> tuple[PriceSlot, ...]:
    """Return the prices of today and tomorrow from the action of an integration.

    Of several homes or areas, only that of the entity counts: its unique ID or its device has the name.
    """
    device = dr.async_get(hass).async_get(entity.device_id) if entity.device_id else None
    names = {*_SEPARATOR.split(entity.unique_id), *([device.name] if device and device.name else [])}
    today = dt_util.start_of_local_day(now)
    responses = [
        select_part(await _async_call(hass, entry.domain, action.name, action.data_fn(entry.entry_id, day)), names)
        for day in (today, dt_util.start_of_local_day(today.date() + DAY))
    ]
    return read_prices(responses, action.factor, now)


async def _async_call(hass: HomeAssistant, domain: str, name: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the response of an action; an empty one if it fails."""
    try:
        response = await hass.services.async_call(domain, name, dict(data), blocking=True, return_response=True)
    except (HomeAssistantError, vol.Invalid) as err:
        _LOGGER.debug("%s.%s: %s", domain, name, err)
        return {}
    return dict(response or {})


class SolarForecast:
    """The solar power of the coming hours. While there is no forecast, the last one counts."""

    def __init__(self, hass: HomeAssistant, options: Mapping[str, Any], known: Sequence[SolarSlot] = ()) -> None:
        self._hass = hass
        self._options = options
        self._known = tuple(known)

    @property
    def known(self) -> tuple[SolarSlot, ...]:
        """The solar power that was known last."""
        return self._known

    async def async_read(self, now: datetime) -> Forecast[SolarSlot]:
        """Return the solar forecast that the home leaves for the car, if it is wanted."""
        if not self._options.get(CONF_USE_SOLAR) or ENERGY not in self._hass.config.components:
            return Forecast()
        forecast = await _async_read_solar(self._hass)
        if not forecast.is_pending:
            self._known = forecast.slots
        has_future = any(slot.end > now for slot in self._known)
        return Forecast(self._known, is_pending=forecast.is_pending and not has_future)


async def _async_read_solar(hass: HomeAssistant) -> Forecast[SolarSlot]:
    """Return the solar forecast of Home Assistant's energy dashboard that the home leaves for the car."""
    # Loaded, as the component is set up
    from homeassistant.components.energy.data import async_get_manager  # noqa: PLC0415
    from homeassistant.components.energy.websocket_api import async_get_energy_platforms  # noqa: PLC0415

    platforms, manager = await async_get_energy_platforms(hass), await async_get_manager(hass)
    entries = [
        entry
        for source in (manager.data["energy_sources"] if manager.data else ())
        for entry_id in (source.get("config_entry_solar_forecast") if source["type"] == "solar" else None) or ()
        if (entry := hass.config_entries.async_get_entry(entry_id)) and not entry.disabled_by
    ]
    hours: dict[str, float] = {}
    is_known = False
    for entry in entries:
        forecast_fn = platforms.get(entry.domain) if entry.state is ConfigEntryState.LOADED else None
        if forecast_fn and (forecast := await forecast_fn(hass, entry.entry_id)):
            is_known = True
            for start, energy in forecast["wh_hours"].items():
                hours[start] = hours.get(start, 0.0) + energy
    return Forecast(tuple(build_solar(hours)), is_pending=bool(entries) and not is_known)


def build_solar(watt_hours: Mapping[str, float]) -> list[SolarSlot]:
    """Return the solar power that is left for the car, from the energy in Wh by the start of its period."""
    starts = sorted(
        (dt_util.as_utc(start), energy)
        for text, energy in watt_hours.items()
        if (start := dt_util.parse_datetime(text))
    )
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(starts)]
    length = min([HOUR, *gaps])
    powers = [(start, energy / 1000 / (length / HOUR) - HOME_LOAD) for start, energy in starts]
    return [SolarSlot(start, start + length, power) for start, power in powers if power > 0]
