"""The state file."""

import asyncio
import json
from pathlib import Path
import sys

import aiohttp
import pytest

from simulator import Simulator, SimulatorConfig

from .conftest import DOOR_MONITOR, MONDAY, Caller, Hook


def config(path: Path) -> SimulatorConfig:
    return SimulatorConfig(start=MONDAY, speed=0, routine=False, state=path)


async def test_tokens_callbacks_monitors_and_remotes_are_restored(tmp_path: Path, hook: Hook) -> None:
    path = tmp_path / "deep" / "state.json"
    async with aiohttp.ClientSession() as session:
        async with Simulator(config(path)) as first:
            caller = Caller(first, session)
            await caller.sign_in("peugeot", expires_in=600)
            callback = await caller.subscribe(hook.url)
            car = f"/user/vehicles/{caller.car('e-208').id}/callbacks/{callback}"
            await caller.send("POST", f"{car}/monitors", DOOR_MONITOR)
            done = (await caller.send("POST", f"{car}/remotes", {"horn": {"state": "Activated"}})).body
            await caller.pass_time(60)
            begun = (await caller.send("POST", f"{car}/remotes", {"door": {"state": "Unlocked"}})).body
            state = json.loads(path.read_text(encoding="utf-8"))
            assert len(state["remotes"]) == 2, "the file is written after each change"
            assert path.stat().st_mode & 0o777 == 0o600
        async with Simulator(config(path)) as second:
            again = Caller(second, session, caller.tokens, caller.realm)
            assert second.world.clock.now() == MONDAY.timestamp() + 60, "the clock continues"
            assert (await again.ok(f"{car}/remotes/{done['remoteActionId']}"))["status"] == "Success"
            assert (await again.ok(f"{car}/remotes/{begun['remoteActionId']}"))["status"] == "CheckingVehicle"
            await again.pass_time(60)
            assert (await again.ok(f"{car}/remotes/{begun['remoteActionId']}"))["status"] == "Success"
            before = len(hook.received)
            await again.change("e-208", doors=["Trunk"])
            assert len(hook.received) == before + 1
            refreshed = await again.oauth(
                "access_token",
                realm=again.realm,
                grant_type="refresh_token",
                refresh_token=caller.tokens["refresh_token"],
            )
            assert refreshed.status == 200
        async with Simulator(config(path)) as third:
            rejected = await Caller(third, session).oauth(
                "access_token",
                realm=caller.realm,
                grant_type="refresh_token",
                refresh_token=caller.tokens["refresh_token"],
            )
            assert rejected.status == 400, "a rotated token stays invalid"
            assert len(third.push.monitors) == 1
    assert [file.name for file in path.parent.iterdir()] == ["state.json"]


@pytest.mark.parametrize(
    "text", ['{"version": 99}', '{"version": 1}', '{"version": 1, "clock": Infinity}', "[]", "garbage", "\xff"]
)
async def test_file_that_is_not_a_state_file_is_not_overwritten(tmp_path: Path, text: str) -> None:
    path = tmp_path / "state.json"
    path.write_text(text, encoding="latin-1")
    simulator = Simulator(config(path))
    with pytest.raises(ValueError, match=r"state\.json is no state of a simulator$"):
        await simulator.start()
    with pytest.raises(RuntimeError, match="not running"):
        _ = simulator.port
    assert path.read_text(encoding="latin-1") == text


async def test_command_prints_one_line_if_the_state_file_is_invalid(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text('{"version": 1}', encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulator", "--port", "0", "--fleet", "1", "--state", str(path),
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(30):
        out, err = await process.communicate()
    assert (out, err.decode()) == (b"", f"simulator: {path} is no state of a simulator\n")
    assert process.returncode == 1
