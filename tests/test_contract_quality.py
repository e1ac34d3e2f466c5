"""The quality scale against the code: each rule that is done has a check here, or tests that hold it."""

import ast
from collections.abc import Callable, Mapping
from pathlib import Path
import re
import tomllib
from typing import Any, Final

import homeassistant.components
from homeassistant.util.yaml import load_yaml_dict
import pytest

from custom_components.stellantis.const import PLATFORMS
from custom_components.stellantis.polling import INTERVAL_LIMITS

from .support.source import COMPONENT, ROOT, call_name, load_json, parse, python_files

RULES: Final[dict[str, Any]] = load_yaml_dict(str(COMPONENT / "quality_scale.yaml"))["rules"]
MANIFEST: Final = load_json(COMPONENT / "manifest.json")
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS: Final = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
TEST_SCRIPT: Final = (ROOT / "scripts" / "test").read_text(encoding="utf-8")
ACTION_MODULES: Final = ("services.py", "targets.py", "commands/actions.py")
PLATFORM_FILES: Final = tuple(COMPONENT / f"{platform}.py" for platform in PLATFORMS)
TRANSLATED_ERRORS: Final = frozenset(
    {
        *("ConfigEntryAuthFailed", "ConfigEntryError", "ConfigEntryNotReady"),
        *("HomeAssistantError", "ServiceValidationError", "UpdateFailed"),
    }
)


def _status(rule: str) -> str:
    rule_status = RULES[rule]
    return str(rule_status if isinstance(rule_status, str) else rule_status["status"])


def _source(name: str) -> str:
    return (COMPONENT / name).read_text(encoding="utf-8")


def _function(module: str, name: str) -> str:
    """Return the source of a function."""
    for node in ast.walk(parse(COMPONENT / module)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            return ast.unparse(node)
    raise LookupError(name)


def _raised(path: Path) -> set[str]:
    """Return the names of the exceptions that a module raises, without those that it passes on."""
    return {
        call_name(node.exc)
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
    }


def _has_untranslated_error() -> bool:
    return any(
        isinstance(node, ast.Call)
        and call_name(node) in TRANSLATED_ERRORS
        and "translation_key" not in {argument.arg for argument in node.keywords}
        for path in python_files(COMPONENT)
        for node in ast.walk(parse(path))
    )


def _keywords_of_descriptions() -> set[str]:
    """Return the names of all arguments but None that the platforms pass to entity descriptions."""
    return {
        argument.arg
        for path in PLATFORM_FILES
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Call) and call_name(node).endswith("Description")
        for argument in node.keywords
        if argument.arg and ast.unparse(argument.value) != "None"
    }


def _assigned() -> set[str]:
    """Return the names of all attributes that the platforms and the base entities set to something else than None."""
    return {
        target.attr if isinstance(target, ast.Attribute) else target.id
        for path in (*PLATFORM_FILES, COMPONENT / "entity.py")
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Assign) and ast.unparse(node.value) != "None"
        for target in node.targets
        if isinstance(target, ast.Attribute | ast.Name)
    }


def _headings(text: str) -> set[str]:
    return set(re.findall(r"^#+ (.+)$", text, re.MULTILINE))


def _documents_all(kind: str) -> bool:
    """Return whether automations.md has an example of each trigger, or of each condition."""
    names = load_json(COMPONENT / "strings.json")[kind]
    return all(f"{COMPONENT.name}.{name}" in DOCS["automations.md"] for name in names)


def _introduces(heading: str, *pages: str) -> bool:
    """Return whether README.md has a section with a heading, and links to pages from it."""
    _, _, rest = README.partition(f"\n## {heading}\n")
    section = rest.partition("\n## ")[0]
    return bool(section) and all(page in DOCS and f"(docs/{page}" in section for page in pages)


def _is_under_strict_mypy() -> bool:
    mypy = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    lint = (ROOT / "scripts" / "lint").read_text(encoding="utf-8")
    return mypy["strict"] is True and "mypy custom_components/stellantis" in lint


