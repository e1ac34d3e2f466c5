"""Operations that write, and their notifications, against the simulator."""

from datetime import time, timedelta

import pytest

from custom_components.stellantis.api import (
    Callback,
    CallbackStatus,
    CallbackType,
    MonitoredData,
    NotFound,
    RemoteStatus,
    RemoteType,
)
from custom_components.stellantis.api.models.energy import ChargingPowerLevel
from custom_components.stellantis.api.requests import (
    AttributeType,
    AttributeVariable,
    CallbackRequest,
    ChargeCommand,
    DailyTime,
    DataTrigger,
    Day,
    DeleteProgram,
    EventExtension,
    Lock,
    MonitorRequest,
    Navigate,
    NewAttribute,
    NewChargingProgram,
    Operator,
    Place,
    PreconditionCommand,
    Previous,
    RemoteCommand,
    RemoteRequest,
    ScheduleCharging,
    SetChargingPreferences,
    SetProgram,
    SoundHorn,
    SwitchLights,
    TimeTrigger,
    Transition,
    Trigger,
    Unlock,
    WakeUp,
    WebhookTarget,
    ZoneTrigger,
)
from tests.api.against_simulator.conftest import NOW, Harness, WebhookReceiver, create_callback, find_vehicle_id


async def test_callbacks(harness: Harness, receiver: WebhookReceiver) -> None:
    client = harness.client
    callback_id = await create_callback(harness, receiver)
    (callback,) = [callback async for callback in client.callbacks(types=CallbackType)]
    assert callback == await client.callback(callback_id)
    assert callback.subscribe
    assert callback.subscribe.webhook
    assert callback.subscribe.webhook.target == receiver.url
    assert (await client.set_callback_status(callback_id, running=False)).status == CallbackStatus.PAUSED
    changed = CallbackRequest(target=WebhookTarget(name="other", target=receiver.url))
    assert (await client.update_callback(callback_id, changed)).callback_id == callback_id
    updated: Callback = await client.callback(callback_id)
    assert updated.subscribe
    assert updated.subscribe.webhook
    assert updated.subscribe.webhook.name == "other"
    await client.delete_callback(callback_id)
    await client.delete_callback(callback_id)
    with pytest.raises(NotFound):
        await client.callback(callback_id)


async def test_monitor_and_its_notifications(harness: Harness, receiver: WebhookReceiver) -> None:
    client = harness.client
    vehicle_id = await find_vehicle_id(harness, "308")
    await harness.change_vehicle(vehicle_id, level=50, plug=False)
    callback_id = await create_callback(harness, receiver)
    always = TimeTrigger(times=(DailyTime(start=time(), duration=timedelta(hours=24)),), time_zone="Europe/Paris")
    monitor = MonitorRequest(
        label="plugged in",
        triggers=(
            Trigger(
                "plug",
                DataTrigger(
                    data=MonitoredData.PLUGGED,
                    op=Operator.EQUALS_TO,
                    values=(True,),
                    previous=Previous(op=Operator.EQUALS_TO, values=(False,)),
                ),
            ),
            Trigger("far", ZoneTrigger(transition=Transition.OUT, longitude=-140.0, latitude=-40.0, radius=100)),
            Trigger("day", always),
            Trigger("low", DataTrigger(data=MonitoredData.ELECTRIC_LEVEL, op=Operator.LOWER_THAN, values=(90,))),
        ),
        expression="plug & low & !(far & !far) | plug & day & far",
        extensions=tuple(EventExtension),
        refresh=timedelta(minutes=5),
        attributes=(NewAttribute(AttributeType.BODY, "monitor", AttributeVariable.MONITOR_LABEL),),
    )
    created = await client.create_monitor(vehicle_id, callback_id, monitor)
    assert created.monitor_id
    (listed,) = [monitor async for monitor in client.monitors(vehicle_id, callback_id)]
    assert listed == await client.monitor(vehicle_id, callback_id, created.monitor_id)
    assert listed.monitor
    assert [trigger.name for trigger in listed.monitor.triggers] == ["plug", "far", "day", "low"]
    assert (await client.update_monitor(vehicle_id, callback_id, created.monitor_id, monitor)).monitor_id
    await harness.change_vehicle(vehicle_id, plug=True)
    await harness.advance_clock(10)
    first = receiver.received[0]
    assert first.monitor_event
    assert (first.monitor_event.monitor_id, first.monitor_event.refresh) == (created.monitor_id, False)
    assert first.get_attribute("monitor") == "plugged in"
    assert first.get_attribute("vin")
    assert first.monitor_event.values
    extensions = first.monitor_event.extensions
    assert extensions
    assert extensions.status
    assert extensions.status.electric
    assert extensions.status.electric.charging
    assert extensions.status.electric.charging.plugged is True
    assert extensions.maintenance
    assert extensions.telemetry
    paused = await client.set_monitor_status(vehicle_id, callback_id, created.monitor_id, running=False)
    assert paused.status == CallbackStatus.PAUSED
    await client.delete_monitor(vehicle_id, callback_id, created.monitor_id)
    assert [monitor async for monitor in client.monitors(vehicle_id, callback_id)] == []


