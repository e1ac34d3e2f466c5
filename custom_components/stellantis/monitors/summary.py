"""Human-readable descriptions of monitors: their triggers and their expression."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
import re
from typing import Final

from homeassistant.const import PERCENTAGE, UnitOfLength, UnitOfSpeed, UnitOfTemperature, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from ..api import MonitoredData
from ..api.requests import (
    DailyTime,
    DataTrigger,
    MonitorRequest,
    Operator,
    SingleTime,
    TimeTrigger,
    Transition,
    Value,
    ZoneTrigger,
    get_value_type,
)
from ..const import DOMAIN
from ..number_format import format_number, format_percent

type TriggerCondition = ZoneTrigger | TimeTrigger | DataTrigger

UNITS: Final[Mapping[MonitoredData, str]] = {
    MonitoredData.ODOMETER: UnitOfLength.KILOMETERS,
    MonitoredData.OIL_TEMPERATURE: UnitOfTemperature.CELSIUS,
    MonitoredData.ELECTRIC_LEVEL: PERCENTAGE,
    MonitoredData.ELECTRIC_AUTONOMY: UnitOfLength.KILOMETERS,
    MonitoredData.FUEL_LEVEL: PERCENTAGE,
    MonitoredData.FUEL_AUTONOMY: UnitOfLength.KILOMETERS,
    MonitoredData.AUTONOMY: UnitOfLength.KILOMETERS,
    MonitoredData.SPEED: UnitOfSpeed.KILOMETERS_PER_HOUR,
    MonitoredData.TRIP_DURATION: UnitOfTime.SECONDS,
    MonitoredData.TRIP_DISTANCE: UnitOfLength.KILOMETERS,
    MonitoredData.AIR_TEMPERATURE: UnitOfTemperature.CELSIUS,
}
_OPERATOR_TEXTS: Final[Mapping[Operator, str]] = {
    Operator.ON_CHANGE: "monitor_changes",
    Operator.EQUALS_TO: "monitor_is",
    Operator.INCLUDED_IN: "monitor_is",
    Operator.GREATER_THAN: "monitor_above",
    Operator.LOWER_THAN: "monitor_below",
}
_SIGN_TEXTS: Final[Mapping[str, str]] = {"&": "monitor_and", "|": "monitor_or", "!": "monitor_not"}


class MonitorSummary:
    """Describe monitors in the language of the server."""

    def __init__(self, language: str, common: Mapping[str, str], selector: Mapping[str, str]) -> None:
        self._language, self._common, self._selector = language, common, selector

    @classmethod
    async def async_load(cls, hass: HomeAssistant) -> MonitorSummary:
        """Load the translations."""
        categories = ("common", "selector")
        language = hass.config.language
        texts = [await async_get_translations(hass, language, category, {DOMAIN}) for category in categories]
        return cls(language, *texts)

    def common_text(self, key: str, **placeholders: str) -> str:
        """Return a common text with its placeholders filled in."""
        return self._common[f"component.{DOMAIN}.common.{key}"].format(**placeholders)

    def option_text(self, selector: str, option: str) -> str:
        """Return the label of a selector's option."""
        return self._selector.get(f"component.{DOMAIN}.selector.{selector}.options.{option}", option)

    def describe_trigger(self, condition: TriggerCondition, *, with_place: bool = True) -> str:
        """Return a description of the trigger with this condition, with or without the center of its zone."""
        if isinstance(condition, ZoneTrigger):
            key = "monitor_in" if condition.transition is Transition.IN else "monitor_out"
            place = f"{condition.latitude:.4f}, {condition.longitude:.4f}" if with_place else "…"
            return self.common_text(key, radius=str(condition.radius), place=place)
        if isinstance(condition, TimeTrigger):
            return self.common_text(
                "monitor_drives", times="; ".join(self._describe_time(time) for time in condition.times)
            )
        return self._describe_data(condition)

    def list_triggers(self, triggers: Mapping[str, TriggerCondition], expression: str) -> str:
        """Return a list of the triggers by name, and the expression in words unless it is empty or just one of them."""
        lines = [f"- **{name}**: {self.describe_trigger(condition)}" for name, condition in triggers.items()]
        if expression and expression not in triggers:
            lines += ["", self.describe_expression(expression, triggers)]
        return "\n".join(lines)

    def describe_monitor(self, request: MonitorRequest) -> str:
        """Return the name of a monitor, its triggers and its expression."""
        triggers = {trigger.name: trigger.condition for trigger in request.triggers}
        return f"{request.label}\n\n{self.list_triggers(triggers, request.expression)}"

    def describe_conditions(self, request: MonitorRequest) -> str:
        """Return what a monitor watches in one line, without positions."""
        triggers = {trigger.name: trigger.condition for trigger in request.triggers}
        if request.expression in triggers:
            return self.describe_trigger(triggers[request.expression], with_place=False)
        return self.describe_expression(request.expression, triggers, with_places=False)

    def describe_expression(
        self, expression: str, triggers: Mapping[str, TriggerCondition], *, with_places: bool = True
    ) -> str:
        """Return the boolean expression with signs and trigger names replaced by texts."""

        def describe_token(match: re.Match[str]) -> str:
            token = match[0]
            if token in _SIGN_TEXTS:
                return self.common_text(_SIGN_TEXTS[token])
            trigger = self.describe_trigger(triggers[token], with_place=with_places)
            return self.common_text("monitor_quoted", trigger=trigger)

        tokens = (
            re.sub(r"[^\s()]+", describe_token, token) for token in re.findall(r"[A-Za-z0-9._-]+|[&|!()]", expression)
        )
        return " ".join(tokens).replace("( ", "(").replace(" )", ")")

    def _describe_data(self, condition: DataTrigger) -> str:
        data_name = self.option_text("monitor_data", condition.data.name.lower())
        text = self.common_text(
            _OPERATOR_TEXTS[condition.op], what=data_name, value=self._format_values(condition.data, condition.values)
        )
        if condition.previous:
            text = self.common_text(
                "monitor_before", what=text, value=self._format_values(condition.data, condition.previous.values)
            )
        return text

    def _format_values(self, data: MonitoredData, values: Iterable[Value]) -> str:
        return ", ".join(self._format_value(data, value) for value in values)

    def _format_value(self, data: MonitoredData, value: Value) -> str:
        if isinstance(value, bool):
            return self.option_text("monitor_truth", "yes" if value else "no")
        if isinstance(value, str):
            return self.option_text(f"monitor_{data.name.lower()}", option_key(data, value))
        if (unit := UNITS[data]) == PERCENTAGE:
            return format_percent(value, self._language)
        return f"{format_number(value, self._language)} {unit}"

    def _describe_time(self, period: DailyTime | SingleTime) -> str:
        if isinstance(period, SingleTime):
            start = dt_util.as_local(period.start)
            if period.duration is None:
                return self.common_text("monitor_since", start=f"{start.date()} {_format_time(start)}")
            end = dt_util.as_local(period.start + period.duration)
            return f"{start.date()} {_format_time(start)} - {end.date()} {_format_time(end)}"
        days = ", ".join(self.option_text("days", day.value.lower()) for day in period.days)
        end = datetime.combine(date.min, period.start) + period.duration
        text = f"{days or self.common_text('monitor_every_day')}, {_format_time(period.start)}-{_format_time(end)}"
        if full_days := period.duration // timedelta(days=1):
            text += f" (+{full_days})"
        weeks = ", ".join(f"{first}-{last}" if first != last else str(first) for first, last in period.weeks)
        return self.common_text("monitor_weeks", times=text, weeks=weeks) if weeks else text


def _format_time(moment: datetime | time) -> str:
    """Return the time of day; without seconds if there are none."""
    return moment.strftime("%H:%M:%S" if moment.second else "%H:%M")


def enum_values(data: MonitoredData) -> list[StrEnum]:
    """Return the possible values of enumerated data; empty for numbers and booleans."""
    value_type = get_value_type(data)
    return list(value_type) if value_type is not None and issubclass(value_type, StrEnum) else []


def option_key(data: MonitoredData, value: str) -> str:
    """Return the form option for an enumerated value; the value itself if it is unknown."""
    return next((member.name.lower() for member in enum_values(data) if member == value), value)
