"""What a car and its server can do wrong; scenarios set it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

# Changes a status body, given the time, before it is sent.
type Distortion = Callable[[dict[str, Any], float], dict[str, Any]]


@dataclass(slots=True, kw_only=True)
class Oddities:
    """The oddities of a car.

    Attributes:
        restarts_charges: Whether a charge that was stopped remotely starts again at the delayed time.
        distortions: What changes the status before it is sent, by scenario.
        ignored_remotes: The remotes that succeed without any effect.
        hidden_labels: Where the car's label is missing: "list", "branding".
    """

    restarts_charges: bool = False
    distortions: dict[str, Distortion] = field(default_factory=dict)
    ignored_remotes: frozenset[str] = frozenset()
    hidden_labels: frozenset[str] = frozenset()
