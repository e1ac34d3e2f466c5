"""What remotes change in a car."""

from datetime import datetime

from ..conftest import Caller
from .helpers import CHARGE, HEAT, HORN, Remotes, true_state


async def test_horn_and_lights(caller: Caller, remotes: Remotes) -> None:
    assert (await remotes.do(HORN))["status"] == "Success"
    assert (await remotes.do({"lights": {"on": True}}))["status"] == "Success"
    body = await true_state(caller)
    assert (body["horns"], body["state"]["lights"]) == (1, ["turn"])
    assert (await remotes.do({"lights": {"on": False}}))["status"] == "Success"
    assert (await true_state(caller))["state"]["lights"] == []


async def test_preconditioning_and_programs(caller: Caller, remotes: Remotes) -> None:
    program = {"slot": 2, "enabled": True, "start": "PT6H30M", "occurence": {"day": ["Tue"]}, "recurrence": "Daily"}
    body = {"preconditioning": {"airConditioning": {"programs": [program, {"slot": 1, "actionsType": "Delete"}]}}}
    assert (await remotes.do(body))["status"] == "Success"
    shown = (await caller.status("e-208"))["preconditioning"]["airConditioning"]["programs"]
    assert [program["enabled"] for program in shown] == [False, True, False, False]
    assert (shown[1]["start"], shown[1]["occurence"]) == ("PT6H30M", {"day": ["Tue"]})
    assert (await remotes.do(HEAT, 30))["status"] == "Success"
    assert (await caller.status("e-208"))["preconditioning"]["airConditioning"]["status"] == "Enabled"
    assert (await true_state(caller))["air_programs"].keys() == {"2"}, "an immediate start does not change the programs"
    await caller.pass_time(1200)
    assert (await caller.status("e-208"))["preconditioning"]["airConditioning"]["status"] == "Finished"
    await caller.pass_time(27 * 3600)
    air = (await caller.status("e-208"))["preconditioning"]["airConditioning"]
    assert (air["startingCause"], air["createdAt"]) == ("Scheduled", "2026-03-03T05:50:00Z")
    await caller.control("POST", "/remotes/next", {"erase_programs": True})
    assert (await remotes.do(HEAT, 30))["status"] == "Success"
    assert (await true_state(caller))["air_programs"] == {}


async def test_charging_immediate_delayed_and_by_program(caller: Caller, remotes: Remotes) -> None:
    assert (await remotes.do(CHARGE))["failureCause"] == "ExternalChargingSystemError"
    await caller.change("e-208", level=30, plug=True)
    assert (await remotes.do(CHARGE))["status"] == "Success"
    assert (await true_state(caller))["state"]["charging"] == "InProgress"
    assert (await remotes.do(CHARGE))["status"] == "AlreadyDone"
    later = {"charging": {"immediate": False, "schedule": {"nextDelayedTime": "2026-03-02T05:00:00+01:00"}}}
    assert (await remotes.do(later))["status"] == "Success"
    body = await true_state(caller)
    assert (body["state"]["charging"], body["delayed_start"]) == ("Stopped", 5 * 3600)
    await caller.pass_time(3600)
    assert (await true_state(caller))["state"]["charging"] == "InProgress"
    assert (await remotes.do({"charging": {"immediate": False}}))["status"] == "Success"
    assert (await remotes.do({"charging": {"preferences": {"level": "Level2", "type": "Partial"}}}))[
        "status"
    ] == "Success"
    state = (await true_state(caller))["state"]
    assert (state["charge_power"], state["charge_limit"]) == ("Level2", "Partial")
    programs = [{"start": "PT8H", "end": "PT9H", "enabled": True, "occurence": {"day": ["Mon"]}}]
    assert (await remotes.do({"charging": {"schedule": {"programs": programs}}}))["status"] == "Success"
    for hour, status in (("07:30", "InProgress"), ("08:30", "Stopped")):
        await caller.change("e-208", level=30)
        await caller.pass_time(_until(caller, f"2026-03-02T{hour}:00Z"))
        assert (await true_state(caller))["state"]["charging"] == status
    await caller.change("e-208", charge="Failure")
    assert (await remotes.do(CHARGE))["failureCause"] == "VehicleChargingSystemError"


def _until(caller: Caller, text: str) -> float:
    return datetime.fromisoformat(text).timestamp() - caller.simulator.world.clock.now()


async def test_forced_lock_has_feedback_on_the_key(caller: Caller, remotes: Remotes) -> None:
    await caller.change("e-208", lock=False, key_inside=True)
    ended = await remotes.do({"door": {"state": "Locked", "forced": True}})
    assert (ended["status"], ended["feedbackDetail"]) == ("Success", "CIDBlacklisted")
