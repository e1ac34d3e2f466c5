"""A client that requests images from Home Assistant, and a server of pictures."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from PIL import Image, ImageChops
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from simulator import Simulator
from tests.support.helpers import Control

IMAGE: Final = "image.peugeot_e_208_picture"


class ImageViewer:
    """Client that requests images from Home Assistant; it connects with its first request."""

    def __init__(self, connect: ClientSessionGenerator) -> None:
        self._connect = connect
        self._client: TestClient[Any, Any] | None = None

    async def get_response(self, entity_id: str = IMAGE) -> tuple[int, str, bytes]:
        """Return status, content type and body of Home Assistant's response."""
        self._client = self._client or await self._connect()
        async with self._client.get(f"/api/image_proxy/{entity_id}") as response:
            return response.status, response.content_type, await response.read()

    async def get_picture(self, entity_id: str = IMAGE) -> bytes:
        """Return the picture of an image entity."""
        status, content_type, body = await self.get_response(entity_id)
        assert status == 200
        assert content_type == f"image/{decode_picture(body).format}".lower()
        return body

    async def assert_no_picture(self) -> None:
        """Assert that the image entity has no picture."""
        status, _, _ = await self.get_response()
        assert status == 500


@pytest.fixture
def viewer(hass_client: ClientSessionGenerator) -> ImageViewer:
    return ImageViewer(hass_client)


@dataclass(slots=True)
class PictureServer:
    """A brand's picture server.

    Attributes:
        url: base URL.
        pictures: content by path.
        requested_paths: paths and queries of the requests.
    """

    url: str = ""
    pictures: dict[str, bytes] = field(default_factory=dict)
    requested_paths: list[str] = field(default_factory=list)

    async def handle_request(self, request: web.Request) -> web.Response:
        """Return a picture, with a wrong content type."""
        self.requested_paths.append(request.path_qs)
        return web.Response(body=self.pictures[request.path], content_type="text/html")

    async def set_pictures(self, control: Control, model: str, *paths: str) -> None:
        """List pictures for a car, by their paths on this server."""
        (car,) = [car for car in await control.vehicles() if car["model"] == model]
        vehicle = {name: car[name] for name in ("id", "vin", "motorization")}
        vehicle |= {"label": f"{car['brand'].upper()} {model}", "pictures": [f"{self.url}{path}" for path in paths]}
        body = {"_links": {}, "total": 1, "totalPage": 1, "currentPage": 1, "_embedded": {"vehicles": [vehicle]}}
        await control.fault("/user/vehicles", body=body)


@pytest.fixture
async def picture_server(simulator: Simulator) -> AsyncGenerator[PictureServer]:
    picture_server, app = PictureServer(), web.Application()
    app.router.add_get("/{name:.*}", picture_server.handle_request)
    async with TestServer(app) as server:
        picture_server.url = str(server.make_url("")).rstrip("/")
        yield picture_server


def decode_picture(picture: bytes) -> Image.Image:
    """Decode a picture."""
    image = Image.open(BytesIO(picture))
    image.load()
    return image


def encode_picture(image_format: str, mode: str = "RGB", size: tuple[int, int] = (320, 180), **options: Any) -> bytes:
    """Return a gray picture in a file format."""
    file = BytesIO()
    Image.new(mode, size, 128).save(file, image_format, **options)
    return file.getvalue()


async def fetch_original(simulator: Simulator, model: str, number: int = 1) -> Image.Image:
    """Fetch a picture of a car from the simulator."""
    (car,) = [car for car in simulator.world.vehicles if car.model.name == model]
    url = f"{simulator.url}/pictures/{car.id}/{number}.png"
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return decode_picture(await response.read())


def difference_box(first: Image.Image, second: Image.Image) -> tuple[int, int, int, int] | None:
    """Return the bounding box of the difference between two pictures; None if they are equal."""
    return ImageChops.difference(first.convert("RGBA"), second.convert("RGBA")).getbbox(alpha_only=False)
