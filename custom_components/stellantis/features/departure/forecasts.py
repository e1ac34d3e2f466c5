"""The prices and the solar power of the coming hours, as Home Assistant knows them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import probatio as vol

from ...const import CONF_ELECTRICITY_PRICE, CONF_ELECTRICITY_PRICE_ENTITY
from ...history.prices import ELECTRICITY, parse_price
from .planner import PriceSlot, SolarSlot
from .price_lists import read_events, read_prices

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
    "energyzero": _PriceAction("get_energy_prices", _day_with_tax),
    "easyenergy": _PriceAction("get_energy_usage_prices", _day_with_tax),
}


def price_entity(options: Mapping[str, Any]) -> str | None:
    """Return the entity whose prices count."""
    entity_id: str | None = options.get(CONF_PRICE_ENTITY) or options.get(CONF_ELECTRICITY_PRICE_ENTITY)
    return entity_id


class PriceForecast:
    """The known prices of the coming hours.

    An action may ask a server: its response is kept a while. While the entity has no price, the last ones count.
    """

    def __init__(self, hass: HomeAssistant, options: Mapping[str, Any]) -> None:
        self._hass = hass
        self._options = options
        self._received: list[PriceSlot] = []
        self._received_at: datetime | None = None
        self._known: tuple[PriceSlot, ...] = ()

    async def async_read(self, now: datetime, end: datetime) -> tuple[PriceSlot, ...]:
        """Return the known prices from now on; none if there is no price.

        A fixed price, or that of an entity without a forecast, counts for all times.

        Args:
            now: The present time.
            end: Until when prices are of interest.
        """
        entity_id = price_entity(self._options)
        if entity_id is None:
            fixed: float | None = self._options.get(CONF_ELECTRICITY_PRICE)
            return () if fixed is None else (PriceSlot(*ALWAYS, fixed),)
        self._known = await self._async_read_entity(entity_id, now, end) or self._known
        return self._known

    async def _async_read_entity(self, entity_id: str, now: datetime, end: datetime) -> tuple[PriceSlot, ...]:
        """Return the prices that an entity knows; none if it has no price at present."""
        hass = self._hass
        if entity_id.startswith(f"{Platform.CALENDAR}."):
            return await _async_read_calendar(hass, entity_id, now, end)
        state = hass.states.get(entity_id)
        factor = ELECTRICITY.factor(state, hass.config.currency) if state else None
        if state is None or factor is None:
            return ()
        bodies = [state.attributes]
        following = hass.states.get(entity_id.replace(_CURRENT_DAY, _NEXT_DAY))
        if following and following is not state:
            bodies.append(following.attributes)
        slots = [slot for body in bodies for slot in read_prices(body, factor, now)]
        if not any(slot.end > now for slot in slots):
            slots = await self._async_ask(entity_id, now)
        if slots:
            return tuple(slots)
        price = parse_price(state)
        return () if price is None else (PriceSlot(*ALWAYS, price * factor),)

    async def _async_ask(self, entity_id: str, now: datetime) -> list[PriceSlot]:
        """Return what the action of the entity's integration returns, or returned a short time ago."""
        entity = er.async_get(self._hass).async_get(entity_id)
        action = _ACTIONS.get(entity.platform) if entity else None
        entry = _find_loaded_entry(self._hass, entity.config_entry_id) if entity else None
        if action is None or entry is None:
            return []
        if self._received_at is None or now - self._received_at >= MIN_ACTION_INTERVAL:
            self._received_at = now
            self._received = await _async_call_action(self._hass, entry, action, now)
        return self._received


async def _async_read_calendar(
    hass: HomeAssistant, entity_id: str, now: datetime, end: datetime
) -> tuple[PriceSlot, ...]:
    data = {"entity_id": entity_id, "start_date_time": now.isoformat(), "end_date_time": end.isoformat()}
    response = await _async_call(hass, Platform.CALENDAR, "get_events", data)
    return read_events(response.get(entity_id, {}).get("events", ()))


def _find_loaded_entry(hass: HomeAssistant, entry_id: str | None) -> ConfigEntry[Any] | None:
    """Return a config entry if it is loaded: others have no data, and are not prepared to be asked."""
    entry = hass.config_entries.async_get_entry(entry_id) if entry_id else None
    return entry if entry and entry.state is ConfigEntryState.LOADED else None


async def _async_call_action(
    hass: HomeAssistant, entry: ConfigEntry[Any], action: _PriceAction, now: datetime
) -> list[PriceSlot]:
    """Return the prices of today and tomorrow from the action of an integration."""
    today = dt_util.start_of_local_day(now)
    slots: list[PriceSlot] = []
    for day in (today, dt_util.start_of_local_day(today.date() + DAY)):
        response = await _async_call(hass, entry.domain, action.name, action.data_fn(entry.entry_id, day))
        slots += read_prices(response, action.factor, now)
    return slots


async def _async_call(hass: HomeAssistant, domain: str, name: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the response of an action; an empty one if it fails."""
    try:
        response = await hass.services.async_call(domain, name, dict(data), blocking=True, return_response=True)
    except (HomeAssistantError, vol.Invalid) as err:
        _LOGGER.debug("%s.%s: %s", domain, name, err)
        return {}
    return dict(response or {})


class SolarForecast:
    """The known solar power of the coming hours. While there is no forecast, the last one counts."""

    def __init__(self, hass: HomeAssistant, options: Mapping[str, Any]) -> None:
        self._hass = hass
        self._options = options
        self._known: tuple[SolarSlot, ...] = ()

    async def async_read(self) -> tuple[SolarSlot, ...]:
        """Return the solar forecast that the home leaves for the car; none if it is not wanted."""
        self._known = await _async_read_solar(self._hass, self._options) or self._known
        return self._known


async def _async_read_solar(hass: HomeAssistant, options: Mapping[str, Any]) -> tuple[SolarSlot, ...]:
    """Return the solar forecast of Home Assistant's energy dashboard that the home leaves for the car."""
    if not options.get(CONF_USE_SOLAR) or ENERGY not in hass.config.components:
        return ()
    # Loaded, as the component is set up
    from homeassistant.components.energy.data import async_get_manager  # noqa: PLC0415
    from homeassistant.components.energy.websocket_api import async_get_energy_platforms  # noqa: PLC0415

    platforms, manager = await async_get_energy_platforms(hass), await async_get_manager(hass)
    hours: dict[str, float] = {}
    for source in manager.data["energy_sources"] if manager.data else ():
        for entry_id in (source.get("config_entry_solar_forecast") if source["type"] == "solar" else None) or ():
            entry = _find_loaded_entry(hass, entry_id)
            if entry and entry.domain in platforms and (forecast := await platforms[entry.domain](hass, entry_id)):
                for start, energy in forecast["wh_hours"].items():
                    hours[start] = hours.get(start, 0.0) + energy
    return tuple(build_solar(hours))


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