CHECKS: Final[Mapping[str, Callable[[], bool]]] = {
    "action-setup": lambda: "async_setup_services(hass)" in _function("__init__.py", "async_setup"),
    "appropriate-polling": lambda: all(1 <= least <= usual for usual, least, _ in INTERVAL_LIMITS.values()),
    "brands": lambda: all((COMPONENT / "brand" / f"{name}.png").exists() for name in ("icon", "logo", "icon@2x")),
    "config-flow": lambda: MANIFEST["config_flow"] is True,
    "config-flow-test-coverage": lambda: bool(re.search(r"_flow\.py' --fail-under=100", TEST_SCRIPT)),
    "docs-actions": lambda: _introduces("Supported functionality", "actions.md") and "### Actions" in README,
    "docs-high-level-description": lambda: README.index("\n## ") > README.index("# Stellantis for Home Assistant"),
    "docs-installation-instructions": lambda: _introduces("Installation"),
    "docs-removal-instructions": lambda: _introduces("Removing the integration", "removing.md"),
    "has-entity-name": lambda: _source("entity.py").count("_attr_has_entity_name = True") == 3,
    "runtime-data": lambda: "entry.runtime_data =" in _function("__init__.py", "async_setup_entry"),
    "test-before-configure": lambda: ".user()" in _function("auth/account.py", "async_fetch_account"),
    "test-before-setup": lambda: "async_config_entry_first_refresh" in _function("__init__.py", "async_setup_entry"),
    "unique-config-entry": lambda: "_abort_if_unique_id_configured" in _source("config_flow.py"),
    "action-exceptions": lambda: (
        set().union(*(_raised(COMPONENT / name) for name in ACTION_MODULES))
        <= {"HomeAssistantError", "ServiceValidationError", "Unauthorized", "UnknownUser", "missing_permission"}
    ),
    "config-entry-unloading": lambda: "async_unload_platforms" in _function("__init__.py", "async_unload_entry"),
    "docs-configuration-parameters": lambda: "Options" in _headings(DOCS["configuration.md"]),
    "docs-installation-parameters": lambda: _introduces("Configuration", "configuration.md"),
    "entity-unavailable": lambda: "self.coordinator.available" in _source("entity.py"),
    "integration-owner": lambda: bool(MANIFEST["codeowners"]),
    "parallel-updates": lambda: all("PARALLEL_UPDATES = 0" in path.read_text("utf-8") for path in PLATFORM_FILES),
    "reauthentication-flow": lambda: bool(_function("config_flow.py", "async_step_reauth_confirm")),
    "test-coverage": lambda: int(re.findall(r"--cov-fail-under=(\d+)", TEST_SCRIPT)[0]) >= 95,
    "devices": lambda: {"manufacturer", "model", "serial_number"} <= _device_members(),
    "diagnostics": lambda: "async_redact_data" in _function("diagnostics.py", "async_get_config_entry_diagnostics"),
    "docs-conditions": lambda: _documents_all("conditions"),
    "docs-data-update": lambda: _introduces("Data updates", "data-updates.md"),
    "docs-examples": lambda: _introduces("Use cases", "examples.md") and DOCS["examples.md"].count("```yaml") > 3,
    "docs-known-limitations": lambda: _introduces("Known limitations", "limitations.md"),
    "docs-supported-devices": lambda: _introduces("Supported devices"),
    "docs-supported-functions": lambda: _introduces(
        "Supported functionality", "entities.md", "commands.md", "events.md"
    ),
    "docs-triggers": lambda: _documents_all("triggers"),
    "docs-troubleshooting": lambda: _introduces("Troubleshooting", "troubleshooting.md"),
    "docs-use-cases": lambda: _introduces("Use cases", "examples.md") and "automation:" in README,
    "dynamic-devices": lambda: "async_sync_cars" in _function("__init__.py", "async_setup_entry"),
    "entity-category": lambda: "entity_category" in _keywords_of_descriptions(),
    "entity-device-class": lambda: "device_class" in _keywords_of_descriptions(),
    "entity-disabled-by-default": lambda: "entity_registry_enabled_default" in _keywords_of_descriptions(),
    "entity-translations": lambda: {"name", "_attr_name"}.isdisjoint(_keywords_of_descriptions() | _assigned()),
    "exception-translations": lambda: not _has_untranslated_error(),
    "icon-translations": lambda: "icon" not in _keywords_of_descriptions() and "_attr_icon" not in _assigned(),
    "reconfiguration-flow": lambda: bool(_function("config_flow.py", "async_step_reconfigure")),
    "repair-issues": lambda: any("async_create_issue" in path.read_text("utf-8") for path in python_files(COMPONENT)),
    "stale-devices": lambda: (
        "async_remove_device" in _source("data.py")
        and bool(_function("__init__.py", "async_remove_config_entry_device"))
    ),
    "async-dependency": lambda: not any("requests" in text for text in MANIFEST["requirements"]),
    "inject-websession": lambda: "async_get_clientsession" in _source("auth/oauth.py"),
    "strict-typing": _is_under_strict_mypy,
}
# Rules that tests hold: file and test
HELD_BY: Final[Mapping[str, tuple[str, str]]] = {
    "common-modules": ("test_architecture.py", "test_base_entities_have_one_home"),
    "dependency-transparency": ("test_contract.py", "test_imports_are_required"),
    "entity-event-setup": ("test_init.py", "test_unload_and_load_again"),
    "entity-unique-id": ("test_entities.py", "test_entities"),
    "log-when-unavailable": ("test_init.py", "test_values_remain_during_few_failures"),
}


