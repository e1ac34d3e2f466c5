"""The forms of the options: prices by place, and the meter of the wallbox."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.components.zone import DOMAIN as ZONE, ENTITY_ID_HOME
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import probatio as vol

from ...data import list_cars_with
from ...history.prices import ELECTRICITY
from ...number_format import format_number
from ...price_selector import PriceSelector, find_price_error
from ...vehicle.state import get_charging
from ..feature import OptionForm
from .place_prices import CONF_PLACE_PRICES, CONF_PUBLIC_AC_PRICE, CONF_PUBLIC_DC_PRICE, PRICE_OPTIONS, Price

# The ids of the meters' entities, by VIN
CONF_WALLBOXES: Final = "wallboxes"
_METER_SELECTOR: Final = EntitySelector(
    EntitySelectorConfig(
        filter=EntityWithDeviceFilterSelectorConfig(domain=Platform.SENSOR, device_class=SensorDeviceClass.ENERGY)
    )
)

type FormResult = tuple[dict[str, Any], dict[str, str]]


def _build_places_schema(hass: HomeAssistant, entry: ConfigEntry[Any]) -> vol.Schema:
    """Return the fields for one zone at a time, if there are any, and for public chargers.

    The price at home is the general one.
    """
    prices: Mapping[str, Price] = entry.options.get(CONF_PLACE_PRICES, {})
    zones = {zone.entity_id: zone.name for zone in hass.states.async_all(ZONE) if zone.entity_id != ENTITY_ID_HOME}
    labels = [
        SelectOptionDict(
            value=zone, label=f"{zones.get(zone, zone)}{_format_price(prices.get(zone), hass.config.language)}"
        )
        for zone in sorted(zones.keys() | prices.keys())
    ]
    zone_selector = SelectSelector(SelectSelectorConfig(options=labels, mode=SelectSelectorMode.DROPDOWN))
    zone_fields = {vol.Optional("zone"): zone_selector, vol.Optional("zone_price"): PriceSelector()}
    return vol.Schema(
        {
            **(zone_fields if labels else {}),
            vol.Optional(CONF_PUBLIC_AC_PRICE): PriceSelector(),
            vol.Optional(CONF_PUBLIC_DC_PRICE): PriceSelector(),
        }
    )


def _format_price(price: Price | None, language: str) -> str:
    return "" if price is None else f" ({price if isinstance(price, str) else format_number(price, language)})"


def _parse_places(hass: HomeAssistant, entry: ConfigEntry[Any], user_input: dict[str, Any]) -> FormResult:
    """Return the options with the price of the selected zone, which an empty field removes."""
    prices = {name: price for name, price in user_input.items() if name != "zone" and price is not None}
    errors = {
        name: error
        for name, price in prices.items()
        if isinstance(price, str) and (error := find_price_error(hass, ELECTRICITY, price))
    }
    zone_price, zones = prices.pop("zone_price", None), dict(entry.options.get(CONF_PLACE_PRICES, {}))
    if zone := user_input.get("zone"):
        zones.pop(zone, None)
        if zone_price is not None:
            zones[zone] = zone_price
    elif zone_price is not None:
        errors["zone"] = "no_zone"
    return prices | ({CONF_PLACE_PRICES: zones} if zones else {}), errors


def _build_wallbox_schema(hass: HomeAssistant, entry: ConfigEntry[Any]) -> vol.Schema:
    meters = entry.options.get(CONF_WALLBOXES, {})
    cars = list_cars_with(entry, get_charging)
    names = {device_id: (car.name, meters.get(car.vin)) for device_id, car in cars.items()}
    labels = [
        SelectOptionDict(value=device_id, label=f"{name} ({_entity_name(hass, meter)})" if meter else name)
        for device_id, (name, meter) in names.items()
    ]
    car = vol.Required("car", description={"suggested_value": next(iter(names), None)})
    return vol.Schema(
        {car: SelectSelector(SelectSelectorConfig(options=labels)), vol.Optional("meter"): _METER_SELECTOR}
    )


def _entity_name(hass: HomeAssistant, entity_id: str) -> str:
    state = hass.states.get(entity_id)
    return state.name if state else entity_id


def _parse_wallbox(_hass: HomeAssistant, entry: ConfigEntry[Any], user_input: dict[str, Any]) -> FormResult:
    """Return the options with the meter of the selected car, which an empty field removes."""
    car, meter = list_cars_with(entry, get_charging).get(user_input["car"]), user_input.get("meter")
    if car is None:
        return {}, {"car": "unknown_car"}
    meters = {vin: other for vin, other in entry.options.get(CONF_WALLBOXES, {}).items() if vin != car.vin}
    if meter:
        meters[car.vin] = meter
    return ({CONF_WALLBOXES: meters} if meters else {}), {}


PLACES_FORM: Final = OptionForm(
    step_id="places",
    option_names=PRICE_OPTIONS,
    schema_fn=_build_places_schema,
    parse_fn=_parse_places,
    is_offered_fn=lambda entry: bool(list_cars_with(entry, get_charging)),
)
WALLBOX_FORM: Final = OptionForm(
    step_id="wallbox",
    option_names=frozenset((CONF_WALLBOXES,)),
    private_options=frozenset((CONF_WALLBOXES,)),  # with VINs
    schema_fn=_build_wallbox_schema,
    parse_fn=_parse_wallbox,
    is_offered_fn=lambda entry: bool(list_cars_with(entry, get_charging)),
)
