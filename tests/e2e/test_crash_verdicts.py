"""What scripts/crashes counts as a fault."""

from pathlib import Path

from crash_verdict import (
    Consent,
    SeenMonitor,
    Sums,
    compare_sums,
    count_posts,
    find_broken_files,
    find_logged_errors,
    find_set_aside,
    judge_commands,
    judge_consent,
    judge_monitors,
)
import pytest

OWN = SeenMonitor(label="Home Assistant 1")
USERS = SeenMonitor(label="Low battery", owner="a1")


@pytest.mark.parametrize(
    ("is_signed_in", "was_rotated", "was_used", "consent"),
    [
        (True, False, False, Consent.KEPT),
        (True, True, True, Consent.KEPT),
        (False, True, False, Consent.NOT_YET_ON_DISK),
        # Tokens are on disk before they are used
        (False, True, True, Consent.LOST),
        (False, False, False, Consent.LOST),
    ],
)
def test_consent(is_signed_in: bool, was_rotated: bool, was_used: bool, consent: Consent) -> None:
    assert judge_consent(is_signed_in=is_signed_in, was_rotated=was_rotated, was_used=was_used) is consent


@pytest.mark.parametrize(
    ("labels", "marks", "posts", "faults"),
    [
        ([], [], [], []),
        (["a"], [0, 1], [1, 0], []),
        (["a", "b"], [0, 1, 1], [1, 0, 1], []),
        (["a", "a"], [0, 1], [1, 1], ["command a was posted twice"]),
        # The second one under another label, and too late to be of the next command
        (["a", "b"], [0, 2], [2, 0], ["a command was posted 2 times"]),
    ],
)
def test_commands(labels: list[str], marks: list[int], posts: list[int], faults: list[str]) -> None:
    assert count_posts(marks, len(labels)) == posts
    assert judge_commands(labels, marks) == faults


@pytest.mark.parametrize(
    ("monitors", "callbacks", "wanted", "told", "faults"),
    [
        ([OWN, USERS], 1, ["a1"], [], []),
        ([OWN], 1, [], [], []),
        ([], 0, [], [], ["0 callbacks", "no monitor of our own"]),
        ([OWN, OWN], 2, [], [], ["2 callbacks", "monitor 'Home Assistant 1' is there twice"]),
        ([OWN, USERS, USERS], 1, ["a1"], [], ["a monitor of a1 is there twice"]),
        ([OWN], 1, ["a1"], [], ["the monitor of a1 is missing"]),
        ([OWN, USERS], 1, [], ["Low battery"], []),
        ([OWN, USERS], 1, [], [], ["monitor 'Low battery' belongs to nobody, and no repair issue tells of it"]),
    ],
)
def test_monitors(
    monitors: list[SeenMonitor], callbacks: int, wanted: list[str], told: list[str], faults: list[str]
) -> None:
    assert judge_monitors(monitors, callbacks=callbacks, wanted=wanted, told=told) == faults


@pytest.mark.parametrize(
    ("actual", "differences"),
    [
        ({"distance": {0.0: 5.0, 3600.0: 7.0 + 1e-9}}, []),
        ({}, ["statistic distance is missing"]),
        ({"distance": {0.0: 5.0, 3600.0: 7.0}, "fuel": {}}, ["statistic fuel should not be there"]),
        ({"distance": {0.0: 5.0}}, ["statistic distance differs in 1 of 2 hours"]),
        ({"distance": {0.0: 10.0, 3600.0: 12.0, 7200.0: 12.0}}, ["statistic distance differs in 3 of 2 hours"]),
    ],
)
def test_sums(actual: Sums, differences: list[str]) -> None:
    assert compare_sums(actual, {"distance": {0.0: 5.0, 3600.0: 7.0}}) == differences


def test_files(tmp_path: Path) -> None:
    storage = tmp_path / ".storage"
    storage.mkdir()
    for name, content in {
        "good": "{}",
        "cut_short": '{"data": ',
        "tmp1234": "",  # a write that was interrupted
        "stellantis.1.broken": "[]",
        "core.uuid.corrupt.2026-03-02T12:00:00": "",
    }.items():
        (storage / name).write_text(content, encoding="utf-8")
    (tmp_path / "home-assistant_v2.db.corrupt.2026-03-02T12:00:00").touch()
    set_aside = ["core.uuid.corrupt.2026-03-02T12:00:00", "home-assistant_v2.db.corrupt.2026-03-02T12:00:00"]
    assert find_set_aside(tmp_path) == [*set_aside, "stellantis.1.broken"]
    assert find_broken_files(storage) == ["cut_short"]


def test_logged_errors() -> None:
    error = "2026-03-02 12:00:00 ERROR (MainThread) [custom_components.stellantis.coordinator] No data"
    other = "2026-03-02 12:00:00 ERROR (MainThread) [homeassistant.components.recorder] No data"
    warning = "2026-03-02 12:00:00 WARNING (MainThread) [custom_components.stellantis.coordinator] No data"
    assert find_logged_errors([other, warning, error]) == [error]
