"""A real Home Assistant, pinned or newest version, boots, links accounts, restarts and stops."""

import json
from pathlib import Path
import re
import shutil
from typing import Final

from homeassistant.util import slugify
from instance import BRANDS, CONFIGURATION, FrontendUser, Instance, start_simulator
import pytest

from tests.conftest import LOGS, ROOT, TRAFFIC
from tests.support.automations import documented_automations
from tests.support.blueprints import PATHS
from tests.support.offered import OFFERED

# Warnings about any custom integration, or about libraries that this machine lacks
HARMLESS = (
    "which has not been tested by Home Assistant",
    "zlib_ng and isal are not available",
    "ffmpeg",
    "turbojpeg",
    "TurboJPEG",
)
# All inputs without a default; a blueprint ignores those of others
BLUEPRINT_INPUTS: Final = {
    "car": "no_device_of_this_home",
    "calendar": "calendar.peugeot_e_208_calendar",
    "cheap": 0.2,
    "entities": ["sensor.peugeot_e_208_battery", "lock.peugeot_e_208_central_locking"],
    "garage": "cover.garage",
    "price": "sensor.price",
}


def logged_problems(config: Path) -> list[str]:
    """Return the log lines above INFO, except harmless ones."""
    lines = (config / "home-assistant.log").read_text(encoding="utf-8").splitlines()
    problems = [line for line in lines if " WARNING " in line or " ERROR " in line or " CRITICAL " in line]
    return [line for line in problems if not any(text in line for text in HARMLESS)]


def keep_log(environment: str, config: Path) -> None:
    """Add the log to those that tests/afterwards checks."""
    with (LOGS / f"boot{environment}.log").open("a", encoding="utf-8") as log:
        log.write((config / "home-assistant.log").read_text(encoding="utf-8"))


async def save_secrets(environment: str, simulator_url: str, user: FrontendUser) -> None:
    """Save the strings that must not be in that log, for tests/afterwards."""
    async with user.session.get(f"{simulator_url}/_control/vehicles") as response:
        secrets = {vehicle[name] for vehicle in await response.json() for name in ("vin", "id", "account")}
    (LOGS / f"boot{environment}.secrets").write_text("\n".join(secrets), encoding="utf-8")


def with_automations(configuration: str) -> str:
    """Return a configuration with the documented automations, and one from each blueprint."""
    used = [
        {"alias": path.stem, "use_blueprint": {"path": f"stellantis/{path.name}", "input": BLUEPRINT_INPUTS}}
        for path in PATHS
    ]
    automations = json.dumps([*documented_automations("docs/automations.md"), *used])
    return f"{configuration}\nautomation documented: {automations.replace('{', '{{').replace('}', '}}')}\n"


async def check_automations(user: FrontendUser) -> None:
    """Check that triggers and conditions are offered for cars, and that the automations are on."""
    for (brand, model), expected in OFFERED.items():
        entity_id = f"sensor.{slugify(f'{brand} {model}')}_last_update"
        entity = await user.send_websocket_command(type="config/entity_registry/get", entity_id=entity_id)
        target = {"device_id": [entity["device_id"]]}
        for kind, keys in zip(("triggers", "conditions"), expected, strict=True):
            offered = await user.send_websocket_command(type=f"get_{kind}_for_target", target=target)
            own = {key.removeprefix("stellantis.") for key in offered if key.startswith("stellantis.")}
            assert own == keys, model
    condition = {"condition": "stellantis.is_data_newer_than", "target": target, "options": {"age": {"days": 30}}}
    assert (await user.send_websocket_command(type="test_condition", condition=condition))["result"] is True
    states = {state["entity_id"]: state["state"] for state in await user.get("api/states")}
    assert {states[name] for name in states if name.startswith("automation.")} == {"on"}
    assert {f"automation.{path.stem}" for path in PATHS} <= set(states)


async def check_voice(user: FrontendUser) -> None:
    """Check that the automations from blueprints answer."""
    for text, answer in (("How full is the car?", r"\d+ %\."), ("Is the car locked?", r"(L|Not l)ocked.*\.")):
        result = await user.send_websocket_command(type="conversation/process", text=text)
        assert re.fullmatch(answer, result["response"]["speech"]["plain"]["speech"])


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("environment", "simulated"),
    [
        pytest.param(".venv", ["--no-routine"], id="pinned"),
        pytest.param(".venv-newest", ["--no-routine"], id="newest"),
        # It imports the trips since January
        pytest.param(".venv-newest", [], id="history", marks=pytest.mark.slow),
    ],
)
async def test_boot(
    socket_enabled: None, environment: str, simulated: list[str], tmp_path: Path, unused_tcp_port: int
) -> None:
    python = ROOT / environment / "bin" / "python"
    home = Instance(python, tmp_path, unused_tcp_port, configuration=with_automations(CONFIGURATION))
    record = TRAFFIC / f"boot{environment}.jsonl"
    options = (*simulated, "--record", str(record), "--state", str(tmp_path / "simulator.json"))
    simulator, url = await start_simulator(python, *options)
    try:
        await home.prepare()
        shutil.copytree(ROOT / "blueprints", tmp_path / "blueprints")
        await home.start()
        async with home.log_in_user() as user:
            await save_secrets(environment, url, user)
            await user.add_credentials("demo-client", "demo-secret")
            for brand in BRANDS:
                assert (await user.link_account(brand, url))["type"] == "create_entry"
            await user.wait_until_loaded()
            states = {state["entity_id"]: state["attributes"] for state in await user.get("api/states")}
            before = set(states)
            assert {"sensor.peugeot_e_208_battery", "sensor.citroen_c3_fuel", "device_tracker.peugeot_e_208"} <= before
            async with user.session.get(states["image.peugeot_e_208_picture"]["entity_picture"]) as picture:
                assert (picture.status, picture.content_type) == (200, "image/png")
            await check_voice(user)
        assert logged_problems(tmp_path) == []
        # The accounts are set up again after a restart of the machine
        await home.stop()
        await simulator.stop()
        keep_log(environment, tmp_path)
        simulator, new_url = await start_simulator(python, *options, port=int(url.rpartition(":")[2]))
        assert new_url == url
        await home.start()
        async with home.log_in_user() as user:
            await user.wait_until_loaded()
            assert before <= {state["entity_id"] for state in await user.get("api/states")}
            await check_automations(user)
        assert logged_problems(tmp_path) == []
    finally:
        await home.stop()
        await simulator.stop()
    keep_log(environment, tmp_path)
    assert home.process is not None
    assert home.process.process.returncode == 0
    assert simulator.process.returncode == 0
