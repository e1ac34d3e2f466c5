"""Manual changes of a car."""

from typing import TYPE_CHECKING, Any

import pytest

from simulator.control.manual_changes import SETTINGS

if TYPE_CHECKING:
    from ..conftest import Caller


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"lvl": 5}, "known: routine, position"),
        ({"level": 101}, "level takes % from 0 to 100"),
        ({"level": True}, "level takes"),
        ({"plug": 1}, "plug takes true or false"),
        ({"charge": "Maybe"}, "charge takes"),
        ({"drive": {"hours": 2}}, "drive takes"),
        ({"drive": {"distance": 0}}, "drive takes"),
        ({"doors": ["Bonnet"]}, "doors takes"),
        ({"position": [1]}, "position takes"),
        ({"position": [1, 91]}, "position takes"),
        ({"privacy": "Some"}, "privacy takes"),
        ({"alarm": "Loud"}, "alarm takes"),
        ({"alerts": ["RiskOfSnow"]}, "RiskOfIce, "),
        ({"temperature": "cold"}, "temperature takes"),
        ({"fuel_level": 50}, "does not have what fuel_level sets"),
    ],
    ids=str,
)
async def test_invalid_change_is_rejected_as_a_whole(caller: Caller, values: Any, message: str) -> None:
    await caller.sign_in("peugeot")
    before = await caller.status("e-208")
    response = await caller.change("e-208", odometer=1, **values)
    assert response.status == 400
    assert message in response.body["error"]
    assert await caller.status("e-208") == before
    assert set(SETTINGS) >= {"plug", "charge", "drive", "doors", "lock", "position", "level", "privacy", "asleep"}


async def test_manual_change_pauses_the_routine(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    assert (await caller.change("e-208", level=42)).body["routine"] is False
    before = await caller.status("e-208")
    await caller.control("POST", "/clock", {"advance": 7 * 86400})
    after = await caller.status("e-208")
    assert after["odometer"]["mileage"] == before["odometer"]["mileage"]
    assert (await caller.change("e-208", routine=True)).body["routine"] is True
    await caller.control("POST", "/clock", {"advance": 7 * 86400})
    assert (await caller.status("e-208"))["odometer"]["mileage"] > before["odometer"]["mileage"]
    assert (await caller.change("e-208", level=50, routine=True)).body["routine"] is True
