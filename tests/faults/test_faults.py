"""The table of faults and moments: what is shown, logged and reported is as expected, and all is well afterwards."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import HomeAssistant
import pytest

from custom_components.stellantis.commands import queue as command_queue
from simulator import Simulator
from tests.conftest import Link
from tests.support.certificates import entry_certificate
from tests.support.config_flow import Flow, configure, consent_url, submit_consent
from tests.support.disk import hass_config_dir, hass_storage  # noqa: F401 - fixtures
from tests.support.helpers import Control

from .faults import FAULTS, Fault, Kind
from .injection import injected
from .moments import CALLBACK, COMMAND, POLLING, RECONFIGURE, REFRESH, REMOVAL, RESTART, SETUP, Moment
from .verdicts import VERDICTS, Recovery, Verdict, all_cells, expected_word
from .world import World


@pytest.fixture
def world(
    hass: HomeAssistant,
    link: Link,
    simulator: Simulator,
    control: Control,
    caplog: pytest.LogCaptureFixture,
    link_with_pasted_url: Flow,
    immediate_retries: None,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    """A running Home Assistant, whose retries and polls of commands need no waiting."""
    monkeypatch.setattr(command_queue, "POLL_DELAYS", (0.005,))
    simulator.world.clock.advance(datetime.now(UTC).timestamp() - simulator.world.clock.now())

    async def sign_in(flow: Any) -> Any:
        return await link_with_pasted_url(flow)

    return World(hass=hass, link=link, simulator=simulator, control=control, caplog=caplog, sign_in=sign_in)


async def check_cell(world: World, fault: Fault, moment: Moment) -> None:
    """Check what is seen during a fault, and after it; the entry is at the moment before."""
    verdict = VERDICTS[expected_word(fault, moment) or ""]
    world.forget()
    async with injected(world, fault, moment.targets_of(fault)):
        await moment.provoke_fn(world)
    check_during(world, fault, moment, verdict)
    await recover(world, moment, verdict)
    check_after(world, verdict)


def check_during(world: World, fault: Fault, moment: Moment, verdict: Verdict) -> None:
    """Check what is seen while a fault lasts."""
    seen = replace(
        verdict,
        entry=world.entry.state.value if world.is_linked else "removed",
        entities=describe(world.availability),
        down=" ".join(level for level, _ in world.problems) or None,
        repairs=world.repairs,
    )
    assert seen == verdict, (world.problems, world.reason, world.error)
    assert not world.stack_traces
    assert not world.recoveries
    if verdict.entry.startswith("setup"):
        assert world.reason == fault.reason
    assert bool(world.error) is (verdict.recovery is Recovery.RETRY)
    if moment is RECONFIGURE and world.error:
        assert world.error == fault.reason
    if not world.is_linked:
        assert bool(world.files) is (verdict.recovery is Recovery.DELETE)


def check_after(world: World, verdict: Verdict) -> None:
    """Check that everything is as it was before a fault."""
    assert world.entry.state.value == "loaded"
    assert world.is_available
    after = world.states
    assert not {name: (state, after.get(name)) for name, state in world.before.items() if after.get(name) != state}
    assert not world.repairs
    assert len(world.problems) == (verdict.down is not None), world.problems
    assert not world.stack_traces
    assert world.recoveries == verdict.is_end_logged


def describe(availability: Iterable[bool]) -> str:
    """Return in words how the availability of the entities has changed."""
    words = ["kept" if is_available else "unavailable" for is_available in availability]
    return ", then ".join(word for number, word in enumerate(words) if word not in words[:number])


async def recover(world: World, moment: Moment, verdict: Verdict) -> None:
    """Do what it takes after a fault."""
    if verdict.recovery is Recovery.SIGN_IN:
        await sign_in_again(world)
    elif verdict.recovery is Recovery.CERTIFICATE:
        world.update_data(**entry_certificate(60))
        await world.hass.config_entries.async_reload(world.entry.entry_id)
    elif (moment.retry_fn and verdict.recovery is not Recovery.NOTHING) or not world.is_linked:
        assert moment.retry_fn
        await world.pass_time()
        await moment.retry_fn(world)
    else:
        for _ in range(2):
            await world.pass_time()
    await world.settle()


async def sign_in_again(world: World) -> None:
    """Sign in as Home Assistant asks for it."""
    if not world.repairs:
        await world.pass_time()
    (flow,) = world.hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH
    shown = await configure(world.hass, flow)
    redirect_url = await submit_consent(consent_url(shown))
    await configure(world.hass, shown, redirected_url=str(redirect_url))


def moment_to_check(fault: Fault) -> Moment | None:
    """Return the moment at which a fault is checked every day; None if it is checked with the others."""
    return {
        Kind.GRANT: SETUP,
        Kind.CLIENT: REFRESH,
        Kind.AUTHORIZATION: REFRESH,
        Kind.CERTIFICATE: POLLING,
        Kind.CLOCK: RECONFIGURE,
        Kind.DISK: REMOVAL,
        Kind.STORE: RESTART,
    }.get(fault.kind)


def cell_id(value: Fault | Moment) -> str:
    """Return the part of a test's name that names a fault or a moment."""
    return value.test_id if isinstance(value, Fault) else value.name


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "moment"), [(fault, moment) for fault, moment, _ in all_cells()], ids=cell_id)
async def test_every_fault_at_every_moment(world: World, fault: Fault, moment: Moment) -> None:
    await moment.prepare_fn(world, fault)
    await check_cell(world, fault, moment)


async def test_faults_of_the_platform_one_after_another(world: World) -> None:
    """The entry is never reloaded."""
    faults = [fault for fault in FAULTS if moment_to_check(fault) is None]
    await POLLING.prepare_fn(world, faults[0])
    for fault in faults:
        await check_cell(world, fault, POLLING)


async def test_faults_of_the_authorization_server_one_after_another(world: World) -> None:
    faults = [fault for fault in FAULTS if moment_to_check(fault) is REFRESH]
    await REFRESH.prepare_fn(world, faults[0])
    for fault in faults:
        await check_cell(world, fault, REFRESH)


@pytest.mark.parametrize(
    ("fault", "moment"),
    [
        *((fault, moment) for fault in FAULTS if (moment := moment_to_check(fault)) not in (None, REFRESH)),
        *((fault, moment) for fault in FAULTS if fault.name == "status 503" for moment in (COMMAND, CALLBACK)),
    ],
    ids=cell_id,
)
async def test_other_faults(world: World, fault: Fault, moment: Moment) -> None:
    await moment.prepare_fn(world, fault)
    await check_cell(world, fault, moment)
