"""What is encoded is decoded to the same."""

from datetime import UTC, datetime
import json
from typing import Any

import pytest

from custom_components.stellantis.api import Status, encode, merge_newest
from tests.api.bodies import OLD_STATUS, STATUS, with_members
from tests.api.test_merge import _random_statuses

NOW = datetime(2026, 4, 1, tzinfo=UTC)


def _restored(status: Status) -> Status:
    return Status.from_dict(json.loads(json.dumps(encode(status))))


@pytest.mark.parametrize(
    "body",
    [
        {},
        STATUS,
        OLD_STATUS,
        with_members(STATUS, energies=[{"type": "Fuel", "consumption": 5, "extension": {}}, {"type": "Plasma"}]),
        with_members(STATUS, lastPosition={"properties": {"createdAt": "2026-03-01T08:00:00Z", "heading": 5}}),
    ],
)
def test_status_is_the_same(body: dict[str, Any]) -> None:
    for status in (Status.from_dict(body), merge_newest(None, Status.from_dict(body), NOW)):
        assert _restored(status) == status


def test_merged_status_is_the_same() -> None:
    merged = None
    for seed in range(60):
        for status in _random_statuses(seed, 3):
            merged = merge_newest(merged, status)
            assert _restored(merged) == merged
            assert merge_newest(_restored(merged), merged) == merged


def test_doubt_about_the_odometer_is_kept() -> None:
    def odometer(hour: int, mileage: float) -> Status:
        return Status.from_dict({"odometer": {"createdAt": f"2026-03-01T{hour:02}:00:00Z", "mileage": mileage}})

    merged = _restored(merge_newest(odometer(8, 999999), odometer(9, 50010)))
    assert merged.odometer
    assert merged.odometer.mileage == 999999
    merged = merge_newest(merged, odometer(11, 50012))
    assert merged.odometer
    assert merged.odometer.mileage == 50012
