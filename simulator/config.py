"""The configuration of a simulator."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """An application.

    Attributes:
        client_id: Its id.
        secret: Its secret.
        registered: Whether it is registered to the plan; otherwise it cannot use the API.
        scopes: The scopes that it is registered for; asking for another one is an error. None for all scopes.
        reads_everything: Whether it reads all data whatever the granted scopes, as the brands' own apps do.
    """

    client_id: str
    secret: str
    registered: bool = True
    scopes: frozenset[str] | None = None
    reads_everything: bool = False


# Their secrets are public and protect nothing.
DEMO_CLIENT = Client(client_id="demo-client", secret="demo-secret")  # noqa: S106
# Registered as the brands' own apps are.
BRAND_APP_CLIENT = Client(
    client_id="brand-app",
    secret="brand-secret",  # noqa: S106
    scopes=frozenset({"openid", "profile", "email"}),
    reads_everything=True,
)
# Registered for fewer scopes than applications ask for.
LIMITED_CLIENT = Client(
    client_id="limited-client",
    secret="limited-secret",  # noqa: S106
    scopes=frozenset({"openid", "profile", "email", "data:telemetry", "data:trip", "remote:door:write"}),
)
CLIENTS = (DEMO_CLIENT, BRAND_APP_CLIENT, LIMITED_CLIENT)


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
        strict: Whether the server behaves as the API's description says, also where the real platform was seen to
            behave differently.
        routine: Whether drivers follow their weekly routines; otherwise cars stay parked.
        record: A file to which all traffic is appended.
        tls: A directory with certificates; requires clients to have one.
        allow_remote_control: Whether the control interface answers other machines, too.
        webhook_hosts: Hosts other than this machine whose webhooks are called: names, addresses, networks, or *.
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
    strict: bool = False
    routine: bool = True
    record: Path | None = None
    tls: Path | None = None
    allow_remote_control: bool = False
    webhook_hosts: tuple[str, ...] = ()
    state: Path | None = None
    clients: tuple[Client, ...] = ()
    expires_in: int = 3599
    code_lifetime: int = 60
    day_limit: int = 50_000
    burst_limit: int = 500
