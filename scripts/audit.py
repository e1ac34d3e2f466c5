"""Look up known vulnerabilities of the pinned packages. Without a network, or without advisories in it, say so."""

import json
from pathlib import Path
import subprocess
import sys

ROOT = Path(__file__).resolve().parent.parent
TOOL = "pip-audit==2.10.1"
TIMEOUT = 30  # seconds


def main() -> int:
    """Return 1 if a pinned package has a known vulnerability."""
    command = ["scripts/uv", "tool", "run", "-q", TOOL, "--requirement", "requirements_dev.txt"]
    options = ["--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
    try:
        result = subprocess.run(
            [*command, *options], cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
        packages = json.loads(result.stdout)["dependencies"]
    except OSError, ValueError, LookupError, subprocess.TimeoutExpired:
        print("Audit of the packages: not done, since the advisories cannot be reached")
        return 0
    vulnerable = [package for package in packages if package.get("vulns")]
    for package in vulnerable:
        for found in package["vulns"]:
            fixed = ", ".join(found["fix_versions"]) or "no version"
            print(f"{package['name']} {package['version']}: {found['id']}, fixed in {fixed}")
    skipped = sum("skip_reason" in package for package in packages)
    without = f", {skipped} without advisories in the package registry" if skipped else ""
    print(f"Audit of the packages: {len(packages)} pinned, {len(vulnerable)} vulnerable{without}")
    return int(bool(vulnerable))


if __name__ == "__main__":
    sys.exit(main())
