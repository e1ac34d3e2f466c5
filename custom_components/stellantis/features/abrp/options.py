"""The form of the options: the driver's API key, and the token of each car."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import probatio as vol

from ...data import list_cars_with
from ...vehicle.state import get_electric
from ..feature import OptionForm
from .client import AbrpClient, AbrpError

CONF_API_KEY: Final = "abrp_api_key"
# By VIN
CONF_TOKENS: Final = "abrp_tokens"
CONF_TOKEN: Final = "abrp_token"  # noqa: S105 - the name of a field
_SECRET_SELECTOR: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))


def _build_schema(_hass: HomeAssistant, entry: ConfigEntry[Any]) -> vol.Schema:
    """Return the fields for one car at a time; the token of the only car is suggested."""
    tokens, cars = entry.options.get(CONF_TOKENS, {}), list_cars_with(entry, get_electric)
    labels = [
        SelectOptionDict(value=device_id, label=f"{car.name} (ABRP)" if car.vin in tokens else car.name)
        for device_id, car in cars.items()
    ]
    only = [*cars.items()] if len(cars) == 1 else []
    car_field = vol.Optional("car", description={"suggested_value": only[0][0] if only else None})
    token_field = vol.Optional(
        CONF_TOKEN, description={"suggested_value": tokens.get(only[0][1].vin) if only else None}
    )
    return vol.Schema(
        {
            vol.Optional(CONF_API_KEY): _SECRET_SELECTOR,
            car_field: SelectSelector(SelectSelectorConfig(options=labels)),
            token_field: _SECRET_SELECTOR,
        }
    )


def _parse(
    _hass: HomeAssistant, entry: ConfigEntry[Any], user_input: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the options with the token of the selected car, which an empty field removes."""
    tokens = dict(entry.options.get(CONF_TOKENS, {}))
    if device_id := user_input.get("car"):
        car = list_cars_with(entry, get_electric).get(device_id)
        if car is None:
            return {}, {"car": "unknown_car"}
        tokens.pop(car.vin, None)
        if token := user_input.get(CONF_TOKEN):
            tokens[car.vin] = token
    options = {CONF_API_KEY: user_input.get(CONF_API_KEY), CONF_TOKENS: tokens}
    return {name: value for name, value in options.items() if value}, {}


async def _async_check(hass: HomeAssistant, options: Mapping[str, Any]) -> dict[str, str]:
    """Return an error if a token is not accepted; nothing is sent of the cars."""
    errors: dict[str, str] = {}
    for token in options.get(CONF_TOKENS, {}).values() if CONF_API_KEY in options else ():
        try:
            await AbrpClient(hass, options[CONF_API_KEY], token).async_get_next_charge()
        except AbrpError:
            errors[CONF_TOKEN] = "abrp_refused"
    return errors


FORM: Final = OptionForm(
    step_id="abrp",
    option_names=frozenset((CONF_API_KEY, CONF_TOKENS)),
    private_options=frozenset((CONF_API_KEY, CONF_TOKENS)),
    schema_fn=_build_schema,
    parse_fn=_parse,
    async_check=_async_check,
    is_offered_fn=lambda entry: bool(list_cars_with(entry, get_electric)),
)
