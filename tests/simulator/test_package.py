"""The package of the simulator: what it declares, its container file, and an installation in a fresh environment."""

import ast
from collections.abc import Iterator
import json
from pathlib import Path
import re
import shlex
import subprocess
import sys
import tomllib
from typing import Any
from zipfile import ZipFile

import pytest

from simulator.__main__ import parse_arguments

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "simulator"
# Imported packages that are named differently than their distributions.
DISTRIBUTIONS = {"PIL": "pillow"}
# Imported by the pytest plugin only, which pytest itself loads.
OPTIONAL = {"pytest"}

PLUGIN_TEST = """
def test_fixture(stellantis_simulator):
    assert len(stellantis_simulator.vehicles()) == 9
"""


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    """The package definition."""
    table: dict[str, Any] = tomllib.loads((FOLDER / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return table


def test_dependencies_are_what_is_imported(project: dict[str, Any]) -> None:
    roots = {
        name.split(".")[0]
        for path in FOLDER.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in _imports(node)
    }
    imported = {DISTRIBUTIONS.get(name, name) for name in roots - sys.stdlib_module_names - OPTIONAL}
    declared = {dependency.partition(">")[0] for dependency in project["dependencies"]}
    assert declared == imported | {"tzdata"}


def _imports(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []


def test_version_and_python_are_those_that_are_checked(project: dict[str, Any]) -> None:
    root = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["version"] == root["project"]["version"]
    target = root["tool"]["ruff"]["per-file-target-version"]["simulator/**"]
    assert project["requires-python"] == f">=3.{target.removeprefix('py3')}"


def _instructions() -> Iterator[tuple[str, str]]:
    for line in (FOLDER / "Containerfile").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, rest = line.partition(" ")
            yield name, rest


def test_container_starts_the_command_with_flags_that_it_has(project: dict[str, Any]) -> None:
    (command, *arguments) = json.loads(dict(_instructions())["ENTRYPOINT"])
    assert command in project["scripts"]
    parsed = parse_arguments(arguments)
    assert (parsed.host, str(parsed.port)) == ("0.0.0.0", dict(_instructions())["EXPOSE"])  # noqa: S104
    assert not parsed.allow_remote_control, "the user must allow it"
    assert parsed.allow_webhook_hosts == ()
    comments = (FOLDER / "Containerfile").read_text(encoding="utf-8").splitlines()
    (hint,) = [line for line in comments if line.startswith("#   --")]
    more = parse_arguments([*arguments, *shlex.split(hint.removeprefix("#"))])
    assert more.allow_remote_control
    assert more.allow_webhook_hosts == ("host.containers.internal",)


def test_every_option_is_documented(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_arguments(["--help"])
    options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}
    documentation = (ROOT / "docs" / "simulator.md").read_text(encoding="utf-8")
    assert len(options) > 10
    assert not {option for option in options if f"`{option}" not in documentation}


def test_container_is_built_of_this_folder() -> None:
    instructions = list(_instructions())
    (copied,) = [rest for name, rest in instructions if name == "COPY"]
    source, target = copied.split()
    assert (FOLDER / source / "pyproject.toml").is_file()
    (run,) = [rest for name, rest in instructions if name == "RUN"]
    assert f"pip install --no-cache-dir {target} " in run


def _uv(*arguments: str | Path) -> str:
    """Run uv, or skip the test if it fails: there may be no package registry or no such Python here."""
    command = [ROOT / "scripts" / "uv", *arguments]
    process = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if process.returncode:
        pytest.skip(f"uv {' '.join(map(str, arguments))}: {process.stderr.strip().partition('\n')[0]}")
    return process.stdout.strip()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    _uv("build", "--quiet", "--wheel", FOLDER, "--out-dir", folder)
    (path,) = folder.glob("*.whl")
    return path


@pytest.mark.slow
def test_wheel_has_all_modules_and_leaves_nothing_behind(wheel: Path) -> None:
    modules = {f"simulator/{path.relative_to(FOLDER)}" for path in FOLDER.rglob("*.py")} | {"simulator/py.typed"}
    with ZipFile(wheel) as archive:
        assert {name for name in archive.namelist() if ".dist-info/" not in name} == modules
    assert not [name for name in ("build", "dist") if (FOLDER / name).exists()]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("version", ["own", "3.13", "3.12"])
def test_installed_wheel_runs(wheel: Path, version: str, tmp_path: Path) -> None:
    is_own = version == "own"
    interpreter = sys.executable if is_own else _uv("python", "find", "--system", "--no-project", version)
    environment = tmp_path / "environment"
    python = environment / "bin" / "python"
    _uv("venv", "--quiet", "--python", interpreter, environment)
    _uv("pip", "install", "--quiet", "--python", python, wheel, "pytest")
    command = [str(environment / "bin" / "stellantis-simulator"), "--port", "0", "--fleet", "2", "--no-routine"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=tmp_path, stdout=pipe, stderr=pipe, text=True) as process:  # noqa: S603
        assert process.stdout
        assert process.stdout.readline().startswith("simulator ready on http://127.0.0.1:")
        process.terminate()
        assert process.communicate() == ("", "")
    assert process.returncode == 0
    (tmp_path / "test_plugin.py").write_text(PLUGIN_TEST)
    command = [str(python), "-m", "pytest", "-q"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603
    assert "1 passed" in result.stdout, result.stdout + result.stderr
