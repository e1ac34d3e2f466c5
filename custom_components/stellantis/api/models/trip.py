"""Trips of a vehicle."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from .base import Bounds, Model, NonNegative, Percent, UpdatedModel
from .energy import EnergySubType, EnergyType
from .position import Position


class Propulsion(StrEnum):
    """Propulsion on a segment of a trip."""

    THERMAL = "Thermal"
    ELECTRIC = "Electric"
    HYBRID = "Hybrid"


class TripState(StrEnum):
    """Completeness of a trip: complete, or with a missing start, middle or end."""

    NOMINAL = "Nominal"
    UNSTARTED = "Unstarted"
    DATA_LACKING = "DataLacking"
    UNFINISHED = "Unfinished"


class FaultCause(StrEnum):
    """Cause of missing data of a trip: privacy mode, or no connection."""

    GEO_PRIVACY = "GeoPrivacy"
    FULL_PRIVACY = "FullPrivacy"
    CONNECTION = "Connection"


@dataclass(frozen=True, slots=True, kw_only=True)
class TripEnergy(Model):
    """State of an energy at the start or end of a trip.

    Attributes:
        type: Type.
        sub_type: Subtype.
        level: Level in %.
        autonomy: Range on this energy in km.
    """

    type: EnergyType | str | None = None
    sub_type: EnergySubType | str | None = None
    level: Percent | None = None
    autonomy: NonNegative | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyConsumption(Model):
    """Consumption of an energy on a trip. Levels and ranges at start and end are more reliable.

    Attributes:
        type: Type.
        sub_type: Subtype.
        consumption: Consumption in kWh of electricity, or cl of fuel, although documented in l.
        avg_consumption: Average consumption in Wh/100 km of electricity, or cl/100 km of fuel.
    """

    type: EnergyType | str | None = None
    sub_type: EnergySubType | str | None = None
    consumption: NonNegative | None = None
    avg_consumption: NonNegative | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TripKinetic(Model):
    """Speed on a trip.

    Attributes:
        avg_speed: Average speed in m/s, as vehicles send it.
        max_speed: Maximum speed; its unit is undocumented, and it is 0 if unknown.
    """

    avg_speed: NonNegative | None = None
    max_speed: NonNegative | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TripSegment(Model):
    """Segment of a trip with one kind of propulsion.

    Attributes:
        propulsion: Propulsion.
        percent: Share of the trip in %.
        distance: Distance in km.
    """

    propulsion: Propulsion | str | None = None
    percent: Percent | None = None
    distance: NonNegative | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TripFault(Model):
    """Missing data of a trip and its cause."""

    fault: TripState | str | None = None
    cause: FaultCause | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip(UpdatedModel):
    """A trip (GET /user/vehicles/{id}/trips).

    Attributes:
        id: Identifier in the API.
        started_at: Start time.
        stopped_at: End time.
        start_position: Position at the start.
        stop_position: Position at the end.
        duration: Duration in s.
        distance: Distance in km.
        start_mileage: Odometer at the start, in km.
        start_energies: Energies at the start.
        end_energies: Energies at the end.
        energy_consumptions: Consumption by energy; empty or without electricity on some vehicles.
        kinetic: Speed.
        segments: Segments by propulsion.
        done: Whether it has ended.
        faults: Missing data.
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
