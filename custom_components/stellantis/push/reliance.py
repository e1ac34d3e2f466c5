"""Whether polling may rely on push: unproven → relied on → doubted. Pure values, without a clock."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

# Seconds after a missed notification before an arrival counts again, doubled by each further doubt up to the maximum
MIN_DOUBT_PERIOD: Final = 3600.0
MAX_DOUBT_PERIOD: Final = 86400.0
# Seconds without a missed notification after which earlier doubts are forgotten
FORGET_DOUBTS_AFTER: Final = 86400.0


class Trust(Enum):
    """How far push has proved itself."""

    # Nothing has arrived at the present address yet
    UNPROVEN = auto()
    RELIED_ON = auto()
    # A notification was missed
    DOUBTED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliance:
    """Whether the notifications of a car are relied on.

    Attributes:
        trust: How far push has proved itself.
        since: When that changed, or when the last notification was missed; seconds of the event loop's clock.
        doubts: How often notifications were missed lately.
    """

    trust: Trust = Trust.UNPROVEN
    since: float = 0.0
    doubts: int = 0

    @property
    def is_relied_on(self) -> bool:
        """Whether polling may be reduced."""
        return self.trust is Trust.RELIED_ON


def after_arrival(reliance: Reliance, now: float, *, is_own: bool) -> Reliance:
    """Return the state after a notification has arrived at the present address.

    Any notification proves the address. A doubt ends only with one of the car's own monitors, and not at once.

    Args:
        reliance: The state before.
        now: The time of the arrival, in seconds.
        is_own: Whether it is a notification of one of our monitors of this car.
    """
    if reliance.trust is Trust.UNPROVEN:
        return Reliance(trust=Trust.RELIED_ON, since=now)
    if reliance.trust is Trust.DOUBTED and is_own and now - reliance.since >= doubt_period(reliance.doubts):
        return Reliance(trust=Trust.RELIED_ON, since=now, doubts=reliance.doubts)
    return reliance


def after_miss(reliance: Reliance, now: float) -> Reliance:
    """Return the state after a notification was missed."""
    if reliance.trust is Trust.UNPROVEN:
        return reliance
    if reliance.trust is Trust.DOUBTED:
        return Reliance(trust=Trust.DOUBTED, since=now, doubts=reliance.doubts)
    doubts = 0 if now - reliance.since >= FORGET_DOUBTS_AFTER else reliance.doubts
    return Reliance(trust=Trust.DOUBTED, since=now, doubts=doubts + 1)


def doubt_period(doubts: int) -> float:
    """Return the seconds after a missed notification before an arrival ends the doubt."""
    return min(MIN_DOUBT_PERIOD * 2.0 ** (doubts - 1), MAX_DOUBT_PERIOD)
