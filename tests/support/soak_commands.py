"""The commands of a long run: each of them, from who asked for it to what the platform made of it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from custom_components.stellantis.api.requests import RemoteCommand, RemoteRequest
from custom_components.stellantis.vehicle.command import CommandResult

# Told to who asked while the platform may still carry the command out
OPEN_CAUSES: Final = frozenset(("timed_out", "vehicle_offline", "fate_unknown", "command_interrupted"))
SUCCESSES: Final = frozenset(("Success", "AlreadyDone"))


@dataclass(frozen=True, slots=True)
class Post:
    """A command as it was posted: its label, and when it left the queue, which its results tell too."""

    label: str
    started: datetime


@dataclass(slots=True, eq=False)
class AskedCommand:
    """A command that was asked for.

    Attributes:
        vehicle_id: The car.
        action: What it does; an object of its own, by which its posts are recognized.
        posts: How it was posted, once for each label.
        told: What was told to who asked: the result, or the cause of the failure.
    """

    vehicle_id: str
    action: RemoteCommand
    posts: list[Post] = field(default_factory=list)
    told: CommandResult | str | None = None


@dataclass(slots=True)
class CommandRecords:
    """All commands of a long run.

    Attributes:
        asked: What was asked for, in order.
        results: What the cars' histories have told, by car.
    """

    asked: list[AskedCommand] = field(default_factory=list)
    results: dict[str, set[tuple[datetime, str]]] = field(default_factory=dict)

    def add_post(self, vehicle_id: str, request: RemoteRequest, started: datetime) -> None:
        """Record that a command is posted; a post that is repeated has the same label."""
        (asked,) = (asked for asked in self.asked if asked.action is request.command)
        post = Post(str(request.label), started)
        assert asked.vehicle_id == vehicle_id
        if post not in asked.posts:
            asked.posts.append(post)

    def add_results(self, vehicle_id: str, results: Iterable[CommandResult]) -> None:
        """Record the results in the history of a car."""
        known = self.results.setdefault(vehicle_id, set())
        known.update((result.started, result.status.value) for result in results)

    def count(self, made: int) -> dict[str, int]:
        """Return how many commands there were, and how many were told to have failed, by cause."""
        told = [asked.told for asked in self.asked]
        return {
            "asked for": len(told),
            "posted": sum(bool(asked.posts) for asked in self.asked),
            "made": made,
            "told as successful": sum(isinstance(one, CommandResult) for one in told),
            **Counter(one for one in told if isinstance(one, str)),
        }


def find_problems(records: CommandRecords, remotes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return which commands were lost, doubled, or told wrongly; empty if all are accounted for.

    Args:
        records: What was asked, posted and told.
        remotes: What the platform has made, as the simulator lists it.
    """
    made: dict[str, list[Mapping[str, Any]]] = {}
    for remote in remotes:
        made.setdefault(str(remote["body"].get("label")), []).append(remote)
    by_start = {(asked.vehicle_id, post.started): (asked, post) for asked in records.asked for post in asked.posts}
    problems = [f"command {label} was made {len(same)} times" for label, same in made.items() if len(same) > 1]
    posted = {post.label: asked for asked in records.asked for post in asked.posts}
    for label, (remote, *_) in made.items():
        if label not in posted:
            problems.append(f"command {label} was made, but not asked for")
        elif not _is_as_asked(remote, posted[label]):
            problems.append(f"command {label} was made otherwise than it was asked for")
    for number, asked in enumerate(records.asked):
        problems += [f"command {number} {problem}" for problem in _find_problems_of(asked, made, by_start, records)]
    return problems


def _is_as_asked(remote: Mapping[str, Any], asked: AskedCommand) -> bool:
    body = {name: value for name, value in remote["body"].items() if name != "label"}
    return remote["vehicle"] == asked.vehicle_id and body == RemoteRequest(command=asked.action).to_dict()


def _status(remotes: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the last status of what the platform has made; None if it has made nothing."""
    return str(remotes[0]["events"][-1]["status"]) if remotes and remotes[0]["events"] else None


def _find_problems_of(
    asked: AskedCommand,
    made: Mapping[str, Sequence[Mapping[str, Any]]],
    by_start: Mapping[tuple[str, datetime], tuple[AskedCommand, Post]],
    records: CommandRecords,
) -> list[str]:
    """Return what is wrong with a command."""
    problems = ["was posted under two labels"] if len(asked.posts) > 1 else []
    for post in asked.posts:
        status = _status(made.get(post.label, ()))
        told = {told for started, told in records.results.get(asked.vehicle_id, ()) if started == post.started}
        if not told:
            problems.append("was posted, but has no result")
        elif status in SUCCESSES and told.isdisjoint({"success", "already_done"}):
            problems.append(f"was carried out, but the results are {sorted(told)}")
    match asked.told:
        case None:
            problems.append("was never told of")
        case str() as cause:
            statuses = {_status(made.get(post.label, ())) for post in asked.posts}
            if cause not in OPEN_CAUSES and statuses & SUCCESSES:
                problems.append(f"was carried out, but told as {cause}")
        case result:
            # It may have shared an equal command
            sent = by_start.get((asked.vehicle_id, result.started))
            if sent is None:
                problems.append("was told as successful, but never posted")
            elif sent[0].action != asked.action:
                problems.append("was told the success of another command")
            elif (status := _status(made.get(sent[1].label, ()))) not in SUCCESSES:
                problems.append(f"was told as successful, but the platform says {status}")
    return problems
