"""The moments of an entry's life at which faults are injected."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntryState, ConfigFlowResult
from homeassistant.data_entry_flow import FlowResultType

from custom_components.stellantis.api.requests import Lock
from custom_components.stellantis.const import CONF_PUSH_URL
from tests.support.certificates import entry_certificate
from tests.support.commands import get_error_key
from tests.support.config_flow import configure, start_entry_flow

from .faults import Fault, Kind
from .injection import Target
from .world import World

# It takes connections, but the platform has nothing to post
PUSH_URL: Final = "http://127.0.0.1:9"
POLLS: Final = 4
API: Final[tuple[Target, ...]] = ((None, "/user*"),)
TOKENS: Final[tuple[Target, ...]] = (("POST", "/am/oauth2/access_token"),)
EVERYTHING: Final[tuple[Target, ...]] = ((None, "/user*"), ("POST", "/am/oauth2/*"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A moment of an entry's life.

    Attributes:
        name: How the documentation names it.
        prepare_fn: Brings the entry to the moment before.
        provoke_fn: Does what the fault disturbs, and records what the entities show.
        retry_fn: Does it again when the fault is over; None if nobody has to.
        targets: The requests to which faults of the platform apply.
        token_targets: The requests to which faults of the authorization server apply; empty if there are none.
    """

    name: str
    prepare_fn: Callable[[World, Fault], Awaitable[None]]
    provoke_fn: Callable[[World], Awaitable[None]]
    retry_fn: Callable[[World], Awaitable[None]] | None = None
    targets: tuple[Target, ...] = API
    token_targets: tuple[Target, ...] = TOKENS

    def targets_of(self, fault: Fault) -> tuple[Target, ...]:
        """Return the requests to which a fault applies."""
        return self.token_targets if fault.kind in OAUTH_KINDS else self.targets


OAUTH_KINDS: Final = frozenset({Kind.GRANT, Kind.CLIENT, Kind.AUTHORIZATION})


async def _create(world: World, fault: Fault) -> None:
    """Create the entry, without setting it up."""
    await world.set_up(setup=False)
    if fault.kind is Kind.CERTIFICATE:
        world.update_data(**entry_certificate(-1))
    if fault.kind in OAUTH_KINDS:
        world.expire_token()


async def _load(world: World, fault: Fault) -> None:
    """Create the entry and set it up."""
    await world.set_up(setup=False)
    if fault.kind is Kind.CERTIFICATE:
        world.update_data(**entry_certificate(-1))
    await world.load()
    assert world.is_available
    world.remember_states()


async def _load_with_push(world: World, fault: Fault) -> None:
    await world.set_up(setup=False)
    world.hass.config_entries.async_update_entry(world.entry, options={CONF_PUSH_URL: PUSH_URL})
    await world.load()
    assert world.monitors.data
    world.remember_states()


async def _load_with_files(world: World, fault: Fault) -> None:
    """Set the entry up, and save its data."""
    await _load(world, fault)
    await world.entry.runtime_data.account.store.async_save()
    assert world.files


async def _load_to_restart(world: World, fault: Fault) -> None:
    """Set the entry up, and unload it unless the fault disturbs that."""
    await _load(world, fault)
    if fault.kind is not Kind.DISK:
        await world.unload()
    if fault.kind in OAUTH_KINDS:
        world.expire_token()


async def _set_up(world: World) -> None:
    if world.entry.state is ConfigEntryState.LOADED:
        await world.unload()
    await world.load()
    world.watch()


async def _poll(world: World) -> None:
    for _ in range(POLLS):
        await world.pass_time()
        world.watch()


async def _refresh(world: World) -> None:
    world.expire_token()
    await _poll(world)


async def _send_command(world: World) -> None:
    world.before = {}  # the car does not stay as it is
    await world.control.patch(world.car.vin, lock=False)
    await world.car.status.async_refresh()
    task = world.hass.async_create_task(world.car.commands.async_send(Lock()))
    while not task.done():
        world.simulator.world.clock.advance(60)
        await asyncio.sleep(0.005)
    world.error = await get_error_key(task)
    await world.settle()
    world.watch()


async def _send_again(world: World) -> None:
    await _send_command(world)
    assert world.error is None, world.error
    remotes = await world.control.get("remotes")
    assert len(remotes) == 1, "the first one was not executed"


async def _synchronize(world: World) -> None:
    for _ in range(3):
        await world.monitors.async_refresh()
        await world.settle()
        world.watch()


async def _reconfigure(world: World) -> None:
    flow = await start_entry_flow(world.hass, world.entry, SOURCE_RECONFIGURE)
    flow = await configure(
        world.hass, flow, environment="custom", url=world.simulator.url, use_certificate=False, choose_redirect=True
    )
    world.flow = await world.sign_in(flow)
    await world.settle()
    world.error = _error_of(world.flow)
    world.watch()


async def _reconfigure_again(world: World) -> None:
    """Go on with the flow; begin anew if it has ended."""
    flow = world.flow
    if flow["type"] is FlowResultType.ABORT:
        await _reconfigure(world)
        return
    flow = await configure(world.hass, flow)
    if flow["type"] is FlowResultType.MENU:
        flow = await world.sign_in(flow)
    await world.settle()
    world.error = _error_of(flow)


def _error_of(flow: ConfigFlowResult) -> str | None:
    if flow["type"] is FlowResultType.ABORT:
        return None if flow["reason"] == "reconfigure_successful" else flow["reason"]
    return (flow.get("errors") or {}).get("base")


async def _remove(world: World) -> None:
    world.expire_token()
    await world.hass.config_entries.async_remove(world.entry.entry_id)
    await world.settle()
    world.watch()


async def _add_again(world: World) -> None:
    await world.set_up(setup=False)
    await world.load()


SETUP: Final = Moment(name="setup", prepare_fn=_create, provoke_fn=_set_up)
POLLING: Final = Moment(name="polling", prepare_fn=_load, provoke_fn=_poll, token_targets=())
REFRESH: Final = Moment(name="token refresh", prepare_fn=_load, provoke_fn=_refresh, targets=TOKENS)
COMMAND: Final = Moment(
    name="command",
    prepare_fn=_load,
    provoke_fn=_send_command,
    retry_fn=_send_again,
    targets=(("POST", "/user/vehicles/*"),),
    token_targets=(),
)
CALLBACK: Final = Moment(
    name="callback check",
    prepare_fn=_load_with_push,
    provoke_fn=_synchronize,
    targets=((None, "/user/callbacks*"),),
    token_targets=(),
)
RECONFIGURE: Final = Moment(
    name="reconfiguration", prepare_fn=_load, provoke_fn=_reconfigure, retry_fn=_reconfigure_again
)
REMOVAL: Final = Moment(
    name="removal",
    prepare_fn=_load_with_files,
    provoke_fn=_remove,
    retry_fn=_add_again,
    targets=EVERYTHING,
    token_targets=(("POST", "/am/oauth2/*"),),
)
RESTART: Final = Moment(name="restart", prepare_fn=_load_to_restart, provoke_fn=_set_up)
MOMENTS: Final = (SETUP, POLLING, REFRESH, COMMAND, CALLBACK, RECONFIGURE, REMOVAL, RESTART)
