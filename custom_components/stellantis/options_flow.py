"""Options flow: dashboard, polling intervals, prices, battery capacities, lock code, and URL for push notifications."""

from collections.abc import Iterable, Mapping
from functools import partialmethod
from itertools import pairwise
import re
from typing import Any, Final

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigFlowResult,
    FlowType,
    OptionsFlowWithReload,
)
from homeassistant.const import UnitOfEnergy, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import probatio as vol

from .api import InvalidServerUrl, parse_server_url
from .auth.lock_code import hash_code
from .auth.scopes import parse_scopes
from .const import CONF_LOCK_CODE, CONF_PUSH_URL
from .dashboard import DashboardRefused, NoAdministrator, async_add_dashboard
from .data import list_cars_with
from .features import list_option_forms
from .features.feature import OptionForm
from .history.prices import ELECTRICITY, FUEL
from .number_format import format_number
from .polling import INTERVAL_LIMITS
from .price_selector import PriceSelector, find_price_error
from .vehicle.settings import BATTERY_CAPACITY
from .vehicle.state import get_electric

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


TARIFFS: Final = (ELECTRICITY, FUEL)
COSTS_SCHEMA: Final = vol.Schema(
    {vol.Optional("electricity_price"): PriceSelector(), vol.Optional("fuel_price"): PriceSelector()}
)
PUSH_SCHEMA: Final = vol.Schema(
    {vol.Optional(CONF_PUSH_URL): TextSelector(TextSelectorConfig(type=TextSelectorType.URL))}
)
# Any characters, but no spaces at either end, which would be lost on input
CODE_PATTERN: Final = re.compile(r"\S(?:.*\S)?")
MIN_CODE_LENGTH: Final = 4
# Stands in the form for a code, of which only the hash is known
CODE_NOT_CHANGED: Final = "__**code_not_changed**__"
LOCK_SCHEMA: Final = vol.Schema(
    {vol.Optional(CONF_LOCK_CODE): TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))}
)


_CAPACITY_SELECTOR: Final = NumberSelector(
    NumberSelectorConfig(
        min=BATTERY_CAPACITY.minimum,
        max=BATTERY_CAPACITY.maximum,
        step="any",
        mode=NumberSelectorMode.BOX,
        unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
    )
)
# Scopes with which a car has costs
COST_SCOPES: Final = frozenset(("data:telemetry", "data:trip"))
BATTERY_SCHEMA: Final = vol.Schema(
    {
        vol.Required("car"): str,  # the form has a list of the cars
        vol.Optional("battery_capacity"): _CAPACITY_SELECTOR,
    }
)


