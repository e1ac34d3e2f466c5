"""What is drawn of a car onto a picture, and what becomes of pictures that are none."""

from datetime import UTC, datetime
import json
from typing import Any, Final

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.stellantis.api import Motorization, Status, Vehicle
from custom_components.stellantis.vehicle.picture import DatedOverlay, OverlayState, draw_overlay
from custom_components.stellantis.vehicle.state import VehicleState
from tests.support.helpers import START
from tests.support.pictures import decode_picture, difference_box, encode_picture

EARLY: Final = "2026-11-20T08:00:00Z"
LATE: Final = "2026-11-20T09:00:00Z"
EMPTY: Final = encode_picture("PNG", "RGBA", (320, 180))
HARMED: Final = tuple(encode_picture(form) for form in ("PNG", "JPEG", "WEBP", "GIF"))

looks = st.builds(OverlayState, is_unlocked=st.none() | st.booleans(), open_count=st.integers(0, 6)) | st.builds(
    OverlayState,
    is_plugged_in=st.just(value=True),
    is_charging=st.booleans(),
    battery_level=st.none() | st.integers(0, 100),
)


def _seen(motorization: Motorization | None = None, **members: Any) -> DatedOverlay:
    body = {"createdAt": LATE, **members}
    return DatedOverlay.from_vehicle_state(
        VehicleState.from_status(START, Vehicle(motorization=motorization), Status.from_dict(body))
    )


def _doors(*states: str, at: str | None = EARLY, **openings: str) -> dict[str, Any]:
    opening = [{"identifier": name, "state": state} for name, state in openings.items()]
    return {"createdAt": at, "lockedStates": list(states), "opening": opening}


def _energy(level: float | None = 71.6, at: str | None = EARLY, **charging: Any) -> list[dict[str, Any]]:
    electric = {"charging": charging} if charging else {}
    return [{"type": "Electric", "createdAt": at, "level": level, "extension": {"electric": electric}}]


@pytest.mark.parametrize(
    ("members", "look"),
    [
        ({}, None),
        ({"energies": _energy()}, None),
        ({"doorsState": _doors()}, OverlayState()),
        ({"doorsState": _doors("Locked")}, OverlayState(is_unlocked=False)),
        ({"doorsState": _doors("Locked", "TrunkUnLocked")}, OverlayState(is_unlocked=True)),
        (
            {"doorsState": _doors("Locked", Driver="Open", Trunk="Open", RearLeft="Closed")},
            OverlayState(is_unlocked=False, open_count=2),
        ),
        (
            {"doorsState": _doors("Locked", RoofWindow="Open", Bonnet="Open", Driver="Ajar")},
            OverlayState(is_unlocked=False),
        ),
        ({"energies": _energy(plugged=False)}, OverlayState()),
        ({"energies": _energy(plugged=True, status="Stopped")}, OverlayState(is_plugged_in=True, battery_level=72)),
        ({"energies": _energy(None, plugged=True)}, OverlayState(is_plugged_in=True)),
        (
            {"energies": _energy(status="InProgress")},
            OverlayState(is_plugged_in=True, is_charging=True, battery_level=72),
        ),
        (
            {"energies": _energy(100, plugged=True, status="InProgress"), "doorsState": _doors("Unlocked")},
            OverlayState(is_unlocked=True, is_plugged_in=True, is_charging=True, battery_level=100),
        ),
    ],
)
def test_look(members: dict[str, Any], look: OverlayState | None) -> None:
    assert _seen(**members).overlay == look


def test_ghost_of_a_battery_is_not_drawn() -> None:
    assert _seen(Motorization.THERMIC, energies=_energy(plugged=True)).overlay is None


@pytest.mark.parametrize(
    ("members", "at"),
    [
        ({}, LATE),
        ({"energies": _energy(at=EARLY)}, LATE),
        ({"energies": _energy(at=EARLY, plugged=True)}, EARLY),
        ({"doorsState": _doors(at=EARLY)}, EARLY),
        ({"energies": _energy(at=EARLY, plugged=True), "doorsState": _doors(at=LATE)}, LATE),
        ({"energies": _energy(at=LATE, plugged=True), "doorsState": _doors(at=EARLY)}, LATE),
        ({"energies": _energy(at=None, plugged=True), "doorsState": _doors(at=EARLY)}, EARLY),
        ({"doorsState": _doors(at=None)}, LATE),
    ],
)
def test_date(members: dict[str, Any], at: str) -> None:
    assert _seen(**members).measured_at == datetime.fromisoformat(at)


@given(looks, st.none() | st.datetimes(timezones=st.just(UTC)))
def test_what_was_seen_is_kept_across_restarts(look: OverlayState, at: datetime | None) -> None:
    seen = DatedOverlay(overlay=look, measured_at=at)
    assert DatedOverlay.from_dict(json.loads(json.dumps(seen.to_dict()))) == seen


@given(looks, looks)
def test_who_tells_nothing_looks_the_same(one: OverlayState, other: OverlayState) -> None:
    assert DatedOverlay(overlay=one).is_same(DatedOverlay(overlay=None, measured_at=START))
    assert DatedOverlay(overlay=one).is_same(DatedOverlay(overlay=one, measured_at=START))
    assert not DatedOverlay(overlay=None).is_same(DatedOverlay(overlay=one))
    assert DatedOverlay(overlay=one).is_same(DatedOverlay(overlay=other)) == (one == other)


@settings(max_examples=60, deadline=None)
@given(looks, looks)
def test_cars_look_alike_when_their_states_are(one: OverlayState, other: OverlayState) -> None:
    """What differs in a look differs in the picture, so that each change of an image can be seen."""
    (kind, first), (_, second) = draw_overlay(EMPTY, one), draw_overlay(EMPTY, other)
    assert kind == "image/png"
    assert (first == second) == (one == other)
    assert (difference_box(decode_picture(first), decode_picture(EMPTY)) is None) == (one == OverlayState())


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_harmed_pictures_are_refused_or_drawn(data: st.DataObject) -> None:
    picture = bytearray(data.draw(st.sampled_from(HARMED)))
    for _ in range(data.draw(st.integers(0, 8))):
        picture[data.draw(st.integers(0, len(picture) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.none() | st.integers(0, len(picture)))
    try:
        kind, drawn = draw_overlay(bytes(picture[:end]), OverlayState(is_unlocked=True))
    except ValueError:
        return
    assert kind == f"image/{decode_picture(drawn).format}".lower()
