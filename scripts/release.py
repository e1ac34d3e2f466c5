"""Prepare a release, and build the archive that HACS and the Marketplace install. Called by scripts/release.

Needs only Python, because the workflow runs it without an environment.
"""

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime
import json
from pathlib import Path
import re
import sys
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile

ROOT: Final = Path(__file__).resolve().parent.parent
COMPONENT: Final = ROOT / "custom_components" / "stellantis"
HEADING: Final = re.compile(r"^## \[(?P<version>\d[^\]]*)\] - (?P<date>.+)$", re.MULTILINE)
DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
VERSION: Final = re.compile(r"\d+\.\d+\.\d+")
CHANGELOG: Final = "CHANGELOG.md"
UNRELEASED: Final = "## [Unreleased]\n"
# What comes before the version in each file that contains it
VERSION_PREFIXES: Final[Mapping[str, str]] = {
    "custom_components/stellantis/manifest.json": '"version": "',
    "pyproject.toml": '\nversion = "',
    "simulator/pyproject.toml": '\nversion = "',
    "README.md": "**Status:** version ",
}


def find_problems(tag: str, version: str, changelog: str) -> list[str]:
    """Return what is wrong with a release.

    Args:
        tag: the tag of the release.
        version: the version in the manifest.
        changelog: the text of the changelog.
    """
    problems = []
    if tag.removeprefix("v") != version:
        problems.append(f"The release is tagged {tag}, but the version in manifest.json is {version}.")
    heading = HEADING.search(changelog)
    if heading is None or heading["version"] != version:
        problems.append(f"The newest version in CHANGELOG.md is not {version}.")
    elif not DATE.fullmatch(heading["date"]):
        problems.append(f"Version {version} has no date in CHANGELOG.md.")
    return problems


def set_version(text: str, prefix: str, version: str) -> str:
    """Return a text in which a version follows a prefix."""
    updated, count = re.subn(rf"({re.escape(prefix)}){VERSION.pattern}", rf"\g<1>{version}", text)
    if count != 1:
        raise ValueError(f"{count} versions follow {prefix!r}")
    return updated


def set_date(changelog: str, version: str, date: str) -> str:
    """Return a changelog with the date of a version, which gets a heading if it has none yet.

    Args:
        changelog: the text of the changelog.
        version: the version that is released.
        date: the date of the release.
    """
    heading = HEADING.search(changelog)
    if heading is not None and heading["version"] == version:
        return f"{changelog[: heading.start('date')]}{date}{changelog[heading.end('date') :]}"
    return changelog.replace(UNRELEASED, f"{UNRELEASED}\n## [{version}] - {date}\n", 1)


def prepare(root: Path, version: str, date: str) -> None:
    """Set the version and its date in all files."""
    for name, prefix in VERSION_PREFIXES.items():
        path = root / name
        path.write_text(set_version(path.read_text(encoding="utf-8"), prefix, version), encoding="utf-8")
    path = root / CHANGELOG
    path.write_text(set_date(path.read_text(encoding="utf-8"), version, date), encoding="utf-8")


def build(folder: Path) -> Path:
    """Build the archive in a folder and return its path."""
    archive_path = folder / str(json.loads((ROOT / "hacs.json").read_text(encoding="utf-8"))["filename"])
    with ZipFile(archive_path, "w", ZIP_DEFLATED) as archive:
        for path in sorted(COMPONENT.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.write(path, path.relative_to(COMPONENT))
    return archive_path


def parse_version(text: str) -> str:
    """Return a version of the command line."""
    if not VERSION.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text} is not a version such as 1.2.0")
    return text


def main() -> int:
    """Check the release and build its archive; return 1 if the release is wrong."""
    parser = argparse.ArgumentParser(prog="scripts/release", description="Build the archive in the current folder.")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--prepare", metavar="VERSION", type=parse_version, help="set the version and today's date")
    choice.add_argument("--tag", help="first check that this tag is a release of the version in manifest.json")
    options = parser.parse_args()
    if options.prepare is not None:
        prepare(ROOT, options.prepare, f"{datetime.now(UTC):%Y-%m-%d}")
        return 0
    if options.tag is not None:
        version = json.loads((COMPONENT / "manifest.json").read_text(encoding="utf-8"))["version"]
        problems = find_problems(options.tag, version, (ROOT / CHANGELOG).read_text(encoding="utf-8"))
        # GitHub shows lines of this form as errors
        print("".join(f"::error::{problem}\n" for problem in problems), end="")
        if problems:
            return 1
    print(build(Path.cwd()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
