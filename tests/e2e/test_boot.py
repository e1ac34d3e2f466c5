"""A real Home Assistant boots, links accounts, shows cars, restarts and stops: the pinned version and the newest."""

import asyncio
from pathlib import Path

from instance import BRANDS, Instance, start_simulator
import pytest

from tests.conftest import ROOT, TRAFFIC

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


@pytest.mark.timeout(240)
@pytest.mark.parametrize("environment", [".venv", ".venv-newest"])
async def test_boot(socket_enabled: None, environment: str, tmp_path: Path, unused_tcp_port: int) -> None:
    python = ROOT / environment / "bin" / "python"
    home = Instance(python, tmp_path, unused_tcp_port)
    record = TRAFFIC / f"boot{environment}.jsonl"
    simulator, url = await start_simulator(python, "--record", str(record))
    try:
        await home.prepare()
        await home.start()
        async with home.person() as person:
            await person.add_credentials("demo-client", "demo-secret")
            for brand in BRANDS:
                assert (await person.link(brand, url))["type"] == "create_entry"
            assert [entry["state"] for entry in await person.entries()] == ["loaded"] * len(BRANDS)
            before = {one["entity_id"] for one in await person.get("api/states")}
            assert {"sensor.peugeot_e_208_battery", "sensor.citroen_c3_fuel", "device_tracker.peugeot_e_208"} <= before
        assert troubles(tmp_path) == []
        # What was linked comes back by itself
        await home.stop()
        await home.start()
        async with home.person() as person:
            async with asyncio.timeout(60):
                while [entry["state"] for entry in await person.entries()] != ["loaded"] * len(BRANDS):  # noqa: ASYNC110
                    await asyncio.sleep(0.5)
            assert before <= {one["entity_id"] for one in await person.get("api/states")}
        assert troubles(tmp_path) == []
    finally:
        await home.stop()
        await simulator.stop()
    assert home.process is not None
    assert home.process.process.returncode == 0
    assert simulator.process.returncode == 0
