"""Every text is used and every use has a text: exceptions, entities, selectors, actions and icons, in all languages."""

import ast
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
import re
from types import ModuleType
from typing import Any

import hass_frontend
import homeassistant.components
from homeassistant.const import STATE_HOME, STATE_NOT_HOME, STATE_OFF, STATE_ON, Platform
from homeassistant.generated.languages import LANGUAGES
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.selector import SelectSelector
from homeassistant.util.yaml import load_yaml_dict
from probatio import Schema
import pytest

from custom_components.stellantis.api import MonitoredData
from custom_components.stellantis.auth import schemas as account_schemas
from custom_components.stellantis.commands.charge_limit import LimitIssue
from custom_components.stellantis.const import PLATFORMS
from custom_components.stellantis.errors import COMMAND_ERROR_KEYS, ERROR_KEYS
from custom_components.stellantis.features import list_descriptions
from custom_components.stellantis.monitors import forms as monitor_forms, time_forms
from custom_components.stellantis.price_selector import PriceSelector
from custom_components.stellantis.push.issues import PushIssue
from custom_components.stellantis.statistics_table import STATISTICS

from .support.source import (
    COMPONENT,
    PACKAGE,
    call_name,
    flatten,
    load_json,
    module_name,
    parse,
    placeholders,
    possible_strings,
    python_files,
    string_literals,
)

STRINGS = load_json(COMPONENT / "strings.json")
ICONS = load_json(COMPONENT / "icons.json")
LANGUAGE_FILES = sorted((COMPONENT / "translations").glob("*.json"))
# Expression that looks up a translation key → the keys that it can return
KEYS_OF_EXPRESSIONS = {
    "error_key": {key for _, key in ERROR_KEYS},
    "result.cause": set(COMMAND_ERROR_KEYS),
    "issue.value": {issue.value for issue in PushIssue},
    "_issue_key": {issue.value for issue in LimitIssue},
}
# Issue → what its repair flow adds to the placeholders
REPAIR_FLOW_PLACEHOLDERS = {"monitor_changed": {"changed", "own"}}

# Binary sensors that are on or off in Home Assistant's words
WITHOUT_STATE_TEXTS = {(Platform.BINARY_SENSOR, key) for key in ("alarm_armed", "daylight")}
# Sensors that are the name of a zone, or one of these words of device trackers
PLACES = {(Platform.SENSOR, "last_charge_place"): {STATE_HOME, STATE_NOT_HOME}}


# --- languages


def test_english_equals_strings_json() -> None:
    assert LANGUAGE_FILES
    english = load_json(COMPONENT / "translations" / "en.json")
    assert english == STRINGS
    assert list(flatten(english)) == list(flatten(STRINGS))


@pytest.mark.parametrize("path", LANGUAGE_FILES, ids=lambda path: path.stem)
def test_languages_are_complete(path: Path) -> None:
    assert path.stem in LANGUAGES
    english, translated = flatten(STRINGS), flatten(load_json(path))
    assert translated.keys() == english.keys()
    for key, text in translated.items():
        assert text, key
        assert text == text.strip(), key
        # References are resolved only for Home Assistant's own integrations
        assert "[%key:" not in text, key
        assert not re.search(r"<[a-z/]", text), key
        assert placeholders(text) == placeholders(english[key]), key


def test_categories_of_texts() -> None:
    assert set(STRINGS) <= {
        "application_credentials",
        "common",
        "conditions",
        "config",
        "config_subentries",
        "device",
        "entity",
        "exceptions",
        "issues",
        "options",
        "selector",
        "services",
        "system_health",
        "title",
        "triggers",
    }
    assert {"config", "entity", "exceptions"} <= set(STRINGS)


def test_common_texts() -> None:
    """Common texts are names of statistics, parts of monitor summaries, headings of the dashboard, notifications."""
    files = ("monitors/summary.py", "monitor_flow.py", "repairs.py")
    used = set[str]().union(*(string_literals(COMPONENT / file) for file in files))
    scripts = (COMPONENT / "frontend").glob("*.js")
    code = "".join(path.read_text(encoding="utf-8") for path in (COMPONENT / "dashboard.py", *scripts))
    dashboard = set(re.findall(r"\bdashboard_[a-z_]+(?=\")", code))
    features = {text for path in python_files(COMPONENT / "features") for text in string_literals(path)}
    notifications = features & STRINGS["common"].keys()
    assert set(STRINGS["common"]) == notifications | dashboard | {quantity.key for quantity in STATISTICS} | {
        text
        for text in used
        if re.fullmatch("monitor_[a-z_]+", text) and text not in STRINGS["selector"] | STRINGS["issues"]
    }


# --- selectors


def _described() -> Iterator[dict[str, Any]]:
    """Yield the descriptions of actions, triggers and conditions."""
    for file in ("services.yaml", "triggers.yaml", "conditions.yaml"):
        yield from (value for key, value in load_yaml_dict(str(COMPONENT / file)).items() if not key.startswith("."))


def _feature_modules() -> Iterator[ModuleType]:
    """Yield the modules of the features, whose forms are constants."""
    for path in python_files(COMPONENT / "features"):
        yield import_module(module_name(path))


