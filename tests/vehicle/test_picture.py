"""What is drawn of a car onto a picture, and what becomes of pictures that are none."""

from datetime import UTC, datetime
import json
from typing import Any, Final

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.stellantis.api import Motorization, Status, Vehicle
from custom_components.stellantis.vehicle.picture import Look, Seen, draw
from custom_components.stellantis.vehicle.state import Reading
from tests.support.helpers import START
from tests.support.pictures import encoded, opened, where_they_differ

EARLY: Final = "2026-11-20T08:00:00Z"
LATE: Final = "2026-11-20T09:00:00Z"
EMPTY: Final = encoded("PNG", "RGBA", (320, 180))
HARMED: Final = tuple(encoded(form) for form in ("PNG", "JPEG", "WEBP", "GIF"))

looks = st.builds(Look, unlocked=st.none() | st.booleans(), open=st.integers(0, 6)) | st.builds(
    Look, plugged=st.just(value=True), charges=st.booleans(), level=st.none() | st.integers(0, 100)
)


def _seen(motorization: Motorization | None = None, **members: Any) -> Seen:
    body = {"createdAt": LATE, **members}
    return Seen.of(Reading.at(START, Vehicle(motorization=motorization), Status.from_dict(body)))


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
        ({"doorsState": _doors()}, Look()),
        ({"doorsState": _doors("Locked")}, Look(unlocked=False)),
        ({"doorsState": _doors("Locked", "TrunkUnLocked")}, Look(unlocked=True)),
        (
            {"doorsState": _doors("Locked", Driver="Open", Trunk="Open", RearLeft="Closed")},
            Look(unlocked=False, open=2),
        ),
        ({"doorsState": _doors("Locked", RoofWindow="Open", Bonnet="Open", Driver="Ajar")}, Look(unlocked=False)),
        ({"energies": _energy(plugged=False)}, Look()),
        ({"energies": _energy(plugged=True, status="Stopped")}, Look(plugged=True, level=72)),
        ({"energies": _energy(None, plugged=True)}, Look(plugged=True)),
        ({"energies": _energy(status="InProgress")}, Look(plugged=True, charges=True, level=72)),
        (
            {"energies": _energy(100, plugged=True, status="InProgress"), "doorsState": _doors("Unlocked")},
            Look(unlocked=True, plugged=True, charges=True, level=100),
        ),
    ],
)
def test_look(members: dict[str, Any], look: Look | None) -> None:
    assert _seen(**members).look == look


def test_ghost_of_a_battery_is_not_drawn() -> None:
    assert _seen(Motorization.THERMIC, energies=_energy(plugged=True)).look is None


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
    assert _seen(**members).at == datetime.fromisoformat(at)


@given(looks, st.none() | st.datetimes(timezones=st.just(UTC)))
def test_what_was_seen_is_kept_across_restarts(look: Look, at: datetime | None) -> None:
    seen = Seen(look=look, at=at)
    assert Seen.from_dict(json.loads(json.dumps(seen.to_dict()))) == seen


@given(looks, looks)
def test_who_tells_nothing_looks_the_same(one: Look, other: Look) -> None:
    assert Seen(look=one).looks_like(Seen(look=None, at=START))
    assert Seen(look=one).looks_like(Seen(look=one, at=START))
    assert not Seen(look=None).looks_like(Seen(look=one))
    assert Seen(look=one).looks_like(Seen(look=other)) == (one == other)


@settings(max_examples=60, deadline=None)
@given(looks, looks)
def test_cars_look_alike_when_their_states_are(one: Look, other: Look) -> None:
    """What differs in a look differs in the picture, so that each change of an image can be seen."""
    (kind, first), (_, second) = draw(EMPTY, one), draw(EMPTY, other)
    assert kind == "image/png"
    assert (first == second) == (one == other)
    assert (where_they_differ(opened(first), opened(EMPTY)) is None) == (one == Look())


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_harmed_pictures_are_refused_or_drawn(data: st.DataObject) -> None:
    picture = bytearray(data.draw(st.sampled_from(HARMED)))
    for _ in range(data.draw(st.integers(0, 8))):
        picture[data.draw(st.integers(0, len(picture) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.none() | st.integers(0, len(picture)))
    try:
        kind, drawn = draw(bytes(picture[:end]), Look(unlocked=True))
    except ValueError:
        return
    assert kind == f"image/{opened(drawn).format}".lower()
