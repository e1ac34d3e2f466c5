"""A real Home Assistant with a linked account, that can be killed and started again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
import json
from pathlib import Path
import shutil
import sys
import time
from typing import Any, Final

import aiohttp
from crash_platform import BRAND, Platform
from crash_verdict import Sums
from instance import FrontendUser, Instance, StartFailed, free_port, recreate_folder

from simulator import Client

FOLDER: Final = Path(__file__).resolve().parent.parent / ".test" / "crashes"
CAR: Final = "peugeot_e_208"
# As little as an account needs, because each round starts it
CONFIGURATION: Final = """\
homeassistant:
  name: Crashes
  latitude: 48.8566
  longitude: 2.3522
  elevation: 35
  unit_system: metric
  currency: EUR
  country: FR
  language: en
  time_zone: Europe/Paris
  internal_url: http://127.0.0.1:{port}
api:
config:
recorder:
repairs:
logger:
  default: warning
  logs:
    homeassistant.bootstrap: info
    custom_components.stellantis: debug
"""
# Far more than a quiet machine needs
START_TIMEOUT: Final = 120.0
POLL_INTERVAL: Final = 0.05


class CrashUser(FrontendUser):
    """A user of a Home Assistant that may be killed while it answers."""

    async def press(self, button: str) -> None:
        """Press a button of the car, and wait until its action is done."""
        await self._act("button", "press", f"button.{CAR}_{button}")

    async def set_lock(self, *, locked: bool) -> None:
        """Lock or unlock the car."""
        await self._act("lock", "lock" if locked else "unlock", f"lock.{CAR}_central_locking")

    async def _act(self, domain: str, action: str, entity_id: str) -> None:
        await self._post(f"api/services/{domain}/{action}", json={"entity_id": entity_id})

    async def get_command_starts(self) -> list[datetime]:
        """Return when the commands were started whose results are known."""
        path = "api/services/stellantis/get_commands?return_response"
        response = await self._post(path, json={"entity_id": f"lock.{CAR}_central_locking"})
        (car,) = response["service_response"].values()
        return [datetime.fromisoformat(command["started"]) for command in car["commands"]]

    async def get_entry(self) -> dict[str, Any]:
        """Return the account's entry."""
        (entry,) = await self.get_entries()
        return entry

    async def reload(self) -> None:
        """Reload the account."""
        entry = await self.get_entry()
        await self._post(f"api/config/config_entries/entry/{entry['entry_id']}/reload")

    async def sign_in_again(self) -> None:
        """Do what the user is asked for when the consent was lost.

        Raises:
            StartFailed: the flow does not lead to the consent page.
        """
        flows = await self.send_websocket_command(type="config_entries/flow/progress")
        (flow,) = [flow for flow in flows if flow["handler"] == "stellantis" and flow["context"]["source"] == "reauth"]
        step = await self.submit_step(flow)
        if step["type"] != "external":
            raise StartFailed(f"the user cannot sign in again: {step}")
        await self.give_consent(step["url"])
        await self.get(f"api/config/config_entries/flow/{flow['flow_id']}")

    async def prepare_monitor(self, name: str) -> Callable[[], Any]:
        """Fill in the forms of a new monitor; return what submits the last one."""
        entry = await self.get_entry()
        path = "api/config/config_entries/subentries/flow"
        handler = [entry["entry_id"], "monitor"]
        flow = await self._post(path, json={"handler": handler})
        async with asyncio.timeout(START_TIMEOUT):
            while flow["type"] == "abort":  # it is not known yet whether push works
                await asyncio.sleep(POLL_INTERVAL)
                flow = await self._post(path, json={"handler": handler})
        path = f"{path}/{flow['flow_id']}"
        for user_input in (
            {"name": name},
            {"next_step_id": "data"},
            {"data": "electric_level"},
            {"threshold": {"type": "below", "value": {"active_choice": "number", "number": 20}}},
        ):
            await self._post(path, json=user_input)
        return lambda: self._post(path, json={"next_step_id": "finish"})

    async def get_monitors(self) -> dict[str, str]:
        """Return the monitors that the user has: their IDs on the platform by that of their subentry."""
        entry = await self.get_entry()
        subentries = await self.send_websocket_command(
            type="config_entries/subentries/list", entry_id=entry["entry_id"]
        )
        return {subentry["subentry_id"]: subentry["unique_id"] for subentry in subentries}

    async def remove_monitors(self) -> None:
        """Remove the user's monitors."""
        entry = await self.get_entry()
        for subentry_id in await self.get_monitors():
            await self.send_websocket_command(
                type="config_entries/subentries/delete", entry_id=entry["entry_id"], subentry_id=subentry_id
            )

    async def get_orphans(self) -> list[str]:
        """Return the labels of the monitors of which a repair issue says that they belong to nobody."""
        issues = (await self.send_websocket_command(type="repairs/list_issues"))["issues"]
        told = [issue for issue in issues if issue["issue_id"].startswith("monitors_of_nobody_")]
        lists = [issue["translation_placeholders"]["names"] for issue in told]
        return [line.removeprefix("- ") for names in lists for line in names.splitlines()]

    async def get_sums(self) -> Sums:
        """Return the statistics of the car."""
        listed = await self.send_websocket_command(type="recorder/list_statistic_ids")
        ids = [one["statistic_id"] for one in listed if one["source"] == "stellantis"]
        if not ids:
            return {}
        found = await self.send_websocket_command(
            type="recorder/statistics_during_period",
            start_time="2020-01-01T00:00:00+00:00",
            statistic_ids=ids,
            period="hour",
            types=["sum"],
        )
        return {name: {row["start"]: row["sum"] for row in rows} for name, rows in found.items()}

    async def wait_for_entry(self) -> bool:
        """Wait until the account is loaded, or the user has to sign in again; return whether it is loaded.

        Raises:
            StartFailed: neither.
        """
        state = ""
        for _ in range(round(START_TIMEOUT / POLL_INTERVAL)):
            state = (await self.get_entry())["state"]
            if state in {"loaded", "setup_error"}:
                return bool(state == "loaded")
            await asyncio.sleep(POLL_INTERVAL)
        raise StartFailed(f"the account is {state}")


