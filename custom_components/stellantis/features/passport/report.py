"""What the battery report contains."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ...data import Car
from ...history.events import drop_none
from ...vehicle.battery import battery_capacity
from ...vehicle.state import VehicleState
from .capacity import CapacitySource, MeasuredCapacity
from .projection import HORIZON, ProjectedCapacity, pool_by_mileage, project_capacity
from .tracker import CapacityByYear, PassportTracker

# The expected odometer reading is rounded up to these km
ROUNDED_TO: Final = 10_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedBattery:
    """What a car itself reports of its battery.

    Attributes:
        capacity: The usable capacity in kWh, if it is credible.
        health_capacity: The health by capacity, in %.
        health_resistance: The health by resistance, in %; what hybrids report as such is none.
    """

    capacity: float | None = None
    health_capacity: float | None = None
    health_resistance: float | None = None

    @classmethod
    def from_state(cls, state: VehicleState | None) -> ReportedBattery:
        """Return what the state of a car contains."""
        energy = state.electric if state else None
        if state is None or energy is None:
            return cls()
        health = energy.battery.health if energy.battery else None
        return cls(
            capacity=battery_capacity(energy),
            health_capacity=health.capacity if health else None,
            health_resistance=health.resistance if health and not state.has_combustion_engine else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityResult:
    """What charging sessions tell by one way of counting their energy.

    Attributes:
        current: The capacity that the last sessions measured.
        years: The capacity in each year.
        points: The capacity in each step of the odometer.
        projected: The capacity that is expected later.
    """

    current: MeasuredCapacity | None
    years: CapacityByYear
    points: Sequence[MeasuredCapacity]
    projected: ProjectedCapacity | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryReport:
    """A report on the battery of a car.

    Attributes:
        created: When it was made.
        brand: The brand of the car.
        model: The model of the car.
        vin: The vehicle identification number, if the owner wants to show it.
        mileage: Odometer reading, in km.
        reported: What the car itself reports.
        results: What its charging sessions tell, without ways of counting by which they tell nothing.
    """

    created: datetime
    brand: str
    model: str | None = None
    vin: str | None = None
    mileage: float | None = None
    reported: ReportedBattery
    results: Mapping[CapacitySource, CapacityResult]

    def to_json(self) -> dict[str, Any]:
        """Return the report as data, in kWh, % and km."""
        reported = self.reported
        return drop_none(
            created=self.created,
            brand=self.brand,
            model=self.model,
            vin=self.vin,
            mileage=self.mileage,
            reported=drop_none(
                capacity=reported.capacity,
                health_capacity=reported.health_capacity,
                health_resistance=reported.health_resistance,
            ),
            measured={source.value: _result_to_json(result) for source, result in self.results.items()},
        )


def build_report(car: Car, tracker: PassportTracker, now: datetime, *, include_vin: bool) -> BatteryReport:
    """Return the report on the battery of a car."""
    state = car.status.data if car.status.has_data else None
    mileage = state.mileage if state else None
    results = {source: _build_result(tracker, source, mileage) for source in CapacitySource}
    return BatteryReport(
        created=now,
        brand=car.device.manufacturer or "",
        model=car.device.model,
        vin=car.vin if include_vin else None,
        mileage=mileage,
        reported=ReportedBattery.from_state(state),
        results={source: result for source, result in results.items() if result.current or result.years},
    )


def _build_result(tracker: PassportTracker, source: CapacitySource, mileage: float | None) -> CapacityResult:
    points = pool_by_mileage(tracker.estimates[source])
    later = None if mileage is None else -(-(mileage + HORIZON) // ROUNDED_TO) * ROUNDED_TO
    return CapacityResult(
        current=tracker.current[source],
        years=tracker.years.get(source, {}),
        points=points,
        projected=None if later is None else project_capacity(points, later),
    )


def _result_to_json(result: CapacityResult) -> dict[str, Any]:
    projected = result.projected
    return drop_none(
        current=_capacity_to_json(result.current) if result.current else None,
        years={year: _capacity_to_json(measured) for year, measured in result.years.items()},
        expected=drop_none(
            mileage=projected.mileage,
            capacity=round(projected.capacity, 2),
            low=round(projected.low, 2),
            high=round(projected.high, 2),
        )
        if projected
        else None,
    )


def _capacity_to_json(measured: MeasuredCapacity) -> dict[str, Any]:
    return drop_none(
        capacity=round(measured.capacity, 2),
        low=round(measured.low, 2),
        high=round(measured.high, 2),
        scatter=round(measured.scatter, 2),
        sessions=measured.sessions,
        first=measured.first,
        last=measured.last,
        mileage=None if measured.mileage is None else round(measured.mileage),
    )