def _selectors() -> Iterator[tuple[str, set[str]]]:
    """Yield the translation key and options of each selector of the flows, actions, triggers and conditions."""
    forms = [
        *(value for module in _feature_modules() for value in vars(module).values()),
        *vars(account_schemas).values(),
        *vars(monitor_forms).values(),
        *vars(time_forms).values(),
        monitor_forms.data_form(list(MonitoredData)),
        monitor_forms.notification_form(dict.fromkeys(monitor_forms.ATTRIBUTE_PLACES, "")),
    ]
    forms += [monitor_forms.comparison_form(data) for data in MonitoredData]
    for schema in forms:
        if isinstance(schema, Schema):
            for selector in schema.schema.values():
                if isinstance(selector, SelectSelector) and (key := selector.config.get("translation_key")):
                    yield key, {str(option) for option in selector.config["options"]}
    yield "monitor_place", set(monitor_forms.ATTRIBUTE_PLACES)
    for description in _described():
        selects = [field["selector"].get("select") or {} for field in description.get("fields", {}).values()]
        yield from ((key, set(select["options"])) for select in selects if (key := select.get("translation_key")))


def test_selector_options_match_texts() -> None:
    """A selector may be in several forms; an object selector has fields instead of options."""
    found: dict[str, set[str]] = {}
    for key, options in _selectors():
        found.setdefault(key, set()).update(options)
    texts = dict(STRINGS["selector"])
    choices = texts.pop("price")["choices"]
    assert set(choices) == set(PriceSelector().config["choices"])
    fields = texts.pop("monitor_attribute")["fields"]
    assert set(fields) == {"place", "key", "value"}
    programs = _actions()["set_charging_schedule"]["fields"]["programs"]["selector"]["object"]
    assert set(texts.pop(programs["translation_key"])["fields"]) == set(programs["fields"])
    assert {key: set(text["options"]) for key, text in texts.items()} == found


# --- exceptions


def _keys(path: Path, key: ast.expr) -> set[str]:
    """Return the values that a translation key can have: a literal, or the keys of a known expression."""
    values = [key]
    if isinstance(key, ast.Name):
        values = [
            node.value
            for node in ast.walk(parse(path))
            if isinstance(node, ast.Assign) and any(ast.unparse(target) == key.id for target in node.targets)
        ]
    assert values
    found = set[str]()
    for value in values:
        name = call_name(value) if isinstance(value, ast.Call) else ast.unparse(value)
        texts = KEYS_OF_EXPRESSIONS.get(name) or set(possible_strings(value))
        assert texts, f"{path.name}: {ast.unparse(value)} is not a known expression"
        found |= texts
    return found


def _exceptions() -> Iterator[tuple[set[str], set[str]]]:
    """Yield the possible translation keys of each exception, and the placeholders that are passed."""
    for path in python_files(COMPONENT):
        for node in ast.walk(parse(path)):
            if not isinstance(node, ast.Call):
                continue
            arguments = {argument.arg: argument.value for argument in node.keywords}
            if "translation_domain" in arguments and call_name(node) != "async_create_issue":
                passed = arguments.get("translation_placeholders")
                names = [key for key in passed.keys if key] if isinstance(passed, ast.Dict) else []
                yield (
                    _keys(path, arguments["translation_key"]),
                    {text for name in names for text in possible_strings(name)},
                )


def test_exceptions_match_texts() -> None:
    found = list(_exceptions())
    assert found
    assert set(STRINGS["exceptions"]) == {key for keys, _ in found for key in keys}
    for keys, passed in found:
        for key in keys:
            assert set(STRINGS["exceptions"][key]) == {"message"}
            assert placeholders(STRINGS["exceptions"][key]["message"]) <= passed, key


# --- issues


def test_issues_match_texts() -> None:
    found: dict[str, set[str]] = {}
    for path in python_files(COMPONENT):
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.Call) and call_name(node) == "async_create_issue":
                arguments = {argument.arg: argument.value for argument in node.keywords}
                passed = arguments.get("translation_placeholders")
                names = [key for key in passed.keys if key] if isinstance(passed, ast.Dict) else []
                for key in _keys(path, arguments["translation_key"]):
                    found[key] = {text for name in names for text in possible_strings(name)}
    assert found
    for key, added in REPAIR_FLOW_PLACEHOLDERS.items():
        found[key] |= added
    assert {key: placeholders(texts) for key, texts in STRINGS["issues"].items()} == found


# --- entities


def _find_descriptions(value: object) -> Iterator[EntityDescription]:
    """Yield the entity descriptions in a value of a module, also in nested tables."""
    match value:
        case EntityDescription():
            yield value
        case tuple() | list() | frozenset() | set():
            for item in value:
                yield from _find_descriptions(item)
        case dict():
            yield from _find_descriptions(list(value.values()))


@cache
def _descriptions(platform: Platform) -> tuple[EntityDescription, ...]:
    values = (*vars(import_module(f"{PACKAGE}.{platform}")).values(), *list_descriptions(platform))
    found = {id(description): description for value in values for description in _find_descriptions(value)}
    return tuple(found.values())


