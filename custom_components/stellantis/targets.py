"""The cars that an action or an automation targets, and whether the user of an action may access them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids

from .const import DOMAIN
from .data import Car

type CarKey = Collection[tuple[str, str]] | str


@dataclass(slots=True, kw_only=True)
class Target:
    """A targeted car.

    Attributes:
        devices: the targeted devices of the car; each account has its own.
        account: the title of an account that has the car.
        cars: the car in each account that is loaded.
    """

    devices: list[dr.DeviceEntry] = field(default_factory=list)
    account: str
    cars: list[Car] = field(default_factory=list)


async def async_get_targets(call: ServiceCall, policy: str) -> list[Target]:
    """Return the targeted cars, each once even if several accounts have it.

    Args:
        call: the call of the action.
        policy: the permission that the user needs for the targets.

    Raises:
        ServiceValidationError: no car is targeted.
        Unauthorized: the user may not access one of them.
    """
    hass, entities, devices = call.hass, er.async_get(call.hass), dr.async_get(call.hass)
    selected = async_extract_referenced_entity_ids(hass, TargetSelection(call.data))
    entity_ids = selected.referenced | selected.indirectly_referenced
    referenced = [entity for entity_id in entity_ids if (entity := entities.async_get(entity_id))]
    device_ids = selected.referenced_devices | {entity.device_id for entity in referenced}
    targets: dict[str, Target] = {}
    for entry in hass.config_entries.async_entries(DOMAIN, include_disabled=False):
        is_loaded = entry.state is ConfigEntryState.LOADED
        cars: Mapping[str, Car] = entry.runtime_data.cars if is_loaded else {}
        for device in dr.async_entries_for_config_entry(devices, entry.entry_id):
            vin = next((name for domain, name in device.identifiers if domain == DOMAIN), "")
            # Of an account that is not loaded, only its cars have a serial number
            if device.id in device_ids and (vin in cars or (not is_loaded and device.serial_number)):
                target = targets.setdefault(vin, Target(account=entry.title))
                target.devices.append(device)
                target.cars += [cars[vin]] if vin in cars else []
    if not targets:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_car")
    await _async_check_permissions(call, policy, targets.values(), selected.referenced)
    return list(targets.values())


async def _async_check_permissions(
    call: ServiceCall, policy: str, targets: Iterable[Target], referenced: Collection[str]
) -> None:
    """Check that the user may access the targeted entities, or all entities of a car that is targeted otherwise.

    Raises:
        Unauthorized: the user may not.
    """
    if call.context.user_id is None:
        return
    user = await call.hass.auth.async_get_user(call.context.user_id)
    if user is None:
        raise UnknownUser(context=call.context)
    registry = er.async_get(call.hass)
    checks = [(entity_id, POLICY_READ) for entity_id in call.data.get("entities", ())]
    for target in targets:
        entity_ids = [
            entity.entity_id
            for device in target.devices
            for entity in er.async_entries_for_device(registry, device.id, include_disabled_entities=True)
        ]
        chosen = [entity_id for entity_id in entity_ids if entity_id in referenced]
        checks += [(entity_id, policy) for entity_id in chosen or entity_ids]
        if not entity_ids and not user.permissions.access_all_entities(policy):
            raise Unauthorized(context=call.context, permission=policy)
    for entity_id, needed in checks:
        if not user.is_admin and not user.permissions.check_entity(entity_id, needed):
            raise Unauthorized(context=call.context, entity_id=entity_id, permission=needed)


@callback
def async_get_device_ids(hass: HomeAssistant, entity_ids: Iterable[str]) -> set[str]:
    """Return the devices to which entities of this integration belong."""
    registry = er.async_get(hass)
    entities = (registry.async_get(entity_id) for entity_id in entity_ids)
    return {entity.device_id for entity in entities if entity and entity.platform == DOMAIN and entity.device_id}


@callback
def async_get_entity_ids(hass: HomeAssistant, device_ids: Iterable[str], domain: str, key: str) -> set[str]:
    """Return the enabled entities of one kind of devices.

    Args:
        hass: Home Assistant.
        device_ids: the devices.
        domain: the domain of the entities.
        key: their translation key.
    """
    registry = er.async_get(hass)
    return {
        entity.entity_id
        for device_id in device_ids
        for entity in er.async_entries_for_device(registry, device_id)
        if entity.platform == DOMAIN and entity.domain == domain and entity.translation_key == key
    }


@callback
def async_get_one_per_car(hass: HomeAssistant, entity_ids: Iterable[str], silent_states: Collection[str]) -> set[str]:
    """Return one of several entities of the same kind for each car, which has one in each account.

    Args:
        hass: Home Assistant.
        entity_ids: the entities.
        silent_states: the states in which an entity is only chosen if there is no other. The same applies while its
            account cannot read the car: an event entity keeps its state then.
    """

    def is_silent(entity_id: str) -> bool:
        state = hass.states.get(entity_id)
        if state is None or state.state in silent_states:
            return True
        car = async_get_car(hass, entity_id)
        return car is not None and not car.status.available

    chosen: dict[CarKey, str] = {}
    for entity_id in sorted(entity_ids, key=lambda entity_id: (is_silent(entity_id), entity_id)):
        chosen.setdefault(async_get_car_key(hass, entity_id), entity_id)
    return set(chosen.values())


@callback
def async_get_car_key(hass: HomeAssistant, entity_id: str) -> CarKey:
    """Return what tells the car of an entity from other cars, whatever its account; the entity if it has no car."""
    entity = er.async_get(hass).async_get(entity_id)
    device = dr.async_get(hass).async_get(entity.device_id) if entity and entity.device_id else None
    return frozenset(device.identifiers) if device else entity_id


@callback
def async_get_car(hass: HomeAssistant, entity_id: str) -> Car | None:
    """Return the car to which an entity belongs; None if its account is not loaded."""
    entity = er.async_get(hass).async_get(entity_id)
    entry = hass.config_entries.async_get_entry(entity.config_entry_id) if entity and entity.config_entry_id else None
    if entity is None or entry is None or entry.state is not ConfigEntryState.LOADED:
        return None
    cars: Mapping[str, Car] = entry.runtime_data.cars
    return next((car for car in cars.values() if car.device.id == entity.device_id), None)
