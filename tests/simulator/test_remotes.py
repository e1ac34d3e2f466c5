"""Remotes: their course, and what they do to the car."""

from datetime import datetime
from typing import Any

import pytest

from simulator import SimulatorConfig

from .conftest import MONDAY, Caller, Hook
from .sending import CHARGE, GO, HEAT, HORN, LOCK, SLEEPING, UNLOCK, USUAL, WAKE, Remotes, truth


@pytest.fixture
def config() -> SimulatorConfig:
    return SimulatorConfig(start=MONDAY, speed=0, routine=False)


@pytest.fixture
async def remotes(caller: Caller, hook: Hook) -> Remotes:
    """Remotes for an e-208."""
    await caller.sign_in("peugeot")
    return Remotes(caller, hook, await caller.subscribe(hook.url), "e-208")


async def test_a_remote_takes_its_course_step_by_step(caller: Caller, hook: Hook, remotes: Remotes) -> None:
    remote = await remotes.post(UNLOCK | {"label": "open"})
    body = await remotes.read(remote)
    assert (body["status"], body["type"], body["remote"]) == ("Accepted", "Doors", UNLOCK | {"label": "open"})
    assert (await truth(caller))["state"]["locked"] is True
    await caller.pass_time(1)
    assert (await remotes.read(remote))["status"] == "CheckingVehicle"
    await caller.pass_time(1)
    assert (await remotes.read(remote))["status"] == "SentToVehicle"
    await caller.pass_time(3)
    assert (await remotes.read(remote))["status"] == "Success"
    assert (await truth(caller))["state"]["locked"] is False
    assert [event["status"] for event in remotes.told(remote)] == USUAL
    assert [event["type"] for event in remotes.told(remote)] == ["Pending"] * 3 + ["Done"]
    assert hook.messages[0]["date"] == "2026-03-02T03:00:00Z"
    assert hook.messages[-1]["date"] == "2026-03-02T03:00:05Z"
    assert {message["callbackId"] for message in hook.messages} == {remotes.callback}


async def test_a_sleeping_car_is_woken_for_three_minutes(caller: Caller, remotes: Remotes) -> None:
    await caller.change("e-208", asleep=True)
    before = (await truth(caller))["status"]["createdAt"]
    remote = await remotes.post(WAKE)
    await caller.pass_time(30)
    assert [event["status"] for event in remotes.told(remote)] == SLEEPING
    assert (await truth(caller))["asleep"] is False
    await caller.pass_time(150)
    assert (await truth(caller))["status"]["createdAt"] > before
    await caller.pass_time(30)
    assert (await truth(caller))["asleep"] is True
    assert (await caller.control("PUT", "/remotes", {})).body["wake_ups"] == {f"{caller.car('e-208').id}:2026-03": 1}


async def test_navigation_goes_without_acceptance_and_waking(caller: Caller, remotes: Remotes) -> None:
    await caller.change("e-208", asleep=True)
    remote = await remotes.post(GO)
    await caller.pass_time(30)
    assert [event["status"] for event in remotes.told(remote)] == ["CheckingVehicle", "SentToVehicle", "Success"]
    body = await truth(caller)
    assert (body["destinations"], body["asleep"]) == ([[2.35, 48.85]], True)


async def test_what_is_done_already(caller: Caller, remotes: Remotes) -> None:
    for body in (
        LOCK,
        {"preconditioning": {"airConditioning": {"immediate": False}}},
        {"charging": {"immediate": False}},
    ):
        assert (await remotes.do(body))["status"] == "AlreadyDone"


async def test_horn_and_lights(caller: Caller, remotes: Remotes) -> None:
    assert (await remotes.do(HORN))["status"] == "Success"
    assert (await remotes.do({"lights": {"on": True}}))["status"] == "Success"
    body = await truth(caller)
    assert (body["horns"], body["state"]["lights"]) == (1, ["turn"])
    assert (await remotes.do({"lights": {"on": False}}))["status"] == "Success"
    assert (await truth(caller))["state"]["lights"] == []


