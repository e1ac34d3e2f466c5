"""The example of docs/client.md runs unchanged, without Home Assistant."""

import asyncio
from pathlib import Path
import re
import sys

from instance import start_simulator

from tests.conftest import ROOT

SIMULATOR = "http://127.0.0.1:8400"
WITHOUT_HOME_ASSISTANT = "\nassert 'homeassistant' not in sys.modules\n"


async def test_example(socket_enabled: None, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "client.md").read_text(encoding="utf-8")
    match = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert match
    simulator, url = await start_simulator(Path(sys.executable), "--no-routine")
    try:
        example = tmp_path / "example.py"
        example.write_text(match[1].replace(SIMULATOR, url) + WITHOUT_HOME_ASSISTANT, encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(example), cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, err = await process.communicate()
    finally:
        await simulator.stop()
    assert process.returncode == 0, err.decode()
    assert "e-208" in out.decode()
