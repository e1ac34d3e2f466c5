"""Config flow, with the consent page of the simulator."""

import asyncio
from typing import Any

from homeassistant.components.application_credentials import ClientCredential, async_import_client_credential
from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigEntryState,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from yarl import URL

from custom_components.stellantis.const import DOMAIN
from simulator import Simulator
from tests.support.config_flow import REDIRECT_URI, Flow, configure, consent_url, submit_consent, suggested_values
from tests.support.helpers import Control

pytestmark = [
    pytest.mark.usefixtures("current_request_with_host", "enable_custom_integrations"),
    pytest.mark.simulator(fleet=1, brand="peugeot"),
]
all_cars = pytest.mark.simulator(fleet=None, brand=None)

CVS_ERROR = {"code": 50038, "message": "CVS error/user-vins"}
NO_VEHICLE = {"code": 40400, "message": "No vehicle found"}
EMPTY_LIST = {"_links": {}, "total": 0, "totalPage": 0, "currentPage": 1, "_embedded": {}}


async def test_home_assistant_redirect_uri(
    hass: HomeAssistant, start_flow: Flow, link_with_redirect: Flow, simulator: Simulator
) -> None:
    result = await link_with_redirect(await start_flow())
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Peugeot"
    data = dict(result["data"])
    assert data.pop("token")["scope"].split()[0] == "openid"
    assert data == {
        "auth_implementation": DOMAIN,
        "brand": "peugeot",
        "environment": "custom",
        "url": f"{simulator.url}/",
    }
    await hass.async_block_till_done()
    assert result["result"].state is ConfigEntryState.LOADED
    # The unique ID does not identify the driver
    assert len(result["result"].unique_id or "") == 32


@all_cars
async def test_pasted_url(hass: HomeAssistant, start_flow: Flow, link_with_pasted_url: Flow) -> None:
    result = await link_with_pasted_url(await start_flow("citroen"))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Citroën"
    assert result["data"]["redirect_uri"] == REDIRECT_URI


async def test_pasted_web_url(hass: HomeAssistant, start_flow: Flow) -> None:
    """An address that nobody answers is in the address bar."""
    flow = await configure(hass, await start_flow(), next_step_id="other_address")
    flow = await configure(hass, flow, redirect_uri="https://nobody.example/back")
    assert flow["step_id"] == "paste"
    flow = await configure(hass, flow, redirected_url="https://nobody.example/back")
    assert flow["errors"] == {"redirected_url": "no_code"}
    flow = await configure(hass, flow, redirected_url=str(await submit_consent(consent_url(flow))))
    assert flow["type"] is FlowResultType.CREATE_ENTRY


