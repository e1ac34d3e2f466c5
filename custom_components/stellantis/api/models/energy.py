"""What drives a car: fuel, electricity or hydrogen."""

from dataclasses import dataclass
from datetime import time, timedelta
from enum import StrEnum
from typing import Any, override

from .base import JsonObject, Model, ModelGroup, NonNegative, Percent, TimedModel, UpdatedModel
from .program import ChargingProgram


class EnergyType(StrEnum):
    """The kinds of energy."""

    FUEL = "Fuel"
    ELECTRIC = "Electric"


class EnergySubType(StrEnum):
    """The finer kinds of energy."""

    FOSSIL = "FossilEnergy"
    ELECTRIC = "ElectricEnergy"
    HYDROGEN = "Hydrogen"


class ChargingStatus(StrEnum):
    """What the charging is at."""

    DISCONNECTED = "Disconnected"
    IN_PROGRESS = "InProgress"
    FAILURE = "Failure"
    STOPPED = "Stopped"
    FINISHED = "Finished"


class ChargingMode(StrEnum):
    """How fast it charges: alternating current is slow, direct current quick."""

    NO = "No"
    SLOW = "Slow"
    QUICK = "Quick"


class ChargingPowerLevel(StrEnum):
    """How much power the car may take."""

    LEVEL_1 = "Level1"
    LEVEL_2 = "Level2"
    LEVEL_3 = "Level3"
    LEVEL_4 = "Level4"
    LEVEL_5 = "Level5"


class ChargingType(StrEnum):
    """Whether a charge ends before full, for the battery's sake."""

    PARTIAL = "Partial"
    FULL = "Full"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingSchedule(Model):
    """The programs of charging."""

    programs: tuple[ChargingProgram, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Charging(Model):
    """Plug and charge. Its time is that of its energy.

    Attributes:
        plugged: whether a cable is in; cars say so also when the other end is not.
        status: what the charging is at.
        remaining_time: until full; zero or absent where the car does not know.
        charging_rate: km of range won per hour.
        charging_power_level: how much power the car may take.
        charging_mode: slow, quick, or not charging.
        next_delayed_time: local time of day at which a delayed charge begins.
        type: whether it ends before full.
        schedule: the programs.
    """

    plugged: bool | None = None
    status: ChargingStatus | str | None = None
    remaining_time: timedelta | None = None
    charging_rate: NonNegative | None = None
    charging_power_level: ChargingPowerLevel | str | None = None
    charging_mode: ChargingMode | str | None = None
    next_delayed_time: time | None = None
    type: ChargingType | str | None = None
    schedule: ChargingSchedule | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryLoad(TimedModel):
    """What the traction battery holds. Not credible on many cars.

    Attributes:
        capacity: Wh.
        residual: Wh left.
    """

    capacity: NonNegative | None = None
    residual: NonNegative | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryHealth(TimedModel):
    """How the traction battery has aged. Which of the two is meaningful differs between cars.

    Attributes:
        capacity: %.
        resistance: %.
    """

    capacity: Percent | None = None
    resistance: Percent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TractionBattery(ModelGroup):
    """The traction battery.

    Attributes:
        capacity: Wh; deprecated in favour of the load's.
        load: what it holds.
        health: how it has aged.
    """

    capacity: NonNegative | None = None
    load: BatteryLoad | None = None
    health: BatteryHealth | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FuelConsumption(Model):
    """What the engine drinks.

    Attributes:
        consumption: l/100 km at this instant; the older member.
        total: cl since ever, by the description; doubtful on some cars.
        instant: l/100 km at this instant, kg/100 km for hydrogen.
    """

    consumption: NonNegative | None = None
    total: NonNegative | None = None
    instant: NonNegative | None = None


_ELECTRIC_KEYS = ("charging", "battery", "residual", "consumption")
_DEFAULT_SUB_TYPE = {EnergyType.FUEL: EnergySubType.FOSSIL, EnergyType.ELECTRIC: EnergySubType.ELECTRIC}


@dataclass(frozen=True, slots=True, kw_only=True)
class Energy(UpdatedModel):
    """One kind of energy. Electric cars list a ghost of fuel: trust the vehicle's motorization.

    Attributes:
        type: the kind.
        sub_type: the finer kind.
        level: % left.
        autonomy: km of range on this energy.
        charging: plug and charge, for electric energy.
        battery: the traction battery, for electric energy.
        residual: kWh left, for electric energy.
        consumption: kW at this instant, for electric energy.
        fuel: what the engine drinks, for fuel and hydrogen.
    """

    type: EnergyType | str | None = None
    sub_type: EnergySubType | str | None = None
    level: Percent | None = None
    autonomy: NonNegative | None = None
    charging: Charging | None = None
    battery: TractionBattery | None = None
    residual: NonNegative | None = None
    consumption: float | None = None
    fuel: FuelConsumption | None = None

    @property
    @override
    def merge_key(self) -> str:
        return f"{self.type or ''} {self.sub_type or _DEFAULT_SUB_TYPE.get(self.type, '')}"  # type: ignore[call-overload]

    @override
    @classmethod
    def normalize(cls, members: JsonObject) -> JsonObject:
        extension = members.get("extension")
        if type(extension) is not dict:
            return _normalize_flat(members)
        shaped = dict(members)
        electric = extension.get("electric")
        if type(electric) is dict:
            for name in _ELECTRIC_KEYS:
                if name in electric:
                    shaped[name] = _unwrap_consumption(electric[name])
        fuel = extension.get("fuel")
        if type(fuel) is dict:
            consumptions = fuel.get("consumptions")
            totals = consumptions if type(consumptions) is dict else {}
            shaped["fuel"] = {**totals, "consumption": _unwrap_consumption(fuel.get("consumption"))}
        return shaped


def _normalize_flat(members: JsonObject) -> JsonObject:
    """Before April 2023 the parts lay in the energy itself, and a consumption meant that of its kind."""
    if members.get("type") == EnergyType.FUEL and "consumption" in members:
        return {**members, "fuel": {"consumption": _unwrap_consumption(members["consumption"])}, "consumption": None}
    return members


def _unwrap_consumption(consumption: Any) -> Any:
    """Amounts come wrapped into an object of their own name, in old bodies bare."""
    return consumption["consumption"] if type(consumption) is dict and "consumption" in consumption else consumption
