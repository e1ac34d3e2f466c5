"""Fixtures for tests that import them: a Home Assistant whose storage is on a real disk, in an empty folder."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Do not replace the disk. The replacement also keeps everything that was ever written in memory."""
    return {}


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """Return the path of an empty configuration directory."""
    (tmp_path / ".storage").mkdir()
    return str(tmp_path)