def _device_members() -> set[str]:
    return {
        argument.arg
        for node in ast.walk(parse(COMPONENT / "data.py"))
        if isinstance(node, ast.Call) and call_name(node) == "DeviceInfo"
        for argument in node.keywords
        if argument.arg
    }


def test_quality_scale_has_all_rules() -> None:
    """The quality scale files of Home Assistant's own integrations list all rules."""
    core = Path(homeassistant.components.__path__[0])
    provided = [set(load_yaml_dict(str(path))["rules"]) for path in core.glob("*/quality_scale.yaml")]
    assert len(provided) > 100
    rules = set.union(*provided)
    assert len(rules) == 54
    assert set(RULES) == rules


@pytest.mark.parametrize("rule", RULES)
def test_quality_scale_explains_rules_that_are_not_done(rule: str) -> None:
    rule_status = RULES[rule]
    if rule_status == "done":
        return
    assert set(rule_status) == {"status", "comment"}
    assert len(rule_status["comment"]) > 20
    assert rule_status["status"] in {"exempt", "todo"}
    if rule_status["status"] == "todo":
        assert re.search(r"\bstep [2-5]\b", rule_status["comment"], re.IGNORECASE), "the step that does it is not named"


def test_claimed_tier_has_no_open_rules() -> None:
    """The tiers are headings in the file, lowest first, as in Home Assistant's own integrations."""
    sections = re.split(
        r"^  # (\w+)\n", (COMPONENT / "quality_scale.yaml").read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    tiers = [tier.lower() for tier in sections[1::2]]
    assert tiers == ["bronze", "silver", "gold", "platinum"]
    claimed = MANIFEST.get("quality_scale")
    counted = tiers.index(claimed) + 1 if claimed else 0
    rules = {
        rule
        for section in sections[2 : 2 * counted + 1 : 2]
        for rule in re.findall(r"^  ([\w-]+):", section, re.MULTILINE)
    }
    assert not {rule for rule in rules if _status(rule) == "todo"}


def test_no_discovery() -> None:
    assert _status("discovery") == _status("discovery-update-info") == "exempt"
    assert {"bluetooth", "dhcp", "homekit", "mqtt", "ssdp", "usb", "zeroconf"}.isdisjoint(MANIFEST)


def test_every_done_rule_is_held() -> None:
    done = {rule for rule in RULES if _status(rule) == "done"}
    assert CHECKS.keys() | HELD_BY.keys() == done
    assert not CHECKS.keys() & HELD_BY.keys()


@pytest.mark.parametrize("rule", CHECKS)
def test_rule(rule: str) -> None:
    assert CHECKS[rule]()


@pytest.mark.parametrize("rule", HELD_BY)
def test_rule_has_test(rule: str) -> None:
    module, name = HELD_BY[rule]
    names = {getattr(node, "name", "") for node in ast.walk(parse(ROOT / "tests" / module))}
    assert name in names
