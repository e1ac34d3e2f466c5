"""What can be set when a simulator is started."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """An application as the platform knows it."""

    client_id: str
    secret: str
    registered: bool = True


DEMO_CLIENT = Client(client_id="demo-client", secret="demo-secret")  # noqa: S106 - known to everybody, guards nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorConfig:
    """How a simulator starts.

    ``fleet`` is the number of cars (None: one of each character), ``brand`` puts them all into one account,
    ``start`` is the first simulated instant (None: now), ``speed`` is simulated seconds per real second
    (0 stands still), ``expires_in`` and ``code_lifetime`` are real seconds. ``day_limit`` and ``burst_limit``
    are calls in 24 hours and in one second, 0 for no limit. ``state`` is a file in which grants, callbacks, monitors
    and remotes outlive the simulator.
    """

    host: str = "127.0.0.1"
    port: int = 0
    seed: int = 1
    speed: float = 1.0
    start: datetime | None = None
    fleet: int | None = None
    brand: str | None = None
    routine: bool = True
    record: Path | None = None
    tls: Path | None = None
    state: Path | None = None
    clients: tuple[Client, ...] = ()
    expires_in: int = 3599
    code_lifetime: int = 60
    day_limit: int = 50_000
    burst_limit: int = 500
