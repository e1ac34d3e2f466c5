"""What the long run checks: each kind of loss and growth is found."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.stellantis.api.requests import Lock, Unlock
from custom_components.stellantis.vehicle.command import CommandResult, CommandStatus, CommandType
from tests.support.soak_commands import AskedCommand, CommandRecords, Post, find_problems
from tests.support.soak_usage import Usage, find_growth

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = AT + timedelta(minutes=1)


def result(started: datetime = AT) -> CommandResult:
    return CommandResult(type=CommandType.LOCK, status=CommandStatus.SUCCESS, started=started, duration=5)


def remote(label: str = "a", state: str = "Locked", status: str = "Success") -> dict[str, Any]:
    body = {"label": label, "door": {"state": state}}
    return {"vehicle": "v", "body": body, "events": [{"status": "Accepted"}, {"status": status}]}


class Run:
    """A run in which two commands were asked for: the first was made, and the second shares its result."""

    def __init__(self) -> None:
        self.first = AskedCommand("v", Lock(), [Post("a", AT)], result())
        self.second = AskedCommand("v", Lock(), [], result())
        self.records = CommandRecords([self.first, self.second], {"v": {(AT, "success")}})
        self.remotes = [remote()]

    def problems(self) -> list[str]:
        return find_problems(self.records, self.remotes)


def test_all_is_accounted_for() -> None:
    assert Run().problems() == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda run: run.remotes.append(remote()), "command a was made 2 times"),
        (lambda run: run.remotes.append(remote("b")), "command b was made, but not asked for"),
        (lambda run: run.remotes.__setitem__(0, remote(state="Unlocked")), "command a was made otherwise than"),
        (lambda run: setattr(run.first, "told", None), "command 0 was never told of"),
        (lambda run: setattr(run.first, "told", "server_error"), "command 0 was carried out, but told as server_error"),
        (lambda run: run.first.posts.append(Post("b", LATER)), "command 0 was posted under two labels"),
        (lambda run: run.records.results.clear(), "command 0 was posted, but has no result"),
        (lambda run: run.records.results.update(v={(AT, "failed")}), "command 0 was carried out, but the results are"),
        (lambda run: setattr(run.second, "told", result(LATER)), "command 1 was told as successful, but never posted"),
        (lambda run: setattr(run.second, "action", Unlock()), "command 1 was told the success of another command"),
        (lambda run: run.remotes.clear(), "command 0 was told as successful, but the platform says None"),
        (lambda run: run.remotes.__setitem__(0, remote(status="Failed")), "but the platform says Failed"),
    ],
    ids=range(12),
)
def test_what_is_not_is_found(change: Callable[[Run], object], problem: str) -> None:
    run = Run()
    change(run)
    assert any(problem in found for found in run.problems())


@pytest.mark.parametrize("cause", ["fate_unknown", "timed_out", "command_interrupted"])
def test_open_end_may_become_a_success(cause: str) -> None:
    run = Run()
    run.first.told = cause
    assert run.problems() == []


USAGE = Usage(tasks=2, files=30, connections=0, timers=30, listeners=500, states=280, objects=1300, mib=250)


@pytest.mark.parametrize(
    ("changes", "growth"),
    [
        ({}, []),
        ({"tasks": 6, "mib": 255, "timers": 40}, []),
        ({"states": 284, "listeners": 504}, []),
        ({"listeners": 501}, ["listeners have grown from 500 to 501"]),
        ({"tasks": 12}, ["tasks have grown from 2 to 12"]),
        ({"objects": 1600}, ["objects have grown from 1300 to 1600"]),
        ({"mib": 300}, ["mib have grown from 250 to 300"]),
    ],
    ids=range(7),
)
def test_growth_is_found(changes: dict[str, int], growth: list[str]) -> None:
    assert find_growth(USAGE, replace(USAGE, **changes), 30) == growth
