"""Run Home Assistant with the simulator's cars. Called by scripts/demo, which sets up the environments."""

import argparse
import asyncio
from contextlib import AsyncExitStack
import json
import signal
import sys
from typing import Final

from demo_options import parse_arguments
from instance import (
    BRAND_LABELS,
    BRANDS,
    PASSWORD,
    ROOT,
    USER,
    FrontendUser,
    Instance,
    StartFailed,
    recreate_folder,
    start_simulator,
)

DEMO_FOLDER: Final = ROOT / ".demo"
CLIENT_ID: Final = "demo-client"
CLIENT_SECRET: Final = "demo-secret"  # noqa: S105 - the simulator's


async def link_accounts(user: FrontendUser, simulator: str) -> None:
    """Add the credentials and link an account of each brand that has cars, unless already done.

    The URL for push notifications is set on every run, because Home Assistant's port may have changed.
    """
    linked = {entry["title"] for entry in await user.get_entries()}
    if not linked:
        await user.add_credentials(CLIENT_ID, CLIENT_SECRET)
    async with user.session.get(f"{simulator}/_control/vehicles") as response:
        brands = {vehicle["brand"] for vehicle in await response.json()}
    for brand in BRANDS:
        if brand in brands and BRAND_LABELS[brand] not in linked:
            result = await user.link_account(brand, simulator)
            if result.get("type") != "create_entry":
                raise StartFailed(f"{brand} could not be linked: {result}")
    await user.wait_until_loaded()
    for entry in await user.get_entries():
        await user.set_push_url(entry)
    await user.wait_until_loaded()
    await user.add_dashboard()


async def write_token(user: FrontendUser) -> None:
    """Write a long-lived token for scripts into the folder, unless there is a valid one."""
    path = DEMO_FOLDER / "token"
    if path.exists() and await user.is_valid_token(path.read_text(encoding="utf-8").strip()):
        return
    path.touch(mode=0o600)
    path.write_text(await user.create_long_lived_token() + "\n", encoding="utf-8")


async def start_demo(options: argparse.Namespace, stack: AsyncExitStack) -> None:
    """Start the simulator and Home Assistant, and link the accounts unless the user wants to.

    Args:
        options: command line options.
        stack: stops the started processes when it is closed.
    """
    home = Instance(ROOT / ".venv-newest" / "bin" / "python", DEMO_FOLDER / "config", options.port)
    await home.prepare()
    simulator_arguments = ["--speed", str(options.speed), "--state", str(DEMO_FOLDER / "simulator.json")]
    if options.fleet:
        simulator_arguments += ["--fleet", str(options.fleet)]
    simulator, url = await start_simulator(home.python, *simulator_arguments, port=options.simulator_port)
    stack.push_async_callback(simulator.stop)
    stack.push_async_callback(home.stop)
    await home.start()
    async with home.log_in_user() as user:
        if not options.no_accounts:
            await link_accounts(user, url)
        await write_token(user)
    print(f"demo ready: {home.url} user {USER} password {PASSWORD}")
    print(f"simulator: {url} client ID {CLIENT_ID} client secret {CLIENT_SECRET}", flush=True)


async def run(options: argparse.Namespace) -> None:
    """Start the demo and wait for a signal to stop, which may arrive at any time."""
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    if options.fresh or _has_changed_settings(options):
        recreate_folder(DEMO_FOLDER)
    (DEMO_FOLDER / "made.json").write_text(json.dumps(_demo_settings(options)), encoding="utf-8")
    async with AsyncExitStack() as stack:
        starting, stopping = asyncio.create_task(start_demo(options, stack)), asyncio.create_task(stop.wait())
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            await stopping
        starting.cancel()
        stopping.cancel()
        await asyncio.gather(starting, stopping, return_exceptions=True)


def _demo_settings(options: argparse.Namespace) -> dict[str, object]:
    """Return the settings that the accounts depend on."""
    return {
        "simulator_port": options.simulator_port,
        "fleet": options.fleet,
        "no_accounts": options.no_accounts,
    }


def _has_changed_settings(options: argparse.Namespace) -> bool:
    """Return whether there is no previous demo with the same settings."""
    settings_path = DEMO_FOLDER / "made.json"
    return not settings_path.exists() or json.loads(settings_path.read_text(encoding="utf-8")) != _demo_settings(
        options
    )


if __name__ == "__main__":
    try:
        asyncio.run(run(parse_arguments()))
    except StartFailed as err:
        sys.exit(f"demo: {err}")
