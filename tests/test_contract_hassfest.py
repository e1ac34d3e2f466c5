"""The rules of Home Assistant's validator for texts, icons and services.yaml, which is not in the installed package."""

from pathlib import Path
import re
from string import Formatter
from typing import Any, Final

from homeassistant.helpers import config_validation as cv, selector
from homeassistant.util.yaml import load_yaml_dict
import probatio as vol
import pytest

from .support.source import COMPONENT, flatten, load_json

TEXT_FILES = [COMPONENT / "strings.json", *sorted((COMPONENT / "translations").glob("*.json"))]
URL: Final = re.compile(
    r"(?:(?:https?|ftps?|scp|mqtts?|socket|socks5)://|www\.)[a-z0-9]+(?:[-.][a-z0-9]+)*\.[a-z]{2,5}"
)
KEY: Final = re.compile(r"(?!.*[_-]{2})[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?")
QUOTED_PLACEHOLDER: Final = re.compile(r"'\{\w+\}'")


def text(value: Any) -> str:
    """Validate a text."""
    valid = cv.string_with_no_html(value)
    if valid != valid.strip():
        raise vol.Invalid("spaces at its beginning or end")
    if URL.search(valid.lower()):
        raise vol.Invalid("a URL, which belongs into a placeholder")
    if QUOTED_PLACEHOLDER.search(valid):
        raise vol.Invalid("a placeholder in single quotes")
    if not all(name.isidentifier() for _, name, _, _ in Formatter().parse(valid) if name):
        raise vol.Invalid("a placeholder that is no identifier")
    return valid


def label(value: Any) -> str:
    """Validate a text that may have no placeholders."""
    valid = text(value)
    if any(name is not None for _, name, _, _ in Formatter().parse(valid)):
        raise vol.Invalid("a placeholder where none is replaced")
    return valid


def key(value: Any) -> str:
    """Validate a key."""
    if not KEY.fullmatch(value):
        raise vol.Invalid("no valid key")
    return str(value)


def known_fields(step: dict[str, Any]) -> dict[str, Any]:
    """Validate that only fields that have a name have a description."""
    if not step.get("data_description", {}).keys() <= step.get("data", {}).keys():
        raise vol.Invalid("a description of a field without a name")
    return step


TEXTS: Final = {str: text}
FORM: Final = {vol.Optional("data"): TEXTS, vol.Optional("data_description"): TEXTS, vol.Optional("description"): text}
STEP: Final = vol.All(
    {
        **FORM,
        vol.Optional("title"): text,
        vol.Optional("menu_options"): TEXTS,
        vol.Optional("menu_option_descriptions"): TEXTS,
        vol.Optional("submit"): text,
        vol.Optional("sections"): {str: {**FORM, vol.Optional("name"): text}},
    },
    known_fields,
)
FLOW: Final = {
    vol.Optional("flow_title"): text,
    vol.Required("step"): {str: STEP},
    vol.Optional("error"): TEXTS,
    vol.Optional("abort"): TEXTS,
    vol.Optional("progress"): TEXTS,
    vol.Optional("create_entry"): TEXTS,
}
SUBENTRY_FLOW: Final = {
    **FLOW,
    vol.Required("entry_type"): text,
    vol.Required("initiate_flow"): {vol.Required("user"): text, str: text},
}
NAMED: Final = {vol.Required("name"): text, vol.Required("description"): text}
ISSUE: Final = vol.All(
    {
        vol.Required("title"): text,
        vol.Exclusive("description", "fixable"): text,
        vol.Exclusive("fix_flow", "fixable"): FLOW,
    },
    cv.has_at_least_one_key("description", "fix_flow"),
)
STATES: Final = {vol.Optional("name"): label, vol.Optional("state"): {key: label}}
ENTITY: Final = {
    vol.Optional("name"): text,
    vol.Optional("state"): {key: label},
    vol.Optional("state_attributes"): {key: STATES},
    vol.Optional("unit_of_measurement"): label,
}
SELECTOR: Final = {
    vol.Optional("choices"): {key: text},
    vol.Optional("options"): {key: text},
    vol.Optional("unit_of_measurement"): {key: text},
    vol.Optional("fields"): {key: NAMED},
}
ACTION: Final[dict[Any, Any]] = {
    **NAMED,
    vol.Optional("fields"): {key: NAMED},
    vol.Optional("sections"): {key: NAMED},
}
AUTOMATION: Final[dict[Any, Any]] = {
    **NAMED,
    vol.Optional("fields"): {key: {vol.Required("name"): text, vol.Optional("description"): text}},
}
STRINGS: Final = vol.Schema(
    {
        vol.Optional("title"): text,
        vol.Optional("config"): FLOW,
        vol.Optional("options"): FLOW,
        vol.Optional("config_subentries"): {cv.slug: SUBENTRY_FLOW},
        vol.Optional("selector"): {cv.slug: SELECTOR},
        vol.Optional("system_health"): {"info": {key: text}},
        vol.Optional("application_credentials"): {"description": text},
        vol.Optional("issues"): {str: ISSUE},
        vol.Optional("device"): {key: {"name": text}},
        vol.Optional("entity"): {cv.slug: {key: ENTITY}},
        vol.Optional("exceptions"): {cv.slug: {"message": text}},
        vol.Optional("services"): {key: ACTION},
        vol.Optional("triggers"): {key: AUTOMATION},
        vol.Optional("conditions"): {key: AUTOMATION},
        vol.Optional("common"): {cv.slug: text},
    }
)