async def test_preconditioning_and_its_programs(caller: Caller, remotes: Remotes) -> None:
    program = {"slot": 2, "enabled": True, "start": "PT6H30M", "occurence": {"day": ["Tue"]}, "recurrence": "Daily"}
    body = {"preconditioning": {"airConditioning": {"programs": [program, {"slot": 1, "actionsType": "Delete"}]}}}
    assert (await remotes.do(body))["status"] == "Success"
    shown = (await caller.status("e-208"))["preconditioning"]["airConditioning"]["programs"]
    assert [one["enabled"] for one in shown] == [False, True, False, False]
    assert (shown[1]["start"], shown[1]["occurence"]) == ("PT6H30M", {"day": ["Tue"]})
    assert (await remotes.do(HEAT, 30))["status"] == "Success"
    assert (await caller.status("e-208"))["preconditioning"]["airConditioning"]["status"] == "Enabled"
    assert (await truth(caller))["air_programs"].keys() == {"2"}, "an immediate start leaves the programs alone"
    await caller.pass_time(1200)
    assert (await caller.status("e-208"))["preconditioning"]["airConditioning"]["status"] == "Finished"
    await caller.pass_time(27 * 3600)
    air = (await caller.status("e-208"))["preconditioning"]["airConditioning"]
    assert (air["startingCause"], air["createdAt"]) == ("Scheduled", "2026-03-03T05:50:00Z")
    await caller.control("POST", "/remotes/next", {"erase_programs": True})
    assert (await remotes.do(HEAT, 30))["status"] == "Success"
    assert (await truth(caller))["air_programs"] == {}


async def test_charging_at_once_later_and_by_program(caller: Caller, remotes: Remotes) -> None:
    assert (await remotes.do(CHARGE))["failureCause"] == "ExternalChargingSystemError"
    await caller.change("e-208", level=30, plug=True)
    assert (await remotes.do(CHARGE))["status"] == "Success"
    assert (await truth(caller))["state"]["charging"] == "InProgress"
    assert (await remotes.do(CHARGE))["status"] == "AlreadyDone"
    later = {"charging": {"immediate": False, "schedule": {"nextDelayedTime": "2026-03-02T05:00:00+01:00"}}}
    assert (await remotes.do(later))["status"] == "Success"
    body = await truth(caller)
    assert (body["state"]["charging"], body["delayed_start"]) == ("Stopped", 5 * 3600)
    await caller.pass_time(3600)
    assert (await truth(caller))["state"]["charging"] == "InProgress"
    assert (await remotes.do({"charging": {"immediate": False}}))["status"] == "Success"
    assert (await remotes.do({"charging": {"preferences": {"level": "Level2", "type": "Partial"}}}))[
        "status"
    ] == "Success"
    state = (await truth(caller))["state"]
    assert (state["charge_power"], state["charge_limit"]) == ("Level2", "Partial")
    programs = [{"start": "PT8H", "end": "PT9H", "enabled": True, "occurence": {"day": ["Mon"]}}]
    assert (await remotes.do({"charging": {"schedule": {"programs": programs}}}))["status"] == "Success"
    for hour, status in (("07:30", "InProgress"), ("08:30", "Stopped")):
        await caller.change("e-208", level=30)
        await caller.pass_time(_until(caller, f"2026-03-02T{hour}:00Z"))
        assert (await truth(caller))["state"]["charging"] == status
    await caller.change("e-208", charge="Failure")
    assert (await remotes.do(CHARGE))["failureCause"] == "VehicleChargingSystemError"


def _until(caller: Caller, text: str) -> float:
    return datetime.fromisoformat(text).timestamp() - caller.simulator.world.clock.now()


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
async def test_what_a_car_cannot_do_fails_and_changes_nothing(
    caller: Caller, remotes: Remotes, change: Any, body: Any, cause: str
) -> None:
    await caller.change("e-208", **change)
    before = (await truth(caller))["state"]
    ended = await remotes.do(body, 200)
    assert (ended["status"], ended["failureCause"]) == ("Failed", cause)
    assert remotes.told(ended["remoteActionId"])[-1] == {"type": "Done", "status": "Failed", "failureCause": cause}
    after = await truth(caller)
    assert (after["state"]["locked"], after["state"]["air"], after["horns"]) == (before["locked"], before["air"], 0)


async def test_pending_ends(caller: Caller, remotes: Remotes) -> None:
    await caller.change("e-208", battery_12v=58)
    await caller.change("e-208", asleep=True)
    assert (await remotes.do(UNLOCK))["status"] == "VehicleBatteryChargeTooLow"
    await caller.change("e-208", battery_12v=80)
    await caller.control("PUT", "/remotes", {"wake_ups_a_month": 1})
    await caller.change("e-208", asleep=True)
    assert (await remotes.do(WAKE))["status"] == "Success"
    ended = await remotes.do(UNLOCK)
    assert ended["status"] == "TooManyWakeUpsOverMonth"
    assert remotes.told(ended["remoteActionId"])[-1] == {"type": "Pending", "status": "TooManyWakeUpsOverMonth"}
    await caller.pass_time(31 * 86400)
    assert (await remotes.do(UNLOCK))["status"] == "Success", "a new month has begun"


async def test_one_at_a_time_and_not_too_many(caller: Caller, remotes: Remotes) -> None:
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


