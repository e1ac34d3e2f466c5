"""How remotes are carried out."""

from typing import Any

import pytest

from ..conftest import Caller, Hook
from .helpers import ASLEEP_STATUSES, AWAKE_STATUSES, HEAT, HORN, LOCK, NAVIGATE, UNLOCK, WAKE, Remotes, true_state


async def test_remote_is_carried_out_step_by_step(caller: Caller, hook: Hook, remotes: Remotes) -> None:
    remote = await remotes.post(UNLOCK | {"label": "open"})
    body = await remotes.read(remote)
    assert (body["status"], body["type"], body["remote"]) == ("Accepted", "Doors", UNLOCK | {"label": "open"})
    assert (await true_state(caller))["state"]["locked"] is True
    await caller.pass_time(1)
    assert (await remotes.read(remote))["status"] == "CheckingVehicle"
    await caller.pass_time(1)
    assert (await remotes.read(remote))["status"] == "SentToVehicle"
    await caller.pass_time(3)
    assert (await remotes.read(remote))["status"] == "Success"
    assert (await true_state(caller))["state"]["locked"] is False
    assert [event["status"] for event in remotes.events(remote)] == AWAKE_STATUSES
    assert [event["type"] for event in remotes.events(remote)] == ["Pending"] * 3 + ["Done"]
    assert hook.messages[0]["date"] == "2026-03-02T03:00:00Z"
    assert hook.messages[-1]["date"] == "2026-03-02T03:00:05Z"
    assert {message["callbackId"] for message in hook.messages} == {remotes.callback}


async def test_sleeping_car_is_woken_for_three_minutes(caller: Caller, remotes: Remotes) -> None:
    await caller.change("e-208", asleep=True)
    before = (await true_state(caller))["status"]["createdAt"]
    remote = await remotes.post(WAKE)
    await caller.pass_time(30)
    assert [event["status"] for event in remotes.events(remote)] == ASLEEP_STATUSES
    assert (await true_state(caller))["asleep"] is False
    await caller.pass_time(150)
    assert (await true_state(caller))["status"]["createdAt"] > before
    await caller.pass_time(30)
    assert (await true_state(caller))["asleep"] is True
    assert (await caller.control("PUT", "/remotes", {})).body["wake_ups"] == {f"{caller.car('e-208').id}:2026-03": 1}


async def test_navigation_needs_neither_acceptance_nor_wake_up(caller: Caller, remotes: Remotes) -> None:
    await caller.change("e-208", asleep=True)
    remote = await remotes.post(NAVIGATE)
    await caller.pass_time(30)
    assert [event["status"] for event in remotes.events(remote)] == ["CheckingVehicle", "SentToVehicle", "Success"]
    body = await true_state(caller)
    assert (body["destinations"], body["asleep"]) == ([[2.35, 48.85]], True)


async def test_already_done(caller: Caller, remotes: Remotes) -> None:
    for body in (
        LOCK,
        {"preconditioning": {"airConditioning": {"immediate": False}}},
        {"charging": {"immediate": False}},
    ):
        assert (await remotes.do(body))["status"] == "AlreadyDone"


@pytest.mark.parametrize(
    ("change", "body", "cause"),
    [
        ({"doors": ["Trunk"]}, LOCK, "DoorsOpen"),
        ({"doors": ["Driver"]}, HEAT, "DoorsOpen"),
        ({"level": 10}, HEAT, "NotPossibleDueToVehicleBatteryLevel"),
        ({"privacy": "Full"}, UNLOCK, "NotPossibleDueToVehiclePrivacyLevel"),
        ({"drive": True}, HORN, "VehicleInUse"),
        ({"stolen": True}, UNLOCK, "NotPossibleDueToVehicleStolenState"),
        ({"reachable": False}, UNLOCK, "VehicleConnectionTimeout"),
        ({"reachable": False, "asleep": True}, UNLOCK, "VehicleConnectionTimeout"),
        ({"key_inside": True}, LOCK, "CidInside"),
    ],
    ids=str,
)
async def test_blocked_remote_fails_and_changes_nothing(
    caller: Caller, remotes: Remotes, change: Any, body: Any, cause: str
) -> None:
    await caller.change("e-208", **change)
    before = (await true_state(caller))["state"]
    ended = await remotes.do(body, 200)
    assert (ended["status"], ended["failureCause"]) == ("Failed", cause)
    assert remotes.events(ended["remoteActionId"])[-1] == {"type": "Done", "status": "Failed", "failureCause": cause}
    after = await true_state(caller)
    assert (after["state"]["locked"], after["state"]["air"], after["horns"]) == (before["locked"], before["air"], 0)


async def test_aborted_remotes(caller: Caller, remotes: Remotes) -> None:
    await caller.change("e-208", battery_12v=58)
    await caller.change("e-208", asleep=True)
    assert (await remotes.do(UNLOCK))["status"] == "VehicleBatteryChargeTooLow"
    await caller.change("e-208", battery_12v=80)
    await caller.control("PUT", "/remotes", {"wake_ups_a_month": 1})
    await caller.change("e-208", asleep=True)
    assert (await remotes.do(WAKE))["status"] == "Success"
    ended = await remotes.do(UNLOCK)
    assert ended["status"] == "TooManyWakeUpsOverMonth"
    assert remotes.events(ended["remoteActionId"])[-1] == {"type": "Pending", "status": "TooManyWakeUpsOverMonth"}
    await caller.pass_time(31 * 86400)
    assert (await remotes.do(UNLOCK))["status"] == "Success", "wake-ups are counted by month"


async def test_same_action_in_progress_and_too_many_requests(caller: Caller, remotes: Remotes) -> None:
    first = await remotes.post(UNLOCK)
    second = await remotes.read(await remotes.post(LOCK))
    assert (second["status"], second["failureCause"]) == ("Failed", "SameActionInProgress")
    await remotes.post(HORN)
    await caller.pass_time(10)
    assert (await remotes.read(first))["status"] == "Success"
    for _ in range(7):
        await remotes.do(HORN, 5)
    assert (await remotes.do(HORN, 5))["failureCause"] == "TooManyRequestInShortTime"
    assert len((await caller.control("GET", "/remotes")).body) == 11


async def test_remote_goes_on_without_notifications_after_its_callback_is_deleted(
    caller: Caller, hook: Hook, remotes: Remotes
) -> None:
    await remotes.post(UNLOCK)
    await caller.pass_time(0)
    assert (await caller.send("DELETE", f"/user/callbacks/{remotes.callback}")).status == 204
    heard = len(hook.messages)
    await caller.pass_time(60)
    assert (await true_state(caller))["state"]["locked"] is False
    assert len(hook.messages) == heard
    assert (await caller.get(remotes.path)).body["code"] == 40400
