"""The pictures that images are drawn onto: fetched once, of whatever kind, asked for again after a failure."""

import asyncio
import logging
from typing import Any, Final

from homeassistant.core import HomeAssistant
import pytest

from custom_components.stellantis.const import DOMAIN
from simulator import Simulator
from tests.conftest import Link
from tests.support.helpers import Control, pass_time
from tests.support.pictures import IMAGE, Browser, Gallery, encoded, opened

POLL: Final = 3601  # the cars of these tests have been silent for days
LIST: Final = 6 * 3600 + 1
FETCHED: Final = "GET /pictures/{id}/{number}.png"


async def test_picture_is_fetched_once(
    hass: HomeAssistant, link: Link, viewer: Browser, control: Control, simulator: Simulator
) -> None:
    await link()
    await control.delete("requests")
    await asyncio.gather(*(viewer.sees() for _ in range(5)))
    simulator.world.clock.advance(60)
    await control.patch(await control.vin("e-208"), lock=False)
    await pass_time(hass, POLL)
    await viewer.sees()
    assert (await control.requests())[FETCHED] == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"garbage": "html"},
        {"garbage": "empty"},
        {"garbage": "truncated"},
        {"status": 404},
        {"status": 503, "body": "<html>Maintenance</html>"},
        {"reset": True},
        {"reset": "body"},
    ],
    ids=str,
)
async def test_what_is_no_picture(
    link: Link,
    viewer: Browser,
    control: Control,
    simulator: Simulator,
    caplog: pytest.LogCaptureFixture,
    fault: dict[str, Any],
) -> None:
    """It costs a line for those who look for faults, and is asked for again when somebody looks again."""
    await link()
    await control.fault("/pictures/*", **fault)
    caplog.clear()
    caplog.set_level(logging.DEBUG, f"custom_components.{DOMAIN}.image")
    await viewer.sees_nothing()
    (record,) = [one for one in caplog.records if one.name == f"custom_components.{DOMAIN}.image"]
    assert record.levelno == logging.DEBUG
    assert IMAGE in record.getMessage()
    ids = [car.id for car in simulator.world.vehicles]
    assert not any(word in record.getMessage() for word in ("/pictures", "http", *ids))
    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []
    await control.delete("faults")
    assert await viewer.sees()


@pytest.mark.parametrize(
    ("picture", "form", "size"),
    [
        (encoded("JPEG"), "JPEG", (320, 180)),
        (encoded("PNG"), "JPEG", (320, 180)),
        (encoded("PNG", "RGBA"), "PNG", (320, 180)),
        (encoded("PNG", "P", transparency=0), "PNG", (320, 180)),
        (encoded("WEBP", "RGBA"), "PNG", (320, 180)),
        (encoded("GIF", "P"), "JPEG", (320, 180)),
        (encoded("JPEG", "CMYK"), "JPEG", (320, 180)),
        (encoded("JPEG", size=(2560, 1000)), "JPEG", (1280, 500)),
        (encoded("JPEG", size=(40, 20)), "JPEG", (40, 20)),
        (encoded("JPEG", size=(1, 1)), "JPEG", (1, 1)),
    ],
    ids=["jpeg", "png", "transparent", "palette", "webp", "gif", "cmyk", "large", "small", "tiny"],
)
async def test_pictures_of_other_kinds(
    link: Link,
    viewer: Browser,
    control: Control,
    gallery: Gallery,
    picture: bytes,
    form: str,
    size: tuple[int, int],
) -> None:
    gallery.pictures = {"/V3DImage.ashx": picture}
    await gallery.hang(control, "e-208", "/V3DImage.ashx?format=png&view=001")
    await link()
    shown = opened(await viewer.sees())
    assert (shown.format, shown.size) == (form, size)
    assert gallery.asked == ["/V3DImage.ashx?format=png&view=001"]


@pytest.mark.parametrize(
    "picture",
    [
        encoded("PNG", "1", (40_000, 1000)),
        encoded("PNG", "1", (20_000, 20_000)),
        encoded("BMP"),
        bytes(9_000_000),
    ],
    ids=["pixels", "bomb", "kind", "size"],
)
async def test_picture_that_is_too_much(
    link: Link, viewer: Browser, control: Control, gallery: Gallery, picture: bytes
) -> None:
    gallery.pictures = {"/1.png": picture}
    await gallery.hang(control, "e-208", "/1.png")
    await link()
    await viewer.sees_nothing()


async def test_look_at_an_image_whose_picture_has_just_gone(
    hass: HomeAssistant, link: Link, viewer: Browser, control: Control, gallery: Gallery
) -> None:
    gallery.pictures = {"/1.png": encoded("PNG"), "/other.png": encoded("PNG", size=(640, 360))}
    await gallery.hang(control, "e-208", "/1.png")
    entry = await link()
    assert opened(await viewer.sees()).size == (320, 180)
    # Another picture in its place is shown
    await gallery.hang(control, "e-208", "/other.png")
    await pass_time(hass, LIST)
    assert opened(await viewer.sees()).size == (640, 360)
    # The list is read, and the car is not yet
    await gallery.hang(control, "e-208")
    await entry.runtime_data.vehicles.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    await viewer.sees_nothing()
