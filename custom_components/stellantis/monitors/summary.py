"""How a monitor reads in words: its triggers, and the condition over them."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
import re
from typing import Final

from homeassistant.const import PERCENTAGE, UnitOfLength, UnitOfSpeed, UnitOfTemperature, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from ..api import MonitoredData as D
from ..api.requests import (
    DailyTime,
    DataTrigger,
    Operator,
    SingleTime,
    TimeTrigger,
    Transition,
    Value,
    ZoneTrigger,
    kind_of,
)
from ..const import DOMAIN

type When = ZoneTrigger | TimeTrigger | DataTrigger

UNITS: Final[Mapping[D, str]] = {
    D.ODOMETER: UnitOfLength.KILOMETERS,
    D.OIL_TEMPERATURE: UnitOfTemperature.CELSIUS,
    D.ELECTRIC_LEVEL: PERCENTAGE,
    D.ELECTRIC_AUTONOMY: UnitOfLength.KILOMETERS,
    D.FUEL_LEVEL: PERCENTAGE,
    D.FUEL_AUTONOMY: UnitOfLength.KILOMETERS,
    D.AUTONOMY: UnitOfLength.KILOMETERS,
    D.SPEED: UnitOfSpeed.KILOMETERS_PER_HOUR,
    D.TRIP_DURATION: UnitOfTime.SECONDS,
    D.TRIP_DISTANCE: UnitOfLength.KILOMETERS,
    D.AIR_TEMPERATURE: UnitOfTemperature.CELSIUS,
}
_COMPARED: Final[Mapping[Operator, str]] = {
    Operator.ON_CHANGE: "monitor_changes",
    Operator.EQUALS_TO: "monitor_is",
    Operator.INCLUDED_IN: "monitor_is",
    Operator.GREATER_THAN: "monitor_above",
    Operator.LOWER_THAN: "monitor_below",
}
_SIGNS: Final[Mapping[str, str]] = {"&": "monitor_and", "|": "monitor_or", "!": "monitor_not"}


class Words:
    """The texts of the server's language."""

    def __init__(self, common: Mapping[str, str], selector: Mapping[str, str]) -> None:
        self._common, self._selector = common, selector

    @classmethod
    async def async_load(cls, hass: HomeAssistant) -> Words:
        """Return them."""
        kinds = ("common", "selector")
        return cls(*[await async_get_translations(hass, hass.config.language, kind, {DOMAIN}) for kind in kinds])

    def common(self, key: str, **parts: str) -> str:
        """Return a text with its parts."""
        return self._common[f"component.{DOMAIN}.common.{key}"].format(**parts)

    def option(self, selector: str, option: str) -> str:
        """Return what an option of a form is called."""
        return self._selector.get(f"component.{DOMAIN}.selector.{selector}.options.{option}", option)

    def trigger(self, when: When) -> str:
        """Return what sets a trigger off."""
        if isinstance(when, ZoneTrigger):
            key = "monitor_in" if when.transition is Transition.IN else "monitor_out"
            return self.common(key, radius=str(when.radius), place=f"{when.latitude:.4f}, {when.longitude:.4f}")
        if isinstance(when, TimeTrigger):
            return self.common("monitor_drives", times="; ".join(self._time(one) for one in when.times))
        return self._data(when)

    def condition(self, expression: str, triggers: Mapping[str, When]) -> str:
        """Return how a condition reads."""

        def word(found: re.Match[str]) -> str:
            token = found[0]
            return self.common(_SIGNS[token]) if token in _SIGNS else f"“{self.trigger(triggers[token])}”"

        tokens = (re.sub(r"[^\s()]+", word, token) for token in re.findall(r"[A-Za-z0-9._-]+|[&|!()]", expression))
        return " ".join(tokens).replace("( ", "(").replace(" )", ")")

    def _data(self, when: DataTrigger) -> str:
        what = self.option("monitor_data", when.data.name.lower())
        text = self.common(_COMPARED[when.op], what=what, value=self._values(when.data, when.values))
        if when.previous:
            text = self.common("monitor_before", what=text, value=self._values(when.data, when.previous.values))
        return text

    def _values(self, data: D, values: Iterable[Value]) -> str:
        return ", ".join(self._value(data, value) for value in values)

    def _value(self, data: D, value: Value) -> str:
        if isinstance(value, bool):
            return self.option("monitor_truth", "yes" if value else "no")
        if isinstance(value, str):
            return self.option(f"monitor_{data.name.lower()}", option_of(data, value))
        return f"{value:g} {UNITS[data]}"

    def _time(self, one: DailyTime | SingleTime) -> str:
        if isinstance(one, SingleTime):
            start = dt_util.as_local(one.start).strftime("%Y-%m-%d %H:%M")
            if one.duration is None:
                return self.common("monitor_since", start=start)
            return self.common("monitor_once", start=start, duration=str(one.duration))
        days = ", ".join(self.option("days", day.value.lower()) for day in one.days)
        text = self.common(
            "monitor_daily",
            days=days or self.common("monitor_every_day"),
            start=one.start.strftime("%H:%M"),
            duration=str(one.duration),
        )
        weeks = ", ".join(f"{first}-{last}" if first != last else str(first) for first, last in one.weeks)
        return self.common("monitor_weeks", times=text, weeks=weeks) if weeks else text


def words(data: D) -> list[StrEnum]:
    """Return the words that a data can be; none of what is a number or true or false."""
    kind = kind_of(data)
    return list(kind) if kind is not None and issubclass(kind, StrEnum) else []


def option_of(data: D, value: str) -> str:
    """Return the option of a form that stands for a word of the platform."""
    return next((one.name.lower() for one in words(data) if one == value), value)
