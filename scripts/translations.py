"""Keep the texts of all languages in step. With --check, only check that they are.

Home Assistant does not resolve references between the texts of a custom integration. So a word that is shown in several
places is translated once, and copied to the others by this script. It also writes the table in docs/translations.md.
"""

from collections.abc import Iterator, Mapping
import json
from pathlib import Path
import sys
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
COMPONENT: Final = ROOT / "custom_components" / "stellantis"
STRINGS_FILE: Final = COMPONENT / "strings.json"
DOCS_PAGE: Final = ROOT / "docs" / "translations.md"
TABLE_START: Final = "<!-- table: scripts/translations -->\n"
TABLE_END: Final = "<!-- end of table -->\n"

type Texts = dict[str, Any]

LANGUAGES: Final = {
    "en": "English",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "es": "Spanish",
    "fi": "Finnish",
    "fr": "French",
    "it": "Italian",
    "nb": "Norwegian Bokmål",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "sl": "Slovene",
    "sv": "Swedish",
}

# Group of texts → groups with the same words. Members that only one of them has are no copies.
SAME_GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "entity.sensor.warning.state": (
        "entity.sensor.warning.state_attributes.alerts.state",
        "entity.event.alert.state_attributes.alert.state",
        "selector.monitor_alert.options",
    ),
    "entity.event.alert.state_attributes.severity.state": ("entity.sensor.warning.state_attributes.severity.state",),
    "entity.event.alarm.state_attributes.cause.state": (
        "entity.binary_sensor.alarm_triggered.state_attributes.last_cause.state",
        "selector.monitor_alarm_trigger.options",
    ),
    "entity.sensor.charging_status.state": ("selector.monitor_charging_status.options",),
    "entity.sensor.charging_power_level.state": (
        "entity.select.charging_power_level.state",
        "selector.charging_power_level.options",
    ),
    "entity.sensor.charging_type.state": (
        "entity.select.charging_type.state",
        "selector.charging_type.options",
        "selector.monitor_charging_type.options",
    ),
    "entity.sensor.driving_mode.state": ("selector.monitor_driving_mode.options",),
    "entity.sensor.powertrain.state": ("selector.monitor_powertrain_status.options",),
    "entity.sensor.privacy.state": ("selector.monitor_privacy.options",),
    "entity.sensor.preconditioning_status.state": ("entity.climate.preconditioning.state_attributes.status.state",),
    "entity.sensor.preconditioning_failure.state": ("entity.climate.preconditioning.state_attributes.failure.state",),
    "entity.binary_sensor.driver_belt.state": ("entity.binary_sensor.passenger_belt.state",),
    "entity.event.command.state_attributes.kind.state": ("selector.command.options",),
    "triggers.plugged_in.fields": ("triggers.unplugged.fields",),
    "triggers.warning_raised.fields": (
        "triggers.warning_cleared.fields",
        "conditions.has_warning.fields",
        "conditions.has_no_warning.fields",
    ),
    "conditions.is_plugged_in.fields": (
        "conditions.has_no_warning.fields",
        "conditions.has_warning.fields",
        "conditions.is_asleep.fields",
        "conditions.is_awake.fields",
        "conditions.is_data_newer_than.fields",
        "conditions.is_data_older_than.fields",
        "conditions.is_locked.fields",
        "conditions.is_unlocked.fields",
        "conditions.is_unplugged.fields",
    ),
    "triggers.data_older_than.fields": (
        "conditions.is_data_newer_than.fields",
        "conditions.is_data_older_than.fields",
    ),
    "config_subentries.monitor.step.daily.data": ("config_subentries.monitor.step.once.data",),
    "config_subentries.monitor.step.user.data": ("config_subentries.monitor.step.reconfigure.data",),
    "config_subentries.monitor.step.user.data_description": (
        "config_subentries.monitor.step.reconfigure.data_description",
    ),
}
# Text → texts with the same words
SAME_TEXTS: Final[Mapping[str, tuple[str, ...]]] = {
    "entity.sensor.warning.state.other": ("entity.event.alert.state_attributes.alert.state.unknown",),
    "entity.sensor.charging_status.state.charging": ("selector.monitor_charging_status.options.in_progress",),
    "entity.sensor.charging_status.state.complete": ("selector.monitor_charging_status.options.finished",),
    "entity.sensor.charging_status.state.error": ("selector.monitor_charging_status.options.failure",),
    "entity.binary_sensor.driver_belt.state.off": ("selector.monitor_belt_warning.options.normal",),
    "entity.binary_sensor.driver_belt.state.on": ("selector.monitor_belt_warning.options.omission",),
    "entity.binary_sensor.emergency_call.state.off": ("selector.monitor_emergency_call.options.not_detected",),
    "entity.binary_sensor.emergency_call.state.on": ("selector.monitor_emergency_call.options.detected",),
    "entity.event.alarm.state_attributes.event_type.state.armed": ("selector.monitor_alarm_activation.options.active",),
    "entity.event.alarm.state_attributes.event_type.state.disarmed": (
        "selector.monitor_alarm_activation.options.inactive",
    ),
    "entity.event.alarm.state_attributes.event_type.state.triggered": ("selector.alarm_types.options.trigger",),
    "entity.sensor.odometer.name": ("selector.monitor_data.options.odometer",),
    "entity.sensor.powertrain.name": ("selector.monitor_data.options.powertrain_status",),
    "entity.sensor.oil_temperature.name": ("selector.monitor_data.options.oil_temperature",),
    "entity.sensor.electric_range.name": ("selector.monitor_data.options.electric_autonomy",),
    "entity.sensor.fuel_range.name": ("selector.monitor_data.options.fuel_autonomy",),
    "entity.sensor.total_range.name": ("selector.monitor_data.options.autonomy",),
    "entity.sensor.charging_status.name": ("selector.monitor_data.options.charging_status",),
    "entity.sensor.charging_type.name": (
        "entity.select.charging_type.name",
        "selector.monitor_data.options.charging_type",
        "services.set_charging_preferences.fields.type.name",
    ),
    "entity.sensor.charging_power_level.name": ("entity.select.charging_power_level.name",),
    "entity.binary_sensor.plugged.name": ("selector.monitor_data.options.plugged",),
    "entity.lock.central_locking.name": (
        "entity.binary_sensor.locked.name",
        "selector.monitor_data.options.locked_state",
    ),
    "entity.binary_sensor.moving.name": ("selector.monitor_data.options.moving",),
    "entity.sensor.speed.name": ("selector.monitor_data.options.speed",),
    "entity.sensor.outside_temperature.name": ("selector.monitor_data.options.air_temperature",),
    "entity.sensor.privacy.name": ("selector.monitor_data.options.privacy",),
    "entity.sensor.driving_mode.name": ("selector.monitor_data.options.driving_mode",),
    "entity.binary_sensor.emergency_call.name": ("selector.monitor_data.options.emergency_call",),
    "entity.climate.preconditioning.name": (
        "entity.binary_sensor.preconditioning.name",
        "selector.monitor_data.options.preconditioning",
    ),
    "entity.event.alarm.name": ("selector.monitor_data.options.alarm_activation",),
    "entity.sensor.requests_left.name": ("system_health.info.requests_left",),
    "entity.sensor.charged_energy.name": ("common.charged",),
    "entity.sensor.charging_cost.name": ("common.charging_cost",),
    "entity.sensor.driving_cost.name": ("common.driving_cost",),
    "entity.sensor.electricity_used.name": ("common.electricity",),
    "entity.sensor.fuel_used.name": ("common.fuel",),
    "entity.event.alert.state_attributes.position.name": (
        "entity.event.alarm.state_attributes.position.name",
        "entity.event.monitor.state_attributes.position.name",
    ),
    "entity.event.alert.state_attributes.severity.name": ("entity.sensor.warning.state_attributes.severity.name",),
    "entity.event.alert.state_attributes.time.name": (
        "entity.event.alarm.state_attributes.time.name",
        "entity.event.collision.state_attributes.time.name",
        "entity.event.monitor.state_attributes.time.name",
    ),
    "entity.event.trip.state_attributes.cost.name": ("entity.event.charging_session.state_attributes.cost.name",),
    "entity.event.trip.state_attributes.currency.name": (
        "entity.event.charging_session.state_attributes.currency.name",
    ),
    "entity.event.trip.state_attributes.duration.name": (
        "entity.event.charging_session.state_attributes.duration.name",
    ),
    "entity.event.trip.state_attributes.start.name": ("entity.event.charging_session.state_attributes.start.name",),
    "entity.event.trip.state_attributes.end.name": ("entity.event.charging_session.state_attributes.end.name",),
    "config.error.invalid_url": ("options.error.invalid_url",),
    "config.error.rate_limited": ("exceptions.rate_limited.message",),
    "config.error.invalid_response": ("exceptions.invalid_response.message",),
    "config.error.server_error": ("exceptions.server_error.message",),
    "config_subentries.monitor.abort.not_loaded": ("config_subentries.monitor.error.not_loaded",),
    "config_subentries.monitor.step.daily.data_description.again": (
        "config_subentries.monitor.step.once.data_description.again",
    ),
    "config_subentries.monitor.step.daily.data_description.time_zone": (
        "config_subentries.monitor.step.once.data_description.time_zone",
    ),
    "options.step.battery.title": ("options.step.init.menu_options.battery",),
    "options.step.costs.title": ("options.step.init.menu_options.costs",),
    "options.step.lock.title": ("options.step.init.menu_options.lock",),
    "options.step.push.title": ("options.step.init.menu_options.push",),
    "options.step.rhythm.title": ("options.step.init.menu_options.rhythm",),
    "services.get_trips.fields.start.name": tuple(
        f"services.{action}.fields.start.name"
        for action in ("get_alarms", "get_alerts", "get_charging_sessions", "get_collisions", "get_consumption")
    ),
    "services.get_trips.fields.end.name": tuple(
        f"services.{action}.fields.end.name"
        for action in ("get_alarms", "get_alerts", "get_charging_sessions", "get_collisions", "get_consumption")
    ),
    "services.set_preconditioning_program.fields.slot.name": (
        "services.delete_preconditioning_program.fields.slot.name",
    ),
    "services.set_preconditioning_program.fields.start.name": ("selector.charging_program.fields.start.name",),
    "services.set_preconditioning_program.fields.days.name": ("selector.charging_program.fields.days.name",),
    "services.set_preconditioning_program.fields.days.description": (
        "selector.charging_program.fields.days.description",
    ),
    "services.set_preconditioning_program.fields.enabled.name": ("selector.charging_program.fields.enabled.name",),
    "services.set_preconditioning_program.fields.enabled.description": (
        "selector.charging_program.fields.enabled.description",
    ),
    "services.set_preconditioning_program.fields.slot.description": (
        "services.delete_preconditioning_program.fields.slot.description",
    ),
}


