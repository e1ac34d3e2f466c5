"""Energies of a vehicle: fuel, electricity and hydrogen."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final, override

from .base import Bounds, JsonObject, Model, ModelGroup, NonNegative, Percent, TimedModel, UpdatedModel
from .deprecated import complete_energy
from .program import ChargingProgram

type Range = Annotated[float, Bounds(0, 2000)]
"""A range in km. Values that no vehicle reaches stand for "no value"."""


class EnergyType(StrEnum):
    """Type of energy."""

    FUEL = "Fuel"
    ELECTRIC = "Electric"


class EnergySubType(StrEnum):
    """Subtype of energy."""

    FOSSIL = "FossilEnergy"
    ELECTRIC = "ElectricEnergy"
    HYDROGEN = "Hydrogen"


class ChargingStatus(StrEnum):
    """State of charging."""

    DISCONNECTED = "Disconnected"
    IN_PROGRESS = "InProgress"
    FAILURE = "Failure"
    STOPPED = "Stopped"
    FINISHED = "Finished"


class ChargingMode(StrEnum):
    """Charging speed: slow for alternating current, quick for direct current."""

    NO = "No"
    SLOW = "Slow"
    QUICK = "Quick"


class ChargingPowerLevel(StrEnum):
    """Maximum charging power, as a level."""

    LEVEL_1 = "Level1"
    LEVEL_2 = "Level2"
    LEVEL_3 = "Level3"
    LEVEL_4 = "Level4"
    LEVEL_5 = "Level5"


class ChargingType(StrEnum):
    """Whether charging ends before the battery is full, to preserve it."""

    PARTIAL = "Partial"
    FULL = "Full"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingSchedule(Model):
    """Charging programs."""

    programs: tuple[ChargingProgram, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Charging(Model):
    """Plug and charging state. It was measured together with its energy.

    Attributes:
        plugged: Whether a cable is plugged in, even if its other end is not connected.
        status: State of charging.
        remaining_time: Time until full; zero or missing if unknown.
        charging_rate: Range gained, in km/h.
        charging_power_level: Maximum charging power.
        charging_mode: Charging speed.
        next_delayed_time: Local time of day of the next delayed charge.
        type: Whether charging ends before the battery is full.
        schedule: Charging programs.
    """

    plugged: bool | None = None
    status: ChargingStatus | str | None = None
    remaining_time: timedelta | None = None
    charging_rate: Range | None = None
    charging_power_level: ChargingPowerLevel | str | None = None
    charging_mode: ChargingMode | str | None = None
    next_delayed_time: time | None = None
    type: ChargingType | str | None = None
    schedule: ChargingSchedule | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryLoad(TimedModel):
    """Energy of the traction battery. Unreliable on many vehicles.

    Attributes:
        capacity: Capacity in Wh.
        residual: Remaining energy in Wh.
    """

    capacity: NonNegative | None = None
    residual: NonNegative | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryHealth(TimedModel):
    """State of health of the traction battery. Which of the two is meaningful depends on the vehicle.

    Attributes:
        capacity: Health by capacity, in %.
        resistance: Health by resistance, in %.
    """

    capacity: Percent | None = None
    resistance: Percent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TractionBattery(ModelGroup):
    """The traction battery.

    Attributes:
        capacity: Capacity in Wh; deprecated in favor of the one in `load`.
        load: Energy.
        health: State of health.
    """

    capacity: NonNegative | None = None
    load: BatteryLoad | None = None
    health: BatteryHealth | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FuelConsumption(Model):
    """Consumption of a combustion engine or fuel cell.

    Attributes:
        consumption: Current consumption in l/100 km, as older bodies have it.
        total: Total consumption in cl, according to the API's documentation; unreliable on some vehicles.
        instant: Current consumption in l/100 km, or in kg/100 km for hydrogen.
    """

    consumption: NonNegative | None = None
    total: NonNegative | None = None
    instant: NonNegative | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberTimes(Model):
    """Times of the members of an energy that were not measured together with the rest of it.

    Bodies do not contain them: they are set when a body lacks members that an earlier or deprecated version has.
    """

    level: datetime | None = None
    autonomy: datetime | None = None
    charging: datetime | None = None
    residual: datetime | None = None
    fuel: datetime | None = None


# Members that vehicles leave out at times although their values have not changed
KEPT_MEMBERS: Final = ("level", "autonomy", "charging", "residual", "fuel")
_ELECTRIC_KEYS = ("charging", "battery", "residual", "consumption")
_DEFAULT_SUB_TYPE = {EnergyType.FUEL: EnergySubType.FOSSIL, EnergyType.ELECTRIC: EnergySubType.ELECTRIC}


@dataclass(frozen=True, slots=True, kw_only=True)
class Energy(UpdatedModel):
    """An energy of the vehicle. Electric vehicles also list a meaningless fuel: check the motorization.

    Attributes:
        type: Type.
        sub_type: Subtype.
        level: Level in %.
        autonomy: Range on this energy in km.
        charging: Plug and charging state, for electric energy.
        battery: Traction battery, for electric energy.
        residual: Remaining energy in kWh, for electric energy.
        consumption: Current consumption in kW, for electric energy.
        fuel: Consumption, for fuel and hydrogen.
        member_times: Times of the members that were measured at another time.
    """

    type: EnergyType | str | None = None
    sub_type: EnergySubType | str | None = None
    level: Percent | None = None
    autonomy: Range | None = None
    charging: Charging | None = None
    battery: TractionBattery | None = None
    residual: NonNegative | None = None
    consumption: float | None = None
    fuel: FuelConsumption | None = None
    member_times: MemberTimes | None = None

    def time_of(self, member: str) -> datetime | None:
        """Return when a member was measured; usually together with the rest."""
        own_time: datetime | None = getattr(self.member_times, member) if self.member_times else None
        return own_time or self.measured_at

    @property
    @override
    def merge_key(self) -> str:
        return f"{self.type or ''} {self.sub_type or _DEFAULT_SUB_TYPE.get(self.type, '')}"  # type: ignore[call-overload]

    @override
    @classmethod
    def normalize(cls, data: JsonObject) -> JsonObject:
        extension, deprecated = data.get("extension"), data.get("deprecated")
        shaped = dict(data)
        if type(extension) is dict:
            _add_nested(shaped, extension)
        elif data.get("type") == EnergyType.FUEL and "consumption" in data:
            # Before April 2023 nothing was nested, and any energy had one consumption
            shaped["fuel"] = {"consumption": _unwrap_consumption(shaped.pop("consumption"))}
        if type(deprecated) is tuple:
            complete_energy(shaped, *deprecated)
        return shaped


def _add_nested(shaped: dict[str, Any], extension: JsonObject) -> None:
    """Add the members of an energy that are nested in its extension."""
    electric, fuel = extension.get("electric"), extension.get("fuel")
    if type(electric) is dict:
        for name in _ELECTRIC_KEYS:
            if (value := electric.get(name)) is not None:
                shaped[name] = _unwrap_consumption(value)
    if type(fuel) is dict:
        consumptions = fuel.get("consumptions")
        fuel_members = consumptions if type(consumptions) is dict else {}
        shaped["fuel"] = {**fuel_members, "consumption": _unwrap_consumption(fuel.get("consumption"))}


def _unwrap_consumption(consumption: Any) -> Any:
    """Return an amount that is nested in an object, or, in old bodies, is not."""
    return consumption["consumption"] if type(consumption) is dict and "consumption" in consumption else consumption
