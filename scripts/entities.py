"""Write docs/entities.md from the entity descriptions. With --check, only check that it is up to date."""

from collections.abc import Iterator
import json
from pathlib import Path
import sys
from textwrap import fill
from typing import Any, Final

from homeassistant.helpers.entity import EntityDescription

from custom_components.stellantis import (
    binary_sensor,
    button,
    calendar,
    climate,
    device_tracker,
    event,
    image,
    lock,
    number,
    select,
    sensor,
    switch,
    time,
)
from custom_components.stellantis.entity import CarEntityDescription, FeatureEntityDescription
from custom_components.stellantis.features import list_descriptions

ROOT: Final = Path(__file__).resolve().parent.parent
DOCS_PAGE: Final = ROOT / "docs" / "entities.md"
STRINGS: Final = json.loads((ROOT / "custom_components/stellantis/strings.json").read_text(encoding="utf-8"))["entity"]
TABLES: Final[dict[str, tuple[CarEntityDescription[Any, Any], ...]]] = {
    "sensor": (*sensor.SENSORS, *sensor.CAR_SENSORS, *sensor.HISTORY_SENSORS),
    "binary_sensor": (*binary_sensor.BINARY_SENSORS, *binary_sensor.HISTORY_BINARY_SENSORS),
    "lock": lock.LOCKS,
    "climate": climate.CLIMATES,
    "switch": (*switch.SWITCHES, *switch.CHARGE_LIMIT_SWITCHES),
    "number": (*number.NUMBERS, *number.SETTING_NUMBERS),
    "select": select.SELECTS,
    "time": time.TIMES,
    "button": button.BUTTONS,
    "calendar": calendar.CALENDARS,
    "device_tracker": device_tracker.TRACKERS,
    "event": (*event.EVENTS, *event.COMMAND_EVENTS),
    "image": image.IMAGES,
}
FEATURE_TABLES: Final = {platform: tuple(list_descriptions(platform)) for platform in TABLES}
ALL_TABLES: Final[dict[str, tuple[CarEntityDescription[Any, Any] | FeatureEntityDescription, ...]]] = {
    platform: (*descriptions, *FEATURE_TABLES[platform]) for platform, descriptions in TABLES.items()
}
# Entities that are named after their device class
DEVICE_CLASS_NAMES: Final = {
    "battery_level": "Battery",
}
PAGE_HEADER: Final = """\
# Entities

`scripts/entities` writes this page from the descriptions in the code.

## Cars

All entities that a car can have. Sensors are created when a car first reports a value. Controls are created if the car
supports the command and you granted the permission. Those that are off by default can be enabled in their settings. The
source is what the value is made from: members of the car's data, in the words of
[the models](../custom_components/stellantis/api/models/status.py).

| platform | name | unit | on by default | source |
|---|---|---|---|---|
"""
PAGE_FOOTER: Final = """
If the car supports a lock, climate, select or time entity that shows the same, it does not have {superseded}.

## Accounts and monitors

| device | platform | name | on by default |
|---|---|---|---|
"""
# What is in the names of entities of which a car may have several
NUMBERED: Final = "further_picture"


def find_name(platform: str, description: EntityDescription) -> str:
    """Return the English name of an entity."""
    if platform == "device_tracker":
        return "*(the car)*"
    name = (
        STRINGS[platform].get(description.translation_key or "", {}).get("name") or DEVICE_CLASS_NAMES[description.key]
    )
    return str(name).format(**description.translation_placeholders or {})


def is_on(description: EntityDescription) -> str:
    """Return whether an entity is on by default, as a word."""
    return "yes" if description.entity_registry_enabled_default else "no"


def build_rows() -> Iterator[str]:
    """Yield the rows of the entities of cars; pictures after the first are one row."""
    for platform, descriptions in ALL_TABLES.items():
        numbered = [description for description in descriptions if description.translation_key == NUMBERED]
        for description in descriptions:
            name = find_name(platform, description)
            if description in numbered[1:]:
                continue
            if numbered and description is numbered[0]:
                name += f" to {len(numbered) + 1}"
            unit = getattr(description, "native_unit_of_measurement", None) or ""
            unit = getattr(description, "suggested_unit_of_measurement", None) or unit
            yield f"| {platform} | {name} | {unit} | {is_on(description)} | `{description.source}` |\n"


def list_superseded() -> str:
    """Return the names of the entities that are only there where the car cannot be told their value."""
    names = [
        f"the {platform.replace('_', ' ')} *{find_name(platform, description)}*"
        for platform, descriptions in TABLES.items()
        for description in descriptions
        if description.superseded_by
    ]
    return f"{', '.join(names[:-1])}, and {names[-1]}"


def build_other_rows() -> Iterator[str]:
    """Yield the rows of the entities of accounts and monitors; the event of a monitor has the monitor's name."""
    for account_sensor in sensor.ACCOUNT_SENSORS:
        yield f"| account | sensor | {find_name('sensor', account_sensor)} | {is_on(account_sensor)} |\n"
    monitor: dict[str, EntityDescription] = {"sensor": sensor.MONITOR_SENSOR, "switch": switch.MONITOR_SWITCH}
    for platform, description in monitor.items():
        yield f"| monitor | {platform} | {find_name(platform, description)} | {is_on(description)} |\n"
    yield f"| monitor | event | *(the monitor)* | {is_on(event.MONITOR_EVENT)} |\n"


def build_page() -> str:
    """Return the page."""
    footer = PAGE_FOOTER.format(superseded=list_superseded())
    text, _, table = footer.partition("\n\n##")
    return "".join((PAGE_HEADER, *build_rows(), "\n", fill(text.strip(), 120), "\n\n##", table, *build_other_rows()))


def main() -> int:
    """Write or check the page."""
    page = build_page()
    if "--check" not in sys.argv:
        DOCS_PAGE.write_text(page, encoding="utf-8")
        return 0
    if DOCS_PAGE.exists() and DOCS_PAGE.read_text(encoding="utf-8") == page:
        return 0
    print("docs/entities.md is out of date: run scripts/entities")
    return 1


if __name__ == "__main__":
    sys.exit(main())
