"""The integration's own monitors, which make push work: what they are, and the requests that create them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from ..api import ChargingStatus, EventExtension, Monitor, MonitoredData
from ..api.requests import AttributeType, DataTrigger, MonitorRequest, NewAttribute, Operator, Trigger
from ..push.own_callback import LABEL_PREFIX
from ..push.vehicle_push import ATTR_VEHICLE, VehiclePush
from ..vehicle.state import VehicleState
from .request import compute_digest, required_scope


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorSpec:
    """One of the integration's own monitors.

    Attributes:
        name: Part of its label.
        on_change: Data that trigger a notification when they change.
        while_equal: Data and value that trigger a notification, repeated while the data have this value.
        refresh: Interval of the repeated notifications.
        extensions: What notifications contain, with the scope that each needs.
        applies_fn: Return whether a car needs this monitor; None if that is not known yet.
    """

    name: str
    on_change: tuple[MonitoredData, ...]
    while_equal: tuple[MonitoredData, bool | str] | None = None
    refresh: timedelta | None = None
    extensions: Mapping[EventExtension, str] = field(default_factory=lambda: {EventExtension.STATUS: "data:telemetry"})
    applies_fn: Callable[[VehicleState | None], bool | None] = lambda _: True

    @property
    def conditions(self) -> Iterator[DataTrigger]:
        """The trigger conditions, any of which causes a notification."""
        yield from (DataTrigger(data=data, op=Operator.ON_CHANGE) for data in self.on_change)
        if self.while_equal:
            yield DataTrigger(data=self.while_equal[0], op=Operator.EQUALS_TO, values=(self.while_equal[1],))


def _has_plug(state: VehicleState | None) -> bool | None:
    """Return whether a car is charged from a plug; None if it has not told yet."""
    if state is not None and (state.charging is not None or not state.may_have_traction_battery):
        return state.charging is not None
    return None


# The platform allows five monitors of five triggers each per car, which leaves two to the user
MONITOR_SPECS: Final = (
    MonitorSpec(
        name="doors",
        on_change=(
            MonitoredData.LOCKED_STATE,
            MonitoredData.OPENING,
            MonitoredData.PRIVACY,
            MonitoredData.ALARM_TRIGGER,
            MonitoredData.ALARM_ACTIVATION,
        ),
    ),
    MonitorSpec(
        name="energy",
        on_change=(MonitoredData.CHARGING_STATUS, MonitoredData.PLUGGED, MonitoredData.PRECONDITIONING),
        while_equal=(MonitoredData.CHARGING_STATUS, ChargingStatus.IN_PROGRESS),
        refresh=timedelta(minutes=5),
        applies_fn=_has_plug,
    ),
    MonitorSpec(
        name="driving",
        on_change=(
            MonitoredData.TRIP_START,
            MonitoredData.TRIP_STOP,
            MonitoredData.POWERTRAIN_STATUS,
            MonitoredData.ALERT,
        ),
        while_equal=(MonitoredData.MOVING, True),
        refresh=timedelta(minutes=1),
        extensions={EventExtension.STATUS: "data:telemetry", EventExtension.TRIP: "data:trip"},
    ),
)
# Only while a car is tracked, since it may take the place of one of the user's; while it moves, "driving" notifies
TRACKING_SPEC: Final = MonitorSpec(
    name="tracking",
    on_change=(MonitoredData.MOVING,),
    while_equal=(MonitoredData.MOVING, False),
    refresh=timedelta(minutes=1),
)


def needs_own_monitors(vehicle_push: VehiclePush) -> bool:
    """Return whether a car should have any of the own monitors. It is asked with each notification: builds none."""
    return bool(_get_desired_specs(vehicle_push))


def build_desired_requests(vehicle_push: VehiclePush) -> Mapping[str, MonitorRequest]:
    """Return the requests for the own monitors that a car should have, by label prefix.

    A label ends with a digest, so that a monitor of an older version is recognized by its label.
    """
    has_scope, requests = vehicle_push.account.has_scope, {}
    for spec in _get_desired_specs(vehicle_push):
        conditions = [condition for condition in spec.conditions if has_scope(required_scope(condition.data))]
        request = MonitorRequest(
            label=LABEL_PREFIX,
            **combine_any([Trigger(f"t{number}", condition) for number, condition in enumerate(conditions)]),
            extensions=tuple(extension for extension, scope in spec.extensions.items() if has_scope(scope)),
            refresh=spec.refresh,
            attributes=(NewAttribute(AttributeType.BODY, ATTR_VEHICLE, vehicle_push.vehicle_tag),),
        )
        label_prefix = _label_prefix(spec)
        requests[label_prefix] = replace(request, label=f"{label_prefix}{compute_digest(request)[:8]}")
    return requests


def _get_desired_specs(vehicle_push: VehiclePush) -> list[MonitorSpec]:
    """Return the own monitors that a car should have."""
    if not vehicle_push.account.has_scope("data:telemetry"):
        return []
    specs = (*MONITOR_SPECS, TRACKING_SPEC) if vehicle_push.is_tracked else MONITOR_SPECS
    return [spec for spec in specs if spec.applies_fn(vehicle_push.status.data)]


def get_applicability(state: VehicleState | None) -> tuple[bool | None, ...]:
    """Return which of the own monitors a car needs; a change means that other monitors are needed."""
    return (state is not None, *(spec.applies_fn(state) for spec in MONITOR_SPECS))


def get_undecided_prefixes(vehicle_push: VehiclePush) -> frozenset[str]:
    """Return the label prefixes of own monitors of which it is not known yet whether the car needs them."""
    state = vehicle_push.status.data
    return frozenset(_label_prefix(spec) for spec in MONITOR_SPECS if spec.applies_fn(state) is None)


def _label_prefix(spec: MonitorSpec) -> str:
    return f"{LABEL_PREFIX} {spec.name} "


def combine_any(triggers: Sequence[Trigger]) -> dict[str, Any]:
    """Return the triggers of a request, and the expression that is true when any of them is."""
    return {"triggers": tuple(triggers), "expression": " | ".join(trigger.name for trigger in triggers)}


def get_trigger_data(trigger: Trigger) -> MonitoredData:
    """Return the data that a trigger of an own monitor covers."""
    assert isinstance(trigger.condition, DataTrigger)  # noqa: S101 - all of the own triggers are
    return trigger.condition.data


def get_request_data(request: MonitorRequest) -> frozenset[MonitoredData]:
    """Return the data that a request for an own monitor covers."""
    return frozenset(get_trigger_data(trigger) for trigger in request.triggers)


def get_label(monitor: Monitor) -> str:
    """Return the label of a monitor; empty if it has none."""
    return (monitor.monitor and monitor.monitor.label) or ""


def is_own(monitor: Monitor) -> bool:
    """Return whether the integration created a monitor for push."""
    attributes = monitor.monitor.attributes if monitor.monitor else ()
    return get_label(monitor).startswith(f"{LABEL_PREFIX} ") and any(
        attribute.key == ATTR_VEHICLE for attribute in attributes
    )


def get_monitored_data(monitor: Monitor) -> frozenset[MonitoredData]:
    """Return the data that a monitor on the platform covers."""
    triggers = monitor.monitor.triggers if monitor.monitor else ()
    known = set(MonitoredData)
    return frozenset(
        MonitoredData(trigger.data.data) for trigger in triggers if trigger.data and trigger.data.data in known
    )
