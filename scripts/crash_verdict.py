"""What counts as a fault after Home Assistant was killed: pure functions over what was seen."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
import json
from pathlib import Path
from typing import Final

# Sums are computed again in another order
TOLERANCE: Final = 1e-6
# What Home Assistant and the integration call a file that they could not read
SET_ASIDE_PATTERNS: Final = ("*.corrupt*", "*.broken")

# By the ID of a statistic, the sum of each hour
type Sums = Mapping[str, Mapping[float, float]]


class Phase(StrEnum):
    """When Home Assistant is killed, seen from the request that the moment is about."""

    START = "after the start"
    DURING = "before the response"
    AFTER = "after the response"


class Consent(StrEnum):
    """What is left of the consent."""

    KEPT = "kept"
    NOT_YET_ON_DISK = "rotated, not yet on disk"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenMonitor:
    """A monitor on the platform: its label, and the ID of the user's monitor that it belongs to, if any."""

    label: str
    owner: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What was seen of a round.

    Attributes:
        number: The number of the round, from 1.
        moment: The moment in which Home Assistant was killed.
        phase: Where in the moment.
        delay: Seconds from the start of the phase until the kill.
        consent: What was left of the consent.
        set_aside: The files that were set aside as unreadable.
        faults: What must not be.
        notes: What else is worth telling.
    """

    number: int
    moment: str
    phase: Phase
    delay: float
    consent: Consent = Consent.KEPT
    set_aside: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the line that tells of the round."""
        verdict = f"FAULT: {'; '.join(self.faults)}" if self.faults else "good"
        notes = f" ({'; '.join(self.notes)})" if self.notes else ""
        return f"{self.number:4}  {self.moment:<20} {self.phase:<20} +{self.delay:6.3f} s  {verdict}{notes}"


def judge_consent(*, is_signed_in: bool, was_rotated: bool, was_used: bool) -> Consent:
    """Return what is left of the consent.

    Args:
        is_signed_in: Whether the account is loaded again without signing in.
        was_rotated: Whether the server has replaced the tokens before the kill.
        was_used: Whether Home Assistant has used the new access token. It must be on disk before that.
    """
    if is_signed_in:
        return Consent.KEPT
    return Consent.NOT_YET_ON_DISK if was_rotated and not was_used else Consent.LOST


def find_doubled(labels: Iterable[str]) -> list[str]:
    """Return the labels that are there more than once: each command gets its own."""
    return sorted(label for label, count in Counter(labels).items() if count > 1)


def count_posts(marks: Sequence[int], total: int) -> list[int]:
    """Return how many commands were posted for each that was asked for.

    Args:
        marks: For each command that was asked for, how many had been posted before.
        total: How many have been posted by now.
    """
    return [after - before for before, after in pairwise((*marks, total))]


def judge_commands(labels: Sequence[str], marks: Sequence[int]) -> list[str]:
    """Return the faults of the commands that the platform has received.

    Args:
        labels: The label of each command.
        marks: For each command that was asked for, how many had been posted before.
    """
    faults = [f"command {label} was posted twice" for label in find_doubled(labels)]
    posts = count_posts(marks, len(labels))
    return faults + [f"a command was posted {count} times" for count in posts if count > 1]


def judge_monitors(
    monitors: Sequence[SeenMonitor], *, callbacks: int, wanted: Collection[str], told: Collection[str]
) -> list[str]:
    """Return the faults of the monitors on the platform.

    Args:
        monitors: The monitors.
        callbacks: The number of callbacks of this Home Assistant.
        wanted: The IDs of the monitors that the user has.
        told: The labels of those without such a monitor that a repair issue tells of.
    """
    own = [monitor.label for monitor in monitors if monitor.owner is None]
    owned = [monitor.owner for monitor in monitors if monitor.owner is not None]
    faults = [] if callbacks == 1 else [f"{callbacks} callbacks"]
    if not own:
        faults.append("no monitor of our own")
    faults += [f"monitor {label!r} is there twice" for label in find_doubled(own)]
    faults += [f"a monitor of {owner} is there twice" for owner in find_doubled(owned)]
    faults += [f"the monitor of {owner} is missing" for owner in sorted(set(wanted) - set(owned))]
    return faults + [
        f"monitor {monitor.label!r} belongs to nobody, and no repair issue tells of it"
        for monitor in monitors
        if monitor.owner is not None and monitor.owner not in wanted and monitor.label not in told
    ]


def compare_sums(actual: Sums, expected: Sums) -> list[str]:
    """Return how statistics differ from those of a Home Assistant that was not disturbed."""
    differences = [f"statistic {name} is missing" for name in sorted(expected.keys() - actual.keys())]
    differences += [f"statistic {name} should not be there" for name in sorted(actual.keys() - expected.keys())]
    for name in sorted(actual.keys() & expected.keys()):
        found, right = actual[name], expected[name]
        hours = [
            hour
            for hour in sorted(found.keys() | right.keys())
            if hour not in found or hour not in right or abs(found[hour] - right[hour]) > TOLERANCE
        ]
        if hours:
            differences.append(f"statistic {name} differs in {len(hours)} of {len(right)} hours")
    return differences


def find_broken_files(storage: Path) -> list[str]:
    """Return the names of the files that are not JSON, as Home Assistant's death left them."""
    broken: list[str] = []
    set_aside = {path for pattern in SET_ASIDE_PATTERNS for path in storage.glob(pattern)}
    for path in sorted(set(storage.iterdir()) - set_aside):
        if not path.is_file() or path.name.startswith("tmp"):
            continue  # what a write that was cut short leaves behind
        try:
            json.loads(path.read_bytes())
        except ValueError:
            broken.append(path.name)
    return broken


def find_set_aside(config: Path) -> list[str]:
    """Return the names of the files that could not be read, and were set aside."""
    folders = (config, config / ".storage")
    return sorted(path.name for folder in folders for pattern in SET_ASIDE_PATTERNS for path in folder.glob(pattern))


def find_logged_errors(lines: Iterable[str]) -> list[str]:
    """Return the errors of the integration that Home Assistant has logged."""
    return [line for line in lines if " ERROR " in line and "stellantis" in line]
