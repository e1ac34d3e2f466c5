"""Subentry flow to add and reconfigure monitors."""

from collections.abc import Callable, Mapping
from datetime import timedelta
import secrets
from typing import Any, Final

from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntryState, ConfigSubentryFlow, SubentryFlowResult
from homeassistant.helpers.selector import SelectOptionDict, SelectSelector, SelectSelectorConfig, TextSelector
from homeassistant.util import dt as dt_util
import probatio as vol

from .api import InvalidRequest, InvalidResponse, InvalidValue, MonitoredData, NoVehicle, StellantisError
from .api.requests import (
    DailyTime,
    DataTrigger,
    MonitorRequest,
    SingleTime,
    TimeTrigger,
    Trigger,
    ZoneTrigger,
    round_interval,
)
from .data import StellantisConfigEntry
from .errors import error_key
from .monitors.expressions import (
    adapt_expression,
    expression_from_input,
    expression_to_input,
    find_expression_error,
)
from .monitors.forms import (
    ATTRIBUTE_PLACES,
    COMBINE_FORM,
    ZONE_FORM,
    FormError,
    NotificationContent,
    comparison_form,
    comparison_from_input,
    comparison_to_input,
    content_from_input,
    content_from_request,
    content_to_input,
    data_form,
    duration_to_input,
    is_monitored,
    is_number,
    notification_form,
    operator_options,
    zone_from_input,
    zone_to_input,
)
from .monitors.request import CONF_VIN, OWN_ATTRIBUTES, request_from_subentry, required_scope, subentry_data
from .monitors.summary import MonitorSummary, TriggerCondition
from .monitors.threshold import DEFAULT_THRESHOLD
from .monitors.time_forms import DAILY_FORM, ONCE_FORM, daily_from_input, once_from_input, time_to_input
from .push.vehicle_push import ATTR_VEHICLE
from .push.webhook import ATTR_SECRET

# Names of the triggers, one for each that the platform allows per monitor
TRIGGER_LETTERS: Final = "abcde"
RESERVED_KEYS: Final = OWN_ATTRIBUTES | {ATTR_SECRET, ATTR_VEHICLE}
MIN_REFRESH: Final = timedelta(minutes=1)
DEFAULT_DURATION: Final = timedelta(hours=1)

type UserInput = dict[str, Any] | None