@dataclass
class CrashHome(Instance):
    """A Home Assistant with one account.

    Attributes:
        user: its user, whose access outlives restarts.
    """

    user: CrashUser | None = None

    @property
    def owner(self) -> CrashUser:
        """The user."""
        assert self.user is not None  # noqa: S101 - set by `link`
        return self.user

    @property
    def lines(self) -> list[str]:
        """The output since the last start."""
        return self.process.lines if self.process else []

    async def link(self, platform: Platform, client: Client, session: aiohttp.ClientSession) -> None:
        """Link the account, point push to this Home Assistant, and wait until the credentials are on disk.

        Home Assistant writes new credentials after ten seconds. Killed before, it has an account without them.

        Raises:
            StartFailed: the credentials are not written in time.
        """
        async with self.log_in_user() as first:
            await first.add_credentials(client.client_id, client.secret)
            await first.link_account(BRAND, platform.url)
            self.user = CrashUser(self.url, session, await first.create_long_lived_token())
        await self.owner.wait_for_entry()
        await self.owner.set_push_url(await self.owner.get_entry())
        await self.owner.wait_for_entry()
        credentials = self.config / ".storage" / "application_credentials"
        if not await wait_until(lambda: not credentials.exists()):
            raise StartFailed("the credentials were not written")

    async def kill(self) -> None:
        """Kill Home Assistant, as a power cut or the kernel does."""
        assert self.process is not None  # noqa: S101 - it was started
        self.process.process.kill()
        await self.process.process.wait()

    def count_entities(self) -> int:
        """Return the number of registered entities of the integration."""
        registry = json.loads((self.config / ".storage" / "core.entity_registry").read_text(encoding="utf-8"))
        return sum(entity["platform"] == "stellantis" for entity in registry["data"]["entities"])

    def keep(self, name: str) -> Path:
        """Copy the configuration, to look at a fault; return the folder."""
        folder = FOLDER / name
        shutil.copytree(self.config, folder, symlinks=True)
        return folder


@asynccontextmanager
async def run_homes(platform: Platform, *clients: Client) -> AsyncIterator[list[CrashHome]]:
    """Run a Home Assistant for each application, all with an account of the same car."""
    python = Path(sys.executable)
    recreate_folder(FOLDER)
    homes = [CrashHome(python, FOLDER / client.client_id, free_port(), CONFIGURATION) for client in clients]
    async with AsyncExitStack() as stack:
        for home, client in zip(homes, clients, strict=True):
            connector = aiohttp.TCPConnector(force_close=True)  # a connection may be to one that was killed
            session = await stack.enter_async_context(aiohttp.ClientSession(f"{home.url}/", connector=connector))
            stack.push_async_callback(home.stop)
            await home.prepare()
            await home.start()
            await home.link(platform, client, session)
        yield homes


async def wait_until(check: Callable[[], Any], seconds: float = START_TIMEOUT) -> bool:
    """Wait until a check, which may be asynchronous, returns no faults; return whether it did in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        result = check()
        if not (await result if asyncio.iscoroutine(result) else result):
            return True
        await asyncio.sleep(POLL_INTERVAL)
    return False
