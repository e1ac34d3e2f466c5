"""Where the real platform differs from its description: the simulator follows the former, or the latter if strict."""

from base64 import b64encode, urlsafe_b64encode
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlsplit
from uuid import UUID

import pytest
from yarl import URL

from simulator import Client, Simulator, SimulatorConfig
from simulator.__main__ import main

from .conftest import BASE, MONDAY, Caller, Hook
from .helpers import car_path, charging_data

REDIRECT = "https://app.example.com/back"
ODD = Client(client_id="odd: client", secret="50% + more&=")
SECURITY_CHECKS = "Cannot pass the security checks that are required by this API or Plan."


@pytest.fixture
def config() -> SimulatorConfig:
    return SimulatorConfig(start=MONDAY, speed=0, routine=False, clients=(ODD,))


@pytest.fixture
async def strict(caller: Caller) -> AsyncIterator[Caller]:
    """A client of a simulator that follows the description."""
    async with caller.elsewhere(SimulatorConfig(start=MONDAY, speed=0, routine=False, strict=True)) as other:
        yield other


async def post_token(caller: Caller, query: dict[str, str], form: dict[str, str], **headers: str) -> tuple[int, Any]:
    """Post to the token endpoint."""
    url = f"{caller.simulator.url}/am/oauth2/access_token"
    async with caller.session.post(url, params=query, data=form, headers=headers) as response:
        return response.status, await response.json()


async def authorize(caller: Caller, client_id: str = "demo-client", **query: str) -> dict[str, str]:
    """Ask for consent, which is given at once, and return the parameters of the redirect."""
    params = {"client_id": client_id, "response_type": "code", "redirect_uri": REDIRECT, "realm": "clientsB2CPeugeot"}
    url = f"{caller.simulator.url}/am/oauth2/authorize"
    async with caller.session.get(url, params=params | {"auto": "allow"} | query, allow_redirects=False) as response:
        assert response.status == 302
        location = parse_qs(urlsplit(response.headers["Location"]).query)
    return {name: values[0] for name, values in location.items()}


def basic(client_id: str, secret: str) -> str:
    """Return the header of Basic authentication, as it is written into the request."""
    return f"Basic {b64encode(f'{client_id}:{secret}'.encode()).decode()}"


async def test_dead_access_token_is_rejected_by_the_gateway(caller: Caller, strict: Caller) -> None:
    await caller.sign_in("peugeot")
    await caller.control("PUT", "/oauth", {"expire": True})
    field = await caller.get("/user")
    assert (field.status, field.body["moreInformation"]) == (401, SECURITY_CHECKS)
    assert "code" not in field.body
    described = await strict.get("/user")
    assert (described.status, described.body["code"]) == (401, 40100)


