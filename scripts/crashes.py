"""Kill a real Home Assistant at random moments, start it again, and check what is left."""

import argparse
import asyncio
from collections import Counter
from collections.abc import Iterator
import logging
from random import Random
import sys
import time
from typing import Final

from crash_home import run_homes, wait_until
from crash_moments import ENTRY_SAVED, MOMENTS, Moment, Scene
from crash_platform import UNDISTURBED_CLIENT, run_platform
from crash_verdict import (
    Consent,
    Phase,
    Round,
    compare_sums,
    count_posts,
    find_broken_files,
    find_logged_errors,
    find_set_aside,
    judge_consent,
)
from instance import StartFailed

from simulator.config import DEMO_CLIENT

# The platform takes this long to answer the request that a moment is about, in seconds
RESPONSE_DELAY: Final = 0.4
# Most seconds from the start until a kill that may be before the request
START_DELAY: Final = 0.2
# A command may wait half a minute behind one of which the platform knows nothing
ARRIVAL_TIMEOUT: Final = 45.0


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="scripts/crashes", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="how often Home Assistant is killed")
    parser.add_argument("--seed", type=int, default=1, help="decides the moments and delays")
    return parser.parse_args()


def draw_moments(random: Random) -> Iterator[Moment]:
    """Yield moments: each kind equally often, and none twice in a row, because a process refreshes only once."""
    last = ""
    while True:
        kinds = random.sample(list(MOMENTS), len(MOMENTS))
        if kinds[0] == last:
            kinds.reverse()
        for kind in kinds:
            yield random.choice(MOMENTS[kind])
        last = kinds[-1]


async def kill_in(scene: Scene, moment: Moment, phase: Phase, delay: float) -> list[str]:
    """Start what a moment is about, and kill Home Assistant in it; return what is worth telling."""
    platform, notes = scene.platform, list[str]()
    trigger = await moment.prepare(scene)
    before = platform.count_requests(moment.method, moment.path)
    with platform.delayed(moment.method, moment.path, RESPONSE_DELAY):
        task = asyncio.ensure_future(trigger())
        if phase is not Phase.START:
            arrived = await wait_until(
                lambda: platform.count_requests(moment.method, moment.path) == before, ARRIVAL_TIMEOUT
            )
            if not arrived:
                notes.append("the request never came")
            elif phase is Phase.AFTER:
                await asyncio.sleep(RESPONSE_DELAY)
        await asyncio.sleep(delay)
        await scene.home.kill()
    await asyncio.wait([task])
    task.exception()  # there is one, because nobody has answered
    await asyncio.sleep(RESPONSE_DELAY)  # the platform finishes what it has received
    return notes


async def play(scene: Scene, number: int, moment: Moment) -> Round:
    """Play a round: kill, start again, and judge."""
    home, platform, random = scene.home, scene.platform, scene.random
    phase = random.choice(list(Phase))
    lengths = {Phase.START: START_DELAY, Phase.DURING: RESPONSE_DELAY, Phase.AFTER: moment.saved_after}
    delay = random.uniform(0, lengths[phase])
    before, aside_before = platform.grants(), find_set_aside(home.config)
    notes = await kill_in(scene, moment, phase, delay)
    rotated = [grant for grant in platform.grants() if grant not in before]
    was_used = platform.was_used(rotated)
    faults = [f"{name} is broken" for name in find_broken_files(home.config / ".storage")]
    await home.start()
    is_signed_in = await home.owner.wait_for_entry()
    consent = judge_consent(is_signed_in=is_signed_in, was_rotated=bool(rotated), was_used=was_used)
    if consent is not Consent.KEPT:
        notes.append(f"consent {consent}")
        await home.owner.sign_in_again()
        await home.owner.wait_for_entry()
        await asyncio.sleep(ENTRY_SAVED)  # what the user has just done is not what this is about
    if consent is Consent.LOST:
        faults.append("the consent was lost")
    faults += await moment.find_faults(scene)
    faults += find_logged_errors(home.lines)
    set_aside = [name for name in find_set_aside(home.config) if name not in aside_before]
    return Round(
        number=number,
        moment=moment.name,
        phase=phase,
        delay=delay,
        consent=consent,
        set_aside=tuple(set_aside),
        faults=(*faults, *(f"{name} was set aside" for name in set_aside)),
        notes=tuple(notes),
    )


async def judge_end(scene: Scene) -> list[str]:
    """Print the figures of the end, and return the faults of it."""
    posts = count_posts(scene.command_marks, len(scene.platform.command_labels))
    print(f"commands: {len(posts)} asked for, {sum(posts)} posted, {sum(count > 1 for count in posts)} doubled")
    sums, expected = await scene.home.owner.get_sums(), await scene.undisturbed.owner.get_sums()
    faults = compare_sums(sums, expected)
    rows = sum(map(len, expected.values()))
    print(f"statistics: {len(expected)} with {rows} rows, {'different' if faults else 'equal'}")
    print(f"monitors without an owner that a repair issue told of: {scene.orphans}")
    return faults


def print_summary(rounds: list[Round], seconds: float) -> None:
    """Print the figures of all rounds."""
    print(f"\n{len(rounds)} rounds in {seconds:.0f} s")
    for moment, count in sorted(Counter(one.moment for one in rounds).items()):
        phases = Counter(one.phase for one in rounds if one.moment == moment)
        print(f"  {moment}: {count} ({', '.join(f'{phases[phase]} {phase}' for phase in Phase)})")
    consents = Counter(one.consent for one in rounds)
    print(f"consents: {', '.join(f'{consents[consent]} {consent}' for consent in Consent)}")
    print(f"stores set aside: {sum(bool(one.set_aside) for one in rounds)}")


async def run(options: argparse.Namespace) -> int:
    """Run all rounds, and return the exit code."""
    random, rounds = Random(options.seed), list[Round]()  # noqa: S311 - no secret
    async with run_platform() as platform, run_homes(platform, DEMO_CLIENT, UNDISTURBED_CLIENT) as homes:
        scene = Scene(platform=platform, home=homes[0], undisturbed=homes[1], random=random)
        started, moments = time.monotonic(), draw_moments(random)
        print(f"{options.rounds} rounds, seed {options.seed}", flush=True)
        for number in range(1, options.rounds + 1):
            rounds.append(await play(scene, number, next(moments)))
            print(rounds[-1], flush=True)
            if rounds[-1].faults:
                print(f"      see {scene.home.keep(f'round-{number}')}", flush=True)
        print_summary(rounds, time.monotonic() - started)
        faults = await judge_end(scene)
    faults += [fault for one in rounds for fault in one.faults]
    print(f"{len(faults)} faults")
    return int(bool(faults))


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    try:
        sys.exit(asyncio.run(run(parse_arguments())))
    except StartFailed as err:
        sys.exit(f"crashes: {err}")
