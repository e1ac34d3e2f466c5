"""Engines and powertrain."""

from dataclasses import dataclass
from enum import StrEnum
from typing import override

from .base import Celsius, JsonObject, Model, Percent, TimedModel, get_nested


class EngineType(StrEnum):
    """Type of engine. Electric vehicles also list a meaningless thermic one."""

    THERMIC = "Thermic"
    ELECTRIC = "Electric"


class PowertrainStatus(StrEnum):
    """State of the powertrain: whether the vehicle is ready to drive."""

    NOT_RUNNING = "NotRunning"
    STARTING = "Starting"
    RUNNING = "Running"
    STOPPING = "Stopping"
    STOPPED = "Stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fluid(Model):
    """Coolant, oil or air of an engine.

    Attributes:
        level: Level in %, for liquids.
        temp: Temperature in °C.
    """

    level: Percent | None = None
    temp: Celsius | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine(TimedModel):
    """An engine.

    Attributes:
        type: Type.
        speed: Speed in revolutions per minute, negative in reverse.
        gmp_status: State of the powertrain; deprecated.
        coolant: Coolant of a thermic engine.
        oil: Oil of a thermic engine.
        air: Intake air of a thermic engine.
    """

    type: EngineType | str | None = None
    speed: float | None = None
    gmp_status: PowertrainStatus | str | None = None
    coolant: Fluid | None = None
    oil: Fluid | None = None
    air: Fluid | None = None

    @property
    @override
    def merge_key(self) -> str:
        return self.type or ""

    @override
    @classmethod
    def normalize(cls, data: JsonObject) -> JsonObject:
        thermic = get_nested(data, "extension", "thermic")
        if type(thermic) is not dict:
            return data
        fluids = {name: thermic[name] for name in ("coolant", "oil", "air") if name in thermic}
        return {**data, **fluids}


@dataclass(frozen=True, slots=True, kw_only=True)
class Powertrain(TimedModel):
    """The powertrain."""

    status: PowertrainStatus | str | None = None
