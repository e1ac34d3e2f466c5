"""What the repository promises, whatever it grows into: manifest, brand, quality scale, layers, what no file holds."""

import ast
from hashlib import sha256
from importlib.metadata import packages_distributions, requires
from pathlib import Path
import re
import struct
import sys
import tomllib
from typing import Any

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
import homeassistant.components
from homeassistant.util.yaml import load_yaml_dict
import pytest

from custom_components.stellantis.const import DOMAIN, PLATFORMS

from .support.source import (
    COMPONENT,
    PACKAGE,
    ROOT,
    call_name,
    imported_names,
    is_in_package,
    load_json,
    parse,
    project_files,
    python_files,
)

MANIFEST = load_json(COMPONENT / "manifest.json")
REQUIRED_KEYS = {
    "codeowners",
    "config_flow",
    "dependencies",
    "documentation",
    "domain",
    "integration_type",
    "iot_class",
    "issue_tracker",
    "name",
    "requirements",
    "version",
}
OPTIONAL_KEYS = {"after_dependencies", "categories", "connectivity", "loggers", "quality_scale"}
PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[\w.]+)$")


def _name(requirement: str) -> str:
    """Return the normalised name of the package that a requirement names."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement, maxsplit=1)[0]).lower()


def test_manifest_has_the_keys_in_hassfests_order() -> None:
    keys = list(MANIFEST)
    assert keys == ["domain", "name", *sorted(set(keys) - {"domain", "name"})]
    assert set(keys) >= REQUIRED_KEYS
    assert set(keys) <= REQUIRED_KEYS | OPTIONAL_KEYS


def test_manifest_says_who_and_what() -> None:
    assert MANIFEST["domain"] == DOMAIN == COMPONENT.name
    assert MANIFEST["config_flow"] is True
    assert "application_credentials" in MANIFEST["dependencies"]
    assert MANIFEST["dependencies"] == sorted(MANIFEST["dependencies"])
    assert MANIFEST["iot_class"] in {"cloud_polling", "cloud_push"}
    assert MANIFEST["codeowners"]
    assert all(owner.startswith("@") for owner in MANIFEST["codeowners"])
    assert all(MANIFEST[key].startswith("https://") for key in ("documentation", "issue_tracker"))


def test_version_is_one_and_valid() -> None:
    version = AwesomeVersion(MANIFEST["version"], ensure_strategy=AwesomeVersionStrategy.SEMVER)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == version
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_requirements_are_pinned_as_in_development() -> None:
    development = (ROOT / "requirements_dev.txt").read_text(encoding="utf-8").splitlines()
    for requirement in MANIFEST["requirements"]:
        assert PIN.match(requirement), requirement
        assert requirement in development


def test_what_is_imported_is_required() -> None:
    """Each package that the integration imports comes with Python, with Home Assistant, or by the manifest."""
    known = {_name(requirement) for requirement in [*(requires("homeassistant") or ()), *MANIFEST["requirements"]]}
    distributions = packages_distributions()
    outside = set().union(*map(_roots, python_files(COMPONENT)))
    # Home Assistant gives the name of voluptuous to the validator that it requires
    outside -= {*sys.stdlib_module_names, "custom_components", "homeassistant", "voluptuous"}
    assert outside
    missing = {name for name in outside if known.isdisjoint(_name(found) for found in distributions.get(name, ()))}
    assert not missing


def test_hacs_finds_what_a_release_attaches() -> None:
    hacs = load_json(ROOT / "hacs.json")
    assert hacs["name"] == MANIFEST["name"]
    assert hacs["homeassistant"] == "2026.10.0"
    assert hacs["zip_release"] is True
    assert hacs["filename"] == f"{DOMAIN}.zip"
    assert set(hacs) <= {"name", "country", "filename", "homeassistant", "render_readme", "zip_release"}
    assert hacs["filename"] in (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize("workflow", sorted((ROOT / ".github/workflows").glob("*.yml")), ids=lambda path: path.stem)
def test_workflows_ask_for_little_and_pin_what_they_use(workflow: Path) -> None:
    content = load_yaml_dict(str(workflow))
    assert content["permissions"] == {}
    for job in content["jobs"].values():
        assert job["timeout-minutes"] <= 60
        assert set(job["permissions"]) == {"contents"}
        assert all("@" in step["uses"] for step in job["steps"] if "uses" in step)


def test_there_are_the_workflows() -> None:
    assert {path.stem for path in (ROOT / ".github/workflows").glob("*.yml")} >= {"test", "validate", "release"}


def _size(image: Path) -> tuple[int, int]:
    """Return width and height of a PNG that has an alpha channel."""
    head = image.read_bytes()[:26]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    width, height, _depth, colour = struct.unpack(">IIBB", head[16:])
    assert colour == 6, "not RGBA: the ground would not be transparent"
    return width, height


def test_brand_images_have_the_sizes_that_are_asked_for() -> None:
    brand = COMPONENT / "brand"
    assert _size(brand / "icon.png") == (256, 256)
    assert _size(brand / "icon@2x.png") == (512, 512)
    width, height = _size(brand / "logo.png")
    assert width > height
    assert 128 <= height <= 256
    assert _size(brand / "logo@2x.png") == (2 * width, 2 * height)


# --- quality scale

RULES: dict[str, Any] = load_yaml_dict(str(COMPONENT / "quality_scale.yaml"))["rules"]

# Rule → where it shows, and a word that is there when it is kept
EVIDENCE = {
    "action-setup": ("services.py", "async_register"),
    "config-entry-unloading": ("__init__.py", "async_unload_entry"),
    "config-flow": ("config_flow.py", "async_create_entry"),
    "diagnostics": ("diagnostics.py", "async_get_config_entry_diagnostics"),
    "exception-translations": ("coordinator.py", "translation_key"),
    "has-entity-name": ("entity.py", "_attr_has_entity_name"),
    "reauthentication-flow": ("config_flow.py", "async_step_reauth"),
    "reconfiguration-flow": ("config_flow.py", "async_step_reconfigure"),
    "runtime-data": ("__init__.py", "runtime_data"),
    "unique-config-entry": ("config_flow.py", "_abort_if_unique_id_configured"),
    "repair-issues": ("*.py", "async_create_issue"),
}


def _status(rule: str) -> str:
    said = RULES[rule]
    return str(said if isinstance(said, str) else said["status"])


def test_quality_scale_has_each_rule() -> None:
    """Home Assistant's own integrations say which rules there are: all of them, in each file of theirs."""
    core = Path(homeassistant.components.__path__[0])
    known = [set(load_yaml_dict(str(path))["rules"]) for path in core.glob("*/quality_scale.yaml")]
    assert len(known) > 100
    rules = set.union(*known)
    assert len(rules) == 54
    assert set(RULES) == rules


