"""How long the end of a command that was given up is looked for."""

import asyncio
from types import SimpleNamespace

from homeassistant.util import dt as dt_util
import pytest

from custom_components.stellantis.api import ConnectionClosed, OutcomeUnknown, RemoteAction, StellantisError
from custom_components.stellantis.commands.late import LateCommands
from custom_components.stellantis.history.store import CarStore
from custom_components.stellantis.vehicle.command import Command, CommandResult, CommandType, RemoteUpdate
from tests.support.virtual_platform import VirtualLoop

MINUTE = 60.0
HOUR = 60 * MINUTE
OUTAGE = ConnectionClosed("down")
WITHOUT_LABELS = OutcomeUnknown("no labels")


async def watch(
    has_id: bool, outage: float, afterwards: str | StellantisError | None
) -> tuple[list[str], float, CarStore]:
    """Let two days pass after a command was given up. Return the results, hours until the last poll, and the store.

    Args:
        has_id: Whether the platform told the command's id.
        outage: Seconds in which the platform is not reachable.
        afterwards: Then: the status of the command, None if the platform's list lacks it, or an error.
    """
    loop = asyncio.get_running_loop()
    store, results, polled_at = CarStore(), list[str](), 0.0
    tasks = set[asyncio.Task[None]]()

    async def poll(_command: Command) -> list[RemoteUpdate]:
        nonlocal polled_at
        polled_at = loop.time()
        if polled_at < outage:
            raise OUTAGE
        if isinstance(afterwards, StellantisError):
            raise afterwards
        return [RemoteAction(remote_action_id="1", status=afterwards)] if afterwards else []

    async def add_result(result: CommandResult) -> None:
        results.append(result.status)

    entry = SimpleNamespace(
        async_create_background_task=lambda _hass, coroutine, _name: tasks.add(asyncio.ensure_future(coroutine))
    )
    account = SimpleNamespace(
        hass=SimpleNamespace(loop=loop), entry=entry, store=SimpleNamespace(async_schedule_save=lambda: None)
    )
    late = LateCommands(account, lambda: store, poll, add_result)  # type: ignore[arg-type] # doubles
    late.async_add(
        Command(
            type=CommandType.LOCK,
            body={"door": {"state": "Locked"}},
            label="1",
            started=dt_util.utcnow(),
            remote_action_id="1" if has_id else None,
        )
    )
    await asyncio.sleep(48 * HOUR)
    return results, polled_at, store


@pytest.mark.parametrize(
    ("has_id", "outage", "afterwards", "results", "first_hour", "last_hour"),
    [
        pytest.param(False, 5 * HOUR, "Success", ["success"], 5, 6.1, id="an outage hides the list"),
        pytest.param(True, 5 * HOUR, "Failed", ["failed"], 5, 6.1, id="an outage hides the command"),
        pytest.param(False, 5 * HOUR, None, [], 5, 6.1, id="the list lacks it after an outage"),
        pytest.param(False, 0, None, [], 0.1, 0.4, id="the list lacks it"),
        pytest.param(False, 0, WITHOUT_LABELS, [], 0.1, 0.4, id="the list never tells"),
        pytest.param(True, 0, "SentToVehicle", [], 23, 25.1, id="it never ends"),
        pytest.param(False, 48 * HOUR, None, [], 23, 25.1, id="an outage never ends"),
    ],
)
def test_end_is_looked_for(
    has_id: bool,
    outage: float,
    afterwards: str | StellantisError | None,
    results: list[str],
    first_hour: float,
    last_hour: float,
) -> None:
    loop = VirtualLoop()
    try:
        found, polled_at, store = loop.run_until_complete(watch(has_id, outage, afterwards))
    finally:
        loop.close()
    assert found == results
    assert first_hour * HOUR <= polled_at <= last_hour * HOUR
    assert store.late_commands == []
