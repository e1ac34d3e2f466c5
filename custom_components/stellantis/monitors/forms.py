"""The forms in which a person says what a monitor watches, and what is made of what was entered."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
import re
from typing import Any, Final

from homeassistant.helpers.selector import (
    BooleanSelector,
    DateTimeSelector,
    DurationSelector,
    DurationSelectorConfig,
    LocationSelector,
    LocationSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    ObjectSelector,
    ObjectSelectorConfig,
    Selector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TimeSelector,
)
from homeassistant.util import dt as dt_util
import probatio as vol

from ..api import Day, EventExtension, InvalidValue, MonitoredData as D
from ..api.requests import (
    OPERATORS,
    PREVIOUS_OPERATORS,
    AttributeType,
    DailyTime,
    DataTrigger,
    MonitorRequest,
    NewAttribute,
    Operator,
    Previous,
    SingleTime,
    Transition,
    Value,
    WebhookAttributes,
    ZoneTrigger,
    check_expression,
    kind_of,
)
from .summary import UNITS, option_of, words

KM: Final = 1000.0
# Where an attribute goes, and whether the monitor or the callback is given it
PLACES: Final[Mapping[str, tuple[AttributeType, bool]]] = {
    "body": (AttributeType.BODY, False),
    "header": (AttributeType.HEADER, False),
    "callback_body": (AttributeType.BODY, True),
    "callback_header": (AttributeType.HEADER, True),
    "callback_query": (AttributeType.QUERY, True),
}
_WEEKS: Final = re.compile(r"\s*(?P<first>\d{1,2})\s*(?:-\s*(?P<last>\d{1,2})\s*)?")


class Wrong(Exception):
    """What was entered is not right.

    Attributes:
        field: in which it was entered.
        key: of the text that says why.
    """

    def __init__(self, field: str, key: str) -> None:
        super().__init__(f"{field}: {key}")
        self.field, self.key = field, key


def _select(options: Iterable[str], key: str, *, several: bool = False) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=list(options), multiple=several, mode=SelectSelectorMode.DROPDOWN, translation_key=key
        )
    )


def data_form(granted: Iterable[D]) -> vol.Schema:
    """Ask what is watched."""
    return vol.Schema({vol.Required("data"): _select((data.name.lower() for data in granted), "monitor_data")})


# Data


def operators(data: D) -> list[str]:
    """Return the options for how a data is compared: one value or any of several are one option."""
    names = [Operator.EQUALS_TO if op is Operator.INCLUDED_IN else op for op in Operator if op in OPERATORS[data]]
    return list(dict.fromkeys(op.name.lower() for op in names))


def comparison_form(data: D) -> vol.Schema:
    """Ask how a data is compared with what."""
    fields: dict[vol.Marker, Selector[Any]] = {vol.Required("op"): _select(operators(data), "monitor_operator")}
    if kind_of(data) is not None:
        fields[vol.Optional("value")] = _values(data, several=Operator.INCLUDED_IN in OPERATORS[data])
    if data in PREVIOUS_OPERATORS:
        fields[vol.Optional("previous")] = _values(data, several=Operator.INCLUDED_IN in PREVIOUS_OPERATORS[data])
    return vol.Schema(fields)


def _values(data: D, *, several: bool) -> Selector[Any]:
    if known := words(data):
        return _select((one.name.lower() for one in known), f"monitor_{data.name.lower()}", several=several)
    kind = kind_of(data)
    if kind is bool:
        return _select(("yes", "no"), "monitor_truth")
    return NumberSelector(
        NumberSelectorConfig(
            mode=NumberSelectorMode.BOX, step=1 if kind is int else "any", unit_of_measurement=UNITS[data]
        )
    )


def comparison(data: D, entered: Mapping[str, Any]) -> DataTrigger:
    """Return the trigger that was entered. Raises Wrong."""
    op, values = Operator[entered["op"].upper()], _entered(data, entered.get("value"))
    if op is Operator.ON_CHANGE:
        values = ()
    elif not values:
        raise Wrong("value", "value_missing")
    before = _entered(data, entered.get("previous"))
    try:
        return DataTrigger(
            data=data,
            op=_for(op, values, OPERATORS[data]),
            values=values,
            previous=Previous(op=_for(Operator.EQUALS_TO, before, PREVIOUS_OPERATORS[data]), values=before)
            if before
            else None,
        )
    except InvalidValue as err:
        raise Wrong("previous" if err.field == "previous" else "value", "invalid_value") from err


def _for(op: Operator, values: tuple[Value, ...], allowed: Iterable[Operator]) -> Operator:
    """Return the operator for values: that for any of several, if there are several or there is no other."""
    if op is Operator.EQUALS_TO and (len(values) > 1 or op not in allowed):
        return Operator.INCLUDED_IN
    return op


def _entered(data: D, entered: Any) -> tuple[Value, ...]:
    if entered is None:
        return ()
    if isinstance(entered, int | float):
        return (float(entered),)
    options = [entered] if isinstance(entered, str) else entered
    if kind_of(data) is bool:
        return tuple(option == "yes" for option in options)
    by_option = {one.name.lower(): str(one) for one in words(data)}
    return tuple(by_option[option] for option in options)


def compared(when: DataTrigger) -> dict[str, Any]:
    """Return what was entered for a trigger."""
    op = Operator.EQUALS_TO if when.op is Operator.INCLUDED_IN else when.op
    found: dict[str, Any] = {"op": op.name.lower()}
    several = Operator.INCLUDED_IN in OPERATORS[when.data]
    if when.values:
        found["value"] = _shown(when.data, when.values, several=several)
    if when.previous:
        several = Operator.INCLUDED_IN in PREVIOUS_OPERATORS[when.data]
        found["previous"] = _shown(when.data, when.previous.values, several=several)
    return found


def _shown(data: D, values: tuple[Value, ...], *, several: bool) -> Any:
    if isinstance(values[0], bool):
        return "yes" if values[0] else "no"
    if not isinstance(values[0], str):
        return values[0]
    options = [option_of(data, str(value)) for value in values]
    return options if several else options[0]


# Zones

ZONE_FORM: Final = vol.Schema(
    {
        vol.Required("where"): LocationSelector(LocationSelectorConfig(radius=True)),
        vol.Required("transition"): _select(("in", "out"), "monitor_transition"),
    }
)


def zone(entered: Mapping[str, Any]) -> ZoneTrigger:
    """Return the zone that was entered; its radius in whole km."""
    where = entered["where"]
    return ZoneTrigger(
        transition=Transition[entered["transition"].upper()],
        latitude=where["latitude"],
        longitude=where["longitude"],
        radius=max(1, round(where.get("radius", KM) / KM)),
    )


def drawn(when: ZoneTrigger) -> dict[str, Any]:
    """Return what was entered for a zone."""
    where = {"latitude": when.latitude, "longitude": when.longitude, "radius": when.radius * KM}
    return {"where": where, "transition": when.transition.name.lower()}


# Times

_LENGTH: Final = DurationSelector(DurationSelectorConfig(enable_day=True))
DAILY_FORM: Final = vol.Schema(
    {
        vol.Optional("days"): _select((day.value.lower() for day in Day), "days", several=True),
        vol.Optional("weeks"): TextSelector(),
        vol.Required("start"): TimeSelector(),
        vol.Required("duration"): _LENGTH,
        vol.Required("time_zone"): TextSelector(),
        vol.Required("again", default=False): BooleanSelector(),
    }
)
ONCE_FORM: Final = vol.Schema(
    {
        vol.Required("start"): DateTimeSelector(),
        vol.Optional("duration"): _LENGTH,
        vol.Required("time_zone"): TextSelector(),
        vol.Required("again", default=False): BooleanSelector(),
    }
)


def daily(entered: Mapping[str, Any], zone_info: tzinfo | None) -> DailyTime:
    """Return the span of the day that was entered, by the clocks of a zone. Raises Wrong."""
    _check_zone(zone_info)
    try:
        return DailyTime(
            start=time.fromisoformat(entered["start"]).replace(microsecond=0),
            duration=timedelta(**entered["duration"]),
            days=tuple(day for day in Day if day.value.lower() in entered.get("days", ())),
            weeks=_weeks(entered.get("weeks", "")),
        )
    except InvalidValue as err:
        raise Wrong(*(("weeks", "invalid_weeks") if err.field == "weeks" else ("duration", "no_duration"))) from err


def _weeks(text: str) -> tuple[tuple[int, int], ...]:
    found = [_WEEKS.fullmatch(part) for part in text.split(",") if text.strip()]
    if None in found:
        raise Wrong("weeks", "invalid_weeks")
    return tuple((int(one["first"]), int(one["last"] or one["first"])) for one in found if one)


def _check_zone(zone_info: tzinfo | None) -> None:
    if zone_info is None:
        raise Wrong("time_zone", "unknown_time_zone")


def once(entered: Mapping[str, Any], zone_info: tzinfo | None) -> SingleTime:
    """Return the span of time that was entered, by the clocks of a zone. Raises Wrong."""
    _check_zone(zone_info)
    start = datetime.fromisoformat(entered["start"])
    length = timedelta(**entered["duration"]) if "duration" in entered else None
    try:
        return SingleTime(start=start.replace(tzinfo=start.tzinfo or zone_info), duration=length)
    except InvalidValue as err:
        raise Wrong("duration", "no_duration") from err


def spanned(one: DailyTime | SingleTime, time_zone: str) -> dict[str, Any]:
    """Return what was entered for a span."""
    length = {} if one.duration is None else {"duration": _parts(one.duration)}
    if isinstance(one, SingleTime):
        local = one.start.astimezone(dt_util.get_time_zone(time_zone)).replace(tzinfo=None)
        return {"start": local.isoformat(" "), **length}
    weeks = ", ".join(f"{first}-{last}" if first != last else str(first) for first, last in one.weeks)
    days = [day.value.lower() for day in one.days]
    return {"start": one.start.isoformat(), "days": days, **length, **({"weeks": weeks} if weeks else {})}


def _parts(length: timedelta) -> dict[str, int]:
    minutes, seconds = divmod(length.seconds, 60)
    return {"days": length.days, "hours": minutes // 60, "minutes": minutes % 60, "seconds": seconds}


# All together

NOTIFICATION_FORM: Final = vol.Schema(
    {
        vol.Optional("extensions"): _select(
            (one.name.lower() for one in EventExtension), "monitor_extension", several=True
        ),
        vol.Optional("attributes"): ObjectSelector(
            ObjectSelectorConfig(
                fields={
                    "place": {"required": True, "selector": _select(PLACES, "monitor_place").serialize()["selector"]},
                    "key": {"required": True, "selector": {"text": {}}},
                    "value": {"required": True, "selector": {"text": {}}},
                },
                multiple=True,
                label_field="key",
                description_field="value",
                translation_key="monitor_attribute",
            )
        ),
    }
)
COMBINE_FORM: Final = vol.Schema(
    {
        vol.Required("match"): _select(("all", "any", "expression"), "monitor_match"),
        vol.Optional("expression"): TextSelector(),
        vol.Optional("refresh"): DurationSelector(DurationSelectorConfig(enable_day=True)),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What notifications bring along."""

    extensions: tuple[EventExtension, ...] = ()
    attributes: tuple[NewAttribute, ...] = ()
    callback_attributes: WebhookAttributes | None = None


