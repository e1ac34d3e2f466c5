"""Bodies of requests match the API description."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from custom_components.stellantis.api.models.energy import ChargingPowerLevel, ChargingType
from custom_components.stellantis.api.models.remote import HornState
from custom_components.stellantis.api.requests import (
    AttributeType,
    AttributeVariable,
    CallbackRequest,
    CallbackType,
    ChargeCommand,
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
    RemoteRequest,
    ScheduleCharging,
    SetChargingPreferences,
    SetProgram,
    SingleTime,
    SocketTarget,
    SoundHorn,
    SwitchLights,
    TimeTrigger,
    Transition,
    Trigger,
    Unlock,
    WakeUp,
    WebhookAttributes,
    WebhookTarget,
    ZoneTrigger,
)
from custom_components.stellantis.api.requests.remote import RemoteCommand
from tests.api.description import needs_description, schema_errors

_AT = datetime(2026, 3, 1, 22, 5, tzinfo=UTC)
_HEADER = NewAttribute(AttributeType.HEADER, "X-Secret", "s3")
_BODY = NewAttribute(AttributeType.BODY, "vin", AttributeVariable.VIN)
_QUERY = NewAttribute(AttributeType.QUERY, "car", AttributeVariable.VIN)
_PLACE = Place(longitude=9.5, latitude=51.25)
_SET = SetProgram(slot=1, enabled=True, start=time(6, 45), days=(Day.MONDAY, Day.SUNDAY))
_CHARGE = NewChargingProgram(start=time(22), end=time(6, 30), days=(Day.FRIDAY,))
_OCCURRENCE = {"day": ["Mon", "Sun"]}

COMMANDS: list[tuple[RemoteCommand, dict[str, Any]]] = [
    (Lock(), {"door": {"state": "Locked"}}),
    (Lock(forced=True), {"door": {"state": "Locked", "forced": True}}),
    (Unlock(), {"door": {"state": "Unlocked"}}),
    (SoundHorn(), {"horn": {"state": "Activated"}}),
    (SoundHorn(state=HornState.UNACTIVATED), {"horn": {"state": "Unactivated"}}),
    (SwitchLights(on=True), {"lights": {"on": True}}),
    (SwitchLights(on=False), {"lights": {"on": False}}),
    (WakeUp(), {"wakeUp": {"action": "WakeUp"}}),
    (
        Navigate(positions=(_PLACE,)),
        {"navigation": {"positions": [{"type": "Point", "coordinates": [9.5, 51.25]}]}},
    ),
    (
        Navigate(positions=(_PLACE,) * 10, driver_approval=True),
        {"navigation": {"positions": [{"type": "Point", "coordinates": [9.5, 51.25]}] * 10, "driverApproval": True}},
    ),
    (PreconditionCommand(immediate=True), {"preconditioning": {"airConditioning": {"immediate": True}}}),
    (
        PreconditionCommand(programs=(_SET, DeleteProgram(slot=2))),
        {
            "preconditioning": {
                "airConditioning": {
                    "programs": [
                        {
                            "slot": 1,
                            "enabled": True,
                            "start": "PT6H45M",
                            "occurence": _OCCURRENCE,
                            "recurrence": "Daily",
                            "actionsType": "Set",
                        },
                        {"slot": 2, "start": "PT0S", "actionsType": "Delete"},
                    ]
                }
            }
        },
    ),
    (ChargeCommand(), {"charging": {"immediate": True}}),
    (ChargeCommand(immediate=False), {"charging": {"immediate": False}}),
    (ScheduleCharging(schedule=_AT), {"charging": {"schedule": {"nextDelayedTime": "2026-03-01T22:05:00Z"}}}),
    (
        ScheduleCharging(schedule=(_CHARGE,), immediate=False),
        {
            "charging": {
                "schedule": {
                    "programs": [{"start": "PT22H", "end": "PT6H30M", "occurence": {"day": ["Fri"]}, "enabled": True}]
                },
                "immediate": False,
            }
        },
    ),
    (SetChargingPreferences(level=ChargingPowerLevel.LEVEL_2), {"charging": {"preferences": {"level": "Level2"}}}),
    (SetChargingPreferences(type=ChargingType.PARTIAL), {"charging": {"preferences": {"type": "Partial"}}}),
]


@pytest.mark.parametrize(("command", "body"), COMMANDS)
def test_commands(command: RemoteCommand, body: dict[str, Any]) -> None:
    assert RemoteRequest(command=command).to_dict() == body


def test_remote_with_all_around_it() -> None:
    request = RemoteRequest(
        command=Unlock(),
        label="open up",
        attributes=(_HEADER, NewAttribute(AttributeType.BODY, "fate", AttributeVariable.REMOTE_STATUS)),
        callback_attributes=WebhookAttributes(webhook=(_QUERY,)),
    )
    assert request.to_dict() == {
        "label": "open up",
        "attributes": [
            {"type": "Header", "key": "X-Secret", "value": "s3"},
            {"type": "Body", "key": "fate", "value": "$remoteStatus"},
        ],
        "callbackAttributes": {"webhook": [{"type": "Query", "key": "car", "value": "$vin"}]},
        "door": {"state": "Unlocked"},
    }


CALLBACKS: list[tuple[CallbackRequest, dict[str, Any]]] = [
    (
        CallbackRequest(
            target=WebhookTarget(name="hook", target="https://example.invalid/x", attributes=(_HEADER, _BODY, _QUERY)),
            label="home",
            types=frozenset((CallbackType.REMOTE, CallbackType.MONITOR)),
        ),
        {
            "label": "home",
            "type": ["Monitor", "Remote"],
            "callback": {
                "webhook": {
                    "name": "hook",
                    "target": "https://example.invalid/x",
                    "attributes": [
                        {"type": "Header", "key": "X-Secret", "value": "s3"},
                        {"type": "Body", "key": "vin", "value": "$vin"},
                        {"type": "Query", "key": "car", "value": "$vin"},
                    ],
                }
            },
        },
    ),
    (
        CallbackRequest(target=PushTarget(devices=("phone",), attributes=(_HEADER, _BODY))),
        {
            "callback": {
                "pushnotif": {
                    "devices": ["phone"],
                    "attributes": [
                        {"type": "Header", "key": "X-Secret", "value": "s3"},
                        {"type": "Body", "key": "vin", "value": "$vin"},
                    ],
                }
            }
        },
    ),
    (
        CallbackRequest(target=SocketTarget(target="wss://example.invalid/x")),
        {"callback": {"websocket": {"target": "wss://example.invalid/x"}}},
    ),
]


@pytest.mark.parametrize(("request_", "body"), CALLBACKS)
def test_callbacks(request_: CallbackRequest, body: dict[str, Any]) -> None:
    assert request_.to_dict() == body


_ZONE = ZoneTrigger(transition=Transition.OUT, longitude=9.5, latitude=51.25, radius=2)
_NIGHT = DailyTime(
    start=time(22), duration=timedelta(hours=8), days=(Day.MONDAY, Day.SUNDAY), weeks=((1, 26), (30, 30))
)
_MONITOR = MonitorRequest(
    label="left at night",
    triggers=(
        Trigger("left", _ZONE),
        Trigger(
            "night_1",
            TimeTrigger(times=(_NIGHT, SingleTime(start=_AT, duration=timedelta(days=1))), time_zone="Europe/Berlin"),
        ),
        Trigger(
            "low.2",
            DataTrigger(data=MonitoredData.ELECTRIC_LEVEL, op=Operator.LOWER_THAN, values=(20,)),
        ),
        Trigger(
            "plug",
            DataTrigger(
                data=MonitoredData.PLUGGED,
                op=Operator.EQUALS_TO,
                values=(True,),
                previous=Previous(op=Operator.EQUALS_TO, values=(False,)),
            ),
        ),
        Trigger("t", TimeTrigger(times=(DailyTime(start=time(8), duration=timedelta(hours=1)), SingleTime(start=_AT)))),
    ),
    expression="left & night_1 | !(low.2 | plug) & t",
    extensions=(EventExtension.STATUS, EventExtension.ALERTS),
    refresh=timedelta(minutes=1),
    attributes=(NewAttribute(AttributeType.BODY, "monitor", AttributeVariable.MONITOR_ID),),
    callback_attributes=PushAttributes(pushnotif=(_HEADER,)),
)


def test_monitor() -> None:
    body = _MONITOR.to_dict()
    triggers = body["triggerParam"].pop("triggers")
    assert body == {
        "label": "left at night",
        "subscribeParam": {
            "refreshEvent": 60,
            "callbackAttributes": {"pushnotif": [{"type": "Header", "key": "X-Secret", "value": "s3"}]},
        },
        "attributes": [{"type": "Body", "key": "monitor", "value": "$monitorID"}],
        "extendedEventParam": ["vehicle.status", "vehicle.alerts"],
        "triggerParam": {"boolExp": "left & night_1 | !(low.2 | plug) & t"},
    }
    assert triggers == [
        {
            "name": "left",
            "zone": {"transition": "Out", "place": {"center": {"longitude": 9.5, "latitude": 51.25}, "radius": 2}},
        },
        {
            "name": "night_1",
            "time": {
                "times": [
                    {
                        "start": "PT22H",
                        "duration": "PT8H",
                        "recurrence": "Daily",
                        "occurence": {"day": ["Mon", "Sun"], "week": ["w1-w26", "w30"]},
                    },
                    {"start": "2026-03-01T22:05:00Z", "duration": "PT24H", "recurrence": "None"},
                ],
                "timeZone": "Europe/Berlin",
            },
        },
        {"name": "low.2", "data": {"data": "vehicle.energy.electric.level", "op": "lowerThan", "value": ["20"]}},
        {
            "name": "plug",
            "data": {
                "data": "vehicle.energy.charging.plugged",
                "op": "equalsTo",
                "value": ["true"],
                "previous": {"op": "equalsTo", "value": ["false"]},
            },
        },
        {
            "name": "t",
            "time": {
                "times": [
                    {"start": "PT8H", "duration": "PT1H", "recurrence": "Daily"},
                    {"start": "2026-03-01T22:05:00Z", "recurrence": "None"},
                ],
                "timeZone": "Europe/Paris",
            },
        },
    ]


def test_weeks_require_days() -> None:
    body = DailyTime(start=time(8), duration=timedelta(hours=1), weeks=((5, 6),)).to_dict()
    assert body["occurence"] == {"day": [day.value for day in Day], "week": ["w5-w6"]}


@needs_description
@pytest.mark.parametrize(
    ("name", "request_"),
    [
        *(("Remote", RemoteRequest(command=command)) for command, _ in COMMANDS),
        *(("CallbackSubscribe", request) for request, _ in CALLBACKS),
        ("MonitorParameter", _MONITOR),
    ],
)
def test_bodies_match_the_description(name: str, request_: RemoteRequest | CallbackRequest | MonitorRequest) -> None:
    violations = schema_errors(name, request_.to_dict())
    # The schema of a push attribute lacks the key that its text mentions
    assert [
        violation for violation in violations if not ("pushnotif" in violation and violation.endswith("/key"))
    ] == []
