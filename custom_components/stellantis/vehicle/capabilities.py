"""What a car may be told: what it is able to do, and what its driver granted."""

from collections.abc import Callable, Iterator, Mapping, Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum

from ..api import (
    ChargingParameters,
    Motorization,
    PreconditioningParameters,
    RemoteCapabilities,
    RemoteCapability,
    Vehicle,
)


class CommandFeature(StrEnum):
    """Something that a car can be told."""

    ANY = "anything"
    DOORS = "doors"
    HORN = "horn"
    LIGHTS = "lights"
    WAKE_UP = "wake_up"
    NAVIGATION = "navigation"
    PRECONDITIONING = "preconditioning"
    PRECONDITIONING_PROGRAMS = "preconditioning_programs"
    START_CHARGING = "start_charging"
    STOP_CHARGING = "stop_charging"
    DELAYED_CHARGING = "delayed_charging"
    CHARGING_PROGRAMS = "charging_programs"
    CHARGING_LEVEL = "charging_level"
    CHARGING_TYPE = "charging_type"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSupport:
    """What a car may be told.

    Attributes:
        granted: what it is able to do and its driver allows.
        withheld: what else it is able to do, and the right without which it may not.
    """

    available: frozenset[CommandFeature] = frozenset()
    unpermitted: Mapping[CommandFeature, str] = field(default_factory=dict)

    @property
    def missing_scopes(self) -> frozenset[str]:
        """The rights without which it may not do what else it is able to do."""
        return frozenset(self.unpermitted.values())


def command_support(vehicle: Vehicle, has_scope: Callable[[str], bool]) -> CommandSupport:
    """Return what a car may be told; nothing where its account does not say what it is able to do.

    Args:
        vehicle: as the account lists it.
        may: whether the driver granted a right.
    """
    remote = vehicle.capabilities.remote if vehicle.capabilities else None
    granted, withheld = set[CommandFeature](), dict[CommandFeature, str]()
    for name, capability, able in _iter_features(remote) if remote else ():
        if capability is None or not capability.supported or not able:
            continue
        if name == "charging" and vehicle.motorization == Motorization.THERMIC:
            continue
        scope = capability.scope_name or f"remote:{name}:write"
        if has_scope(scope):
            granted |= able
        else:
            withheld |= dict.fromkeys(able, scope)
    granted |= {CommandFeature.ANY} if granted else set()
    return CommandSupport(available=frozenset(granted), unpermitted=withheld)


def _iter_features(
    remote: RemoteCapabilities,
) -> Iterator[tuple[str, RemoteCapability | None, AbstractSet[CommandFeature]]]:
    """Yield each kind of command: its name in the rights, whether a car takes it, and what that makes it able to do."""
    air, charging = remote.preconditioning, remote.charging
    yield "door", remote.door, {CommandFeature.DOORS}
    yield "horn", remote.horn, {CommandFeature.HORN}
    yield "lights", remote.lights, {CommandFeature.LIGHTS}
    yield "wakeup", remote.wakeup, {CommandFeature.WAKE_UP}
    yield "navigation", remote.navigation, {CommandFeature.NAVIGATION}
    yield "preconditioning", air, _enabled(_preconditioning_features(air.parameters if air else None))
    yield "charging", charging, _enabled(_charging_features(charging.parameters if charging else None))


def _enabled(said: Mapping[CommandFeature, bool | None]) -> AbstractSet[CommandFeature]:
    return {ability for ability, there in said.items() if there}


# To start and stop at once goes without saying; all else is there only where the car says so


def _preconditioning_features(said: PreconditioningParameters | None) -> Mapping[CommandFeature, bool | None]:
    programs = said.programs if said else None
    return {
        CommandFeature.PRECONDITIONING: said is None or said.immediate is not False,
        CommandFeature.PRECONDITIONING_PROGRAMS: programs and (programs.supported or bool(programs.size)),
    }


def _charging_features(said: ChargingParameters | None) -> Mapping[CommandFeature, bool | None]:
    now, later, how = (said.immediate, said.schedule, said.preferences) if said else (None, None, None)
    return {
        CommandFeature.START_CHARGING: now is None or now.start is not False,
        CommandFeature.STOP_CHARGING: now is None or now.stop is not False,
        CommandFeature.DELAYED_CHARGING: later and later.next_delayed_time,
        CommandFeature.CHARGING_PROGRAMS: later and later.programs and later.programs.supported,
        CommandFeature.CHARGING_LEVEL: how and how.level,
        CommandFeature.CHARGING_TYPE: how and how.type,
    }
