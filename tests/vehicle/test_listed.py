"""When an account that lists no car is believed to have none."""

from collections.abc import Iterable

import pytest

from custom_components.stellantis.vehicle.listed import Absence

HOUR = 3600


@pytest.mark.parametrize(
    ("lists", "is_certain"),
    [
        ([(0, True)], False),
        # No car for a day, then they are back
        ([(hour * HOUR, True) for hour in range(0, 25, 6)], False),
        ([*((hour * HOUR, True) for hour in range(0, 25, 6)), (30 * HOUR, False)], False),
        # One list with cars begins anew
        ([(0, True), (42 * HOUR, False), (43 * HOUR, True), (60 * HOUR, True)], False),
        ([(hour * HOUR, True) for hour in range(0, 49, 6)], True),
        ([(0, True), (48 * HOUR - 1, True)], False),
        ([(0, True), (48 * HOUR, True)], True),
    ],
)
def test_absence(lists: Iterable[tuple[float, bool]], *, is_certain: bool) -> None:
    absence = Absence()
    for now, is_empty in lists:
        absence = absence.next(is_empty=is_empty, now=now)
    assert absence.is_certain is is_certain