def mdi(value: Any) -> str:
    """Validate an icon."""
    if not value.startswith("mdi:"):
        raise vol.Invalid("no icon of Material Design")
    return str(value)


STATE_ICONS: Final = {vol.Optional("default"): mdi, vol.Optional("state"): {key: mdi}, vol.Optional("range"): dict}
ICONS: Final = vol.Schema(
    {
        vol.Optional("entity"): {
            cv.slug: {key: {**STATE_ICONS, vol.Optional("state_attributes"): {key: STATE_ICONS}}},
        },
        vol.Optional("services"): {key: {vol.Required("service"): mdi, vol.Optional("sections"): {key: mdi}}},
        vol.Optional("triggers"): {key: {vol.Required("trigger"): mdi}},
        vol.Optional("conditions"): {key: {vol.Required("condition"): mdi}},
    }
)
FIELD: Final = {
    vol.Optional("example"): object,
    vol.Optional("default"): object,
    vol.Optional("required"): bool,
    vol.Optional("selector"): selector.validate_selector,
}
DESCRIPTION: Final = {
    vol.Optional("target"): vol.Any(selector.TargetSelector.CONFIG_SCHEMA, None),
    vol.Optional("fields"): {str: FIELD},
}
SERVICES: Final = vol.Schema({cv.slug: DESCRIPTION})


def anchor(value: Any) -> str:
    """Validate the key of a part that only others refer to."""
    if not str(value).startswith("."):
        raise vol.Invalid("no anchor")
    return str(value)


AUTOMATIONS: Final = vol.Schema({vol.Remove(anchor): object, cv.slug: DESCRIPTION})


@pytest.mark.parametrize("path", TEXT_FILES, ids=lambda path: path.stem)
def test_texts(path: Path) -> None:
    STRINGS(load_json(path))


def test_icons() -> None:
    ICONS(load_json(COMPONENT / "icons.json"))


def test_services() -> None:
    SERVICES(load_yaml_dict(str(COMPONENT / "services.yaml")))


@pytest.mark.parametrize("kind", ["triggers", "conditions"])
def test_triggers_and_conditions(kind: str) -> None:
    assert AUTOMATIONS(load_yaml_dict(str(COMPONENT / f"{kind}.yaml")))


@pytest.mark.parametrize(
    "wrong",
    [
        {"config": {"step": {}, "error": {"a": "Such as https://example.com/callback."}}},
        {"config": {"step": {"user": {"data_description": {"url": "The address."}}}}},
        {"selector": {"attribute": {"fields": {"name": {"name": "Name"}}}}},
        {"entity": {"sensor": {"level": {"state": {"low": "{level} %"}}}}},
        {"entity": {"sensor": {"Level": {"name": "Level"}}}},
        {"exceptions": {"failed": {"message": "'{name}' failed"}}},
        {"exceptions": {"failed": {"message": "<b>It</b> failed"}}},
        {"exceptions": {"failed": {"message": "It failed "}}},
        {"issues": {"gone": {"title": "It is gone"}}},
        {"services": {"wake": {"name": "Wake"}}},
    ],
    ids=lambda wrong: str(wrong)[:60],
)
def test_rules_find_faults(wrong: dict[str, Any]) -> None:
    assert flatten(wrong)
    with pytest.raises(vol.Invalid):
        STRINGS(wrong)
