"""Build the archive that HACS and the Marketplace install. Called by scripts/release; needs only Python."""

import argparse
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


def build(folder: Path) -> Path:
    """Build the archive in a folder and return its path."""
    archive_path = folder / str(json.loads((ROOT / "hacs.json").read_text(encoding="utf-8"))["filename"])
    with ZipFile(archive_path, "w", ZIP_DEFLATED) as archive:
        for path in sorted(COMPONENT.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.write(path, path.relative_to(COMPONENT))
    return archive_path


def main() -> int:
    """Check the release and build its archive; return 1 if the release is wrong."""
    parser = argparse.ArgumentParser(prog="scripts/release", description="Build the archive in the current folder.")
    parser.add_argument("--tag", help="first check that this tag is a release of the version in manifest.json")
    tag = parser.parse_args().tag
    if tag is not None:
        version = json.loads((COMPONENT / "manifest.json").read_text(encoding="utf-8"))["version"]
        problems = find_problems(tag, version, (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
        # GitHub shows lines of this form as errors
        print("".join(f"::error::{problem}\n" for problem in problems), end="")
        if problems:
            return 1
    print(build(Path.cwd()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
