"""When a charging session has just started."""

from typing import Final

from .charging_reading import BatterySample
from .charging_session import ActiveSession, SessionUpdate

# A full car charges for some minutes now and then, to balance its cells
FULL_LEVEL: Final = 100


def started_session(
    before: ActiveSession | None, sample: BatterySample | None, update: SessionUpdate, *, is_charging: bool
) -> ActiveSession | None:
    """Return the session that an update has started; None if none, or if the car charges no longer.

    The start of a charge that is under way in the first state is no news, nor is that of a full car.

    Args:
        before: The session that was active before the update.
        sample: What was known of the battery before; None before the first state.
        update: The update.
        is_charging: Whether the car charges now.
    """
    started = update.active
    if started is None or sample is None or not is_charging:
        return None
    if started.start_level >= FULL_LEVEL or (before and before.start == started.start):
        return None
    return started
