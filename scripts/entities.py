"""Write docs/entities.md from the entity descriptions. With --check, only check that it is up to date."""

from collections.abc import Iterator
import json
from pathlib import Path
import sys
from typing import Any, Final

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
from custom_components.stellantis.entity import CarEntityDescription

ROOT: Final = Path(__file__).resolve().parent.parent
DOCS_PAGE: Final = ROOT / "docs" / "entities.md"
STRINGS_FILE: Final = ROOT / "custom_components" / "stellantis" / "strings.json"
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
# Entities that are named after their device class
DEVICE_CLASS_NAMES: Final = {
    "battery_level": "Battery",
}
PAGE_HEADER: Final = """\
# Entities

All entities that a car can have. `scripts/entities` writes this page from the descriptions in the code. Sensors are
created when a car first reports a value. Controls are created if the car supports the command and you granted the
permission. The source is the member of the car's status, in the words of
[the models](../custom_components/stellantis/api/models/status.py).

| platform | name | unit | source | on by default |
|---|---|---|---|---|
"""
PAGE_FOOTER: Final = """
The binary sensors Central locking and Preconditioning and the sensors Preconditioning status, Charging power level,
Charge to and Next delayed charge are only created if the car does not support the lock, climate, select or time entity
that shows the same.

An account has the diagnostic sensor *Requests left today*. A monitor has the diagnostic sensor *Status*, the switch
*Active*, and an event with its own name.
"""


def build_rows() -> Iterator[str]:
    """Yield the rows of the table."""
    strings = json.loads(STRINGS_FILE.read_text(encoding="utf-8"))["entity"]
    for platform, descriptions in TABLES.items():
        for description in descriptions:
            text = strings[platform].get(description.translation_key or "", {}).get("name")
            unit = getattr(description, "native_unit_of_measurement", None) or ""
            unit = getattr(description, "suggested_unit_of_measurement", None) or unit
            default = "yes" if description.entity_registry_enabled_default else "no"
            if platform == "device_tracker":
                text = "*(the car)*"
            name = (text or DEVICE_CLASS_NAMES[description.key]).format(**description.translation_placeholders or {})
            yield f"| {platform} | {name} | {unit} | `{description.source}` | {default} |\n"


def main() -> int:
    """Write or check the page."""
    page = PAGE_HEADER + "".join(build_rows()) + PAGE_FOOTER
    if "--check" not in sys.argv:
        DOCS_PAGE.write_text(page, encoding="utf-8")
        return 0
    if DOCS_PAGE.exists() and DOCS_PAGE.read_text(encoding="utf-8") == page:
        return 0
    print("docs/entities.md is out of date: run scripts/entities")
    return 1


if __name__ == "__main__":
    sys.exit(main())
