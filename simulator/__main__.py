"""python -m simulator."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
import asyncio
from contextlib import suppress
from pathlib import Path
import signal

from .app import Simulator
from .brands import BRANDS
from .config import SimulatorConfig

_HELP = """\
Five drivers, one for each brand, and their cars. Sign in on the consent page as any of them; the application is
demo-client with the secret demo-secret.

  OAuth    URL/am/oauth2/authorize, /access_token, /token/revoke
  API      URL/connectedcar/v4/user, ...
  control  URL/_control/vehicles, /clock, /faults, ... (from this machine only)

docs/simulator.md says more.
"""


def main() -> None:
    """Run a simulator until it is interrupted."""
    arguments = _parse()
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(arguments))


def _parse() -> Namespace:
    parser = ArgumentParser(
        prog="python -m simulator",
        description="The platform on your desk: Stellantis' API for end users, with cars that drive and charge.",
        epilog=_HELP,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8400, help="port, 0 for a free one (default: %(default)s)")
    parser.add_argument("--record", type=Path, metavar="FILE", help="append each exchange to FILE as a JSON line")
    parser.add_argument("--speed", type=_positive, default=1.0, metavar="X", help="simulated seconds per second")
    parser.add_argument("--fleet", type=int, metavar="N", help="number of cars (default: one of each model)")
    parser.add_argument("--brand", choices=sorted(BRANDS), help="put all cars into the account of one brand")
    parser.add_argument("--no-routine", action="store_true", help="cars stand still until control moves them")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="another seed is another world")
    parser.add_argument(
        "--tls",
        type=Path,
        metavar="DIR",
        help="serve https and refuse clients without a certificate; CA, server and client certificates are made in DIR",
    )
    return parser.parse_args()


def _positive(text: str) -> float:
    value = float(text)
    if value < 0:
        raise ArgumentTypeError("must not be negative")
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
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with Simulator(config) as simulator:
        print(f"simulator ready on {simulator.url}", flush=True)  # noqa: T201 - its one line of output
        await stop.wait()


if __name__ == "__main__":
    main()