async def test_injected_401_has_the_shape_of_the_gateway(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    await caller.control("PUT", "/faults", {"status": 401})
    assert (await caller.get("/user")).body["moreInformation"] == SECURITY_CHECKS


@pytest.mark.parametrize(("path", "name"), [("status", "locale"), ("status", "extension"), ("trips", "locale")])
async def test_undescribed_query_parameters_are_ignored(caller: Caller, strict: Caller, path: str, name: str) -> None:
    for who, codes in ((caller, (None, 40400)), (strict, (40000,))):
        await who.sign_in("peugeot")
        answer = await who.get(f"{car_path(who, 'e-208')}/{path}?{name}=fr-FR")
        assert answer.body.get("code") in codes


async def test_plus_of_a_time_zone_needs_no_encoding(caller: Caller, strict: Caller) -> None:
    for who, status in ((caller, 200), (strict, 400)):
        await who.sign_in("peugeot")
        path = f"{car_path(who, 'e-208')}/alerts?client_id=demo-client"
        url = f"{who.simulator.url}{BASE}{path}&timestamps=2026-03-01T00:00:00+01:00/2026-03-02T00:00:00+01:00"
        headers = {"Authorization": f"Bearer {who.tokens['access_token']}", "x-introspect-realm": who.realm}
        async with who.session.get(URL(url, encoded=True), headers=headers) as response:
            assert response.status == status


async def test_refresh_needs_no_realm(caller: Caller, strict: Caller) -> None:
    for who, error in ((caller, None), (strict, "invalid_request")):
        await who.sign_in("peugeot")
        token = who.tokens["refresh_token"]
        answer = await who.oauth("access_token", grant_type="refresh_token", refresh_token=token)
        assert answer.body.get("error") == error


@pytest.mark.parametrize("place", ["query", "form", "mixed"])
async def test_token_parameters_and_secret_in_query_or_form(caller: Caller, strict: Caller, place: str) -> None:
    for who, expected in ((caller, 200), (strict, 401)):
        await who.sign_in("peugeot")
        client = {"client_id": "demo-client", "client_secret": "demo-secret"}
        grant = {"grant_type": "refresh_token", "refresh_token": who.tokens["refresh_token"]}
        realm = {"realm": "clientsB2CPeugeot"}
        query = {"query": client | grant, "form": {}, "mixed": grant}[place]
        form = {"query": {}, "form": client | grant, "mixed": client}[place]
        assert (await post_token(who, query | realm, form))[0] == expected
    wrong = {"client_id": "demo-client", "client_secret": "other", "grant_type": "refresh_token"}
    assert (await post_token(caller, {}, wrong))[1]["error"] == "invalid_client"


async def test_parameters_in_the_query_are_no_grant_for_the_strict(strict: Caller) -> None:
    await strict.sign_in("peugeot")
    query = {"grant_type": "refresh_token", "refresh_token": strict.tokens["refresh_token"]}
    header = basic("demo-client", "demo-secret")
    status, body = await post_token(strict, query | {"realm": strict.realm}, {}, Authorization=header)
    assert (status, body["error"]) == (400, "unsupported_grant_type")


async def test_basic_credentials_are_form_encoded(caller: Caller) -> None:
    await caller.sign_in("peugeot", client_id=ODD.client_id)
    form = {"grant_type": "refresh_token", "refresh_token": caller.tokens["refresh_token"]}
    raw = await post_token(caller, {}, form, Authorization=basic(ODD.client_id, ODD.secret))
    assert (raw[0], raw[1]["error"]) == (401, "invalid_client")
    header = basic(quote_plus(ODD.client_id), quote_plus(ODD.secret))
    assert (await post_token(caller, {}, form, Authorization=header))[0] == 200


async def test_codes_are_uuids(caller: Caller) -> None:
    code = (await authorize(caller))["code"]
    assert (len(code), str(UUID(code))) == (36, code)


@pytest.mark.parametrize(
    ("method", "verifier", "accepted"),
    [
        ("S256", "v" * 43, True),
        ("S256", "w" * 43, False),
        ("S256", "", False),
        ("plain", "v" * 43, True),
        ("plain", "w" * 43, False),
    ],
)
async def test_code_verifier_must_match_the_challenge(
    caller: Caller, method: str, verifier: str, *, accepted: bool
) -> None:
    digest = urlsafe_b64encode(sha256(b"v" * 43).digest()).decode().rstrip("=")
    challenge = digest if method == "S256" else "v" * 43
    code = (await authorize(caller, code_challenge=challenge, code_challenge_method=method))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    answer = await caller.oauth("access_token", **form, **({"code_verifier": verifier} if verifier else {}))
    assert answer.body.get("error") == (None if accepted else "invalid_grant")


async def test_unknown_challenge_method_is_refused(caller: Caller) -> None:
    assert (await authorize(caller, code_challenge="x", code_challenge_method="S1"))["error"] == "invalid_request"


@pytest.mark.parametrize("scope", ["openid profile", "openid profile email"])
async def test_brand_app_reads_everything_with_identity_scopes(caller: Caller, scope: str) -> None:
    code = (await authorize(caller, "brand-app", scope=scope))["code"]
    query = {"client_id": "brand-app", "client_secret": "brand-secret"}
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    _, caller.tokens = await post_token(caller, query, form)
    assert caller.tokens["scope"] == scope
    caller.realm = "clientsB2CPeugeot"
    await caller.control("PATCH", f"/vehicles/{caller.vin('e-208')}", {"drive": True})
    await caller.pass_time(3600)
    path = car_path(caller, "e-208")
    status = await caller.ok(f"{path}/status", client_id="brand-app")
    assert {"energies", "lastPosition", "ignition"} <= status.keys()
    for resource in ("lastPosition", "maintenance", "trips", "alerts", "collisions", "telemetry"):
        await caller.ok(f"{path}/{resource}", client_id="brand-app")
    form = {"grant_type": "refresh_token", "refresh_token": caller.tokens["refresh_token"]}
    assert (await post_token(caller, {}, form | query))[0] == 200


@pytest.mark.parametrize(
    ("client_id", "scope", "error"),
    [
        ("limited-client", "openid data:telemetry data:position", "invalid_scope"),
        ("limited-client", "openid data:telemetry data:trip", None),
        ("limited-client", "", None),
        ("brand-app", "openid data:telemetry", "invalid_scope"),
        ("demo-client", "", None),
    ],
)
async def test_scopes_that_an_application_lacks_are_refused(
    caller: Caller, client_id: str, scope: str, error: str | None
) -> None:
    back = await authorize(caller, client_id, **({"scope": scope} if scope else {}), state="s")
    assert (back.get("error"), back["state"]) == (error, "s")
    if error:
        assert "data:" in back["error_description"]
    else:
        assert "data:alert" not in back["scope"] or client_id == "demo-client"


async def test_posted_consent_is_checked_like_the_page(caller: Caller) -> None:
    url = f"{caller.simulator.url}/am/oauth2/authorize"
    params = {"client_id": "limited-client", "response_type": "code", "redirect_uri": REDIRECT, "scope": "data:alert"}
    form = {"account": "peugeot", "scope": "data:alert", "decision": "allow"}
    async with caller.session.post(url, params=params, data=form, allow_redirects=False) as response:
        assert "error=invalid_scope" in response.headers["Location"]


async def test_user_embeds_vehicles(caller: Caller, strict: Caller) -> None:
    for who, name in ((caller, "vehicles"), (strict, "Vehicles")):
        await who.sign_in("peugeot")
        assert list((await who.ok("/user"))["_embedded"]) == [name]


async def test_no_trip_in_the_range_is_not_found(caller: Caller, strict: Caller) -> None:
    for who in (caller, strict):
        await who.sign_in("peugeot")
        await who.change("e-208", drive=True)
        await who.pass_time(3600)
        path = f"{car_path(who, 'e-208')}/trips"
        assert (await who.ok(path))["total"] == 1
        answer = await who.get(path, timestamps="2020-01-01T00:00:00Z/2020-02-01T00:00:00Z")
        if who is strict:
            assert (answer.status, answer.body["total"]) == (200, 0)
        else:
            assert (answer.status, answer.body["code"], answer.body["message"]) == (404, 40400, "No trip was found.")


async def test_ids_are_as_long_as_the_platform_makes_them(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    await caller.change("e-208", drive=True)
    await caller.pass_time(3600)
    (trip,) = (await caller.ok(f"{car_path(caller, 'e-208')}/trips"))["_embedded"]["trips"]
    assert (len(caller.car("e-208").id), len(trip["id"])) == (193, 129)
    ids = {car.id for car in caller.simulator.world.vehicles}
    assert len(ids) == len(caller.simulator.world.vehicles)


async def test_car_restarts_a_stopped_charge_at_its_delayed_time(caller: Caller, strict: Caller, hook: Hook) -> None:
    for who, status in ((caller, "InProgress"), (strict, "Stopped")):
        await who.sign_in("peugeot")
        callback = await who.subscribe(hook.url)
        await who.change("e-208", level=20, charge=True)
        path = f"{car_path(who, 'e-208')}/callbacks/{callback}/remotes"
        assert (await who.send("POST", path, {"charging": {"immediate": False}})).status == 202
        await who.pass_time(60)
        assert charging_data(await who.status("e-208"))["status"] == "Stopped"
        delayed_start = who.car("e-208").midnight(who.simulator.world.clock.now()) + who.car("e-208").delayed_start
        await who.pass_time(delayed_start - who.simulator.world.clock.now() + 60)
        assert charging_data(await who.status("e-208"))["status"] == status


async def test_car_without_a_delayed_time_stays_stopped(caller: Caller, hook: Hook) -> None:
    await caller.sign_in("citroen")
    callback = await caller.subscribe(hook.url)
    await caller.change("ë-C4", level=20, charge=True)
    path = f"{car_path(caller, 'ë-C4')}/callbacks/{callback}/remotes"
    await caller.send("POST", path, {"charging": {"immediate": False}})
    await caller.pass_time(86400)
    assert charging_data(await caller.status("ë-C4"))["status"] == "Stopped"


def test_strictness_is_a_switch_of_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    configs: list[SimulatorConfig | None] = []

    class Stopped(Simulator):
        def __init__(self, config: SimulatorConfig | None = None) -> None:
            configs.append(config)
            raise ValueError("stopped here")

    monkeypatch.setattr("simulator.__main__.Simulator", Stopped)
    for argv in (["simulator"], ["simulator", "--strict"]):
        monkeypatch.setattr("sys.argv", argv)
        with pytest.raises(SystemExit):
            main()
    assert [config and config.strict for config in configs] == [False, True]
