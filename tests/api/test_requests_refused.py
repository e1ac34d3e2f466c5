"""Requests that the platform would reject raise an error."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from custom_components.stellantis.api import InvalidValue
from custom_components.stellantis.api.requests import (
    AttributeType,
    AttributeVariable,
    DailyTime,
    DataTrigger,
    Day,
    DeleteProgram,
    EventExtension,
    Lock,
    MonitoredData,
    MonitorRequest,
    Navigate,
    NewAttribute,
    NewChargingProgram,
    Operator,
    Place,
    PreconditionCommand,
    Previous,
    PushAttributes,
    PushTarget,
    Recurrence,
    RemoteRequest,
    ScheduleCharging,
    SetChargingPreferences,
    SetProgram,
    SingleTime,
    SocketAttributes,
    SocketTarget,
    TimeTrigger,
    Transition,
    Trigger,
    WebhookTarget,
    ZoneTrigger,
)

_AT = datetime(2026, 3, 1, 22, 5, tzinfo=UTC)
_HEADER = NewAttribute(AttributeType.HEADER, "X-Secret", "s3")
_QUERY = NewAttribute(AttributeType.QUERY, "car", AttributeVariable.VIN)
_PLACE = Place(longitude=9.5, latitude=51.25)
_SET = SetProgram(slot=1, enabled=True, start=time(6, 45), days=(Day.MONDAY, Day.SUNDAY))


_ZONE = ZoneTrigger(transition=Transition.OUT, longitude=9.5, latitude=51.25, radius=2)
_NIGHT = DailyTime(start=time(22), duration=timedelta(hours=8))


def _trigger(data: MonitoredData, op: Operator, *values: Any, previous: Previous | None = None) -> DataTrigger:
    return DataTrigger(data=data, op=op, values=values, previous=previous)


def _monitor(*names: str, expression: str = "a", **arguments: Any) -> MonitorRequest:
    triggers = tuple(Trigger(name, _ZONE) for name in names)
    return MonitorRequest(**{"label": "l", "triggers": triggers, "expression": expression, **arguments})


_D, _O = MonitoredData, Operator

INVALID: list[tuple[str, Callable[[], object]]] = [
    ("positions", lambda: Navigate(positions=())),
    ("positions", lambda: Navigate(positions=(_PLACE,) * 11)),
    ("longitude", lambda: Place(longitude=180.5, latitude=0)),
    ("latitude", lambda: Place(longitude=0, latitude=float("nan"))),
    ("immediate", PreconditionCommand),
    ("slot", lambda: DeleteProgram(slot=0)),
    ("slot", lambda: SetProgram(slot=5, enabled=True, start=time(), days=(Day.MONDAY,))),
    ("days", lambda: SetProgram(slot=1, enabled=True, start=time(), days=())),
    ("days", lambda: NewChargingProgram(start=time(), days=(Day.MONDAY, Day.MONDAY))),
    ("programs", lambda: PreconditionCommand(programs=(_SET, DeleteProgram(slot=1)))),
    ("schedule", lambda: ScheduleCharging(schedule=())),
    ("schedule", lambda: ScheduleCharging(schedule=_AT.replace(tzinfo=None))),
    ("level", SetChargingPreferences),
    ("attributes", lambda: NewAttribute(AttributeType.BODY, "", "x")),
    ("attributes", lambda: NewAttribute(AttributeType.HEADER, "X Secret", "x")),
    ("attributes", lambda: NewAttribute(AttributeType.HEADER, "X-Secret", "x\r\nX-Other: y")),
    ("attributes", lambda: RemoteRequest(command=Lock(), attributes=(_QUERY,))),
    ("attributes", lambda: _monitor("a", attributes=(_QUERY,))),
    ("attributes", lambda: PushTarget(devices=("phone",), attributes=(_QUERY,))),
    ("attributes", lambda: SocketTarget(target="wss://example.invalid", attributes=(_HEADER,))),
    ("attributes", lambda: SocketAttributes(websocket=(_HEADER,))),
    ("attributes", lambda: PushAttributes(pushnotif=(_QUERY,))),
    ("devices", lambda: PushTarget(devices=())),
    ("devices", lambda: PushTarget(devices=("",))),
    ("name", lambda: WebhookTarget(name="", target="https://example.invalid")),
    ("target", lambda: WebhookTarget(name="x", target="ftp://example.invalid")),
    ("target", lambda: WebhookTarget(name="x", target="https://[::1")),
    ("target", lambda: WebhookTarget(name="x", target="")),
    ("target", lambda: SocketTarget(target="https://example.invalid")),
    ("radius", lambda: ZoneTrigger(transition=Transition.IN, longitude=0, latitude=0, radius=0)),
    ("radius", lambda: ZoneTrigger(transition=Transition.IN, longitude=0, latitude=0, radius=1.5)),  # type: ignore[arg-type]
    ("latitude", lambda: ZoneTrigger(transition=Transition.IN, longitude=0, latitude=91, radius=1)),
    ("longitude", lambda: ZoneTrigger(transition=Transition.IN, longitude=-181, latitude=0, radius=1)),
    ("duration", lambda: DailyTime(start=time(), duration=timedelta(0))),
    ("days", lambda: DailyTime(start=time(), duration=timedelta(hours=1), days=(Day.MONDAY,) * 2)),
    ("weeks", lambda: DailyTime(start=time(), duration=timedelta(hours=1), weeks=((0, 3),))),
    ("weeks", lambda: DailyTime(start=time(), duration=timedelta(hours=1), weeks=((5, 3),))),
    ("weeks", lambda: DailyTime(start=time(), duration=timedelta(hours=1), weeks=((1, 3), (3, 4)))),
    ("start", lambda: SingleTime(start=_AT.replace(tzinfo=None))),
    ("duration", lambda: SingleTime(start=_AT, duration=timedelta(0))),
    ("times", lambda: TimeTrigger(times=())),
    ("time_zone", lambda: TimeTrigger(times=(_NIGHT,), time_zone="not a zone")),
    ("op", lambda: _trigger(_D.PLUGGED, _O.GREATER_THAN, True)),
    ("op", lambda: _trigger(_D.OPENING, _O.EQUALS_TO, "Open")),
    ("op", lambda: _trigger(_D.TRIP_STATE, _O.EQUALS_TO, "Nominal")),
    ("values", lambda: _trigger(_D.PLUGGED, _O.ON_CHANGE, True)),
    ("values", lambda: _trigger(_D.PLUGGED, _O.EQUALS_TO)),
    ("values", lambda: _trigger(_D.PLUGGED, _O.EQUALS_TO, "yes")),
    ("values", lambda: _trigger(_D.ODOMETER, _O.EQUALS_TO, 1, 2)),
    ("values", lambda: _trigger(_D.ODOMETER, _O.EQUALS_TO, 1.5)),
    ("values", lambda: _trigger(_D.ODOMETER, _O.EQUALS_TO, True)),
    ("values", lambda: _trigger(_D.SPEED, _O.GREATER_THAN, float("nan"))),
    ("values", lambda: _trigger(_D.SPEED, _O.GREATER_THAN, "fast")),
    ("values", lambda: _trigger(_D.ALERT, _O.INCLUDED_IN)),
    ("values", lambda: _trigger(_D.ALERT, _O.INCLUDED_IN, "Imaginary")),
    ("previous", lambda: _trigger(_D.SPEED, _O.GREATER_THAN, 5, previous=Previous(op=_O.EQUALS_TO, values=(1,)))),
    ("previous", lambda: _trigger(_D.PLUGGED, _O.ON_CHANGE, previous=Previous(op=_O.ON_CHANGE, values=()))),
    ("previous", lambda: _trigger(_D.PLUGGED, _O.ON_CHANGE, previous=Previous(op=_O.EQUALS_TO, values=()))),
    ("previous", lambda: _trigger(_D.PLUGGED, _O.ON_CHANGE, previous=Previous(op=_O.EQUALS_TO, values=("no",)))),
    ("name", lambda: Trigger("", _ZONE)),
    ("name", lambda: Trigger("1a", _ZONE)),
    ("name", lambda: Trigger("a b", _ZONE)),
    ("name", lambda: Trigger("a-1", _ZONE)),
    ("label", lambda: _monitor("a", label="")),
    ("triggers", _monitor),
    ("triggers", lambda: _monitor(*"abcdef")),
    ("triggers", lambda: _monitor("a", "a")),
    ("expression", lambda: _monitor("a", expression="b")),
    ("expression", lambda: _monitor("a", expression="a | !a")),
    ("extensions", lambda: _monitor("a", extensions=(EventExtension.TRIP,) * 2)),
    ("refresh", lambda: _monitor("a", refresh=timedelta(seconds=59))),
    ("refresh", lambda: _monitor("a", refresh=timedelta(seconds=60, milliseconds=1))),
]


@pytest.mark.parametrize(("field", "build"), INVALID)
def test_invalid_requests(field: str, build: Callable[[], object]) -> None:
    with pytest.raises(InvalidValue) as error:
        build()
    assert error.value.field == field
    assert str(error.value).startswith(f"{field}: ")


@pytest.mark.parametrize(
    ("data", "op", "value", "text"),
    [
        (_D.ODOMETER, _O.GREATER_THAN, 15000.0, "15000"),
        (_D.SPEED, _O.GREATER_THAN, 130, "130"),
        (_D.AIR_TEMPERATURE, _O.LOWER_THAN, -2.5, "-2.5"),
        (_D.MOVING, _O.EQUALS_TO, False, "false"),
        (_D.CHARGING_STATUS, _O.EQUALS_TO, "Finished", "Finished"),
        (_D.TRIP_STATE, _O.INCLUDED_IN, "Unfinished", "Unfinished"),
    ],
)
def test_values_are_sent_as_text(data: MonitoredData, op: Operator, value: Any, text: str) -> None:
    assert _trigger(data, op, value).to_dict()["value"] == [text]


def test_change_has_no_value() -> None:
    assert _trigger(_D.TRIP_STOP, _O.ON_CHANGE).to_dict() == {"data": "vehicle.trip.stop", "op": "onChange"}


def test_program_that_does_not_repeat() -> None:
    program = SetProgram(slot=4, enabled=False, start=time(0, 0, 1), days=(Day.MONDAY,), recurrence=Recurrence.NONE)
    assert (program.to_dict()["recurrence"], program.to_dict()["start"]) == ("None", "PT1S")
