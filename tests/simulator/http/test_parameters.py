"""Invalid parameters and bodies."""

from typing import Any

import pytest

from ..conftest import Caller
from ..helpers import car_path


@pytest.mark.parametrize(
    ("where", "query"),
    [
        ("trips", {"timestamps": "yesterday/"}),
        ("trips", {"timestamps": "2026-02-01T00:00:00Z"}),
        ("trips", {"timestamps": "2026-02-01T00:00:00/P1D"}),
        ("trips", {"timestamps": "2026-02-02T00:00:00Z/2026-02-01T00:00:00Z"}),
        ("trips", {"timestamps": "2026-02-02T00:00:00Z/P"}),
        ("trips", {"timestamps": "2026-02-02T00:00:00Z/P1DT"}),
        ("trips", {"timestamps": "R/2026-02-02T00:00:00Z"}),
        ("trips", {"timestamps": "R2/2026-02-02T00:00:00Z/PT0S"}),
        ("trips", {"timestamps": "Rx/2026-02-02T00:00:00Z/P1D"}),
        ("trips", {"timestamps": "R/2026-01-01T00:00:00Z/P9000Y"}),
        ("trips", {"timestamps": "R/2026-01-01T00:00:00Z/P1D/P9000Y"}),
        ("trips", {"timestamps": "R/9999-01-01T00:00:00Z/P1D/P2Y"}),
        ("trips", {"timestamps": ",".join(["/2026-02-02T00:00:00Z"] * 11)}),
        ("trips", {"distance": "1.55-"}),
        ("trips", {"distance": "5-1"}),
        ("trips", {"duration": "1.5-"}),
        ("trips", {"duration": "long"}),
        ("trips", {"states": "Happy"}),
        ("trips", {"pageSize": "61"}),
        ("alarms", {"type": "vehicle.alarm"}),
        ("alerts", {"locale": "fr"}),
        ("telemetry", {"type": "vehicle.kinetic"}),
        ("telemetry", {"extension": "odometer"}),
        ("telemetry", {"pageSize": "2001"}),
        ("lastPosition", {"pageSize": "1"}),
        ("maintenance", {"locale": "fr"}),
    ],
    ids=str,
)
async def test_invalid_filter_is_named_in_the_error(caller: Caller, where: str, query: Any) -> None:
    await caller.sign_in("peugeot")
    answer = await caller.get(f"{car_path(caller, 'e-208')}/{where}", **query)
    assert (answer.status, answer.body["code"]) == (400, 40000)
    assert next(iter(query)) in answer.body["message"]


async def test_body_that_is_not_json_is_rejected(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    headers = {"Authorization": f"Bearer {caller.tokens['access_token']}", "x-introspect-realm": caller.realm}
    url = f"{caller.simulator.url}/connectedcar/v4/user/callbacks?client_id=demo-client"
    async with caller.session.post(url, data=b"{", headers=headers) as response:
        assert response.status == 400