_PROGRAM = SetProgram(slot=1, enabled=True, start=time(6, 45), days=(Day.MONDAY, Day.FRIDAY))
_TONIGHT = NOW + timedelta(hours=10)

ACTIONS: tuple[RemoteCommand, ...] = (
    WakeUp(),
    Unlock(),
    Lock(),
    SoundHorn(),
    SwitchLights(on=True),
    Navigate(positions=(Place(longitude=2.35, latitude=48.85), Place(longitude=7.75, latitude=48.58))),
    PreconditionCommand(immediate=True),
    PreconditionCommand(programs=(_PROGRAM, DeleteProgram(slot=2))),
    ChargeCommand(),
    ChargeCommand(immediate=False),
    ScheduleCharging(schedule=_TONIGHT),
    ScheduleCharging(schedule=(NewChargingProgram(start=time(22), end=time(6), days=(Day.MONDAY,)),)),
    SetChargingPreferences(level=ChargingPowerLevel.LEVEL_2),
)


async def test_commands_and_their_results(harness: Harness, receiver: WebhookReceiver) -> None:
    client = harness.client
    vehicle_id = await find_vehicle_id(harness, "e-208")
    await harness.change_vehicle(vehicle_id, level=60, plug=True, charge=False, doors="closed", lock=True, drive=False)
    callback_id = await create_callback(harness, receiver)
    for action in ACTIONS:
        sent = await client.send_remote(vehicle_id, callback_id, RemoteRequest(command=action, label="test"))
        assert sent.remote_action_id
        await harness.advance_clock(60)
        remote = await client.remote(vehicle_id, callback_id, sent.remote_action_id)
        assert remote.has_ended, action
        assert remote.has_succeeded, (action, remote.failure_cause)
        assert remote.callback_id in {callback_id, None}
        remote_events = [n.remote_event for n in receiver.received if n.remote_event]
        events = [event for event in remote_events if event.remote_action_id == sent.remote_action_id]
        last = events[-1].event_status
        assert last
        assert (last.has_ended, last.status) == (True, remote.status)
    assert len([remote async for remote in client.remotes(vehicle_id, callback_id, page_size=5)]) == len(ACTIONS)


async def test_failed_command(harness: Harness, receiver: WebhookReceiver) -> None:
    vehicle_id = await find_vehicle_id(harness, "e-208")
    await harness.change_vehicle(vehicle_id, doors=["Trunk"], lock=False)
    callback_id = await create_callback(harness, receiver)
    sent = await harness.client.send_remote(vehicle_id, callback_id, RemoteRequest(command=Lock()))
    assert sent.type == RemoteType.DOORS
    await harness.advance_clock(60)
    assert sent.remote_action_id
    remote = await harness.client.remote(vehicle_id, callback_id, sent.remote_action_id)
    assert (remote.status, remote.failure_cause) == (RemoteStatus.FAILED, "DoorsOpen")
