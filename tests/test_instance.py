"""The reader of a child process's output, on which the demo and the end-to-end tests depend."""

import sys

from instance import Process, StartFailed
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