def flatten(texts: Texts, path: str = "") -> dict[str, str]:
    """Return the texts by their keys, which are joined by dots."""
    flat: dict[str, str] = {}
    for key, value in texts.items():
        flat |= flatten(value, f"{path}{key}.") if isinstance(value, dict) else {path + key: value}
    return flat


def iter_copies(english: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the key of each copy and the key of the text that it copies.

    Args:
        english: the texts of strings.json.
    """
    for source, copies in SAME_GROUPS.items():
        for key in [key for key in english if key.startswith(f"{source}.")]:
            for copy in copies:
                if (copied := copy + key.removeprefix(source)) in english:
                    yield copied, key
    for source, copies in SAME_TEXTS.items():
        yield from ((copied, source) for copied in copies)
    # A monitor's form shows the errors of actions, and the command event shows why a command failed
    for group in ("config_subentries.monitor.error", "entity.event.command.state_attributes.cause.state"):
        for key, text in english.items():
            if key.startswith("exceptions.") and "{" not in text:
                copied = f"{group}.{key.removeprefix('exceptions.').removesuffix('.message')}"
                if copied in english:
                    yield copied, key


def fill_copies(texts: Texts, english: Mapping[str, str]) -> None:
    """Set the copies among the texts of a language."""
    flat, sources = flatten(texts), dict(iter_copies(english))
    for copied, source in sources.items():
        while source in sources:  # a copy of a copy
            source = sources[source]  # noqa: PLW2901
        *path, name = copied.split(".")
        group = texts
        for key in path:
            group = group.setdefault(key, {})
        group[name] = flat[source]


def read(path: Path) -> Texts:
    """Return the texts of a file."""
    texts: Texts = json.loads(path.read_text(encoding="utf-8"))
    return texts


def sort_like(texts: Texts, strings: Texts) -> Texts:
    """Return the texts in the order of strings.json, without those that it no longer has."""
    return {
        key: sort_like(texts[key], value) if isinstance(value, dict) else texts[key]
        for key, value in strings.items()
        if key in texts
    }


def to_json(texts: Texts) -> str:
    """Return the content of a file of texts."""
    return json.dumps(texts, indent=2, ensure_ascii=False) + "\n"


def language_files() -> list[Path]:
    """Return the files of all languages, English first."""
    return sorted((COMPONENT / "translations").glob("*.json"), key=lambda path: (path.stem != "en", path.stem))


def build_table(english: Mapping[str, str], languages: Mapping[str, Texts]) -> str:
    """Return the table of languages.

    Args:
        english: the texts of strings.json.
        languages: the texts by language code.
    """
    copies = {copied for copied, _ in iter_copies(english)}
    rows = ["| Language | File | Texts | To translate | Same as in English |", "|---|---|---|---|---|"]
    for code, texts in languages.items():
        own = {key: text for key, text in flatten(texts).items() if key not in copies}
        same = "" if code == "en" else sum(text == english.get(key) for key, text in own.items())
        rows.append(
            f"| {LANGUAGES[code]} | [{code}.json](../custom_components/stellantis/translations/{code}.json) "
            f"| {len(flatten(texts))} | {len(own)} | {same} |"
        )
    return "\n".join(rows) + "\n"


def build_files() -> dict[Path, str]:
    """Return what each file should contain."""
    strings = read(STRINGS_FILE)
    english = flatten(strings)
    # A copy in English itself follows its source
    fill_copies(strings, english)
    english = flatten(strings)
    languages: dict[str, Texts] = {}
    for path in language_files():
        texts = strings if path.stem == "en" else read(path)
        fill_copies(texts, english)
        languages[path.stem] = sort_like(texts, strings)
    page = DOCS_PAGE.read_text(encoding="utf-8")
    before, rest = page.split(TABLE_START)
    after = rest.split(TABLE_END)[1]
    return {
        STRINGS_FILE: to_json(strings),
        **{COMPONENT / "translations" / f"{code}.json": to_json(texts) for code, texts in languages.items()},
        DOCS_PAGE: before + TABLE_START + build_table(english, languages) + TABLE_END + after,
    }


def main() -> int:
    """Write or check the files."""
    outdated = {path: content for path, content in build_files().items() if path.read_text(encoding="utf-8") != content}
    if "--check" not in sys.argv:
        for path, content in outdated.items():
            path.write_text(content, encoding="utf-8")
        return 0
    for path in outdated:
        print(f"{path.relative_to(ROOT)} is out of date: run scripts/translations")
    return 1 if outdated else 0


if __name__ == "__main__":
    sys.exit(main())
