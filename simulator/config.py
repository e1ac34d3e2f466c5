"""The configuration of a simulator."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """An application; only one that is `registered` to the plan can use the API."""

    client_id: str
    secret: str
    registered: bool = True


DEMO_CLIENT = Client(client_id="demo-client", secret="demo-secret")  # noqa: S106 - public, protects nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorConfig:
    """The configuration of a simulator.

    Attributes:
        host: The address to listen on.
        port: The port to listen on; 0 for a free one.
        seed: Determines everything that is random.
        speed: Simulated seconds per real second; 0 stops the clock.
        start: When simulated time starts; None for now.
        fleet: The number of cars; None for one of each model.
        brand: The brand whose models are simulated; None for all brands.
        routine: Whether drivers follow their weekly routines; otherwise cars stay parked.
        record: A file to which all traffic is appended.
        tls: A directory with certificates; requires clients to have one.
        state: A file in which grants, callbacks, monitors and remotes outlive the simulator.
        clients: More applications that may use the API.
        expires_in: The lifetime of access tokens in real seconds.
        code_lifetime: The lifetime of authorization codes in real seconds.
        day_limit: The number of calls allowed in 24 hours; 0 for no limit.
        burst_limit: The number of calls allowed in one second; 0 for no limit.
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