class StellantisOptionsFlow(OptionsFlowWithReload):
    """Handle the options: a menu with one form per topic."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:  # noqa: ARG002
        """Show the menu."""
        features = [
            form.step_id
            for form in list_option_forms()
            if form.is_offered_fn is None or form.is_offered_fn(self.config_entry)
        ]
        return self.async_show_menu(
            step_id="init", menu_options=["dashboard", "rhythm", "costs", "battery", *features, "lock", "push"]
        )

    async def async_step_dashboard(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:  # noqa: ARG002
        """Add the dashboard, and link to it."""
        try:
            dashboard = await async_add_dashboard(self.hass)
        except NoAdministrator:
            return self.async_abort(reason="no_administrator")
        except DashboardRefused as err:
            return self.async_abort(reason="dashboard_refused", description_placeholders={"error": str(err)})
        if dashboard is None:
            return self.async_abort(reason="no_frontend")
        return self.async_abort(reason="dashboard_ready", description_placeholders={"link": dashboard.link})

    async def async_step_rhythm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the polling intervals, in minutes, by the activity of the car."""
        errors: dict[str, str] = {}
        if user_input is not None:
            for shorter, longer in pairwise(INTERVAL_LIMITS):
                if user_input[longer] < user_input[shorter]:
                    errors[longer] = "shorter_than_above"
            if not errors:
                return self._save_options(POLLING_SCHEMA.schema, user_input)
        suggested_values = user_input or {**DEFAULTS, **self.config_entry.options}
        return self.async_show_form(
            step_id="rhythm",
            data_schema=self.add_suggested_values_to_schema(POLLING_SCHEMA, suggested_values),
            errors=errors,
            last_step=True,
        )

    async def async_step_costs(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for energy prices, fixed or from an entity; the entity may be unavailable at the moment."""
        errors: dict[str, str] = {}
        if user_input is not None:
            options: dict[str, Any] = {}
            for tariff in TARIFFS:
                price = user_input.get(tariff.fixed_option)
                if isinstance(price, str):
                    options[tariff.entity_option] = price
                    if error := find_price_error(self.hass, tariff, price):
                        errors[tariff.fixed_option] = error
                elif price is not None:
                    options[tariff.fixed_option] = price
            if not errors:
                names = [name for tariff in TARIFFS for name in (tariff.fixed_option, tariff.entity_option)]
                return self._save_options(names, options)
        saved = self.config_entry.options
        suggested_values = user_input or {
            tariff.fixed_option: saved.get(tariff.entity_option, saved.get(tariff.fixed_option)) for tariff in TARIFFS
        }
        return self.async_show_form(
            step_id="costs",
            data_schema=self.add_suggested_values_to_schema(COSTS_SCHEMA, suggested_values),
            errors=errors,
            description_placeholders={"currency": self.hass.config.currency},
            last_step=True,
        )

    async def async_step_battery(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the usable battery capacity of a car. The one that a car reports is often far too low."""
        cars = list_cars_with(self.config_entry, get_electric)
        if not cars:
            return self.async_abort(reason="no_battery")
        options, errors = self.config_entry.options, dict[str, str]()
        if user_input is not None:
            if car := cars.get(user_input["car"]):
                size = user_input.get("battery_capacity")
                return self.async_create_entry(data=BATTERY_CAPACITY.set(options, car.vin, size))
            errors["car"] = "unknown_car"
        known = {
            device_id: BATTERY_CAPACITY.get_or_suggest(options, car.vin, car.status.data)
            for device_id, car in cars.items()
        }
        language = self.hass.config.language
        names = [
            SelectOptionDict(
                value=device_id,
                label=f"{car.name} ({format_number(size, language, 1)} kWh)"
                if (size := known[device_id])
                else car.name,
            )
            for device_id, car in cars.items()
        ]
        car_selector = SelectSelector(SelectSelectorConfig(options=names))
        suggested_values: dict[str, Any] = {"car": names[0]["value"]}
        if len(cars) == 1 and any(known.values()):
            (suggested_values["battery_capacity"],) = known.values()
        return self.async_show_form(
            step_id="battery",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema({**BATTERY_SCHEMA.schema, vol.Required("car"): car_selector}), suggested_values
            ),
            errors=errors,
            last_step=True,
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
                return self._save_options(PUSH_SCHEMA.schema, options)
        suggested_values = user_input or self.config_entry.options
        return self.async_show_form(
            step_id="push",
            data_schema=self.add_suggested_values_to_schema(PUSH_SCHEMA, suggested_values),
            errors=errors,
            last_step=True,
        )

    async def async_step_lock(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the code that is required to unlock cars."""
        errors: dict[str, str] = {}
        if user_input is not None:
            code, stored = user_input.get(CONF_LOCK_CODE), self.config_entry.options.get(CONF_LOCK_CODE)
            if code is None:
                return self._save_options(LOCK_SCHEMA.schema, {})
            if code == CODE_NOT_CHANGED and stored:
                return self._save_options(LOCK_SCHEMA.schema, {CONF_LOCK_CODE: stored})
            if len(code) >= MIN_CODE_LENGTH and CODE_PATTERN.fullmatch(code):
                hashed = await self.hass.async_add_executor_job(hash_code, code)
                return self._save_options(LOCK_SCHEMA.schema, {CONF_LOCK_CODE: hashed})
            errors[CONF_LOCK_CODE] = "code_too_short"
        has_code = CONF_LOCK_CODE in self.config_entry.options
        suggested_values = user_input or ({CONF_LOCK_CODE: CODE_NOT_CHANGED} if has_code else {})
        return self.async_show_form(
            step_id="lock",
            data_schema=self.add_suggested_values_to_schema(LOCK_SCHEMA, suggested_values),
            errors=errors,
            last_step=True,
        )

    async def _async_step_feature(self, form: OptionForm, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the options of a feature."""
        errors: dict[str, str] = {}
        if user_input is not None:
            options = user_input
            if form.parse_fn:
                options, errors = form.parse_fn(self.hass, self.config_entry, user_input)
            if form.async_check and not errors:
                errors = await form.async_check(self.hass, options)
            if not errors:
                return self._save_options(form.option_names, options)
        saved: Mapping[str, Any] = self.config_entry.options
        if form.suggested_values_fn:
            saved = form.suggested_values_fn(saved)
        return self.async_show_form(
            step_id=form.step_id,
            data_schema=self.add_suggested_values_to_schema(
                form.schema_fn(self.hass, self.config_entry), user_input or saved
            ),
            errors=errors,
            description_placeholders={"currency": self.hass.config.currency},
            last_step=True,
        )

    def _save_options(self, names: Iterable[object], options: dict[str, Any]) -> ConfigFlowResult:
        """Save the options of a form, which has those of some names; an empty field removes its option."""
        other_options = {name: value for name, value in self.config_entry.options.items() if name not in [*names]}
        return self.async_create_entry(data={**other_options, **options})


# The flow manager looks a step up by the name of its method
for _form in list_option_forms():
    setattr(
        StellantisOptionsFlow,
        f"async_step_{_form.step_id}",
        partialmethod(StellantisOptionsFlow._async_step_feature, _form),  # noqa: SLF001
    )


async def async_start_next_flow(hass: HomeAssistant, entry: ConfigEntry[Any]) -> tuple[FlowType, str] | None:
    """Start the options flow of a new entry; return its type and id, or None if its cars have no costs."""
    if COST_SCOPES.isdisjoint(parse_scopes(entry.data["token"].get("scope"))):
        return None
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    return FlowType.OPTIONS_FLOW, flow["flow_id"]
