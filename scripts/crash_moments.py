"""The moments in which Home Assistant is killed: what is under way, and what must hold afterwards."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from crash_home import CrashHome, wait_until
from crash_platform import Platform
from crash_verdict import compare_sums, judge_commands, judge_monitors

# Home Assistant writes changed entries after a second, the integration its store after ten
ENTRY_SAVED: Final = 1.5
STORE_SAVED: Final = 11.0

# Starts what is interrupted; it need not end
type Trigger = Callable[[], Awaitable[Any]]


@dataclass(slots=True)
class Scene:
    """What the rounds of a run share.

    Attributes:
        platform: The platform.
        home: The Home Assistant that is killed.
        undisturbed: The one that is not.
        random: Decides what is done.
        command_marks: For each command that was asked for, how many had been posted before.
        asked_at: When the last command was asked for.
        orphans: How many monitors without an owner a repair issue has told of.
    """

    platform: Platform
    home: CrashHome
    undisturbed: CrashHome
    random: Random
    command_marks: list[int] = field(default_factory=list)
    asked_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    orphans: int = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment.

    Attributes:
        name: Its name.
        method: The method of the request that it is about.
        path: The path of that request.
        saved_after: Seconds after the response until what it changed is on disk.
        prepare: Prepares the car and the account; returns what starts it.
        find_faults: Waits until Home Assistant has caught up after its restart; returns what is wrong.
    """

    name: str
    method: str
    path: str
    saved_after: float
    prepare: Callable[[Scene], Awaitable[Trigger]]
    find_faults: Callable[[Scene], Awaitable[list[str]]]


async def _prepare_refresh(scene: Scene) -> Trigger:
    scene.platform.expire_tokens()
    return lambda: scene.home.owner.press("refresh")


async def _find_nothing(_scene: Scene) -> list[str]:
    return []  # every round looks at the consent


async def _prepare_command(scene: Scene) -> Trigger:
    scene.command_marks.append(len(scene.platform.command_labels))
    owner = scene.home.owner
    commands: list[Trigger] = [
        lambda: owner.press("sound_horn"),
        lambda: owner.press("flash_lights"),
        lambda: owner.set_lock(locked=True),
        lambda: owner.set_lock(locked=False),
    ]
    scene.asked_at = datetime.now(UTC)
    return scene.random.choice(commands)


async def _find_command_faults(scene: Scene) -> list[str]:
    """Look for commands that were posted twice, or whose result Home Assistant does not know."""
    platform = scene.platform

    async def find_unknown() -> list[str]:
        started = await scene.home.owner.get_command_starts()
        return [] if any(start >= scene.asked_at for start in started) else ["the result of a command is unknown"]

    is_posted = len(platform.command_labels) > scene.command_marks[-1]
    faults = [] if not is_posted or await wait_until(find_unknown) else await find_unknown()
    return faults + judge_commands(platform.command_labels, scene.command_marks)


async def _prepare_trip(scene: Scene) -> Trigger:
    distance = scene.random.randint(3, 40)
    minutes = 2 * distance

    async def drive() -> None:
        await scene.platform.change_car(drive={"distance": distance, "minutes": minutes})
        await scene.platform.advance(timedelta(minutes=minutes + scene.random.randint(5, 90)))
        await scene.home.owner.press("refresh")

    return drive


async def _prepare_charge(scene: Scene) -> Trigger:
    platform = scene.platform
    # Never up: a level that has risen would tell of a charge that one of them may have seen later than the other
    await platform.change_car(level=min(platform.level, scene.random.randint(15, 40)), plug=True, charge=True)
    await _read(scene)
    await asyncio.sleep(STORE_SAVED)
    await platform.advance(timedelta(minutes=scene.random.randint(20, 90)))

    async def end_charge() -> None:
        # Asleep, so that both read the same report, whenever they read it
        await platform.change_car(charge=False, plug=False, asleep=True)
        await platform.advance(timedelta(minutes=1))
        await scene.home.owner.press("refresh")

    return end_charge


async def _find_statistics_faults(scene: Scene) -> list[str]:
    await _read(scene)

    async def compare() -> list[str]:
        return compare_sums(await scene.home.owner.get_sums(), await scene.undisturbed.owner.get_sums())

    return [] if await wait_until(compare, 60) else await compare()


async def _prepare_user_monitor(scene: Scene) -> Trigger:
    return await scene.home.owner.prepare_monitor(f"Monitor {scene.random.randint(100, 999)}")


async def _prepare_own_monitors(scene: Scene) -> Trigger:
    scene.platform.remove_callbacks()
    return scene.home.owner.reload


async def _find_monitor_faults(scene: Scene) -> list[str]:
    """Look for monitors that are missing, doubled, or not told of; then remove those of the user."""
    platform, owner = scene.platform, scene.home.owner

    async def judge() -> list[str]:
        wanted, told = await owner.get_monitors(), await owner.get_orphans()
        return judge_monitors(platform.monitors, callbacks=len(platform.callbacks), wanted=wanted.values(), told=told)

    faults = [] if await wait_until(judge, 60) else await judge()
    scene.orphans += len(await owner.get_orphans())
    await owner.remove_monitors()
    platform.remove_user_monitors()
    return faults


async def _read(scene: Scene) -> None:
    """Have both read the car."""
    for home in (scene.home, scene.undisturbed):
        await home.owner.press("refresh")


_MONITORS: Final = "/user/vehicles/{id}/callbacks/{cbid}/monitors"
# Each kind is drawn equally often, and then one of it
MOMENTS: Final = {
    "token refresh": (
        Moment("token refresh", "POST", "/am/oauth2/access_token", ENTRY_SAVED, _prepare_refresh, _find_nothing),
    ),
    "command": (
        Moment(
            "command",
            "POST",
            "/user/vehicles/{id}/callbacks/{cbid}/remotes",
            STORE_SAVED,
            _prepare_command,
            _find_command_faults,
        ),
    ),
    "statistics": (
        Moment("trip", "GET", "/user/vehicles/{id}/trips", STORE_SAVED, _prepare_trip, _find_statistics_faults),
        Moment("charge", "GET", "/user/vehicles/{id}/status", STORE_SAVED, _prepare_charge, _find_statistics_faults),
    ),
    "monitor": (
        Moment("user's monitor", "POST", _MONITORS, ENTRY_SAVED, _prepare_user_monitor, _find_monitor_faults),
        Moment("own monitors", "POST", _MONITORS, ENTRY_SAVED, _prepare_own_monitors, _find_monitor_faults),
    ),
}
