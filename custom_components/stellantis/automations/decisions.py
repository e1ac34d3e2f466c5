"""What triggers and conditions decide: pure functions over what entities show and what a car reported."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from ..history.events import drop_none
from ..vehicle.charge_limit import NO_LIMIT, ChargeLimitRecord, ChargeReport
from ..vehicle.charging_status import COMPLETE, ERROR

# Attributes of event entities that are not part of the event
ENTITY_ATTRIBUTES: Final = frozenset(("event_type", "event_types", "friendly_name", "icon"))

# Another account may know a later start of the same charge: that of its own first report. More is another charge
MAX_START_DIFFERENCE: Final = timedelta(minutes=15)
# How many charges of a car are remembered, because another account may report them late
MAX_TOLD_CHARGES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class TripFilter:
    """Which trips trigger an automation.

    Attributes:
        min_distance: The shortest trip, in km.
        min_duration: The shortest time.
        from_zone: The entity of the zone where the trip starts.
        to_zone: The entity of the zone where it ends.
    """

    min_distance: float | None = None
    min_duration: timedelta | None = None
    from_zone: str | None = None
    to_zone: str | None = None

    def matches(self, trip: Mapping[str, Any], is_in_zone: Callable[[str, float, float], bool]) -> bool:
        """Return whether a trip matches; one of which too little is known does not.

        Args:
            trip: The attributes of the trip's event.
            is_in_zone: Returns whether a latitude and longitude are in a zone.
        """
        distance, minutes = trip.get("distance"), trip.get("duration")
        if self.min_distance is not None and (distance is None or distance < self.min_distance):
            return False
        if self.min_duration and (minutes is None or timedelta(minutes=minutes) < self.min_duration):
            return False
        for zone, place in ((self.from_zone, trip.get("origin")), (self.to_zone, trip.get("destination"))):
            if zone is not None and (place is None or not is_in_zone(zone, place[1], place[0])):
                return False
        return True


def event_details(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an event entity's attributes tell about its event."""
    return {name: value for name, value in attributes.items() if name not in ENTITY_ATTRIBUTES}


def charging_target(report: ChargeReport, limit: ChargeLimitRecord) -> float:
    """Return the battery level in % at which a charge ends by itself or is stopped by the charge limit."""
    is_limited = limit.is_on and not limit.overridden
    return min(report.own_limit, limit.level if is_limited else NO_LIMIT)


def has_reached_target(status: str, report: ChargeReport, limit: ChargeLimitRecord) -> bool:
    """Return whether a charge that has just ended is complete: the battery is full, or as full as it should be.

    Args:
        status: The charging status now.
        report: What the car reported.
        limit: The charge limit. It may have ended the charge by an estimate, before the car reported the level.
    """
    if status == COMPLETE:
        return True
    if status == ERROR:
        return False
    if limit.applied or limit.attempts:
        return True
    return report.level is not None and report.level >= charging_target(report, limit)


def charging_details(report: ChargeReport | None, limit: ChargeLimitRecord) -> dict[str, Any]:
    """Return the battery level, that at which the charge ends (both in %), and when that is expected."""
    if report is None:
        return {}
    expected_end = report.expected_end if report.is_charging else None
    return drop_none(level=report.level, target=charging_target(report, limit), expected_end=expected_end)


def is_too_old(reported_at: datetime, age: timedelta, now: datetime) -> bool:
    """Return whether a car last reported longer ago than an age."""
    return now - reported_at > age


def was_deadline_missed(known: datetime | None, deadline: datetime, now: datetime) -> bool:
    """Return whether a deadline that was waited for has passed meanwhile.

    One that had passed before anybody waited for it, such as at a start, is no news.
    """
    return known == deadline and deadline <= now


def is_wanted(kind: object, kinds: Collection[str]) -> bool:
    """Return whether a kind is one that is asked for; all are if none is named."""
    return not kinds or kind in kinds


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldCharge:
    """A charge whose start has triggered an automation.

    Attributes:
        told_at: When its start was first reported; the car was charging then.
        told_by: The entities that have reported it, one of each account.
    """

    told_at: datetime
    told_by: frozenset[str]


def tell_charge(
    told: Sequence[ToldCharge], entity_id: str, start: datetime, now: datetime
) -> tuple[bool, Sequence[ToldCharge]]:
    """Return whether the start of a charge is news, and the charges that are known afterward.

    Accounts may know different starts of the same charge: after an outage, the start is that of the last report before
    it, or of the first one after it. But each account reports a charge once, and two charges of a car do not overlap.

    Args:
        told: The charges that are known.
        entity_id: The entity that reports a start now.
        start: When the charge started, as the account of this entity knows it.
        now: The present time.
    """
    for number in reversed(range(len(told))):
        charge = told[number]
        if entity_id not in charge.told_by and start <= charge.told_at + MAX_START_DIFFERENCE:
            repeated = replace(charge, told_by=charge.told_by | {entity_id})
            return False, (*told[:number], repeated, *told[number + 1 :])
    return True, (*told, ToldCharge(told_at=now, told_by=frozenset((entity_id,))))[-MAX_TOLD_CHARGES:]


def has_warning(active: Collection[str], kinds: Collection[str]) -> bool:
    """Return whether a warning of a kind that is asked for is active."""
    return any(is_wanted(kind, kinds) for kind in active)
