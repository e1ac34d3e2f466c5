"""The demo: the simulator's cars in a running Home Assistant. Called by scripts/demo, which sets up."""

import argparse
import asyncio
import signal
import sys
from typing import Final

from instance import BRANDS, PASSWORD, ROOT, USER, Instance, Person, Process, StartFailed, fresh, start_simulator

FOLDER: Final = ROOT / ".demo"
CLIENT_ID: Final = "demo-client"
CLIENT_SECRET: Final = "demo-secret"  # noqa: S105 - the simulator's


def arguments() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo", description="Run Home Assistant with the simulator's cars in it."
    )
    parser.add_argument("--port", type=int, default=8123, help="Home Assistant's port (8123)")
    parser.add_argument("--simulator-port", type=int, default=8900, help="the simulator's port (8900)")
    parser.add_argument("--fleet", type=int, help="how many cars (one of each kind)")
    parser.add_argument("--speed", type=float, default=1.0, help="how fast the simulated time runs (1)")
    parser.add_argument("--fresh", action="store_true", help="forget the last demo")
    return parser.parse_args()


async def link_accounts(person: Person, simulator: str) -> None:
    """Enter the credentials and link an account of each brand that has cars, unless that was done in an earlier run."""
    linked = {entry["title"] for entry in await person.entries()}
    if not linked:
        await person.add_credentials(CLIENT_ID, CLIENT_SECRET)
    async with person.session.get(f"{simulator}/_control/vehicles") as response:
        brands = {vehicle["brand"].lower().replace("ë", "e") for vehicle in await response.json()}
    for brand in BRANDS:
        if brand in brands and not any(brand == title.lower().replace("ë", "e") for title in linked):
            done = await person.link(brand, simulator)
            if done.get("type") != "create_entry":
                raise StartFailed(f"{brand} could not be linked: {done}")


async def keep_token(person: Person) -> None:
    """Leave a token for scripts in the folder: the last demo's, if it is still good."""
    path = FOLDER / "token"
    if path.exists() and await person.is_good(path.read_text(encoding="utf-8").strip()):
        return
    path.touch(mode=0o600)
    path.write_text(await person.long_lived_token() + "\n", encoding="utf-8")


async def run(options: argparse.Namespace) -> None:
    """Bring all up, say so, and wait to be stopped."""
    if options.fresh:
        fresh(FOLDER)
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    simulator: Process | None = None
    home = Instance(ROOT / ".venv-newest" / "bin" / "python", FOLDER / "config", options.port)
    try:
        fleet = ("--fleet", str(options.fleet)) if options.fleet else ()
        (simulator, url), _ = await asyncio.gather(
            start_simulator(home.python, "--speed", str(options.speed), *fleet, port=options.simulator_port),
            home.prepare(),
        )
        await home.start()
        async with home.person() as person:
            await link_accounts(person, url)
            await keep_token(person)
        print(f"demo ready: {home.url} user {USER} password {PASSWORD}", flush=True)
        await stop.wait()
    finally:
        await home.stop()
        if simulator is not None:
            await simulator.stop()


if __name__ == "__main__":
    try:
        asyncio.run(run(arguments()))
    except StartFailed as err:
        sys.exit(f"demo: {err}")