def extras(entered: Mapping[str, Any]) -> Extras:
    """Return what was entered. Raises Wrong."""
    own: list[NewAttribute] = []
    more: list[NewAttribute] = []
    for one in entered.get("attributes", ()):
        where, is_callbacks = PLACES[one["place"]]
        try:
            (more if is_callbacks else own).append(NewAttribute(where, one["key"], one["value"]))
        except InvalidValue as err:
            raise Wrong("attributes", "invalid_attribute") from err
    return Extras(
        extensions=tuple(one for one in EventExtension if one.name.lower() in entered.get("extensions", ())),
        attributes=tuple(own),
        callback_attributes=WebhookAttributes(webhook=tuple(more)) if more else None,
    )


def extras_of(request: MonitorRequest) -> Extras:
    """Return what the notifications of a monitor bring along."""
    more = request.callback_attributes
    return Extras(
        extensions=request.extensions,
        attributes=request.attributes,
        callback_attributes=more if isinstance(more, WebhookAttributes) else None,
    )


def brought(known: Extras) -> dict[str, Any]:
    """Return what was entered for what notifications bring along."""
    by_place = {place: option for option, place in PLACES.items()}
    more = known.callback_attributes.webhook if known.callback_attributes else ()
    return {
        "extensions": [one.name.lower() for one in known.extensions],
        "attributes": [
            {"place": by_place[one.type, is_callbacks], "key": one.key, "value": one.value}
            for some, is_callbacks in ((known.attributes, False), (more, True))
            for one in some
        ],
    }


def expression(entered: Mapping[str, Any], names: Iterable[str]) -> str:
    """Return the condition that was chosen."""
    joined = {"all": " & ", "any": " | "}.get(entered["match"])
    return joined.join(names) if joined else entered.get("expression", "")


def matched(condition: str, names: Iterable[str], refresh: timedelta | None) -> dict[str, Any]:
    """Return what was entered for a condition and its reminders."""
    known = {"all": " & ".join(names), "any": " | ".join(names)}
    how = next((how for how, text in known.items() if text == condition), "expression") if condition else "all"
    return {"match": how, "expression": condition, **({"refresh": _parts(refresh)} if refresh else {})}


def wrong_in(condition: str, names: Collection[str]) -> InvalidValue | None:
    """Return what is wrong with a condition, if anything is."""
    try:
        check_expression(condition, names)
    except InvalidValue as err:
        return err
    return None
