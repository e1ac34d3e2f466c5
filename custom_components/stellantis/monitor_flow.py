"""The flow in which a person says what the platform shall watch of a car, and changes that."""

from collections.abc import Callable, Mapping
from datetime import timedelta
import secrets
from typing import Any, Final

from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntryState, ConfigSubentryFlow, SubentryFlowResult
from homeassistant.helpers.selector import SelectOptionDict, SelectSelector, SelectSelectorConfig, TextSelector
from homeassistant.util import dt as dt_util
import probatio as vol

from .api import InvalidRequest, InvalidResponse, InvalidValue, MonitoredData, StellantisError
from .api.requests import (
    DailyTime,
    DataTrigger,
    MonitorRequest,
    SingleTime,
    TimeTrigger,
    Trigger,
    ZoneTrigger,
)
from .data import StellantisConfigEntry
from .errors import reason
from .monitors.forms import (
    COMBINE_FORM,
    DAILY_FORM,
    NOTIFICATION_FORM,
    ONCE_FORM,
    ZONE_FORM,
    Extras,
    Wrong,
    brought,
    compared,
    comparison,
    comparison_form,
    daily,
    data_form,
    drawn,
    expression,
    extras,
    extras_of,
    matched,
    once,
    operators,
    spanned,
    wrong_in,
    zone,
)
from .monitors.request import CONF_VIN, OURS, kept, right_to, wanted
from .monitors.summary import When, Words
from .push.reliance import TAG
from .push.webhook import PROOF

# Letters for the triggers, and so many can a monitor have
NAMES: Final = "abcde"
RESERVED: Final = OURS | {PROOF, TAG}
SHORTEST: Final = timedelta(minutes=1)

type Entered = dict[str, Any] | None


