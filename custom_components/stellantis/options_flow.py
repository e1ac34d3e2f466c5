"""Options flow: polling intervals, energy prices, lock code, and URL for push notifications."""

from collections.abc import Mapping
from itertools import pairwise
import re
from typing import Any, Final

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN, UnitOfTime
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import probatio as vol

from .api import InvalidServerUrl, parse_server_url
from .const import CONF_LOCK_CODE, CONF_PUSH_URL
from .history.prices import ELECTRICITY, FUEL, parse_price
from .polling import INTERVAL_LIMITS

DEFAULTS: Final[Mapping[str, int]] = {name: usual for name, (usual, _, _) in INTERVAL_LIMITS.items()}
POLLING_SCHEMA: Final = vol.Schema(
    {
        vol.Required(name): NumberSelector(
            NumberSelectorConfig(
                min=least, max=most, mode=NumberSelectorMode.BOX, unit_of_measurement=UnitOfTime.MINUTES
            )
        )
        for name, (_, least, most) in INTERVAL_LIMITS.items()
    }
)
_PRICE_SELECTOR: Final = NumberSelector(NumberSelectorConfig(min=0, step="any", mode=NumberSelectorMode.BOX))
_ENTITY_SELECTOR: Final = EntitySelector(EntitySelectorConfig(domain=["input_number", "number", "sensor"]))
COSTS_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(ELECTRICITY.fixed_option): _PRICE_SELECTOR,
        vol.Optional(ELECTRICITY.entity_option): _ENTITY_SELECTOR,
        vol.Optional(FUEL.fixed_option): _PRICE_SELECTOR,
        vol.Optional(FUEL.entity_option): _ENTITY_SELECTOR,
    }
)
PUSH_SCHEMA: Final = vol.Schema(
    {vol.Optional(CONF_PUSH_URL): TextSelector(TextSelectorConfig(type=TextSelectorType.URL))}
)
# Any characters, but no spaces at either end, which would be lost on input
CODE_PATTERN: Final = re.compile(r"\S(?:.*\S)?")
MIN_CODE_LENGTH: Final = 4
LOCK_SCHEMA: Final = vol.Schema(
    {vol.Optional(CONF_LOCK_CODE): TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))}
)


class StellantisOptionsFlow(OptionsFlowWithReload):
    """Handle the options: a menu with one form per topic."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:  # noqa: ARG002
        """Show the menu."""
        return self.async_show_menu(step_id="init", menu_options=["rhythm", "costs", "lock", "push"])

    async def async_step_rhythm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the polling intervals, in minutes, by the activity of the car."""
        errors: dict[str, str] = {}
        if user_input is not None:
            for shorter, longer in pairwise(INTERVAL_LIMITS):
                if user_input[longer] < user_input[shorter]:
                    errors[longer] = "shorter_than_above"
            if not errors:
                return self._save_options(POLLING_SCHEMA, user_input)
        suggested_values = user_input or {**DEFAULTS, **self.config_entry.options}
        return self.async_show_form(
            step_id="rhythm",
            data_schema=self.add_suggested_values_to_schema(POLLING_SCHEMA, suggested_values),
            errors=errors,
        )

    async def async_step_costs(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for energy prices, fixed or from an entity; the entity may be unavailable at the moment."""
        errors: dict[str, str] = {}
        if user_input is not None:
            for tariff in (ELECTRICITY, FUEL):
                if tariff.entity_option not in user_input:
                    continue
                state = self.hass.states.get(user_input[tariff.entity_option])
                if tariff.fixed_option in user_input:
                    errors[tariff.entity_option] = "two_prices"
                elif state is None:
                    errors[tariff.entity_option] = "unknown_entity"
                elif parse_price(state) is None and state.state not in (STATE_UNAVAILABLE, STATE_UNKNOWN):
                    errors[tariff.entity_option] = "no_number"
            if not errors:
                return self._save_options(COSTS_SCHEMA, user_input)
        suggested_values = user_input or self.config_entry.options
        return self.async_show_form(
            step_id="costs",
            data_schema=self.add_suggested_values_to_schema(COSTS_SCHEMA, suggested_values),
            errors=errors,
            description_placeholders={"currency": self.hass.config.currency},
        )

    async def async_step_push(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the URL of a proxy or tunnel that receives push notifications."""
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                options = {name: str(parse_server_url(url)) for name, url in user_input.items()}
            except InvalidServerUrl:
                errors[CONF_PUSH_URL] = "invalid_url"
            else:
                return self._save_options(PUSH_SCHEMA, options)
        suggested_values = user_input or self.config_entry.options
        return self.async_show_form(
            step_id="push",
            data_schema=self.add_suggested_values_to_schema(PUSH_SCHEMA, suggested_values),
            errors=errors,
        )

    async def async_step_lock(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the code that is required to unlock cars."""
        errors: dict[str, str] = {}
        if user_input is not None:
            code = user_input.get(CONF_LOCK_CODE)
            if code is None or (len(code) >= MIN_CODE_LENGTH and CODE_PATTERN.fullmatch(code)):
                return self._save_options(LOCK_SCHEMA, user_input)
            errors[CONF_LOCK_CODE] = "code_too_short"
        suggested_values = user_input or self.config_entry.options
        return self.async_show_form(
            step_id="lock",
            data_schema=self.add_suggested_values_to_schema(LOCK_SCHEMA, suggested_values),
            errors=errors,
        )

    def _save_options(self, schema: vol.Schema, options: dict[str, Any]) -> ConfigFlowResult:
        """Save the options of one form; an empty field removes its option, the options of other forms are kept."""
        other_options = {name: value for name, value in self.config_entry.options.items() if name not in schema.schema}
        return self.async_create_entry(data={**other_options, **options})