def _entities() -> Iterator[tuple[str, str, EntityDescription | None]]:
    """Yield platform, translation key and description of each entity that has a key; None without a description."""
    for platform in PLATFORMS:
        for description in _descriptions(platform):
            if description.translation_key:
                yield platform, description.translation_key, description
        for node in ast.walk(parse(COMPONENT / f"{platform}.py")):
            match node:
                case ast.Assign(targets=[ast.Name(id=name) | ast.Attribute(attr=name)], value=value):
                    if name == "_attr_translation_key":
                        yield from ((platform, key, None) for key in possible_strings(value))


def test_entities_match_texts() -> None:
    found = {(platform, key) for platform, key, _ in _entities()}
    assert found >= {("sensor", "electric_range")}
    assert {platform for platform, _ in found} == set(PLATFORMS)
    texts = STRINGS["entity"]
    assert {(platform, key) for platform, keys in texts.items() for key in keys} == found
    # An entity without a name of its own uses the car's, and may have names of attributes
    assert all(text.get("name") or text.get("state_attributes") for keys in texts.values() for text in keys.values())


def test_entities_without_text_have_device_class() -> None:
    for platform in PLATFORMS:
        for description in _descriptions(platform):
            assert description.translation_key or description.device_class, f"{platform}.{description.key}"


def test_states_match_texts() -> None:
    found: dict[tuple[str, str], set[str]] = {}
    for platform, key, description in _entities():
        if options := getattr(description, "options", None):
            found[platform, key] = set(options)
        elif platform == Platform.BINARY_SENSOR and description and description.device_class is None:
            found[platform, key] = {STATE_OFF, STATE_ON}
    assert found
    texts = STRINGS["entity"]
    assert {
        (platform, key): set(entity["state"])
        for platform, keys in texts.items()
        for key, entity in keys.items()
        if "state" in entity
    } == PLACES | {key: states for key, states in found.items() if key not in WITHOUT_STATE_TEXTS}


# --- icons

# The icons of these platforms depend on the state only
WITHOUT_ICONS = {Platform.CALENDAR, Platform.IMAGE, Platform.LOCK}


@cache
def _icons_of_classes(platform: str) -> dict[str, Any]:
    """Return Home Assistant's icons of a platform by device class."""
    path = Path(homeassistant.components.__path__[0]) / platform / "icons.json"
    icons: dict[str, Any] = load_json(path)["entity_component"]
    return icons


def _needs_icon(platform: str, description: EntityDescription | None) -> bool:
    icons = _icons_of_classes(platform)
    default_icon = icons.get(str(description.device_class)) if description and description.device_class else None
    return platform not in WITHOUT_ICONS and (default_icon is None or default_icon["default"] == icons["_"]["default"])


def test_icons_of_entities() -> None:
    icons = {(platform, key) for platform, keys in ICONS["entity"].items() for key in keys}
    found = {(platform, key): _needs_icon(platform, description) for platform, key, description in _entities()}
    assert {entity for entity, needed in found.items() if needed} <= icons
    assert icons <= set(found)
    assert any(found.values())


def test_icons_exist() -> None:
    folder = Path(hass_frontend.__path__[0]) / "static" / "mdi"
    existing = {
        f"mdi:{name}"
        for part in load_json(folder / "iconMetadata.json")["parts"]
        for name in load_json(folder / f"{part['file']}.json")
    }
    assert "mdi:car-door" in existing
    used = set(flatten(ICONS).values())
    assert used
    assert used <= existing


def test_state_icons_differ_from_default() -> None:
    for keys in ICONS["entity"].values():
        for key, icons in keys.items():
            assert set(icons) <= {"default", "state", "range", "state_attributes"}, key
            assert icons["default"] not in icons.get("state", {}).values(), key


# --- actions


@cache
def _actions() -> dict[str, dict[str, Any]]:
    return load_yaml_dict(str(COMPONENT / "services.yaml"))


def test_actions_match_texts_and_icons() -> None:
    names = set(_actions())
    assert set(STRINGS.get("services", {})) == names
    assert set(ICONS.get("services", {})) == names
    for name, action in _actions().items():
        texts = STRINGS["services"][name]
        assert set(texts) <= {"name", "description", "fields", "sections"}
        assert {"name", "description"} <= set(texts)
        fields = texts.get("fields", {})
        assert set(fields) == set(action.get("fields", {})), name
        assert all(set(field) == {"name", "description"} for field in fields.values()), name


def test_actions_are_registered() -> None:
    path = COMPONENT / "services.py"
    if path.exists():
        assert _actions()
        tables = (path, COMPONENT / "commands" / "actions.py", *python_files(COMPONENT / "features"))
        assert set(_actions()) <= {text for table in tables for text in string_literals(table)}
    else:
        assert not _actions()
        registering = {
            "async_register_entity_service",
            "async_register_platform_entity_service",
            "async_register_admin_service",
        }
        for module in python_files(COMPONENT):
            names = {call_name(node) for node in ast.walk(parse(module)) if isinstance(node, ast.Call)}
            assert names.isdisjoint(registering), module