class MonitorFlow(ConfigSubentryFlow):
    """Add a monitor, or change one. Nothing is sent before the end, and nothing that was entered is lost.

    There is no preview: Home Assistant's frontend shows none in the flows of subentries.
    """

    def __init__(self) -> None:
        self._vin = self._name = self._condition = self._unique_id = ""
        self._triggers: dict[str, When] = {}
        self._refresh: timedelta | None = None
        self._extras = Extras()
        self._edited: str | None = None
        self._data: MonitoredData | None = None
        self._spans: list[DailyTime | SingleTime] = []
        self._old_spans: list[DailyTime | SingleTime] = []
        self._time_zone = ""
        self._words: Words

    @property
    def _entry_loaded(self) -> StellantisConfigEntry | None:
        entry: StellantisConfigEntry = self._get_entry()
        return entry if entry.state is ConfigEntryState.LOADED else None

    def _may(self, right: str) -> bool:
        """Say whether a right was granted; while that is not known, the platform will say."""
        entry = self._entry_loaded
        return entry is None or entry.runtime_data.account.may(right)

    # The car and the name

    async def async_step_user(self, user_input: Entered = None) -> SubentryFlowResult:
        """Ask for the car, where there are several, and for a name."""
        if (entry := self._entry_loaded) is None:
            return self.async_abort(reason="not_loaded")
        cars = {vin: car.device.name_by_user or car.device.name or vin for vin, car in entry.runtime_data.cars.items()}
        if not cars:
            return self.async_abort(reason="no_car")
        if not entry.runtime_data.push.is_reached:
            return self.async_abort(reason="no_public_address")
        form: dict[vol.Marker, Any] = {vol.Required("name"): TextSelector()}
        if len(cars) > 1:
            options = [SelectOptionDict(value=vin, label=name) for vin, name in cars.items()]
            form = {vol.Required("car"): SelectSelector(SelectSelectorConfig(options=options)), **form}
        errors: dict[str, str] = {}
        if user_input is not None:
            self._vin, self._name = user_input.get("car", next(iter(cars))), user_input["name"].strip()
            self._unique_id = secrets.token_hex(8)
            if self._name and self._vin in cars:
                return await self._async_begin()
            errors["name"] = "name_missing"
        return self._form("user", vol.Schema(form), user_input, errors)

    async def async_step_reconfigure(self, user_input: Entered = None) -> SubentryFlowResult:
        """Ask for a new name, and go on with the triggers that are there."""
        if self._entry_loaded is None:
            return self.async_abort(reason="not_loaded")
        subentry = self._get_reconfigure_subentry()
        try:
            request = wanted(subentry.data, subentry.title)
            self._vin, self._unique_id = subentry.data[CONF_VIN], subentry.unique_id or subentry.subentry_id
        except InvalidValue, InvalidResponse, KeyError, TypeError, ValueError:
            return self.async_abort(reason="unreadable")
        errors: dict[str, str] = {}
        if user_input is not None:
            self._name = user_input["name"].strip()
            if self._name:
                self._triggers = {one.name: one.when for one in request.triggers}
                self._condition, self._refresh = request.expression, request.refresh
                self._extras = extras_of(request)
                return await self._async_begin()
            errors["name"] = "name_missing"
        form = vol.Schema({vol.Required("name"): TextSelector()})
        return self._form("reconfigure", form, user_input or {"name": subentry.title}, errors)

    async def _async_begin(self) -> SubentryFlowResult:
        self._words = await Words.async_load(self.hass)
        return await self.async_step_triggers()

    # The triggers

    async def async_step_triggers(self, user_input: Entered = None) -> SubentryFlowResult:  # noqa: ARG002
        """Show the triggers so far, and what can be done."""
        self._edited = None
        options = ["data", "zone", "time"] if len(self._triggers) < len(NAMES) else []
        if not self._may("data:position"):
            options = [one for one in options if one != "zone"]
        if self._triggers:
            options += ["change", "remove", "notification", "combine"]
        return self.async_show_menu(
            step_id="triggers", menu_options=options, description_placeholders={"triggers": self._listed}
        )

    @property
    def _listed(self) -> str:
        lines = [f"- **{name}**: {self._words.trigger(when)}" for name, when in self._triggers.items()]
        if self._condition and not wrong_in(self._condition, self._triggers):
            lines += ["", self._words.condition(self._condition, self._triggers)]
        return "\n".join(lines) or self._words.common("monitor_none")

    async def async_step_data(self, user_input: Entered = None) -> SubentryFlowResult:
        """Ask what is watched."""
        if user_input is not None:
            self._data = MonitoredData[user_input["data"].upper()]
            return await self.async_step_comparison()
        return self._form("data", data_form(data for data in MonitoredData if self._may(right_to(data))), None)

    async def async_step_comparison(self, user_input: Entered = None) -> SubentryFlowResult:
        """Ask how it is compared with what; a mere change needs no answer."""
        data = self._data
        errors: dict[str, str] = {}
        assert data  # noqa: S101 - it was asked for
        if operators(data) == ["on_change"]:
            user_input = {"op": "on_change"}
        if user_input is not None:
            try:
                return await self._async_take(comparison(data, user_input))
            except Wrong as err:
                errors[err.field] = err.key
        old = self._triggers.get(self._edited or "")
        known = compared(old) if isinstance(old, DataTrigger) else {"op": operators(data)[0]}
        placeholders = {"data": self._words.option("monitor_data", data.name.lower())}
        return self._form("comparison", comparison_form(data), user_input or known, errors, placeholders)

    async def async_step_zone(self, user_input: Entered = None) -> SubentryFlowResult:
        """Ask for a circle, and whether coming or going counts."""
        if user_input is not None:
            return await self._async_take(zone(user_input))
        old, home = self._triggers.get(self._edited or ""), self.hass.config
        here = {"where": {"latitude": home.latitude, "longitude": home.longitude, "radius": 1000}, "transition": "in"}
        return self._form("zone", ZONE_FORM, drawn(old) if isinstance(old, ZoneTrigger) else here)

    async def async_step_time(self, user_input: Entered = None) -> SubentryFlowResult:  # noqa: ARG002
        """Ask which kind of time."""
        self._spans, self._old_spans, self._time_zone = [], [], self.hass.config.time_zone
        return self.async_show_menu(step_id="time", menu_options=["daily", "once"])

    async def async_step_daily(self, user_input: Entered = None) -> SubentryFlowResult:
        """Ask for a span of days of the week."""
        return await self._async_span("daily", DAILY_FORM, user_input, daily)

    async def async_step_once(self, user_input: Entered = None) -> SubentryFlowResult:
        """Ask for a single span."""
        return await self._async_span("once", ONCE_FORM, user_input, once)

    async def _async_span(
        self, step: str, form: vol.Schema, entered: Entered, make: Callable[..., DailyTime | SingleTime]
    ) -> SubentryFlowResult:
        errors: dict[str, str] = {}
        if entered is not None:
            self._time_zone = entered["time_zone"].strip()
            zone_info = await dt_util.async_get_time_zone(self._time_zone)
            try:
                self._spans.append(make(entered, zone_info))
            except Wrong as err:
                errors[err.field] = err.key
            else:
                self._old_spans = self._old_spans[1:]
                if not entered["again"]:
                    return await self._async_take(TimeTrigger(times=tuple(self._spans), time_zone=self._time_zone))
                return await self._async_next_span()
        kind = DailyTime if step == "daily" else SingleTime
        old = self._old_spans[0] if self._old_spans else None
        shown = {"time_zone": self._time_zone, "again": len(self._old_spans) > 1}
        if isinstance(old, kind):
            shown |= spanned(old, self._time_zone)
        return self._form(step, form, entered or shown, errors)

    async def _async_next_span(self) -> SubentryFlowResult:
        if not self._old_spans:
            return self.async_show_menu(step_id="time", menu_options=["daily", "once"])
        if isinstance(self._old_spans[0], DailyTime):
            return await self.async_step_daily()
        return await self.async_step_once()

    async def _async_take(self, when: When) -> SubentryFlowResult:
        """Take a trigger, in the place of the one that was changed, or under a letter that is free."""
        name = self._edited or next(letter for letter in NAMES if letter not in self._triggers)
        self._triggers[name] = when
        return await self.async_step_triggers()

    async def async_step_change(self, user_input: Entered = None) -> SubentryFlowResult:
        """Ask which trigger to change, and show it."""
        if user_input is None:
            return self._form("change", self._pick(), None)
        self._edited = user_input["trigger"]
        old = self._triggers[self._edited]
        if isinstance(old, ZoneTrigger):
            return await self.async_step_zone()
        if isinstance(old, TimeTrigger):
            self._spans, self._old_spans, self._time_zone = [], list(old.times), old.time_zone
            await dt_util.async_get_time_zone(self._time_zone)  # so that it is read outside the event loop
            return await self._async_next_span()
        self._data = old.data
        return await (self.async_step_data() if operators(old.data) == ["on_change"] else self.async_step_comparison())

    async def async_step_remove(self, user_input: Entered = None) -> SubentryFlowResult:
        """Ask which trigger shall go."""
        if user_input is None:
            return self._form("remove", self._pick(), None)
        names = " & ".join(self._triggers), " | ".join(self._triggers)
        del self._triggers[user_input["trigger"]]
        if self._condition in names:
            self._condition = (" & ", " | ")[names.index(self._condition)].join(self._triggers)
        return await self.async_step_triggers()

    def _pick(self) -> vol.Schema:
        options = [
            SelectOptionDict(value=name, label=f"{name}: {self._words.trigger(when)}")
            for name, when in self._triggers.items()
        ]
        return vol.Schema({vol.Required("trigger"): SelectSelector(SelectSelectorConfig(options=options))})

    # What comes along, and the condition

    async def async_step_notification(self, user_input: Entered = None) -> SubentryFlowResult:
        """Ask what notifications bring along."""
        errors: dict[str, str] = {}
        placeholders: dict[str, str] = {}
        if user_input is not None:
            if used := [one["key"] for one in user_input.get("attributes", ()) if one["key"] in RESERVED]:
                errors["attributes"], placeholders["key"] = "reserved_key", used[0]
            else:
                try:
                    self._extras = extras(user_input)
                    return await self.async_step_triggers()
                except Wrong as err:
                    errors[err.field] = err.key
        shown = user_input or brought(self._extras)
        return self._form("notification", NOTIFICATION_FORM, shown, errors, placeholders)

    async def async_step_combine(self, user_input: Entered = None) -> SubentryFlowResult:
        """Ask for the condition and the reminders; then have the platform watch, and keep what it watches."""
        errors: dict[str, str] = {}
        placeholders: dict[str, str] = {}
        if user_input is not None:
            refresh = timedelta(**user_input["refresh"]) if "refresh" in user_input else None
            self._refresh, self._condition = refresh or None, expression(user_input, self._triggers)
            if self._refresh and self._refresh < SHORTEST:
                errors["refresh"] = "refresh_too_short"
            if wrong := wrong_in(self._condition, self._triggers):
                errors["expression"] = wrong.reason
                placeholders["part"] = wrong.part
            if not errors and (entry := self._entry_loaded):
                try:
                    await entry.runtime_data.monitors.async_put(self._vin, self._unique_id, self.request)
                    return self._finish(entry)
                except InvalidRequest as err:
                    errors["base"], placeholders["reason"] = "refused", err.message or str(err)
                except StellantisError as err:
                    errors["base"] = reason(err)
            elif not errors:
                errors["base"] = "not_loaded"
        placeholders["triggers"] = self._listed
        known = matched(self._condition, self._triggers, self._refresh)
        return self._form("combine", COMBINE_FORM, user_input or known, errors, placeholders)

    def _finish(self, entry: StellantisConfigEntry) -> SubentryFlowResult:
        """Keep what the platform watches."""
        data = kept(self._vin, self.request)
        if self.source == SOURCE_RECONFIGURE:
            return self.async_update_and_abort(entry, self._get_reconfigure_subentry(), title=self._name, data=data)
        return self.async_create_entry(title=self._name, data=data, unique_id=self._unique_id)

    @property
    def request(self) -> MonitorRequest:
        """The monitor as it was entered."""
        return MonitorRequest(
            label=self._name,
            triggers=tuple(Trigger(name, when) for name, when in self._triggers.items()),
            expression=self._condition,
            refresh=self._refresh,
            extensions=self._extras.extensions,
            attributes=self._extras.attributes,
            callback_attributes=self._extras.callback_attributes,
        )

    def _form(
        self,
        step: str,
        form: vol.Schema,
        shown: Mapping[str, Any] | None,
        errors: dict[str, str] | None = None,
        placeholders: Mapping[str, str] | None = None,
    ) -> SubentryFlowResult:
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(form, shown),
            errors=errors or {},
            description_placeholders=placeholders,
        )
