"""The commands that a car supports, and that its driver permits."""

from collections.abc import Callable, Iterator, Mapping, Set as AbstractSet
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from typing import Any

from ..api import (
    Capabilities,
    ChargingParameters,
    Motorization,
    PreconditioningParameters,
    RemoteCapabilities,
    RemoteCapability,
    Vehicle,
    encode,
)
from ..auth.scopes import grants_scope


class CommandFeature(StrEnum):
    """Something that commands can do with a car; `ANY` is anything at all."""

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
    """Command features of a car.

    Attributes:
        available: Features that are supported and permitted.
        unpermitted: Features that are supported but not permitted, with the scope that each of them needs.
        sizes: For how many programs the car has room, by feature, as far as that is known.
    """

    available: frozenset[CommandFeature] = frozenset()
    unpermitted: Mapping[CommandFeature, str] = field(default_factory=dict)
    sizes: Mapping[CommandFeature, int] = field(default_factory=dict, compare=False)

    @property
    def missing_scopes(self) -> frozenset[str]:
        """The scopes that the unpermitted features need."""
        return frozenset(self.unpermitted.values())


def command_support(vehicle: Vehicle, has_scope: Callable[[str], bool]) -> CommandSupport:
    """Return the command features of a car; none if the API does not report its capabilities.

    Args:
        vehicle: The car as GET /user/vehicles lists it.
        has_scope: Returns whether the driver granted a scope.
    """
    remote = vehicle.capabilities.remote if vehicle.capabilities else None
    available, unpermitted = set[CommandFeature](), dict[CommandFeature, str]()
    for name, capability, features in _iter_features(remote) if remote else ():
        if capability is None or not capability.supported or not features:
            continue
        if name == "charging" and vehicle.motorization == Motorization.THERMIC:
            continue
        scope = capability.scope_name or f"remote:{name}:write"
        if has_scope(scope):
            available |= features
        else:
            unpermitted |= dict.fromkeys(features, scope)
    available |= {CommandFeature.ANY} if available else set()
    return CommandSupport(available=frozenset(available), unpermitted=unpermitted, sizes=_sizes(remote))


class SupportCache:
    """The command features of a car, which are derived again only for another car or another token."""

    def __init__(self) -> None:
        self._vehicle: Vehicle | None = None
        self._token: Mapping[str, Any] | None = None
        self._support = CommandSupport()

    def get(self, vehicle: Vehicle, token: Mapping[str, Any]) -> CommandSupport:
        """Return the command features of a car with the scopes of a token."""
        if vehicle is not self._vehicle or token is not self._token:
            self._support = command_support(vehicle, partial(grants_scope, token))
            self._vehicle, self._token = vehicle, token
        return self._support


def _sizes(remote: RemoteCapabilities | None) -> Mapping[CommandFeature, int]:
    """Return for how many programs a car has room."""
    preconditioning = remote.preconditioning.parameters if remote and remote.preconditioning else None
    charging = remote.charging.parameters if remote and remote.charging else None
    programs = {
        CommandFeature.PRECONDITIONING_PROGRAMS: preconditioning.programs if preconditioning else None,
        CommandFeature.CHARGING_PROGRAMS: charging.schedule.programs if charging and charging.schedule else None,
    }
    return {feature: part.size for feature, part in programs.items() if part and part.size}


def _iter_features(
    remote: RemoteCapabilities,
) -> Iterator[tuple[str, RemoteCapability | None, AbstractSet[CommandFeature]]]:
    """Yield the name in scopes, the capability and the features of each type of command."""
    preconditioning, charging = remote.preconditioning, remote.charging
    yield "door", remote.door, {CommandFeature.DOORS}
    yield "horn", remote.horn, {CommandFeature.HORN}
    yield "lights", remote.lights, {CommandFeature.LIGHTS}
    yield "wakeup", remote.wakeup, {CommandFeature.WAKE_UP}
    yield "navigation", remote.navigation, {CommandFeature.NAVIGATION}
    parameters = preconditioning.parameters if preconditioning else None
    yield "preconditioning", preconditioning, _enabled(_preconditioning_features(parameters))
    yield "charging", charging, _enabled(_charging_features(charging.parameters if charging else None))


def _enabled(features: Mapping[CommandFeature, bool | None]) -> AbstractSet[CommandFeature]:
    return {feature for feature, is_enabled in features.items() if is_enabled}


# Immediate start and stop are assumed to be supported unless denied; other features must be reported


def _preconditioning_features(parameters: PreconditioningParameters | None) -> Mapping[CommandFeature, bool | None]:
    programs = parameters.programs if parameters else None
    return {
        CommandFeature.PRECONDITIONING: parameters is None or parameters.immediate is not False,
        CommandFeature.PRECONDITIONING_PROGRAMS: programs and (programs.supported or bool(programs.size)),
    }


def _charging_features(parameters: ChargingParameters | None) -> Mapping[CommandFeature, bool | None]:
    immediate = parameters.immediate if parameters else None
    schedule = parameters.schedule if parameters else None
    preferences = parameters.preferences if parameters else None
    return {
        CommandFeature.START_CHARGING: immediate is None or immediate.start is not False,
        CommandFeature.STOP_CHARGING: immediate is None or immediate.stop is not False,
        CommandFeature.DELAYED_CHARGING: schedule and schedule.next_delayed_time,
        CommandFeature.CHARGING_PROGRAMS: schedule and schedule.programs and schedule.programs.supported,
        CommandFeature.CHARGING_LEVEL: preferences and preferences.level,
        CommandFeature.CHARGING_TYPE: preferences and preferences.type,
    }


def with_known_capabilities(vehicle: Vehicle, stored: Mapping[str, Any] | None) -> Vehicle:
    """Return a car with its last known capabilities if it is listed without any.

    Args:
        vehicle: The car as it is listed.
        stored: The capabilities as `dump_capabilities` returned them.
    """
    listed = vehicle.capabilities
    if stored is None or (listed and listed.remote):
        return vehicle
    known = Capabilities.from_dict(dict(stored))
    return replace(vehicle, capabilities=known if listed is None else replace(listed, remote=known.remote))


def dump_capabilities(vehicle: Vehicle) -> dict[str, Any] | None:
    """Return the capabilities of a car as JSON, with the names of the API; None if they are not known."""
    return encode(vehicle.capabilities) if vehicle.capabilities else None
