"""Remotes that are rejected: invalid, without scope, or not supported by the car."""

from typing import Any

import pytest

from ..conftest import Caller, Hook
from .helpers import CHARGE, HORN, LOCK, PARIS, UNLOCK, Remotes


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "preconditioning or door"),
        ([], "body"),
        (LOCK | HORN, "preconditioning or door"),
        ({"ligths": {"on": True}}, "ligths"),
        ({"door": {"state": "locked"}}, "door.state"),
        ({"door": {"state": "Locked", "by": "force"}}, "door.by"),
        ({"lights": {"on": "yes"}}, "lights.on"),
        ({"preconditioning": {"airConditioning": {}}}, "preconditioning.airConditioning"),
        ({"charging": {}}, "charging"),
        ({"charging": {"immediate": True, "preferences": {"type": "Full"}}}, "charging.preferences"),
        ({"charging": {"preferences": {"type": "Half"}}}, "charging.preferences.type"),
        ({"charging": {"schedule": {"nextDelayedTime": "PT5H"}}}, "charging.schedule.nextDelayedTime"),
        (
            {"charging": {"schedule": {"nextDelayedTime": "2026-03-02T05:00:00Z", "programs": []}}},
            "charging.schedule",
        ),
        ({"navigation": {"positions": []}}, "navigation.positions"),
        ({"navigation": {"positions": [PARIS] * 11}}, "navigation.positions"),
        ({"navigation": {"positions": [{"type": "Point", "coordinates": [2.3, 98]}]}}, "positions[0].coordinates"),
        (HORN | {"attributes": [{"type": "Query", "key": "a", "value": "b"}]}, "attributes[0].type"),
    ],
    ids=str,
)
async def test_invalid_remote_is_rejected(caller: Caller, remotes: Remotes, body: Any, place: str) -> None:
    response = await caller.send("POST", remotes.path, body)
    assert (response.status, response.body["code"]) == (400, 40000)
    assert place in response.body["message"]


@pytest.mark.parametrize(
    "programs",
    [
        [],
        [{"slot": 5, "actionsType": "Delete"}],
        [{"slot": 1, "actionsType": "Delete"}, {"slot": 1, "actionsType": "Delete"}],
        [{"slot": 1, "enabled": True}],
        [{"slot": 1, "enabled": True, "start": "PT25H", "occurence": {"day": ["Mon"]}}],
        [{"slot": 1, "enabled": True, "start": "PT5H", "occurence": {"day": ["Monday"]}}],
    ],
    ids=str,
)
async def test_invalid_programs_are_rejected(caller: Caller, remotes: Remotes, programs: Any) -> None:
    body = {"preconditioning": {"airConditioning": {"programs": programs}}}
    assert (await caller.send("POST", remotes.path, body)).body["code"] == 40000


async def test_scopes_and_capabilities(caller: Caller, hook: Hook, remotes: Remotes) -> None:
    locked = await remotes.do(UNLOCK)
    await caller.sign_in("peugeot", "remote:horn:write data:telemetry")
    refused = await caller.send("POST", remotes.path, UNLOCK)
    assert (refused.status, refused.body["code"]) == (403, 40300)
    assert "remote:door:write" in refused.body["message"]
    horn = await remotes.do(HORN)
    shown = (await caller.ok(remotes.path))["_embedded"]["remoteActions"]
    assert [remote["remoteActionId"] for remote in shown] == [horn["remoteActionId"]]
    assert (await caller.get(f"{remotes.path}/{locked['remoteActionId']}")).status == 404
    for brand, model, body in (
        ("citroen", "C3", UNLOCK),
        ("ds", "3 E-Tense", CHARGE),
        ("opel", "Corsa-e", {"charging": {"preferences": {"type": "Full"}}}),
        ("opel", "Corsa-e", {"charging": {"schedule": {"programs": []}}}),
    ):
        await caller.sign_in(brand)
        others = Remotes(caller, hook, await caller.subscribe(hook.url), model)
        assert (await caller.send("POST", others.path, body)).body["code"] == 40300
