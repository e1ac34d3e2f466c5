"""Print the requirements of the integrations that the demo and the tests use, from Home Assistant's manifests."""

import json
from pathlib import Path

from homeassistant.auth.mfa_modules import totp
import homeassistant.components
from homeassistant.const import Platform

# Integrations of the demo and the tests; others are dependencies of the recorder and conversation
INTEGRATIONS = (
    "analytics",
    "api",
    "application_credentials",
    "automation",
    "config",
    "conversation",
    "energy",
    "frontend",
    "history",
    "hardware",
    "hassio",
    "homekit",
    "image_upload",
    "logbook",
    "map",
    "mobile_app",
    "person",
    "recorder",
    "script",
    "stream",
    "sun",
    "system_health",
    "webhook",
    "zone",
)


def collect_requirements(names: tuple[str, ...]) -> set[str]:
    """Return the requirements of the integrations and of their dependencies."""
    root = Path(homeassistant.components.__path__[0])
    pending, seen, collected = list(names), set[str](), set[str]()
    while pending:
        name = pending.pop()
        if name in seen or not (path := root / name / "manifest.json").exists():
            continue
        seen.add(name)
        manifest = json.loads(path.read_text(encoding="utf-8"))
        collected.update(manifest.get("requirements", ()))
        pending += manifest.get("dependencies", ())
    return collected


if __name__ == "__main__":
    print("\n".join(sorted({*totp.REQUIREMENTS, *collect_requirements((*INTEGRATIONS, *Platform))})))
