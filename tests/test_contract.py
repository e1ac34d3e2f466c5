"""Rules of the repository: manifest, brand images, imports, and forbidden content."""

import ast
from hashlib import sha256
from importlib.metadata import packages_distributions, requires
from pathlib import Path
import re
import struct
import sys
import tomllib

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
from homeassistant.util.yaml import load_yaml_dict
import pytest

from custom_components.stellantis.const import DOMAIN

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
    """Return the normalized package name of a requirement."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement, maxsplit=1)[0]).lower()


def test_manifest_keys_in_order_of_hassfest() -> None:
    keys = list(MANIFEST)
    assert keys == ["domain", "name", *sorted(set(keys) - {"domain", "name"})]
    assert set(keys) >= REQUIRED_KEYS
    assert set(keys) <= REQUIRED_KEYS | OPTIONAL_KEYS


def test_manifest_values() -> None:
    assert MANIFEST["domain"] == DOMAIN == COMPONENT.name
    assert MANIFEST["config_flow"] is True
    assert "application_credentials" in MANIFEST["dependencies"]
    assert MANIFEST["dependencies"] == sorted(MANIFEST["dependencies"])
    assert MANIFEST["iot_class"] in {"cloud_polling", "cloud_push"}
    assert MANIFEST["codeowners"]
    assert all(owner.startswith("@") for owner in MANIFEST["codeowners"])
    assert all(MANIFEST[key].startswith("https://") for key in ("documentation", "issue_tracker"))


def test_version_is_consistent_and_valid() -> None:
    version = AwesomeVersion(MANIFEST["version"], ensure_strategy=AwesomeVersionStrategy.SEMVER)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == version
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_requirements_are_pinned() -> None:
    development = (ROOT / "requirements_dev.txt").read_text(encoding="utf-8").splitlines()
    for requirement in MANIFEST["requirements"]:
        assert PIN.match(requirement), requirement
        assert requirement in development


def test_imports_are_required() -> None:
    """Every imported package belongs to Python, to Home Assistant, or to the requirements of the manifest."""
    provided = {_name(requirement) for requirement in [*(requires("homeassistant") or ()), *MANIFEST["requirements"]]}
    distributions = packages_distributions()
    external = set().union(*map(_roots, python_files(COMPONENT)))
    # Home Assistant provides its validator under the name voluptuous
    external -= {*sys.stdlib_module_names, "custom_components", "homeassistant", "voluptuous"}
    assert external
    missing = {name for name in external if provided.isdisjoint(_name(found) for found in distributions.get(name, ()))}
    assert not missing


def test_hacs_manifest() -> None:
    hacs = load_json(ROOT / "hacs.json")
    assert hacs["name"] == MANIFEST["name"]
    assert hacs["homeassistant"] == "2026.10.0"
    assert hacs["zip_release"] is True
    assert hacs["filename"] == f"{DOMAIN}.zip"
    assert set(hacs) <= {"name", "country", "filename", "homeassistant", "render_readme", "zip_release"}
    assert hacs["filename"] in (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize("workflow", sorted((ROOT / ".github/workflows").glob("*.yml")), ids=lambda path: path.stem)
def test_workflows_have_few_permissions_and_pinned_actions(workflow: Path) -> None:
    content = load_yaml_dict(str(workflow))
    assert content["permissions"] == {}
    for job in content["jobs"].values():
        assert job["timeout-minutes"] <= 60
        assert set(job["permissions"]) == {"contents"}
        assert all("@" in step["uses"] for step in job["steps"] if "uses" in step)


def test_workflows_exist() -> None:
    assert {path.stem for path in (ROOT / ".github/workflows").glob("*.yml")} >= {"test", "validate", "release"}


def _size(image: Path) -> tuple[int, int]:
    """Return width and height of a PNG; assert that it has an alpha channel."""
    header = image.read_bytes()[:26]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    width, height, _depth, colour = struct.unpack(">IIBB", header[16:])
    assert colour == 6, "not RGBA, so the background is not transparent"
    return width, height


def test_sizes_of_brand_images() -> None:
    brand = COMPONENT / "brand"
    assert _size(brand / "icon.png") == (256, 256)
    assert _size(brand / "icon@2x.png") == (512, 512)
    width, height = _size(brand / "logo.png")
    assert width > height
    assert 128 <= height <= 256
    assert _size(brand / "logo@2x.png") == (2 * width, 2 * height)


# --- imported packages


def _roots(path: Path) -> set[str]:
    """Return the top-level packages that a file imports."""
    return {name.split(".")[0] for name in imported_names(path)}


def test_api_does_not_import_home_assistant() -> None:
    api = f"{PACKAGE}.api"
    for path in python_files(COMPONENT / "api"):
        assert _roots(path).isdisjoint({"homeassistant", "probatio", "voluptuous"}), path
        assert not {
            name
            for name in imported_names(path)
            if is_in_package(name, "custom_components") and not is_in_package(name, api)
        }, path


def test_simulator_and_integration_do_not_import_each_other() -> None:
    for path in python_files(ROOT / "simulator"):
        assert _roots(path).isdisjoint({"custom_components", "homeassistant", "tests"}), path
    for path in python_files(COMPONENT):
        assert _roots(path).isdisjoint({"simulator", "tests"}), path


# --- forbidden content

# The patterns do not match themselves
FORBIDDEN = {
    "a path of one machine": re.compile(r"(?<![\w.])/(?:wor[k]|workspac[e]|hom[e]/\w+|roo[t])/"),
    "a package registry": re.compile(r"https?://\S*/(?:simpl[e]|artifactor[y]|nexu[s])\b|pythonhoste[d]\.org"),
    "a scrubbed body of somebody's": re.compile(r"VR3FAK[E]|fakevehicle[i]d|faketrip[i]d|1\.1111[1], 44\.4444[4]"),
    "a private key": re.compile(r"PRIVATE KEY-----\s+[A-Za-z0-9+/]{4[0],}"),
    "work left over": re.compile(r"\b(?:TOD[O]|FIXM[E]|XX[X])\b"),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_contains(what: str) -> None:
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


def test_no_file_is_a_copy_from_shared_folder() -> None:
    shared_folder = ROOT.parent / "shared"
    if not shared_folder.is_dir():
        pytest.skip("no shared folder")
    shared_files = {sha256(path.read_bytes()).digest(): path for path in shared_folder.rglob("*") if path.is_file()}
    assert shared_files
    assert not {
        path: shared_files[digest]
        for path in project_files()
        if (digest := sha256(path.read_bytes()).digest()) in shared_files
    }


# Only tables may be long
LONG_TABLES = frozenset({"custom_components/stellantis/sensor.py"})


def test_files_are_short() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in project_files()
        if path.suffix == ".py"
    }
    assert len(lengths) > 20
    assert {name for name, lines in lengths.items() if lines > 400} == LONG_TABLES


def test_modern_python() -> None:
    """No module postpones annotations, or ignores all exceptions."""
    unwanted = re.compile(
        r"^ *from __future__ import .*annotations|^ *except Exception( as \w+)?:\s*pass$", re.MULTILINE
    )
    for path in python_files(ROOT):
        assert not unwanted.search(path.read_text(encoding="utf-8")), path


def test_no_blocking_calls_or_prints() -> None:
    for path in python_files(COMPONENT):
        names = {call_name(node) for node in ast.walk(parse(path)) if isinstance(node, ast.Call)}
        assert names.isdisjoint({"print", "urlopen"}), path
        assert "time.sleep" not in imported_names(path), path
        assert _roots(path).isdisjoint({"requests", "urllib3"}), path
