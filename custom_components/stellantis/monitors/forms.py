"""Forms of the monitor flow, and conversion between their input and requests."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from homeassistant.helpers.selector import (
    DurationSelector,
    DurationSelectorConfig,
    LocationSelector,
    LocationSelectorConfig,
    ObjectSelector,
    ObjectSelectorConfig,
    SelectOptionDict,
    Selector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
import probatio as vol

from ..api import EventExtension, InvalidValue, MonitoredData
from ..api.requests import (
    OPERATORS,
    PREVIOUS_OPERATORS,
    AttributeType,
    DataTrigger,
    MonitorRequest,
    NewAttribute,
    Operator,
    Previous,
    Transition,
    Value,
    WebhookAttributes,
    ZoneTrigger,
    get_value_type,
)
from .summary import UNITS, enum_values, option_key
from .threshold import threshold_from_input, threshold_selector, threshold_to_input

METERS_PER_KM: Final = 1000.0
MOST_USED: Final = (
    MonitoredData.ELECTRIC_LEVEL,
    MonitoredData.CHARGING_STATUS,
    MonitoredData.PLUGGED,
    MonitoredData.FUEL_LEVEL,
    MonitoredData.AUTONOMY,
    MonitoredData.LOCKED_STATE,
    MonitoredData.OPENING,
    MonitoredData.ALERT,
    MonitoredData.ALARM_TRIGGER,
    MonitoredData.MOVING,
    MonitoredData.TRIP_STOP,
    MonitoredData.ODOMETER,
)
OF_BATTERY: Final = frozenset(
    {
        MonitoredData.ELECTRIC_LEVEL,
        MonitoredData.ELECTRIC_AUTONOMY,
        MonitoredData.CHARGING_STATUS,
        MonitoredData.CHARGING_TYPE,
        MonitoredData.PLUGGED,
    }
)
OF_FUEL: Final = frozenset({MonitoredData.FUEL_LEVEL, MonitoredData.FUEL_AUTONOMY, MonitoredData.OIL_TEMPERATURE})
# Option → where the attribute is sent, and whether it belongs to the callback instead of the monitor
ATTRIBUTE_PLACES: Final[Mapping[str, tuple[AttributeType, bool]]] = {
    "body": (AttributeType.BODY, False),
    "header": (AttributeType.HEADER, False),
    "callback_body": (AttributeType.BODY, True),
    "callback_header": (AttributeType.HEADER, True),
    "callback_query": (AttributeType.QUERY, True),
}


class FormError(Exception):
    """The input of a form is invalid.

    Attributes:
        field: The field with the invalid input.
        error: Translation key of the error.
    """

    def __init__(self, field: str, error: str) -> None:
        super().__init__(f"{field}: {error}")
        self.field, self.error = field, error


def build_select(options: Iterable[str], translation_key: str, *, multiple: bool = False) -> SelectSelector:
    """Return a selector of options whose texts are translated."""
    return SelectSelector(
        SelectSelectorConfig(
            options=list(options), multiple=multiple, mode=SelectSelectorMode.DROPDOWN, translation_key=translation_key
        )
    )


def duration_to_input(duration: timedelta) -> dict[str, int]:
    """Return the input of a duration selector."""
    minutes, seconds = divmod(duration.seconds, 60)
    return {"days": duration.days, "hours": minutes // 60, "minutes": minutes % 60, "seconds": seconds}


def data_form(available: Collection[MonitoredData]) -> vol.Schema:
    """Create the form for the data to monitor; what is used most comes first."""
    ordered = sorted(available, key=lambda data: MOST_USED.index(data) if data in MOST_USED else len(MOST_USED))
    return vol.Schema({vol.Required("data"): build_select((data.name.lower() for data in ordered), "monitor_data")})


def is_monitored(data: MonitoredData, *, has_battery: bool, has_fuel: bool) -> bool:
    """Return whether a car has the energy that the data are about."""
    return (has_battery or data not in OF_BATTERY) and (has_fuel or data not in OF_FUEL)


# Data


def operator_options(data: MonitoredData) -> list[str]:
    """Return the operator options of the data; "equals" and "included in" are one option."""
    names = [Operator.EQUALS_TO if op is Operator.INCLUDED_IN else op for op in Operator if op in OPERATORS[data]]
    return list(dict.fromkeys(op.name.lower() for op in names))


def comparison_form(data: MonitoredData) -> vol.Schema:
    """Create the form for the operator and the values to compare with."""
    if is_number(data):
        return vol.Schema({vol.Required("threshold"): threshold_selector(data)})
    fields: dict[vol.Marker, Selector[Any]] = {
        vol.Required("op"): build_select(operator_options(data), "monitor_operator")
    }
    if get_value_type(data) is not None:
        fields[vol.Optional("value")] = _value_selector(data, multiple=Operator.INCLUDED_IN in OPERATORS[data])
    if data in PREVIOUS_OPERATORS:
        fields[vol.Optional("previous")] = _value_selector(
            data, multiple=Operator.INCLUDED_IN in PREVIOUS_OPERATORS[data]
        )
    return vol.Schema(fields)


def is_number(data: MonitoredData) -> bool:
    """Return whether the data is a number, which is compared with a threshold."""
    return data in UNITS


def _value_selector(data: MonitoredData, *, multiple: bool) -> Selector[Any]:
    if enum_members := enum_values(data):
        return build_select(
            (member.name.lower() for member in enum_members), f"monitor_{data.name.lower()}", multiple=multiple
        )
    return build_select(("yes", "no"), "monitor_truth")


def comparison_from_input(data: MonitoredData, user_input: Mapping[str, Any]) -> list[DataTrigger]:
    """Return the trigger conditions that were entered; two if a number lies between two others.

    Raises:
        FormError: A value is missing or invalid.
    """
    if not is_number(data):
        return [_comparison_of_option(data, user_input)]
    thresholds = threshold_from_input(user_input["threshold"])
    if thresholds is None:
        raise FormError("threshold", "threshold_unsupported")
    try:
        return [DataTrigger(data=data, op=op, values=(value,)) for op, value in thresholds]
    except InvalidValue as err:
        raise FormError("threshold", "invalid_value") from err


def _comparison_of_option(data: MonitoredData, user_input: Mapping[str, Any]) -> DataTrigger:
    op, values = Operator[user_input["op"].upper()], _parse_values(data, user_input.get("value"))
    if op is Operator.ON_CHANGE:
        values = ()
    elif not values:
        raise FormError("value", "value_missing")
    previous = _parse_values(data, user_input.get("previous"))
    try:
        return DataTrigger(
            data=data,
            op=_resolve_operator(op, values, OPERATORS[data]),
            values=values,
            previous=Previous(
                op=_resolve_operator(Operator.EQUALS_TO, previous, PREVIOUS_OPERATORS[data]), values=previous
            )
            if previous
            else None,
        )
    except InvalidValue as err:
        raise FormError("previous" if err.field == "previous" else "value", "invalid_value") from err


def _resolve_operator(op: Operator, values: tuple[Value, ...], allowed: Iterable[Operator]) -> Operator:
    """Return "included in" instead of "equals" if there are several values or "equals" is not allowed."""
    if op is Operator.EQUALS_TO and (len(values) > 1 or op not in allowed):
        return Operator.INCLUDED_IN
    return op


def _parse_values(data: MonitoredData, value: Any) -> tuple[Value, ...]:
    if value is None:
        return ()
    options = [value] if isinstance(value, str) else value
    if get_value_type(data) is bool:
        return tuple(option == "yes" for option in options)
    by_option = {member.name.lower(): str(member) for member in enum_values(data)}
    return tuple(by_option[option] for option in options)


def comparison_to_input(condition: DataTrigger) -> dict[str, Any]:
    """Return the form input that corresponds to a trigger condition."""
    if is_number(condition.data):
        (value,) = condition.values
        return {"threshold": threshold_to_input(condition.op, float(value))}
    op = Operator.EQUALS_TO if condition.op is Operator.INCLUDED_IN else condition.op
    user_input: dict[str, Any] = {"op": op.name.lower()}
    multiple = Operator.INCLUDED_IN in OPERATORS[condition.data]
    if condition.values:
        user_input["value"] = _format_values(condition.data, condition.values, multiple=multiple)
    if condition.previous:
        multiple = Operator.INCLUDED_IN in PREVIOUS_OPERATORS[condition.data]
        user_input["previous"] = _format_values(condition.data, condition.previous.values, multiple=multiple)
    return user_input


def _format_values(data: MonitoredData, values: tuple[Value, ...], *, multiple: bool) -> Any:
    if isinstance(values[0], bool):
        return "yes" if values[0] else "no"
    options = [option_key(data, str(value)) for value in values]
    return options if multiple else options[0]


# Zones

ZONE_FORM: Final = vol.Schema(
    {
        vol.Required("where"): LocationSelector(LocationSelectorConfig(radius=True)),
        vol.Required("transition"): build_select(("in", "out"), "monitor_transition"),
    }
)


def zone_from_input(user_input: Mapping[str, Any]) -> ZoneTrigger:
    """Return the zone that was entered. Its radius is rounded to whole km, at least one."""
    location = user_input["where"]
    return ZoneTrigger(
        transition=Transition[user_input["transition"].upper()],
        latitude=location["latitude"],
        longitude=location["longitude"],
        radius=max(1, round(location.get("radius", METERS_PER_KM) / METERS_PER_KM)),
    )


def zone_to_input(condition: ZoneTrigger) -> dict[str, Any]:
    """Return the form input that corresponds to a zone; its radius in meters."""
    location = {
        "latitude": condition.latitude,
        "longitude": condition.longitude,
        "radius": condition.radius * METERS_PER_KM,
    }
    return {"where": location, "transition": condition.transition.name.lower()}


# Notifications


def notification_form(place_labels: Mapping[str, str]) -> vol.Schema:
    """Create the form for the content of notifications; the frontend does not translate options within an object."""
    places: list[SelectOptionDict] = [{"value": place, "label": place_labels[place]} for place in ATTRIBUTE_PLACES]
    return vol.Schema(
        {
            vol.Optional("extensions"): build_select(
                (extension.name.lower() for extension in EventExtension), "monitor_extension", multiple=True
            ),
            vol.Optional("attributes"): ObjectSelector(
                ObjectSelectorConfig(
                    fields={
                        "place": {"required": True, "selector": {"select": {"options": places, "mode": "dropdown"}}},
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
        vol.Required("match"): build_select(("all", "any", "expression"), "monitor_match"),
        vol.Optional("expression"): TextSelector(),
        vol.Optional("refresh"): DurationSelector(DurationSelectorConfig(enable_day=True)),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationContent:
    """What notifications contain in addition to the event.

    Attributes:
        extensions: Parts of the vehicle's state.
        attributes: Attributes of the monitor.
        callback_attributes: Attributes that the monitor adds to those of the callback.
    """

    extensions: tuple[EventExtension, ...] = ()
    attributes: tuple[NewAttribute, ...] = ()
    callback_attributes: WebhookAttributes | None = None


def content_from_input(user_input: Mapping[str, Any]) -> NotificationContent:
    """Return the notification content that was entered.

    Raises:
        FormError: An attribute is invalid.
    """
    monitor_attributes: list[NewAttribute] = []
    callback_attributes: list[NewAttribute] = []
    for entered in user_input.get("attributes", ()):
        attribute_type, is_callbacks = ATTRIBUTE_PLACES[entered["place"]]
        try:
            (callback_attributes if is_callbacks else monitor_attributes).append(
                NewAttribute(attribute_type, entered["key"], entered["value"])
            )
        except InvalidValue as err:
            raise FormError("attributes", "invalid_attribute") from err
    chosen = user_input.get("extensions", ())
    return NotificationContent(
        extensions=tuple(extension for extension in EventExtension if extension.name.lower() in chosen),
        attributes=tuple(monitor_attributes),
        callback_attributes=WebhookAttributes(webhook=tuple(callback_attributes)) if callback_attributes else None,
    )


def content_from_request(request: MonitorRequest) -> NotificationContent:
    """Return the notification content of a request."""
    callback_attributes = request.callback_attributes
    return NotificationContent(
        extensions=request.extensions,
        attributes=request.attributes,
        callback_attributes=callback_attributes if isinstance(callback_attributes, WebhookAttributes) else None,
    )


def content_to_input(content: NotificationContent) -> dict[str, Any]:
    """Return the form input that corresponds to a notification content."""
    option_by_place = {place: option for option, place in ATTRIBUTE_PLACES.items()}
    callback_attributes = content.callback_attributes.webhook if content.callback_attributes else ()
    return {
        "extensions": [extension.name.lower() for extension in content.extensions],
        "attributes": [
            {"place": option_by_place[attr.type, is_callbacks], "key": attr.key, "value": attr.value}
            for attributes, is_callbacks in ((content.attributes, False), (callback_attributes, True))
            for attr in attributes
        ],
    }
