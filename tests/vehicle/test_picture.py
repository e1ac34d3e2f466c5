"""The overlay of pictures, and pictures that are corrupt."""

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
VALID_PICTURES: Final = tuple(encode_picture(file_format) for file_format in ("PNG", "JPEG", "WEBP", "GIF"))

overlays = st.builds(OverlayState, is_unlocked=st.none() | st.booleans(), open_count=st.integers(0, 6)) | st.builds(
    OverlayState,
    is_plugged_in=st.just(value=True),
    is_charging=st.booleans(),
    battery_level=st.none() | st.integers(0, 100),
)


def _dated_overlay(motorization: Motorization | None = None, **members: Any) -> DatedOverlay:
    body = {"createdAt": LATE, **members}
    return DatedOverlay.from_vehicle_state(
        VehicleState.from_status(START, Vehicle(motorization=motorization), Status.from_dict(body))
    )


def _doors(*states: str, measured_at: str | None = EARLY, **openings: str) -> dict[str, Any]:
    opening = [{"identifier": name, "state": state} for name, state in openings.items()]
    return {"createdAt": measured_at, "lockedStates": list(states), "opening": opening}


def _energy(level: float | None = 71.6, measured_at: str | None = EARLY, **charging: Any) -> list[dict[str, Any]]:
    electric = {"charging": charging} if charging else {}
    return [{"type": "Electric", "createdAt": measured_at, "level": level, "extension": {"electric": electric}}]


@pytest.mark.parametrize(
    ("members", "overlay"),
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
def test_overlay(members: dict[str, Any], overlay: OverlayState | None) -> None:
    assert _dated_overlay(**members).overlay == overlay


def test_battery_of_a_combustion_car_is_ignored() -> None:
    assert _dated_overlay(Motorization.THERMIC, energies=_energy(plugged=True)).overlay is None


@pytest.mark.parametrize(
    ("members", "measured_at"),
    [
        ({}, LATE),
        ({"energies": _energy(measured_at=EARLY)}, LATE),
        ({"energies": _energy(measured_at=EARLY, plugged=True)}, EARLY),
        ({"doorsState": _doors(measured_at=EARLY)}, EARLY),
        ({"energies": _energy(measured_at=EARLY, plugged=True), "doorsState": _doors(measured_at=LATE)}, LATE),
        ({"energies": _energy(measured_at=LATE, plugged=True), "doorsState": _doors(measured_at=EARLY)}, LATE),
        ({"energies": _energy(measured_at=None, plugged=True), "doorsState": _doors(measured_at=EARLY)}, EARLY),
        ({"doorsState": _doors(measured_at=None)}, LATE),
    ],
)
def test_measured_at(members: dict[str, Any], measured_at: str) -> None:
    assert _dated_overlay(**members).measured_at == datetime.fromisoformat(measured_at)


@given(overlays, st.none() | st.datetimes(timezones=st.just(UTC)))
def test_overlay_is_restored(overlay: OverlayState, measured_at: datetime | None) -> None:
    dated = DatedOverlay(overlay=overlay, measured_at=measured_at)
    assert DatedOverlay.from_dict(json.loads(json.dumps(dated.to_dict()))) == dated


def test_overlay_is_stored_with_the_keys_of_older_versions() -> None:
    overlay = OverlayState(is_unlocked=True, open_count=2, is_plugged_in=True, is_charging=True, battery_level=72)
    dated = DatedOverlay(overlay=overlay, measured_at=datetime.fromisoformat(EARLY))
    stored = {"unlocked": True, "open": 2, "plugged": True, "charges": True, "level": 72}
    assert dated.to_dict() == {"look": stored, "at": "2026-11-20T08:00:00+00:00"}


@given(overlays, overlays)
def test_unknown_overlay_is_the_same(first: OverlayState, second: OverlayState) -> None:
    assert DatedOverlay(overlay=first).is_same(DatedOverlay(overlay=None, measured_at=START))
    assert DatedOverlay(overlay=first).is_same(DatedOverlay(overlay=first, measured_at=START))
    assert not DatedOverlay(overlay=None).is_same(DatedOverlay(overlay=first))
    assert DatedOverlay(overlay=first).is_same(DatedOverlay(overlay=second)) == (first == second)


@settings(max_examples=60)
@given(overlays, overlays)
def test_pictures_differ_if_overlays_differ(first: OverlayState, second: OverlayState) -> None:
    """Each change of an overlay is visible."""
    (content_type, first_picture), (_, second_picture) = draw_overlay(EMPTY, first), draw_overlay(EMPTY, second)
    assert content_type == "image/png"
    assert (first_picture == second_picture) == (first == second)
    assert (difference_box(decode_picture(first_picture), decode_picture(EMPTY)) is None) == (first == OverlayState())


@settings(max_examples=300)
@given(st.data())
def test_corrupt_pictures_are_rejected_or_drawn(data: st.DataObject) -> None:
    picture = bytearray(data.draw(st.sampled_from(VALID_PICTURES)))
    for _ in range(data.draw(st.integers(0, 8))):
        picture[data.draw(st.integers(0, len(picture) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.none() | st.integers(0, len(picture)))
    try:
        content_type, drawn = draw_overlay(bytes(picture[:end]), OverlayState(is_unlocked=True))
    except ValueError:
        return
    assert content_type == f"image/{decode_picture(drawn).format}".lower()
