"""Random bodies of a car's status: parts come, change and go, and their times stand still, go back or run ahead."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import orjson

from tests.api.bodies import OLD_STATUS, STATUS

FIXTURES: Final = Path(__file__).resolve().parents[1] / "fixtures" / "status"
BODIES: Final = (STATUS, OLD_STATUS, *(orjson.loads(path.read_bytes()) for path in sorted(FIXTURES.glob("*.json"))))
NOW: Final = datetime(2026, 3, 10, 12, tzinfo=UTC)
TIMES: Final = ("createdAt", "updatedAt")
# Members that decide much, with values of them
TELLING: Final[dict[str, tuple[Any, ...]]] = {
    "moving": (True, False, None),
    "plugged": (True, False, None),
    "status": ("InProgress", "Disconnected", "Stopped", "Finished", "Enabled"),
    "state": ("None", "Geolocation", "Full", "Open", "Closed"),
    "level": (0, 20, 20.5, 80, 100, None),
    "autonomy": (0, 100, 250, None),
    "mileage": (1000.0, 1001.0, 999.0, 500.0, 90000.0, 0),
    "residual": (0, 10, 40, None),
}


def change_body(random: Random, last: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Return a body after the last one: one of the parts is another, or the whole body."""
    source = random.choice(BODIES)
    if not last or random.random() < 0.1:
        return {**_changed(source, random, now, 0.5), "createdAt": _time(random, now)}
    name = random.choice(sorted(source | last))
    body = {**last, name: source[name]} if name in source else {**last}
    if random.random() < 0.15:
        body.pop(name, None)
    changed = {
        other: part if random.random() < 0.6 else _changed(part, random, now, 0.3) for other, part in body.items()
    }
    return {**changed, **{time: _time(random, now) for time in TIMES if random.random() < 0.8}}


def _changed(value: Any, random: Random, now: datetime, share: float) -> Any:
    """Return a part of a body with other times and values, and without some of its members."""
    if isinstance(value, list):
        items = [_changed(item, random, now, share) for item in value if random.random() > share / 5]
        random.shuffle(items)
        return items
    if not isinstance(value, dict):
        return value
    changed = {}
    for name, member in value.items():
        if random.random() < share / 10:
            continue
        changed[name] = _changed(member, random, now, share)
        if name in TIMES and random.random() < share:
            changed[name] = _time(random, now)
        elif name in TELLING and random.random() < share and not isinstance(member, dict | list):
            changed[name] = random.choice(TELLING[name])
    return changed


def _time(random: Random, now: datetime) -> str:
    """Return a time that a car may report: usually a little ago, at times long ago or ahead of now."""
    choices: tuple[Callable[[], float], ...] = (
        lambda: -random.uniform(0, 5),
        lambda: -5.0,
        lambda: -random.uniform(20, 40),
        lambda: -random.uniform(1000, 20000),
        lambda: random.uniform(0, 10),
        lambda: random.uniform(60, 5000),
    )
    minutes = random.choices(choices, (6, 2, 2, 1, 1, 0.5))[0]()
    return (now + timedelta(minutes=minutes)).isoformat()
