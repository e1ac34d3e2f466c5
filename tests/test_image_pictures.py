"""The pictures of images: fetched once, in any format, and requested again after a failure."""

import asyncio
from collections.abc import Callable
from functools import partial
import logging
from typing import Any, Final

from homeassistant.core import HomeAssistant
import pytest

from custom_components.stellantis.const import DOMAIN
from simulator import Simulator
from tests.conftest import Link
from tests.support.helpers import Control, advance_time
from tests.support.pictures import IMAGE, ImageViewer, PictureServer, decode_picture, encode_picture

pytestmark = pytest.mark.simulator(fleet=1, brand="peugeot")

POLL: Final = 3601  # seconds, for cars that have not reported for days
LIST_POLL: Final = 6 * 3600 + 1
PICTURE_REQUEST: Final = "GET /pictures/{id}/{number}.png"


async def test_picture_is_fetched_once(
    hass: HomeAssistant, link: Link, viewer: ImageViewer, control: Control, simulator: Simulator
) -> None:
    await link()
    await control.delete("requests")
    await asyncio.gather(*(viewer.get_picture() for _ in range(5)))
    simulator.world.clock.advance(60)
    await control.patch(await control.vin("e-208"), lock=False)
    await advance_time(hass, POLL)
    await viewer.get_picture()
    assert (await control.request_counts())[PICTURE_REQUEST] == 1


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
async def test_invalid_picture(
    link: Link,
    viewer: ImageViewer,
    control: Control,
    simulator: Simulator,
    caplog: pytest.LogCaptureFixture,
    fault: dict[str, Any],
) -> None:
    """An invalid picture is logged at debug level and requested again with the next view."""
    await link()
    await control.fault("/pictures/*", **fault)
    caplog.clear()
    caplog.set_level(logging.DEBUG, f"custom_components.{DOMAIN}.image")
    await viewer.assert_no_picture()
    (record,) = [record for record in caplog.records if record.name == f"custom_components.{DOMAIN}.image"]
    assert record.levelno == logging.DEBUG
    assert IMAGE in record.getMessage()
    ids = [car.id for car in simulator.world.vehicles]
    assert not any(word in record.getMessage() for word in ("/pictures", "http", *ids))
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    await control.delete("faults")
    assert await viewer.get_picture()


@pytest.mark.parametrize(
    ("picture", "image_format", "size"),
    [
        (partial(encode_picture, "JPEG"), "JPEG", (320, 180)),
        (partial(encode_picture, "PNG"), "JPEG", (320, 180)),
        (partial(encode_picture, "PNG", "RGBA"), "PNG", (320, 180)),
        (partial(encode_picture, "PNG", "P", transparency=0), "PNG", (320, 180)),
        (partial(encode_picture, "WEBP", "RGBA"), "PNG", (320, 180)),
        (partial(encode_picture, "GIF", "P"), "JPEG", (320, 180)),
        (partial(encode_picture, "JPEG", "CMYK"), "JPEG", (320, 180)),
        (partial(encode_picture, "JPEG", size=(2560, 1000)), "JPEG", (1280, 500)),
        (partial(encode_picture, "JPEG", size=(40, 20)), "JPEG", (40, 20)),
        (partial(encode_picture, "JPEG", size=(1, 1)), "JPEG", (1, 1)),
    ],
    ids=["jpeg", "png", "transparent", "palette", "webp", "gif", "cmyk", "large", "small", "tiny"],
)
async def test_picture_formats(
    link: Link,
    viewer: ImageViewer,
    control: Control,
    picture_server: PictureServer,
    picture: Callable[[], bytes],
    image_format: str,
    size: tuple[int, int],
) -> None:
    picture_server.pictures = {"/V3DImage.ashx": picture()}
    await picture_server.set_pictures(control, "e-208", "/V3DImage.ashx?format=png&view=001")
    await link()
    shown = decode_picture(await viewer.get_picture())
    assert (shown.format, shown.size) == (image_format, size)
    assert picture_server.requested_paths == ["/V3DImage.ashx?format=png&view=001"]


@pytest.mark.parametrize(
    "picture",
    [
        partial(encode_picture, "PNG", "1", (40_000, 1000)),
        partial(encode_picture, "PNG", "1", (20_000, 20_000)),
        partial(encode_picture, "BMP"),
        partial(bytes, 9_000_000),
    ],
    ids=["pixels", "bomb", "kind", "size"],
)
async def test_oversized_picture(
    link: Link, viewer: ImageViewer, control: Control, picture_server: PictureServer, picture: Callable[[], bytes]
) -> None:
    picture_server.pictures = {"/1.png": picture()}
    await picture_server.set_pictures(control, "e-208", "/1.png")
    await link()
    await viewer.assert_no_picture()


async def test_picture_replaced_and_removed(
    hass: HomeAssistant, link: Link, viewer: ImageViewer, control: Control, picture_server: PictureServer
) -> None:
    picture_server.pictures = {"/1.png": encode_picture("PNG"), "/other.png": encode_picture("PNG", size=(640, 360))}
    await picture_server.set_pictures(control, "e-208", "/1.png")
    entry = await link()
    assert decode_picture(await viewer.get_picture()).size == (320, 180)
    # A picture that replaces it is shown
    await picture_server.set_pictures(control, "e-208", "/other.png")
    await advance_time(hass, LIST_POLL)
    assert decode_picture(await viewer.get_picture()).size == (640, 360)
    # As soon as the list has been read, whenever the car's status is
    await picture_server.set_pictures(control, "e-208")
    await entry.runtime_data.vehicles.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    status, _, _ = await viewer.get_response()
    assert status == 404
