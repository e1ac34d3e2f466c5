"""The command line: `python -m simulator`."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
import asyncio
from collections.abc import Sequence
from pathlib import Path
import signal
import sys

from .app import Simulator
from .clock import MAX_SPEED
from .config import SimulatorConfig
from .http.hosts import parse_hosts
from .vehicle.brands import BRANDS

_HELP = """\
Each of the five brands has a driver, whose cars drive to work, charge at home, and sleep. Their history begins on
January 1, 2026. Sign in on the consent page as any driver. The application demo-client (secret demo-secret) may request
every scope. brand-app (brand-secret) reads all data with the scope "openid profile". limited-client (limited-secret)
may request only a few scopes.

  API            URL/connectedcar/v4/user, ...             all 36 operations
  OAuth          URL/am/oauth2/authorize, /access_token, /token/revoke
  control        URL/_control/vehicles, /clock, /faults, /remotes, ...   (from this machine only by default)
  notifications  are posted to webhooks on this machine; others are treated as unreachable by default

Examples:
  a day in a minute, for the cars of one brand
    python -m simulator --brand peugeot --speed 1440
  cars and a clock that stand still, for tests, with a record of the traffic
    python -m simulator --port 0 --no-routine --speed 0 --record traffic.jsonl
  keep tokens, webhooks, monitors, and commands for the next start
    python -m simulator --state simulator.json
  a token without a browser
    curl -d '{"brand": "opel"}' URL/_control/token
  plug in a car, and let two hours pass
    curl -X PATCH -d '{"level": 40, "plug": true, "charge": true}' URL/_control/vehicles/VIN
    curl -d '{"advance": 7200}' URL/_control/clock

See docs/simulator.md of the project for more.
"""


def main() -> None:
    """Run a simulator until it is interrupted; exit with a message if it cannot listen or read its state."""
    arguments = parse_arguments()
    try:
        asyncio.run(_serve(arguments))
    except KeyboardInterrupt:
        return
    except (OSError, ValueError) as error:
        sys.exit(f"simulator: {error}")


def parse_arguments(arguments: Sequence[str] | None = None) -> Namespace:
    """Return the options of the command line, or of the given arguments."""
    parser = ArgumentParser(
        prog=_program_name(),
        description="Simulate the Stellantis API for end users, with cars that drive, charge, and execute commands.",
        epilog=_HELP,
        formatter_class=RawDescriptionHelpFormatter,
    )
    world = parser.add_argument_group("the world")
    world.add_argument("--fleet", type=int, metavar="N", help="number of cars (default: one of each model)")
    world.add_argument("--brand", choices=sorted(BRANDS), help="put all cars into the account of one brand")
    world.add_argument("--seed", type=int, default=1, metavar="N", help="another seed makes other cars")
    world.add_argument("--no-routine", action="store_true", help="cars do nothing until you change them")
    world.add_argument(
        "--speed",
        type=_speed,
        default=1.0,
        metavar="X",
        help="simulated seconds per second: with 60, an hour takes a minute; 0 stops time (default: %(default)g)",
    )
    server = parser.add_argument_group("the server")
    server.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    server.add_argument("--port", type=int, default=8400, help="port, 0 for a free one (default: %(default)s)")
    server.add_argument(
        "--strict", action="store_true", help="follow the API description where real servers behave differently"
    )
    server.add_argument(
        "--state", type=Path, metavar="FILE", help="keep tokens, callbacks, monitors, commands, and the clock in FILE"
    )
    server.add_argument(
        "--record", type=Path, metavar="FILE", help="append each request and notification to FILE as a JSON line"
    )
    server.add_argument(
        "--tls",
        type=Path,
        metavar="DIR",
        help="use HTTPS and reject clients without a certificate; the certificates are created in DIR",
    )
    server.add_argument(
        "--allow-remote-control",
        action="store_true",
        help="answer control calls from other machines, too, such as the host of a container",
    )
    server.add_argument(
        "--allow-webhook-hosts",
        type=_hosts,
        default=(),
        metavar="HOST,...",
        help="post notifications to these hosts, too: names, addresses, networks, or * for every host",
    )
    return parser.parse_args(arguments)


def _program_name() -> str:
    name = Path(sys.argv[0]).name
    return "python -m simulator" if name == "__main__.py" else name


def _hosts(text: str) -> tuple[str, ...]:
    try:
        return parse_hosts(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


def _speed(text: str) -> float:
    value = float(text)
    if not 0 <= value <= MAX_SPEED:
        raise ArgumentTypeError(f"must be from 0 to {MAX_SPEED}")
    return value


async def _serve(arguments: Namespace) -> None:
    config = SimulatorConfig(
        host=arguments.host,
        port=arguments.port,
        seed=arguments.seed,
        speed=arguments.speed,
        fleet=arguments.fleet,
        brand=arguments.brand,
        routine=not arguments.no_routine,
        record=arguments.record,
        tls=arguments.tls,
        state=arguments.state,
        strict=arguments.strict,
        allow_remote_control=arguments.allow_remote_control,
        webhook_hosts=arguments.allow_webhook_hosts,
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with Simulator(config) as simulator:
        print(f"simulator ready on {simulator.url}", flush=True)  # noqa: T201 - the only output
        await stop.wait()


if __name__ == "__main__":
    main()
