"""Invalid calls of the control interface."""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ..conftest import Caller


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/clock", {"advance": -1}),
        ("POST", "/clock", {"speed": "fast"}),
        ("POST", "/clock", {"back": 1}),
        ("POST", "/clock", [1]),
        ("POST", "/token", {"brand": "lada"}),
        ("POST", "/token", {"brand": "ds", "client_id": "nobody"}),
        ("PUT", "/oauth", {"client_id": "nobody"}),
        ("PUT", "/oauth", {"expires_in": -1}),
        ("PUT", "/faults", {"garbage": "leaves"}),
        ("PUT", "/faults", {"reset": "soon"}),
        ("PUT", "/faults", {"where": "/user"}),
        ("PUT", "/faults", {"delay": "long"}),
        ("PUT", "/faults", {"delay": float("inf")}),
        ("PUT", "/faults", {"garbage": []}),
        ("PUT", "/faults", {"path": 5}),
        ("PUT", "/faults", {"method": []}),
        ("PUT", "/faults", {"headers": "x"}),
        ("PUT", "/faults", {"headers": {"a": 1}}),
        ("PUT", "/faults", {"headers": {"a": "b\r\nc"}}),
        ("PUT", "/faults", {"status": 99}),
        ("PUT", "/faults", {"times": 1.5}),
        ("PUT", "/faults", ["all"]),
        ("POST", "/clock", {"advance": float("nan")}),
        ("POST", "/clock", {"advance": float("inf")}),
        ("POST", "/clock", {"advance": 1e12}),
        ("POST", "/clock", {"speed": float("inf")}),
        ("POST", "/vehicles", {"brand": "opel", "model": []}),
        ("POST", "/token", {"brand": []}),
        ("POST", "/token", {"brand": "ds", "client_id": []}),
        ("POST", "/token", {"brand": "ds", "expires_in": "abc"}),
        ("POST", "/token", {"brand": "ds", "scopes": [1]}),
        ("PUT", "/oauth", {"client_id": []}),
        ("PUT", "/limits", {"day": float("inf")}),
        ("PUT", "/limits", {"day": 10**400}),
        ("POST", "/remotes/next", {"notifications": []}),
    ],
    ids=str,
)
async def test_invalid_call_is_answered_with_400(caller: Caller, method: str, path: str, body: Any) -> None:
    answer = await caller.control(method, path, body)
    assert answer.status == 400
    assert answer.body["error"]


async def test_unknown_vin_and_malformed_json(caller: Caller) -> None:
    for method, path in (("PATCH", "/vehicles/X"), ("DELETE", "/vehicles/X"), ("PUT", "/vehicles/X/status")):
        assert (await caller.control(method, path, {})).status == 404
    async with caller.session.put(f"{caller.simulator.url}/_control/faults", data=b"{") as response:
        assert response.status == 400