async def test_a_forced_lock_tells_about_the_key(caller: Caller, remotes: Remotes) -> None:
    await caller.change("e-208", lock=False, key_inside=True)
    ended = await remotes.do({"door": {"state": "Locked", "forced": True}})
    assert (ended["status"], ended["feedbackDetail"]) == ("Success", "CIDBlacklisted")


async def test_the_next_remote_can_be_scripted(caller: Caller, hook: Hook, remotes: Remotes) -> None:
    events = [
        {"status": "Accepted"},
        {"status": "SentToVehicle", "delay": 60},
        {"status": "Failed", "failureCause": "CanceledByDriver", "delay": 30},
    ]
    await caller.control("POST", "/remotes/next", {"events": events})
    await caller.control("POST", "/remotes/next", {"refuse": {"code": 40300, "message": "not today"}})
    await caller.control("POST", "/remotes/next", {"events": [{"status": "Success"}], "notifications": {"drop": True}})
    await caller.control("POST", "/remotes/next", {"events": [{"status": "Accepted"}]})
    remote = await remotes.post(UNLOCK)
    await caller.pass_time(89)
    assert (await remotes.read(remote))["status"] == "SentToVehicle"
    await caller.pass_time(1)
    assert (await remotes.read(remote))["failureCause"] == "CanceledByDriver"
    assert len(remotes.told(remote)) == 3
    refused = await caller.send("POST", remotes.path, UNLOCK)
    assert (refused.status, refused.body["message"]) == (403, "not today")
    assert (await truth(caller))["state"]["locked"] is True
    silent = await remotes.post(UNLOCK)
    assert len((await caller.control("GET", "/remotes")).body) == 2, "what was refused is not there"
    assert (await remotes.read(silent))["status"] == "Success"
    assert (await truth(caller))["state"]["locked"] is False
    stuck = await remotes.do(LOCK, 86400)
    assert stuck["status"] == "Accepted"
    assert remotes.told(silent) == []


@pytest.mark.parametrize(
    "script",
    [
        {},
        {"event": []},
        {"events": [{"status": "Maybe"}]},
        {"events": [{"status": "Failed"}]},
        {"events": [{"status": "Success", "failureCause": "DoorsOpen"}]},
        {"events": [{"status": "Success", "type": "Pending"}]},
        {"events": [{"status": "Success", "delay": -1}]},
        {"refuse": {"code": 4}},
        {"notifications": {"drop": 1}},
        {"notifications": {"delay": "long"}},
        {"notifications": {"lose": True}},
    ],
    ids=str,
)
async def test_a_wrong_script_is_refused(caller: Caller, script: Any) -> None:
    answer = await caller.control("POST", "/remotes/next", script)
    assert answer.status == 400
    assert answer.body["error"]


async def test_attributes_and_variables(caller: Caller, hook: Hook) -> None:
    await caller.sign_in("peugeot")
    callback = await caller.subscribe(
        hook.url,
        {"type": "Header", "key": "vehicle", "value": "$vin"},
        {"type": "Query", "key": "callback", "value": "$CallbackID"},
        {"type": "Body", "key": "secret", "value": "s3cret"},
        {"type": "Body", "key": "unknown", "value": "$nothing"},
        label="mine",
    )
    remotes = Remotes(caller, hook, callback, "e-208")
    more = {
        "label": "beep",
        "attributes": [{"type": "Header", "key": "X-Kind", "value": "$remoteType"}],
        "callbackAttributes": {
            "webhook": [
                {"type": "Body", "key": "secret", "value": "other"},
                {"type": "Body", "key": "what", "value": "$remoteLabel"},
                {"type": "Query", "key": "status", "value": "$RemoteStatus"},
                {"type": "Query", "key": "whose", "value": "$callbackLabel"},
            ]
        },
    }
    await remotes.do(HORN | more)
    first = hook.got[0]
    assert first.headers["x-vehicle"] == caller.vin("e-208")
    assert first.headers["x-kind"] == "Horn"
    assert dict(first.query) == {"callback": callback, "status": "Accepted", "whose": "mine"}
    assert first.body["attributes"] == [
        {"key": "secret", "value": "other"},
        {"key": "unknown", "value": "$nothing"},
        {"key": "what", "value": "beep"},
    ]
    assert hook.got[-1].query["status"] == "Success"


async def test_a_deleted_callback_hears_no_more_though_the_car_goes_on(
    caller: Caller, hook: Hook, remotes: Remotes
) -> None:
    await remotes.post(UNLOCK)
    await caller.pass_time(0)
    assert (await caller.send("DELETE", f"/user/callbacks/{remotes.callback}")).status == 204
    heard = len(hook.messages)
    await caller.pass_time(60)
    assert (await truth(caller))["state"]["locked"] is False
    assert len(hook.messages) == heard
    assert (await caller.get(remotes.path)).body["code"] == 40400
