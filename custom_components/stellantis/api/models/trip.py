"""Trips."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from .base import Bounds, Model, NonNegative, Percent, UpdatedModel
from .energy import EnergySubType, EnergyType
from .position import Position


class Propulsion(StrEnum):
    """What drove the car on a part of a trip."""

    THERMAL = "Thermal"
    ELECTRIC = "Electric"
    HYBRID = "Hybrid"


class TripState(StrEnum):
    """Whether a trip is known as a whole, or lacks its start, its middle or its end."""

    NOMINAL = "Nominal"
    UNSTARTED = "Unstarted"
    DATA_LACKING = "DataLacking"
    UNFINISHED = "Unfinished"


class FaultCause(StrEnum):
    """Why something of a trip is not known: the driver's privacy, or no connection."""

    GEO_PRIVACY = "GeoPrivacy"
    FULL_PRIVACY = "FullPrivacy"
    CONNECTION = "Connection"


@dataclass(frozen=True, slots=True, kw_only=True)
class TripEnergy(Model):
    """What of an energy the car held at the start or the end of a trip.

    Attributes:
        type: the kind.
        sub_type: the finer kind.
        level: %.
        autonomy: km of range on this energy.
    """

    type: EnergyType | str | None = None
    sub_type: EnergySubType | str | None = None
    level: Percent | None = None
    autonomy: NonNegative | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyConsumption(Model):
    """What of an energy a trip took. Levels and ranges at both ends are more reliable.

    Attributes:
        type: the kind.
        sub_type: the finer kind.
        consumption: kWh of electricity; of fuel, cl from cars, while the description says l.
        avg_consumption: Wh/100 km of electricity, cl/100 km of fuel.
    """

    type: EnergyType | str | None = None
    sub_type: EnergySubType | str | None = None
    consumption: NonNegative | None = None
    avg_consumption: NonNegative | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TripKinetic(Model):
    """How fast a trip went.

    Attributes:
        avg_speed: m/s, as cars send it.
        max_speed: without a unit in the description; 0 on cars that do not know it.
    """

    avg_speed: NonNegative | None = None
    max_speed: NonNegative | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TripSegment(Model):
    """The part of a trip on one kind of propulsion.

    Attributes:
        propulsion: the kind.
        percent: % of the trip.
        distance: km.
    """

    propulsion: Propulsion | str | None = None
    percent: Percent | None = None
    distance: NonNegative | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TripFault(Model):
    """What of a trip is not known, and why."""

    fault: TripState | str | None = None
    cause: FaultCause | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip(UpdatedModel):
    """A trip (`GET /user/vehicles/{id}/trips`).

    Attributes:
        id: by which the API knows it.
        started_at: when it began.
        stopped_at: when it ended.
        start_position: where it began.
        stop_position: where it ended.
        duration: s.
        distance: km.
        start_mileage: km on the odometer when it began.
        start_energies: what the car held when it began.
        end_energies: what the car held when it ended.
        energy_consumptions: what it took; empty or without electricity on some cars.
        kinetic: how fast it went.
        segments: its parts by propulsion.
        done: whether it has ended.
        faults: what of it is not known.
    """

    id: str | None = None
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    start_position: Position | None = None
    stop_position: Position | None = None
    duration: NonNegative | None = None
    distance: NonNegative | None = None
    start_mileage: Annotated[float, Bounds(0, 1e7)] | None = None
    start_energies: tuple[TripEnergy, ...] = ()
    end_energies: tuple[TripEnergy, ...] = ()
    energy_consumptions: tuple[EnergyConsumption, ...] = ()
    kinetic: TripKinetic | None = None
    segments: tuple[TripSegment, ...] = ()
    done: bool | None = None
    faults: tuple[TripFault, ...] = ()
