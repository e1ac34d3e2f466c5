"""Random interleavings of command, poll, push, the driver's hand, restarts, lost responses and late ends."""

from tests.support.interleavings import History

HISTORIES = 150  # scripts/interleavings plays more


def test_histories_end_in_agreement() -> None:
    """At rest, the entities show what the car is, and each command was posted once."""
    problems = {seed: found for seed in range(HISTORIES) if (found := History(seed).run().problems)}
    assert problems == {}
