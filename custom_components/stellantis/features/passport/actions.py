"""The action that exports the battery report."""

from functools import partial
import json
from typing import Any, Final

from homeassistant.const import UnitOfLength
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util
import probatio as vol

from ...action_description import ActionData, ActionDescription
from ...const import DOMAIN
from ...data import Car
from ...endpoints import CHARGES
from ...media_files import async_write_media_file, build_file_stem
from .page import PageFormat, build_page
from .report import build_report
from .tracker import get_tracker

TEXT_CATEGORIES: Final = ("common", "entity")


async def _async_export_battery_report(car: Car, data: ActionData, _context: Context) -> dict[str, Any]:
    """Write the battery report into the media folder, as a page and as data, and return it.

    Raises:
        ServiceValidationError: The car has no traction battery.
        HomeAssistantError: A file cannot be written.
    """
    if car.status.has_data and car.status.data.electric is None:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="not_able")
    hass, now = car.account.hass, dt_util.utcnow()
    report = build_report(car, get_tracker(car), now, include_vin=data["include_vin"])
    figures = report.to_json()
    stem = build_file_stem(car, "battery", f"{dt_util.as_local(now):%Y-%m-%d}")
    page = partial(build_page, report, await _async_get_format(hass))
    content = partial(json.dumps, figures, indent=2, ensure_ascii=False)
    return {
        "page_path": await async_write_media_file(hass, f"{stem}.html", page),
        "data_path": await async_write_media_file(hass, f"{stem}.json", content),
        **figures,
    }


async def _async_get_format(hass: HomeAssistant) -> PageFormat:
    """Return the language and the unit of Home Assistant."""
    language, units = hass.config.language, hass.config.units
    prefix = f"component.{DOMAIN}."
    texts = {
        path.removeprefix(prefix): text
        for category in TEXT_CATEGORIES
        for path, text in (await async_get_translations(hass, language, category, {DOMAIN})).items()
    }
    return PageFormat(
        texts=texts,
        language=language,
        length_unit=units.length_unit,
        length_factor=units.length(1, UnitOfLength.KILOMETERS),
    )


EXPORT_BATTERY_REPORT: Final = ActionDescription(
    name="export_battery_report",
    handler=_async_export_battery_report,
    schema={vol.Optional("include_vin", default=False): cv.boolean},
    scope=CHARGES.scope,
    is_control=True,
)
