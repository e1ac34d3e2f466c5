"""When a drive starts, as a table of what a car reports."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from custom_components.stellantis.api import Status, Vehicle
from custom_components.stellantis.vehicle.drive import Drive, get_drive_parts, next_drive
from custom_components.stellantis.vehicle.state import VehicleState

NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)

# Minutes after noon at which the state is received, its parts, and when the last trip ended
type Report = tuple[float, dict[str, Any], float | None]


def at(minutes: float) -> datetime:
    """Return the time a number of minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def parts(
    minutes: float, *, moving: bool | None = None, ignition: str | None = None, plugged: bool = False
) -> dict[str, Any]:
    """Return parts of a status that were measured a number of minutes after noon."""
    time = {"createdAt": at(minutes).isoformat()}
    status: dict[str, Any] = {}
    if moving is not None:
        status["kinetic"] = {**time, "moving": moving}
    if ignition:
        status["ignition"] = {**time, "type": ignition}
    if plugged:
        charging = {"plugged": True, "status": "InProgress"}
        status["energies"] = [
            {**time, "type": "Electric", "level": 50, "extension": {"electric": {"charging": charging}}}
        ]
    return status


PARKED: Final[Report] = (0, parts(0, moving=False, ignition="Stop"), None)


@pytest.mark.parametrize(
    ("reports", "starts"),
    [
        pytest.param([PARKED, (5, parts(5, ignition="Start"), None)], [5], id="ignition"),
        pytest.param([PARKED, (5, parts(4, moving=True), None)], [4], id="motion"),
        pytest.param([(5, parts(5, moving=True), None), (10, parts(10, moving=True), None)], [], id="first state"),
        pytest.param([PARKED, (5, parts(5, moving=True), None), (10, parts(10, moving=True), None)], [5], id="once"),
        pytest.param(
            [
                PARKED,
                (5, parts(5, moving=True), None),
                (10, parts(10, moving=False), None),
                (12, parts(12, moving=True), None),
            ],
            [5],
            id="red light",
        ),
        pytest.param(
            [
                PARKED,
                (5, parts(5, moving=True), None),
                (10, parts(10, moving=False), None),
                (30, parts(30, moving=True), None),
            ],
            [5, 30],
            id="after a stop",
        ),
        pytest.param(
            [
                PARKED,
                (5, parts(5, moving=True), None),
                (10, parts(10, moving=False), 8),
                (12, parts(12, moving=True), 8),
            ],
            [5, 12],
            id="after a trip",
        ),
        pytest.param(
            [
                PARKED,
                (5, parts(5, moving=True), None),
                (60, parts(5, moving=True), None),
                (65, parts(65, moving=True), None),
            ],
            [5],
            id="silent on the way",
        ),
        pytest.param(
            [
                PARKED,
                (5, parts(5, moving=True), None),
                (60, parts(5, moving=True), 30),
                (65, parts(65, moving=True), 30),
            ],
            [5, 65],
            id="silent until the trip ended",
        ),
        pytest.param(
            [PARKED, (5, parts(5, moving=True), None), (65, parts(65, moving=True), 30)],
            [5, 65],
            id="trip that was listed while nothing was reported",
        ),
        pytest.param(
            [PARKED, (5, parts(5, moving=True), None), (35, parts(29, moving=True), 30), (40, parts(40), 30)],
            [5],
            id="last report of a trip that was listed first",
        ),
        pytest.param([PARKED, (31, parts(29, moving=True), 30)], [], id="report of the last trip"),
        pytest.param(
            [(0, parts(-600, moving=True), None), (5, parts(-600, moving=True) | parts(5, ignition="Stop"), None)],
            [],
            id="motion of a former drive",
        ),
        pytest.param([PARKED, (5, parts(5, ignition="Start", plugged=True), None)], [], id="on its cable"),
        pytest.param([(0, {}, None), (5, parts(5, ignition="Start"), None)], [5], id="nothing reported at first"),
    ],
)
def test_starts(reports: list[Report], starts: list[float]) -> None:
    drive, found = Drive(), []
    for minutes, status, trip_end in reports:
        state = VehicleState.from_status(at(minutes), Vehicle(), Status.from_dict(status))
        drive = next_drive(drive, state, None if trip_end is None else at(trip_end))
        found += [drive.started_at] if drive.started_at else []
        # The same state once more, as another listener or poll may bring it
        drive = next_drive(drive, state, None if trip_end is None else at(trip_end))
        assert drive.started_at is None
    assert found == [at(minutes) for minutes in starts]


def test_time_alone_changes_what_tells_of_a_drive() -> None:
    status = Status.from_dict(parts(0, moving=True))
    recent, outdated = (VehicleState.from_status(at(minutes), Vehicle(), status) for minutes in (0, 60))
    assert (recent.is_driving, outdated.is_driving) == (True, False)
    assert get_drive_parts(recent) != get_drive_parts(outdated)
