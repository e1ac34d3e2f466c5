"""The dashboard: its strategy is served and tested, and it is added once, on request."""

from http import HTTPStatus
from pathlib import Path
import re
import subprocess
from typing import Any
from unittest.mock import patch

from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL
from homeassistant.components.lovelace import LOVELACE_DATA
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.stellantis.dashboard import hash_files
from tests.conftest import Link
from tests.support.commands import ONE_CAR
from tests.support.helpers import only_car

from .support.source import COMPONENT, find_node

ROOT = COMPONENT.parent.parent
PATH = "stellantis-cars"
STRATEGY = {"strategy": {"type": "custom:stellantis"}}
NODE = find_node()

pytestmark = pytest.mark.simulator(**ONE_CAR)


async def click(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    """Select the dashboard in the menu of the options, and return the result."""
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    return dict(await hass.config_entries.options.async_configure(menu["flow_id"], {"next_step_id": "dashboard"}))


async def test_dashboard(
    hass: HomeAssistant,
    link: Link,
    hass_admin_user: MockUser,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
) -> None:
    assert await async_setup_component(hass, "frontend", {})
    entry = await link("peugeot")
    dashboards = hass.data[LOVELACE_DATA].dashboards
    result = await click(hass, entry)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "dashboard_ready")
    car = only_car(entry)
    # Loads the page, which may be from before the integration was set up and then lacks the strategy
    link_to_dashboard = f'<a href="/{PATH}" target="_self">{car.device.name}</a>'
    assert result["description_placeholders"] == {"link": link_to_dashboard}
    assert await dashboards[PATH].async_load(force=True) == STRATEGY

    # Once is enough
    assert (await click(hass, entry))["reason"] == "dashboard_ready"
    client = await hass_ws_client(hass)

    async def call(command: str, **data: Any) -> Any:
        await client.send_json_auto_id({"type": command, **data})
        response = await client.receive_json()
        assert response["success"], response
        return response["result"]

    assert [item["url_path"] for item in await call("lovelace/dashboards/list")] == [PATH]

    # What the strategy asks for
    assert await call("stellantis/statistic_ids") == {car.device.id: {}}, "there is no recorder"
    texts = await call("frontend/get_translations", language="de", category="common", integration=["stellantis"])
    assert texts["resources"]["component.stellantis.common.dashboard_charging"] == "Laden"

    # Served under an address that changes with the content
    http = await hass_client()
    (url,) = hass.data[DATA_EXTRA_MODULE_URL].urls
    folder = f"/stellantis_static/{hash_files(COMPONENT / 'frontend')}"
    assert url == f"{folder}/strategy.js"
    for name, content_type in (("strategy.js", "text/javascript"), ("car.svg", "image/svg+xml")):
        response = await http.get(f"{folder}/{name}")
        assert (response.status, response.content_type) == (HTTPStatus.OK, content_type)
        assert "max-age" in response.headers["Cache-Control"]

    # A dashboard of which the user has taken control is theirs
    await dashboards[PATH].async_save({"views": []})
    assert (await click(hass, entry))["reason"] == "dashboard_ready"
    assert await dashboards[PATH].async_load(force=True) == {"views": []}
    await dashboards[PATH].async_save(STRATEGY)

    # What the user deletes comes back only on request
    (listed,) = await call("lovelace/dashboards/list")
    await call("lovelace/dashboards/delete", dashboard_id=listed["id"])
    await hass.config_entries.async_reload(entry.entry_id)
    assert PATH not in dashboards
    await click(hass, entry)
    assert PATH in dashboards

    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert PATH not in dashboards


async def test_title_of_a_car_of_two_accounts(hass: HomeAssistant, link: Link, hass_admin_user: MockUser) -> None:
    assert await async_setup_component(hass, "frontend", {})
    entry, _ = await link("peugeot"), await link("peugeot", unique_id="partner")
    result = await click(hass, entry)
    assert f">{only_car(entry).device.name}</a>" in result["description_placeholders"]["link"]


def test_address_of_the_strategy(tmp_path: Path) -> None:
    """It changes with each file and its name."""
    hashes = []
    for name, content in (("a.js", "1"), ("a.js", "2"), ("b.js", "2")):
        (tmp_path / name).write_text(content, encoding="utf-8")
        hashes.append(hash_files(tmp_path))
    assert len(set(hashes)) == 3
    (tmp_path / "b.js").unlink()
    assert hash_files(tmp_path) == hashes[1]


async def test_without_frontend(hass: HomeAssistant, link: Link) -> None:
    entry = await link("peugeot")
    result = await click(hass, entry)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "no_frontend")


async def test_without_administrator(
    hass: HomeAssistant, link: Link, hass_admin_user: MockUser, caplog: pytest.LogCaptureFixture
) -> None:
    assert await async_setup_component(hass, "frontend", {})
    entry = await link("peugeot")
    with patch.object(hass.auth, "async_get_users", return_value=[]):
        assert (await click(hass, entry))["reason"] == "no_administrator"
    with patch("homeassistant.components.lovelace.dashboard.DashboardsCollection.async_create_item") as create:
        create.side_effect = HomeAssistantError("The path is in use")
        result = await click(hass, entry)
    assert (result["reason"], result["description_placeholders"]) == (
        "dashboard_refused",
        {"error": "The path is in use"},
    )
    assert (await click(hass, entry))["reason"] == "dashboard_ready"
    with patch.object(hass.auth, "async_get_users", return_value=[]):
        await hass.config_entries.async_remove(entry.entry_id)
    assert "The dashboard stellantis-cars could not be deleted: no administrator" in caplog.text


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_strategy() -> None:
    """Run the tests of the strategy."""
    files = sorted(map(str, (ROOT / "tests" / "frontend").glob("*.test.js")))
    result = subprocess.run(  # noqa: S603
        [str(NODE), "--test", *files], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 0, result.stdout


def test_strategy_has_no_texts() -> None:
    """Everything that a user reads is translated: a string in the code is a name, never a sentence."""
    for path in Path(COMPONENT / "frontend").glob("*.js"):
        code = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not re.findall(r'"[A-Z][a-z]+ [^"]*"', code), path.name
