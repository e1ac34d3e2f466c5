"""Play random histories of commands and print the seeds that disagree: scripts/interleavings [COUNT] [FIRST_SEED]."""

import sys
import time

import custom_components  # noqa: F401 - before the test plugin's own package of that name wins
from tests.support.interleavings import History


def main(count: int = 10_000, first: int = 0) -> int:
    """Play the histories, print the result, and return the exit code."""
    started, asked, posted, disagreements = time.monotonic(), 0, 0, 0
    for seed in range(first, first + count):
        history = History(seed).run()
        asked, posted = asked + history.asked, posted + history.posted
        if history.problems:
            disagreements += 1
            print(f"seed {seed}: {'; '.join(dict.fromkeys(history.problems))}", flush=True)
    seconds = time.monotonic() - started
    print(f"{count} histories, seeds {first} to {first + count - 1}, {seconds:.0f} seconds")
    print(f"{asked} commands asked for, {posted} posted, {disagreements} disagreements")
    return 1 if disagreements else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
