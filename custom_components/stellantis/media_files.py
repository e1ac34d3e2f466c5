"""Writes files that actions export into Home Assistant's media folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import slugify
from homeassistant.util.file import WriteError, write_utf8_file

from .const import DOMAIN
from .data import Car

MEDIA_FOLDER: Final = "local"  # the name of Home Assistant's own


def build_file_stem(car: Car, kind: str, period: str) -> str:
    """Return the name of a file without its ending. The name of the car is not in it, as that may be a VIN."""
    model = slugify(car.device.model or car.device.manufacturer)
    return f"{kind}_{model}_{car.device.id[:6]}_{period}"


async def async_write_media_file(hass: HomeAssistant, name: str, build_fn: Callable[[], str]) -> str:
    """Build the content of a file in another thread, write it into the media folder, and return its path.

    Raises:
        HomeAssistantError: The file cannot be written.
    """
    path = Path(hass.config.media_dirs.get(MEDIA_FOLDER) or hass.config.path("media")) / DOMAIN / name
    try:
        await hass.async_add_executor_job(_write_file, path, build_fn)
    except (OSError, WriteError) as err:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="file_not_written",
            translation_placeholders={"path": str(path)},
        ) from err
    return str(path)


def _write_file(path: Path, build_fn: Callable[[], str]) -> None:
    """Write a file.

    Raises:
        OSError: The folder cannot be created.
        WriteError: The file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write_utf8_file(str(path), build_fn().encode(), mode="wb")
