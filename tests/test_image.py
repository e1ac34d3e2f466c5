"""Images: pictures of a car with an overlay, updated at the time of the car's measurements."""

from datetime import timedelta
import logging
from typing import Any, Final

from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from PIL import ImageChops
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_restore_state_shutdown_restart

from simulator import Simulator
from tests.conftest import Link
from tests.support.helpers import START, Control, advance_time, get_state
from tests.support.pictures import (
    IMAGE,
    ImageViewer,
    PictureServer,
    decode_picture,
    difference_box,
    encode_picture,
    fetch_original,
)

pytestmark = pytest.mark.simulator(fleet=1, brand="peugeot")

POLL: Final = 3601  # seconds, for cars that have not reported for days
LIST_POLL: Final = 6 * 3600 + 1


def _record_writes(hass: HomeAssistant) -> list[Event[Any]]:
    """Return a list that collects the state events of images."""
    written: list[Event[Any]] = []

    @callback
    def record(event: Event[Any]) -> None:
        written.append(event)

    is_image = callback(lambda data: data["entity_id"].startswith("image."))
    for event in (EVENT_STATE_CHANGED, EVENT_STATE_REPORTED):
        hass.bus.async_listen(event, record, event_filter=is_image)
    return written


async def _refresh(hass: HomeAssistant, entry: MockConfigEntry, vin: str) -> None:
    """Refresh a car without advancing the time, which would renew the tokens of images and write their states."""
    await entry.runtime_data.cars[vin].status.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_overlay_is_drawn(link: Link, viewer: ImageViewer, simulator: Simulator) -> None:
    await link()
    original, picture = await fetch_original(simulator, "e-208"), decode_picture(await viewer.get_picture())
    assert (picture.size, picture.mode) == (original.size, "RGBA")
    left, top, right, bottom = difference_box(original, picture) or pytest.fail("nothing was drawn")
    # Only in the middle of the upper edge
    assert (top > 0, bottom < picture.height / 6) == (True, True)
    assert abs((left + right) - picture.width) <= 2
    # Transparent areas stay transparent
    assert picture.getpixel((5, picture.height - 5)) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"lock": False},
        {"lock": False, "doors": ["Driver"]},
        {"lock": False, "doors": ["Driver", "Trunk"]},
        {"plug": True},
        {"plug": True, "level": 41},
        {"plug": True, "charge": True},
    ],
    ids=str,
)
async def test_image_follows_vehicle_state(
    hass: HomeAssistant,
    link: Link,
    viewer: ImageViewer,
    control: Control,
    simulator: Simulator,
    change: dict[str, Any],
) -> None:
    await control.patch(await control.vin("e-208"), lock=True, level=40, plug=False)
    await link()
    before = await viewer.get_picture()
    assert get_state(hass, IMAGE) == START.isoformat()
    simulator.world.clock.advance(60)
    await control.patch(await control.vin("e-208"), **change)
    await advance_time(hass, POLL)
    assert get_state(hass, IMAGE) == (START + timedelta(seconds=60)).isoformat()
    after = await viewer.get_picture()
    assert difference_box(decode_picture(before), decode_picture(after))
    # The car reports the same a minute later
    simulator.world.clock.advance(60)
    await advance_time(hass, POLL)
    assert get_state(hass, "sensor.peugeot_e_208_last_update") == (START + timedelta(seconds=120)).isoformat()
    assert get_state(hass, IMAGE) == (START + timedelta(seconds=60)).isoformat()
    assert await viewer.get_picture() == after
    # The car returns to its first state
    await control.patch(await control.vin("e-208"), lock=True, doors="closed", plug=False)
    await advance_time(hass, POLL)
    assert get_state(hass, IMAGE) == (START + timedelta(seconds=120)).isoformat()
    assert await viewer.get_picture() == before


async def test_level_is_drawn_while_plugged_in(
    hass: HomeAssistant, link: Link, viewer: ImageViewer, control: Control, simulator: Simulator
) -> None:
    vin = await control.vin("e-208")
    await control.patch(vin, level=40, plug=True, charge="Stopped")
    entry = await link()
    pictures, dates = {await viewer.get_picture()}, {get_state(hass, IMAGE)}
    for change in ({"level": 41.3}, {"plug": False}, {"level": 70}, {"level": 80}):
        simulator.world.clock.advance(60)
        await control.patch(vin, **change)
        await _refresh(hass, entry, vin)
        pictures.add(await viewer.get_picture())
        dates.add(get_state(hass, IMAGE))
    assert len(pictures) == 3
    assert len(dates) == 3