class MonitorFlow(ConfigSubentryFlow):
    """Add or reconfigure a monitor.

    Nothing is sent before the last step, and after an error the forms keep the input. There is no preview because the
    frontend does not support previews in subentry flows.
    """

    def __init__(self) -> None:
        self._vin = self._name = self._expression = self._unique_id = ""
        self._triggers: dict[str, TriggerCondition] = {}
        self._refresh: timedelta | None = None
        self._content = NotificationContent()
        self._edited_trigger: str | None = None
        self._selected_data: MonitoredData | None = None
        self._times: list[DailyTime | SingleTime] = []
        self._remaining_times: list[DailyTime | SingleTime] = []
        self._time_zone = ""
        self._summary: MonitorSummary

    @property
    def _loaded_entry(self) -> StellantisConfigEntry | None:
        entry: StellantisConfigEntry = self._get_entry()
        return entry if entry.state is ConfigEntryState.LOADED else None

    def _has_scope(self, scope: str) -> bool:
        """Return whether a scope was granted; True if not known, in which case the platform checks it."""
        entry = self._loaded_entry
        return entry is None or entry.runtime_data.account.has_scope(scope)

    # Car and name

    async def async_step_user(self, user_input: UserInput = None) -> SubentryFlowResult:
        """Ask for the car, if there are several, and a name."""
        if (entry := self._loaded_entry) is None:
            return self.async_abort(reason="not_loaded")
        cars = {vin: car.device.name_by_user or car.device.name or vin for vin, car in entry.runtime_data.cars.items()}
        if not cars:
            return self.async_abort(reason="no_car")
        if not entry.runtime_data.push.is_reachable:
            return self.async_abort(reason="no_public_address")
        fields: dict[vol.Marker, Any] = {vol.Required("name"): TextSelector()}
        if len(cars) > 1:
            options = [SelectOptionDict(value=vin, label=name) for vin, name in cars.items()]
            fields = {vol.Required("car"): SelectSelector(SelectSelectorConfig(options=options)), **fields}
        errors: dict[str, str] = {}
        if user_input is not None:
            self._vin, self._name = user_input.get("car", next(iter(cars))), user_input["name"].strip()
            self._unique_id = secrets.token_hex(8)
            if self._name and self._vin in cars:
                return await self._async_start()
            errors["name"] = "name_missing"
        return self._show_form("user", vol.Schema(fields), user_input, errors)

    async def async_step_reconfigure(self, user_input: UserInput = None) -> SubentryFlowResult:
        """Ask for a new name and continue with the existing triggers."""
        if self._loaded_entry is None:
            return self.async_abort(reason="not_loaded")
        subentry = self._get_reconfigure_subentry()
        try:
            request = request_from_subentry(subentry.data, subentry.title)
            self._vin, self._unique_id = subentry.data[CONF_VIN], subentry.unique_id or subentry.subentry_id
        except InvalidValue, InvalidResponse, KeyError, TypeError, ValueError:
            return self.async_abort(reason="unreadable")
        errors: dict[str, str] = {}
        if user_input is not None:
            self._name = user_input["name"].strip()
            if self._name:
                self._triggers = {trigger.name: trigger.condition for trigger in request.triggers}
                self._expression, self._refresh = request.expression, request.refresh
                self._content = content_from_request(request)
                return await self._async_start()
            errors["name"] = "name_missing"
        schema = vol.Schema({vol.Required("name"): TextSelector()})
        return self._show_form("reconfigure", schema, user_input or {"name": subentry.title}, errors)

    async def _async_start(self) -> SubentryFlowResult:
        self._summary = await MonitorSummary.async_load(self.hass)
        return await self.async_step_triggers()

    # Triggers

    async def async_step_triggers(self, user_input: UserInput = None) -> SubentryFlowResult:  # noqa: ARG002
        """Show the triggers so far and the possible actions."""
        self._edited_trigger = None
        options = ["data", "zone", "time"] if len(self._triggers) < len(TRIGGER_LETTERS) else []
        if not self._has_scope("data:position"):
            options = [option for option in options if option != "zone"]
        if self._triggers:
            options = ["finish", *options, "change", "remove", "notification", "combine"]
        return self.async_show_menu(
            step_id="triggers", menu_options=options, description_placeholders={"triggers": self._trigger_list}
        )

    @property
    def _trigger_list(self) -> str:
        is_valid = not find_expression_error(self._expression, self._triggers)
        text = self._summary.list_triggers(self._triggers, self._expression if is_valid else "")
        return text or self._summary.common_text("monitor_none")

    async def async_step_data(self, user_input: UserInput = None) -> SubentryFlowResult:
        """Ask for the data to monitor."""
        if user_input is not None:
            self._selected_data = MonitoredData[user_input["data"].upper()]
            return await self.async_step_comparison()
        available = [data for data in MonitoredData if self._has_scope(required_scope(data)) and self._has_energy(data)]
        return self._show_form("data", data_form(available), None)

    def _has_energy(self, data: MonitoredData) -> bool:
        """Return whether the car has the energy that the data are about; True if not known."""
        entry = self._loaded_entry
        car = entry.runtime_data.cars.get(self._vin) if entry else None
        if car is None or not car.status.has_data:
            return True
        state = car.status.data
        return is_monitored(data, has_battery=state.electric is not None, has_fuel=state.fuel is not None)

    async def async_step_comparison(self, user_input: UserInput = None) -> SubentryFlowResult:
        """Ask for the operator and values, unless the data only support "changes"."""
        data = self._selected_data
        errors: dict[str, str] = {}
        assert data  # noqa: S101 - set by the previous step
        if operator_options(data) == ["on_change"]:
            user_input = {"op": "on_change"}
        if user_input is not None:
            try:
                return await self._async_set_trigger(*comparison_from_input(data, user_input))
            except FormError as err:
                errors[err.field] = err.error
        previous = self._triggers.get(self._edited_trigger or "")
        default = {"threshold": DEFAULT_THRESHOLD} if is_number(data) else {"op": operator_options(data)[0]}
        suggested = comparison_to_input(previous) if isinstance(previous, DataTrigger) else default
        placeholders = {"data": self._summary.option_text("monitor_data", data.name.lower())}
        return self._show_form("comparison", comparison_form(data), user_input or suggested, errors, placeholders)

    async def async_step_zone(self, user_input: UserInput = None) -> SubentryFlowResult:
        """Ask for a zone, and whether entering or leaving it triggers."""
        if user_input is not None:
            return await self._async_set_trigger(zone_from_input(user_input))
        previous, home = self._triggers.get(self._edited_trigger or ""), self.hass.config
        default = {
            "where": {"latitude": home.latitude, "longitude": home.longitude, "radius": 1000},
            "transition": "in",
        }
        suggested = zone_to_input(previous) if isinstance(previous, ZoneTrigger) else default
        return self._show_form("zone", ZONE_FORM, suggested)

    async def async_step_time(self, user_input: UserInput = None) -> SubentryFlowResult:  # noqa: ARG002
        """Ask whether the time recurs."""
        self._times, self._remaining_times, self._time_zone = [], [], self.hass.config.time_zone
        return self.async_show_menu(step_id="time", menu_options=["daily", "once"])

    async def async_step_daily(self, user_input: UserInput = None) -> SubentryFlowResult:
        """Ask for a time that recurs on days of the week."""
        return await self._async_step_span("daily", DAILY_FORM, user_input, daily_from_input)

    async def async_step_once(self, user_input: UserInput = None) -> SubentryFlowResult:
        """Ask for a single time."""
        return await self._async_step_span("once", ONCE_FORM, user_input, once_from_input)

    async def _async_step_span(
        self, step: str, schema: vol.Schema, user_input: UserInput, parse: Callable[..., DailyTime | SingleTime]
    ) -> SubentryFlowResult:
        errors: dict[str, str] = {}
        if user_input is not None:
            self._time_zone = user_input["time_zone"].strip()
            time_zone = await dt_util.async_get_time_zone(self._time_zone)
            try:
                self._times.append(parse(user_input, time_zone))
            except FormError as err:
                errors[err.field] = err.error
            else:
                self._remaining_times = self._remaining_times[1:]
                if not user_input["again"]:
                    condition = TimeTrigger(times=tuple(self._times), time_zone=self._time_zone)
                    return await self._async_set_trigger(condition)
                return await self._async_next_time()
        time_type = DailyTime if step == "daily" else SingleTime
        previous = self._remaining_times[0] if self._remaining_times else None
        suggested: dict[str, Any] = {"time_zone": self._time_zone, "again": len(self._remaining_times) > 1}
        if time_type is DailyTime:
            suggested["duration"] = duration_to_input(DEFAULT_DURATION)
        if isinstance(previous, time_type):
            suggested |= time_to_input(previous, self._time_zone)
        return self._show_form(step, schema, user_input or suggested, errors)

    async def _async_next_time(self) -> SubentryFlowResult:
        if not self._remaining_times:
            return self.async_show_menu(step_id="time", menu_options=["daily", "once"])
        if isinstance(self._remaining_times[0], DailyTime):
            return await self.async_step_daily()
        return await self.async_step_once()

    async def _async_set_trigger(self, *conditions: TriggerCondition) -> SubentryFlowResult:
        """Replace the edited trigger, or add one with the next free letter; two if both conditions have to be true.

        Raises:
            FormError: There is no letter left for the second.
        """
        letters = [letter for letter in TRIGGER_LETTERS if letter not in self._triggers]
        names = [self._edited_trigger, *letters] if self._edited_trigger else letters
        if len(conditions) > len(names):
            raise FormError("threshold", "threshold_unsupported")
        triggers = dict(zip(names, conditions, strict=False))
        return await self._async_set_triggers({**self._triggers, **triggers}, tuple(triggers))

    async def _async_set_triggers(
        self, triggers: dict[str, TriggerCondition], replaced: tuple[str, ...] = ()
    ) -> SubentryFlowResult:
        self._expression = adapt_expression(self._expression, self._triggers, triggers, replaced)
        self._triggers = triggers
        return await self.async_step_triggers()

    async def async_step_change(self, user_input: UserInput = None) -> SubentryFlowResult:
        """Ask which trigger to change, then show its form."""
        if user_input is None:
            return self._show_form("change", self._trigger_schema(), None)
        self._edited_trigger = user_input["trigger"]
        condition = self._triggers[self._edited_trigger]
        if isinstance(condition, ZoneTrigger):
            return await self.async_step_zone()
        if isinstance(condition, TimeTrigger):
            self._times, self._remaining_times, self._time_zone = [], list(condition.times), condition.time_zone
            await dt_util.async_get_time_zone(self._time_zone)  # loads it outside the event loop
            return await self._async_next_time()
        self._selected_data = condition.data
        if operator_options(condition.data) == ["on_change"]:
            return await self.async_step_data()
        return await self.async_step_comparison()

    async def async_step_remove(self, user_input: UserInput = None) -> SubentryFlowResult:
        """Ask which trigger to remove."""
        if user_input is None:
            return self._show_form("remove", self._trigger_schema(), None)
        removed = user_input["trigger"]
        return await self._async_set_triggers({name: item for name, item in self._triggers.items() if name != removed})

    def _trigger_schema(self) -> vol.Schema:
        options = [
            SelectOptionDict(value=name, label=f"{name}: {self._summary.describe_trigger(condition)}")
            for name, condition in self._triggers.items()
        ]
        return vol.Schema({vol.Required("trigger"): SelectSelector(SelectSelectorConfig(options=options))})

    # Notifications and the expression

    async def async_step_notification(self, user_input: UserInput = None) -> SubentryFlowResult:
        """Ask what notifications contain."""
        errors: dict[str, str] = {}
        placeholders: dict[str, str] = {}
        if user_input is not None:
            keys = [attribute["key"] for attribute in user_input.get("attributes", ())]
            if reserved := [key for key in keys if key in RESERVED_KEYS]:
                errors["attributes"], placeholders["key"] = "reserved_key", reserved[0]
            else:
                try:
                    self._content = content_from_input(user_input)
                    return await self.async_step_triggers()
                except FormError as err:
                    errors[err.field] = err.error
        suggested = user_input or content_to_input(self._content)
        labels = {place: self._summary.option_text("monitor_place", place) for place in ATTRIBUTE_PLACES}
        return self._show_form("notification", notification_form(labels), suggested, errors, placeholders)

    async def async_step_finish(self, user_input: UserInput = None) -> SubentryFlowResult:  # noqa: ARG002
        """Create the monitor as it is; all triggers have to be true unless an expression was entered before."""
        self._expression = self._expression or expression_from_input({"match": "all"}, self._triggers)
        return await self.async_step_combine(expression_to_input(self._expression, self._triggers, self._refresh))

    async def async_step_combine(self, user_input: UserInput = None) -> SubentryFlowResult:
        """Ask for the expression and the reminder interval, then create the monitor and save it."""
        errors: dict[str, str] = {}
        placeholders: dict[str, str] = {}
        if user_input is not None:
            refresh = round_interval(timedelta(**user_input["refresh"])) if "refresh" in user_input else None
            self._refresh, self._expression = refresh or None, expression_from_input(user_input, self._triggers)
            if self._refresh and self._refresh < MIN_REFRESH:
                errors["refresh"] = "refresh_too_short"
            if expression_error := find_expression_error(self._expression, self._triggers):
                errors["expression"] = expression_error.reason
                placeholders["part"] = expression_error.part
            if not errors and (entry := self._loaded_entry):
                try:
                    await entry.runtime_data.monitors.async_save_monitor(self._vin, self._unique_id, self.request)
                    return self._save_subentry(entry)
                except NoVehicle:
                    errors["base"] = "car_gone"
                except InvalidRequest as err:
                    errors["base"], placeholders["reason"] = "refused", err.message or str(err.code or err.status)
                except StellantisError as err:
                    errors["base"] = error_key(err)
            elif not errors:
                errors["base"] = "not_loaded"
        placeholders["triggers"] = self._trigger_list
        suggested = expression_to_input(self._expression, self._triggers, self._refresh)
        return self._show_form("combine", COMBINE_FORM, user_input or suggested, errors, placeholders)

    def _save_subentry(self, entry: StellantisConfigEntry) -> SubentryFlowResult:
        """Create or update the subentry of the monitor that was sent to the platform."""
        data = subentry_data(self._vin, self.request)
        if self.source == SOURCE_RECONFIGURE:
            return self.async_update_and_abort(entry, self._get_reconfigure_subentry(), title=self._name, data=data)
        return self.async_create_entry(title=self._name, data=data, unique_id=self._unique_id)

    @property
    def request(self) -> MonitorRequest:
        """The request for the monitor as entered so far."""
        return MonitorRequest(
            label=self._name,
            triggers=tuple(Trigger(name, condition) for name, condition in self._triggers.items()),
            expression=self._expression,
            refresh=self._refresh,
            extensions=self._content.extensions,
            attributes=self._content.attributes,
            callback_attributes=self._content.callback_attributes,
        )

    def _show_form(
        self,
        step: str,
        schema: vol.Schema,
        suggested: Mapping[str, Any] | None,
        errors: dict[str, str] | None = None,
        placeholders: Mapping[str, str] | None = None,
    ) -> SubentryFlowResult:
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(schema, suggested),
            errors=errors or {},
            description_placeholders=placeholders,
            last_step=step == "combine",
        )