async def test_pasted_header(hass: HomeAssistant, start_flow: Flow) -> None:
    """Browsers do not show the URL of an app, but the header that contains it."""
    flow = await configure(hass, await start_flow(), next_step_id="other_address")
    flow = await configure(hass, flow, redirect_uri=REDIRECT_URI)
    pasted = f"Location:\n{await submit_consent(consent_url(flow))}\n"
    assert (await configure(hass, flow, redirected_url=pasted))["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("redirect_uri", ["", "no address", "myapp", "https://a.example/b#c", "http://["])
async def test_invalid_redirect_uri(hass: HomeAssistant, start_flow: Flow, redirect_uri: str) -> None:
    flow = await configure(hass, await start_flow(), next_step_id="other_address")
    flow = await configure(hass, flow, redirect_uri=redirect_uri)
    assert flow["step_id"] == "other_address"
    assert flow["errors"] == {"redirect_uri": "invalid_redirect_uri"}


async def test_invalid_pasted_url(hass: HomeAssistant, start_flow: Flow) -> None:
    flow = await configure(hass, await start_flow(), next_step_id="other_address")
    flow = await configure(hass, flow, redirect_uri=REDIRECT_URI)
    url = consent_url(flow)
    state = URL(url).query["state"]
    for pasted, error in (
        ("nonsense", "no_code"),
        ("http://[", "no_code"),
        (f"{REDIRECT_URI}?state={state}", "no_code"),
        (f"{REDIRECT_URI}?code=x", "state_mismatch"),
        (f"{REDIRECT_URI}?code=x&state=another", "state_mismatch"),
        (f"{REDIRECT_URI}?error=access_denied&state={state}", "access_denied"),
        (f"{REDIRECT_URI}?error=server_error&state={state}", "consent_failed"),
    ):
        flow = await configure(hass, flow, redirected_url=pasted)
        assert flow["errors"] == {"redirected_url": error}, pasted
        # The URL of the consent page stays valid
        assert consent_url(flow) == url
    flow = await configure(hass, flow, redirected_url=str(await submit_consent(url)))
    assert flow["type"] is FlowResultType.CREATE_ENTRY


async def test_denied_then_allowed(hass: HomeAssistant, start_flow: Flow, link_with_redirect: Flow) -> None:
    flow = await link_with_redirect(await start_flow(), "deny")
    assert (flow["step_id"], flow["errors"]) == ("problem", {"base": "access_denied"})
    flow = await configure(hass, flow)
    assert flow["step_id"] == "consent"
    assert (await link_with_redirect(flow))["type"] is FlowResultType.CREATE_ENTRY


async def test_consent_page_failed(
    hass: HomeAssistant, start_flow: Flow, hass_client_no_auth: ClientSessionGenerator
) -> None:
    flow = await configure(hass, await start_flow(), next_step_id="home_assistant")
    state = URL(flow["url"]).query["state"]
    client = await hass_client_no_auth()
    await client.get("/auth/external/callback", params={"state": state, "error": "server_error"})
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"])
    assert flow["errors"] == {"base": "consent_failed"}


@pytest.mark.parametrize(
    ("fault", "error", "next_step"),
    [
        (
            {"path": "/user*", "status": 500, "body": CVS_ERROR},
            "server_error",
            None,
        ),
        ({"path": "/user*", "garbage": "html"}, "invalid_response", None),
        ({"path": "/user*", "reset": True}, "hung_up", "server"),
        ({"path": "/user*", "status": 429, "retry_after": 60}, "rate_limited", None),
        ({"path": "/user*", "status": 400}, "request_failed", None),
        ({"path": "/user*", "status": 403}, "forbidden", "consent"),
        (
            {"path": "/user*", "status": 401, "body": {"code": 40101, "message": "Unauthorized"}},
            "unauthorized",
            "consent",
        ),
        (
            {
                "path": "/user*",
                "status": 401,
                "body": {"httpCode": "401", "httpMessage": "Unauthorized", "moreInformation": "Not registered to plan"},
            },
            "not_registered",
            "server",
        ),
        (
            {
                "path": "/user*",
                "status": 401,
                "body": {"httpMessage": "Unauthorized", "moreInformation": "Cannot pass the security checks"},
            },
            "security_check_failed",
            "server",
        ),
        (
            {"path": "/user/vehicles", "status": 404, "body": NO_VEHICLE},
            "no_vehicles",
            "server",
        ),
        (
            {
                "path": "/user/vehicles",
                "body": EMPTY_LIST,
            },
            "no_vehicles",
            "server",
        ),
        ({"path": "/am/oauth2/access_token", "status": 503, "body": "<html>Maintenance</html>"}, "server_error", None),
        (
            {"path": "/am/oauth2/access_token", "status": 200, "body": {"token_type": "Bearer"}},
            "invalid_response",
            None,
        ),
        (
            {"path": "/am/oauth2/access_token", "status": 200, "body": {"access_token": "without a refresh token"}},
            "invalid_response",
            None,
        ),
        (
            {"path": "/am/oauth2/access_token", "status": 400, "body": {"error": "invalid_grant"}},
            "grant_expired",
            "consent",
        ),
    ],
)
async def test_server_error(
    hass: HomeAssistant,
    start_flow: Flow,
    link_with_redirect: Flow,
    control: Control,
    fault: dict[str, Any],
    error: str,
    next_step: str | None,
) -> None:
    """Each failure has its error text; the flow continues in the step that can fix it, and keeps the input."""
    await control.put("faults", [fault])
    flow = await link_with_redirect(await start_flow())
    assert (flow["step_id"], flow["errors"]) == ("problem", {"base": error})
    # The frontend may request the same step again
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"])
    assert flow["errors"] == {"base": error}
    await control.delete("faults")
    flow = await configure(hass, flow)
    if next_step is None:
        assert flow["type"] is FlowResultType.CREATE_ENTRY
        return
    assert flow["step_id"] == next_step
    if next_step == "consent":
        assert (await link_with_redirect(flow))["type"] is FlowResultType.CREATE_ENTRY


async def test_server_down(hass: HomeAssistant, credentials: None, start_flow: Flow, unused_tcp_port: int) -> None:
    """The form says so, before the browser is sent to a page that it cannot load."""
    url = f"http://127.0.0.1:{unused_tcp_port}"
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    server = {"brand": "ds", "environment": "custom", "url": url, "use_certificate": False, "choose_redirect": False}
    flow = await configure(hass, flow, **server)
    assert (flow["step_id"], flow["errors"]) == ("server", {"url": "cannot_connect"})
    # It can also go down later
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", unused_tcp_port):
        flow = await start_flow(url=url)
    flow = await configure(hass, flow, next_step_id="other_address")
    flow = await configure(hass, flow, redirect_uri=REDIRECT_URI)
    state = URL(consent_url(flow)).query["state"]
    flow = await configure(hass, flow, redirected_url=f"{REDIRECT_URI}?code=x&state={state}")
    assert (flow["step_id"], flow["errors"]) == ("problem", {"base": "cannot_connect"})


@pytest.mark.parametrize(
    "url", ["", "nonsense", "http://stellantis.example", "ftp://127.0.0.1", "https://user:pw@a.example"]
)
async def test_invalid_server_url(hass: HomeAssistant, credentials: None, url: str) -> None:
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    flow = await configure(
        hass, flow, brand="ds", environment="custom", url=url, use_certificate=False, choose_redirect=False
    )
    assert (flow["step_id"], flow["errors"]) == ("server", {"url": "invalid_url"})


@pytest.mark.parametrize(
    ("brand", "environment", "host"),
    [("vauxhall", "production", "idpcvs.vauxhall.co.uk"), ("ds", "pre_production", "idpcvs.driveds.com")],
)
async def test_predefined_servers(
    hass: HomeAssistant, credentials: None, brand: str, environment: str, host: str
) -> None:
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    flow = await configure(
        hass, flow, brand=brand, environment=environment, use_certificate=False, choose_redirect=False
    )
    url = URL(flow["url"])
    assert (url.scheme, url.host, url.path) == ("https", host, "/am/oauth2/authorize")
    assert set(url.query) == {"response_type", "client_id", "redirect_uri", "state", "scope", "locale"}


@all_cars
async def test_one_entry_per_account_and_brand(
    hass: HomeAssistant, start_flow: Flow, link_with_redirect: Flow, link_with_pasted_url: Flow
) -> None:
    assert (await link_with_redirect(await start_flow("opel")))["type"] is FlowResultType.CREATE_ENTRY
    result = await link_with_pasted_url(await start_flow("opel"))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert (await link_with_pasted_url(await start_flow("ds")))["type"] is FlowResultType.CREATE_ENTRY


async def test_redirect_uri_is_not_normalized(hass: HomeAssistant, start_flow: Flow) -> None:
    flow = await configure(hass, await start_flow(), next_step_id="other_address")
    flow = await configure(hass, flow, redirect_uri=" myApp://OAuth%2Fback ")
    assert URL(consent_url(flow)).query["redirect_uri"] == "myApp://OAuth%2Fback"


async def test_wrong_brand(
    hass: HomeAssistant, start_flow: Flow, link_with_pasted_url: Flow, control: Control, simulator: Simulator
) -> None:
    """An account without cars leads back to the brand, and everything that was entered is still there."""
    await control.fault("/user/vehicles", status=404, body=NO_VEHICLE)
    flow = await link_with_pasted_url(await start_flow("opel"))
    assert (flow["step_id"], flow["errors"]) == ("problem", {"base": "no_vehicles"})
    await control.delete("faults")
    flow = await configure(hass, flow)
    server = {"environment": "custom", "url": f"{simulator.url}/", "use_certificate": False, "choose_redirect": True}
    assert (flow["step_id"], suggested_values(flow)) == ("server", {"brand": "opel", **server})
    flow = await configure(hass, flow, brand="peugeot", **server)
    assert (flow["description_placeholders"] or {})["other"] == REDIRECT_URI
    flow = await configure(hass, flow, next_step_id="other_address")
    assert suggested_values(flow) == {"redirect_uri": REDIRECT_URI}
    flow = await configure(hass, flow, redirect_uri=REDIRECT_URI)
    flow = await configure(hass, flow, redirected_url=str(await submit_consent(consent_url(flow))))
    assert (flow["type"], flow["title"]) == (FlowResultType.CREATE_ENTRY, "Peugeot")


async def test_true_addresses(hass: HomeAssistant, start_flow: Flow) -> None:
    """The menu shows the redirect URIs that it offers, and the form of the server the hosts behind its options."""
    flow = await start_flow()
    assert flow["description_placeholders"] == {
        "home_assistant": "https://example.com/auth/external/callback",
        "other": "myapp://oauth2redirect",
    }
    external = await configure(hass, flow, next_step_id="home_assistant")
    assert URL(external["url"]).query["redirect_uri"] == "https://example.com/auth/external/callback"
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert flow["description_placeholders"] == {
        "production": "api.groupe-psa.com",
        "pre_production": "api-cert.groupe-psa.com",
    }


async def test_last_step(hass: HomeAssistant, start_flow: Flow) -> None:
    """Only the form that creates the entry is submitted; the others have a next one."""
    await async_import_client_credential(hass, DOMAIN, ClientCredential("another", "secret"), "another")
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert (flow["step_id"], flow["last_step"]) == ("pick_implementation", False)
    flow = await configure(hass, flow, implementation=DOMAIN)
    assert (flow["step_id"], flow["last_step"]) == ("server", False)
    flow = await configure(
        hass, flow, brand="peugeot", environment="production", use_certificate=False, choose_redirect=True
    )
    flow = await configure(hass, flow, next_step_id="other_address")
    assert (flow["step_id"], flow["last_step"]) == ("other_address", False)
    flow = await configure(hass, flow, redirect_uri=REDIRECT_URI)
    assert (flow["step_id"], flow["last_step"]) == ("paste_of_app", True)


async def test_next_flow(hass: HomeAssistant, start_flow: Flow, link_with_redirect: Flow) -> None:
    """After linking, the options are offered, costs and capacity among them; the user may close them."""
    result = await link_with_redirect(await start_flow())
    flow_type, flow_id = result["next_flow"]
    assert flow_type == "options_flow"
    options = hass.config_entries.options
    # The frontend requests the flow that exists already
    menu = await options.async_configure(flow_id)
    assert menu["step_id"] == "init"
    assert all(step in (menu["menu_options"]) for step in ("costs", "battery"))
    form = await options.async_configure(menu["flow_id"], {"next_step_id": "costs"})
    await options.async_configure(form["flow_id"], {"electricity_price": {"active_choice": "fixed", "fixed": 0.3}})
    assert result["result"].options == {"electricity_price": 0.3}
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_no_next_flow_without_costs(hass: HomeAssistant, start_flow: Flow, link_with_redirect: Flow) -> None:
    flow = await configure(hass, await start_flow(), next_step_id="scopes")
    result = await link_with_redirect(await configure(hass, flow, scopes=["openid", "data_position"]))
    assert (result["type"], "next_flow" in result) == (FlowResultType.CREATE_ENTRY, False)
    await hass.async_block_till_done(wait_background_tasks=True)


@all_cars
async def test_titles_of_one_brand(
    hass: HomeAssistant, start_flow: Flow, link_with_redirect: Flow, simulator: Simulator
) -> None:
    titles = []
    for person in ("a", "b", "c"):
        simulator.world.accounts["ds"].id = person
        titles.append((await link_with_redirect(await start_flow("ds")))["title"])
    assert titles == ["DS", "DS (DS 3 E-Tense)", "DS 2"]
    await hass.async_block_till_done(wait_background_tasks=True)