async def test_unchanged_image_is_not_written(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    """Neither unchanged values nor values without effect on the overlay write a state."""
    vin = await control.vin("e-208")
    await control.patch(vin, plug=False, lock=True, doors="closed")
    entry = await link()
    written = _record_writes(hass)
    for change in ({}, {"temperature": 3}, {"odometer": 123_456}, {"level": 33}, {"lock": True}):
        simulator.world.clock.advance(120)
        await control.patch(vin, **change)
        await _refresh(hass, entry, vin)
    assert get_state(hass, "sensor.peugeot_e_208_battery") == "33.0"
    assert written == []
    assert get_state(hass, IMAGE) == START.isoformat()
    await control.patch(vin, lock=False)
    await _refresh(hass, entry, vin)
    assert [event.event_type for event in written] == [EVENT_STATE_CHANGED]


@pytest.mark.simulator(fleet=None, brand=None)
async def test_one_image_per_picture(
    hass: HomeAssistant,
    link: Link,
    control: Control,
    simulator: Simulator,
    entity_registry: er.EntityRegistry,
) -> None:
    """The first image is enabled by default, the others are disabled."""
    entry = await link("ds")
    images = [
        image for image in er.async_entries_for_config_entry(entity_registry, entry.entry_id) if image.domain == "image"
    ]
    assert {image.entity_id: image.disabled for image in images} == {
        "image.ds_3_e_tense_picture": False,
        "image.ds_3_e_tense_picture_2": True,
        "image.ds_3_e_tense_picture_3": True,
    }


@pytest.mark.simulator(fleet=None, brand=None)
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_image_shows_its_picture(link: Link, viewer: ImageViewer, simulator: Simulator) -> None:
    await link("ds")
    for number, name in enumerate(("picture", "picture_2", "picture_3"), 1):
        original = await fetch_original(simulator, "3 E-Tense", number)
        shown = decode_picture(await viewer.get_picture(f"image.ds_3_e_tense_{name}"))
        lower = (0, original.height // 6, original.width, original.height)
        pixels = ImageChops.difference(original.convert("RGB").crop(lower), shown.convert("RGB").crop(lower))
        # The third is opaque and becomes a JPEG, which is lossy
        assert max(high for _, high in pixels.getextrema()) <= (0 if number < 3 else 60)  # type: ignore[misc]


@pytest.mark.simulator(fleet=None, brand=None)
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_images_follow_picture_list(
    hass: HomeAssistant, link: Link, control: Control, picture_server: PictureServer, caplog: pytest.LogCaptureFixture
) -> None:
    picture_server.pictures = {"/1.png": encode_picture("PNG"), "/2.png": encode_picture("JPEG")}
    await picture_server.set_pictures(control, "3 E-Tense", "/1.png", "/2.png")
    entry = await link("ds")
    both = {"image.ds_3_e_tense_picture", "image.ds_3_e_tense_picture_2"}

    async def images_after(*paths: str) -> set[str]:
        await picture_server.set_pictures(control, "3 E-Tense", *paths)
        await advance_time(hass, LIST_POLL)
        await advance_time(hass, POLL)
        registered = {entity_id for entity_id in er.async_get(hass).entities if entity_id.startswith("image.")}
        assert registered == set(hass.states.async_entity_ids("image"))
        return registered

    assert await images_after("/1.png", "/2.png") == both
    assert await images_after("/1.png") == {"image.ds_3_e_tense_picture"}
    assert await images_after() == set()
    assert await images_after("/2.png") == {"image.ds_3_e_tense_picture"}
    assert await images_after("/1.png", "/2.png") == both
    # Pictures that disappeared during downtime are removed, too
    assert await hass.config_entries.async_unload(entry.entry_id)
    await picture_server.set_pictures(control, "3 E-Tense")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not [entity_id for entity_id in er.async_get(hass).entities if entity_id.startswith("image.")]
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.simulator(fleet=None, brand=None)
async def test_car_is_removed_and_added_again(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    await link()
    (car,) = [car for car in simulator.world.vehicles if car.model.name == "e-208"]
    del simulator.world.accounts["peugeot"].cars[car.id]
    await advance_time(hass, LIST_POLL)
    assert get_state(hass, IMAGE) is None
    simulator.world.accounts["peugeot"].cars[car.id] = car
    await advance_time(hass, LIST_POLL)
    assert get_state(hass, IMAGE) == START.isoformat()


async def test_restart_keeps_image(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    link: Link,
    viewer: ImageViewer,
    control: Control,
    simulator: Simulator,
) -> None:
    vin = await control.vin("e-208")
    await control.patch(vin, lock=False, plug=True, charge="Stopped")
    entry = await link()
    before = await viewer.get_picture()

    async def restart() -> str | None:
        assert await hass.config_entries.async_unload(entry.entry_id)
        await async_mock_restore_state_shutdown_restart(hass)
        simulator.world.clock.advance(60)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        return get_state(hass, IMAGE)

    assert await restart() == START.isoformat()
    assert await viewer.get_picture() == before
    # A change during downtime has the time of the car's measurement
    await control.patch(vin, lock=True)
    assert await restart() == (START + timedelta(seconds=120)).isoformat()
    changed = await viewer.get_picture()
    assert changed != before
    # The last overlay is kept while the car reports nothing
    await control.patch(vin, privacy="Full")
    assert await restart() == (START + timedelta(seconds=120)).isoformat()
    await control.fault("/user/vehicles/{id}/status", status=500)
    assert await restart() == (START + timedelta(seconds=120)).isoformat()
    assert await viewer.get_picture() == changed


async def test_full_privacy(
    hass: HomeAssistant, link: Link, viewer: ImageViewer, control: Control, simulator: Simulator
) -> None:
    """The picture has no overlay until the car reports something."""
    vin, original = await control.vin("e-208"), await fetch_original(simulator, "e-208")
    await control.patch(vin, privacy="Full")
    entry = await link()
    assert difference_box(original, decode_picture(await viewer.get_picture())) is None
    assert get_state(hass, IMAGE) == START.isoformat()
    simulator.world.clock.advance(60)
    await control.patch(vin, privacy="None")
    await entry.runtime_data.cars[vin].status.async_refresh()
    assert difference_box(original, decode_picture(await viewer.get_picture()))
    assert get_state(hass, IMAGE) == (START + timedelta(seconds=60)).isoformat()


@pytest.mark.simulator(fleet=None, brand=None)
async def test_car_without_overlay_data(
    hass: HomeAssistant, link: Link, viewer: ImageViewer, control: Control, simulator: Simulator
) -> None:
    await link("citroen")
    original = await fetch_original(simulator, "C3")
    assert difference_box(original, decode_picture(await viewer.get_picture("image.citroen_c3_picture"))) is None
    last = get_state(hass, "sensor.citroen_c3_last_update")
    assert get_state(hass, "image.citroen_c3_picture") == last
    assert last is not None
