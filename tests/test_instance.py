"""The base of the demo and the end-to-end tests: the reader of a child process's output, and waiting for accounts."""

import sys
from typing import Any

import aiohttp
from instance import FrontendUser, Process, StartFailed
import pytest


@pytest.mark.parametrize("length", [10, 65_535, 65_536, 300_000])
async def test_long_line_does_not_end_the_reader(length: int) -> None:
    """Home Assistant would block on its full pipe."""
    code = f"print('a' * {length}); print('b' * {length}, 'end'); print('last', end='')"
    process = await Process.start(sys.executable, "-c", code)
    try:
        assert await process.wait_for_line("end", 30) == "b" * length + " end"
        await process.wait_for_line("last", 30)
        assert [len(line) for line in process.lines] == [length, length + 4, 4]
        with pytest.raises(StartFailed):
            await process.wait_for_line("never", 30)
    finally:
        await process.stop()


async def test_disabled_accounts_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo starts again after an account was disabled in it."""
    disabled: dict[str, Any] = {"title": "Opel", "state": "not_loaded", "disabled_by": "user"}

    async def get_entries(_user: FrontendUser) -> list[dict[str, Any]]:
        return [{"title": "Peugeot", "state": "loaded", "disabled_by": None}, disabled]

    monkeypatch.setattr(FrontendUser, "get_entries", get_entries)
    async with aiohttp.ClientSession() as session:
        user = FrontendUser("", session)
        await user.wait_until_loaded(0.25)
        disabled["disabled_by"] = None
        with pytest.raises(StartFailed):
            await user.wait_until_loaded(0.25)