@pytest.mark.parametrize("rule", RULES)
def test_quality_scale_says_done_or_why_not(rule: str) -> None:
    said = RULES[rule]
    if said == "done":
        return
    assert set(said) == {"status", "comment"}
    assert len(said["comment"]) > 20
    assert said["status"] in {"exempt", "todo"}
    if said["status"] == "todo":
        assert re.search(r"\bstep [2-5]\b", said["comment"], re.IGNORECASE), "which step does it?"


@pytest.mark.parametrize("rule", EVIDENCE)
def test_what_is_said_to_be_done_is_there(rule: str) -> None:
    modules, word = EVIDENCE[rule]
    there = any(word in path.read_text(encoding="utf-8") for path in COMPONENT.glob(modules))
    assert there == (_status(rule) == "done")


def test_no_tier_is_claimed_before_its_rules_are_kept() -> None:
    """The tiers stand in the file as headings, the lowest first, as in Home Assistant's own."""
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


def test_no_discovery_is_asked_for() -> None:
    assert _status("discovery") == _status("discovery-update-info") == "exempt"
    assert {"bluetooth", "dhcp", "homekit", "mqtt", "ssdp", "usb", "zeroconf"}.isdisjoint(MANIFEST)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_platforms_say_how_many_at_once(platform: str) -> None:
    assert _status("parallel-updates") == "done"
    names = {
        target.id
        for node in parse(COMPONENT / f"{platform}.py").body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    assert "PARALLEL_UPDATES" in names


# --- what no module imports


def _roots(path: Path) -> set[str]:
    """Return the packages that a file imports, or imports from."""
    return {name.split(".")[0] for name in imported_names(path)}


def test_api_knows_nothing_of_home_assistant() -> None:
    api = f"{PACKAGE}.api"
    for path in python_files(COMPONENT / "api"):
        assert _roots(path).isdisjoint({"homeassistant", "probatio", "voluptuous"}), path
        assert not {
            name
            for name in imported_names(path)
            if is_in_package(name, "custom_components") and not is_in_package(name, api)
        }, path


def test_simulator_and_integration_do_not_know_each_other() -> None:
    for path in python_files(ROOT / "simulator"):
        assert _roots(path).isdisjoint({"custom_components", "homeassistant", "tests"}), path
    for path in python_files(COMPONENT):
        assert _roots(path).isdisjoint({"simulator", "tests"}), path


# --- what is in no file

# Written so that they do not find themselves
FORBIDDEN = {
    "a path of one machine": re.compile(r"(?<![\w.])/(?:wor[k]|workspac[e]|hom[e]/\w+|roo[t])/"),
    "a package registry": re.compile(r"https?://\S*/(?:simpl[e]|artifactor[y]|nexu[s])\b|pythonhoste[d]\.org"),
    "a scrubbed body of somebody's": re.compile(r"VR3FAK[E]|fakevehicle[i]d|faketrip[i]d|1\.1111[1], 44\.4444[4]"),
    "a private key": re.compile(r"PRIVATE KEY-----\s+[A-Za-z0-9+/]{4[0],}"),
    "work left over": re.compile(r"\b(?:TOD[O]|FIXM[E]|XX[X])\b"),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    searched = 0
    for path in project_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        searched += 1
        found = FORBIDDEN[what].search(text)
        assert not found, f"{path.relative_to(ROOT)}: {found[0] if found else ''}"
    assert searched > 50


def test_nothing_of_the_shared_folder_is_copied() -> None:
    shared = ROOT.parent / "shared"
    if not shared.is_dir():
        pytest.skip("the shared folder is not here")
    theirs = {sha256(path.read_bytes()).digest(): path for path in shared.rglob("*") if path.is_file()}
    assert theirs
    assert not {
        path: theirs[digest] for path in project_files() if (digest := sha256(path.read_bytes()).digest()) in theirs
    }


# Tables may be long; nothing else is
TABLES = frozenset({"custom_components/stellantis/sensor.py"})


def test_files_are_short() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in project_files()
        if path.suffix == ".py"
    }
    assert len(lengths) > 20
    assert {name for name, lines in lengths.items() if lines > 400} == TABLES


def test_python_is_of_today() -> None:
    """Nothing postpones annotations, and nothing swallows whatever may come."""
    for path in python_files(ROOT):
        assert "__future__.annotations" not in imported_names(path), path
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Name) and node.type.id == "Exception":
                assert not isinstance(node.body[0], ast.Pass), f"{path}:{node.lineno}"


def test_blocking_and_printing_stay_out() -> None:
    for path in python_files(COMPONENT):
        names = {call_name(node) for node in ast.walk(parse(path)) if isinstance(node, ast.Call)}
        assert names.isdisjoint({"print", "urlopen"}), path
        assert "time.sleep" not in imported_names(path), path
        assert _roots(path).isdisjoint({"requests", "urllib3"}), path
