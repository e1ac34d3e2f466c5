"""A real Home Assistant boots, links accounts, shows cars, restarts and stops: the pinned version and the newest."""

from pathlib import Path

from instance import BRANDS, FrontendUser, Instance, start_simulator
import pytest

from tests.conftest import LOGS, ROOT, TRAFFIC

# Said of any custom integration, or by parts of Home Assistant that this machine lacks something for
HARMLESS = (
    "which has not been tested by Home Assistant",
    "zlib_ng and isal are not available",
    "ffmpeg",
    "turbojpeg",
    "TurboJPEG",
)


def troubles(config: Path) -> list[str]:
    """Return what the log says above INFO."""
    lines = (config / "home-assistant.log").read_text(encoding="utf-8").splitlines()
    loud = [line for line in lines if " WARNING " in line or " ERROR " in line or " CRITICAL " in line]
    return [line for line in loud if not any(words in line for words in HARMLESS)]


def keep_log(environment: str, config: Path) -> None:
    """Add the log to those that tests/afterwards looks through."""
    with (LOGS / f"boot{environment}.log").open("a", encoding="utf-8") as kept:
        kept.write((config / "home-assistant.log").read_text(encoding="utf-8"))


async def note_secrets(environment: str, simulator: str, person: FrontendUser) -> None:
    """Tell tests/afterwards which words must not be in that log."""
    async with person.session.get(f"{simulator}/_control/vehicles") as response:
        words = {vehicle[name] for vehicle in await response.json() for name in ("vin", "id", "account")}
    (LOGS / f"boot{environment}.secrets").write_text("\n".join(words), encoding="utf-8")


@pytest.mark.timeout(240)
@pytest.mark.parametrize("environment", [".venv", ".venv-newest"])
async def test_boot(socket_enabled: None, environment: str, tmp_path: Path, unused_tcp_port: int) -> None:
    python = ROOT / environment / "bin" / "python"
    home = Instance(python, tmp_path, unused_tcp_port)
    record = TRAFFIC / f"boot{environment}.jsonl"
    options = ("--record", str(record), "--state", str(tmp_path / "simulator.json"))
    simulator, url = await start_simulator(python, *options)
    try:
        await home.prepare()
        await home.start()
        async with home.log_in_user() as person:
            await note_secrets(environment, url, person)
            await person.add_credentials("demo-client", "demo-secret")
            for brand in BRANDS:
                assert (await person.link_account(brand, url))["type"] == "create_entry"
            await person.wait_until_loaded()
            states = {one["entity_id"]: one["attributes"] for one in await person.get("api/states")}
            before = set(states)
            assert {"sensor.peugeot_e_208_battery", "sensor.citroen_c3_fuel", "device_tracker.peugeot_e_208"} <= before
            async with person.session.get(states["image.peugeot_e_208_picture"]["entity_picture"]) as picture:
                assert (picture.status, picture.content_type) == (200, "image/png")
        assert troubles(tmp_path) == []
        # What was linked comes back by itself, after the machine was switched off and on again
        await home.stop()
        await simulator.stop()
        keep_log(environment, tmp_path)
        simulator, again = await start_simulator(python, *options, port=int(url.rpartition(":")[2]))
        assert again == url
        await home.start()
        async with home.log_in_user() as person:
            await person.wait_until_loaded()
            assert before <= {one["entity_id"] for one in await person.get("api/states")}
        assert troubles(tmp_path) == []
    finally:
        await home.stop()
        await simulator.stop()
    keep_log(environment, tmp_path)
    assert home.process is not None
    assert home.process.process.returncode == 0
    assert simulator.process.returncode == 0
