"""The files of an account's cars: one with what changes often, and one with the history of each car."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import fields, replace
from functools import partial
from hashlib import sha256
import logging
from pathlib import Path
from shutil import copyfile, copymode
from typing import Any, Final, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.storage import Store

from ..api import Vehicle
from ..const import DOMAIN
from ..vehicle.capabilities import dump_capabilities, with_known_capabilities
from .store import CarStore

_LOGGER = logging.getLogger(__name__)

# Version 1 had the history of all cars in the same file
STORAGE_VERSION: Final = 2
HISTORY_VERSION: Final = 1
SAVE_DELAY: Final = 10.0  # seconds
# Earlier than the rest, so that nothing is lost if Home Assistant is killed in between; see `discard_recorded_session`
HISTORY_SAVE_DELAY: Final = 9.0
PRIVATE_MODE: Final = 0o600
# Members that grow for years, and change only with a trip or a charging session
HISTORY_MEMBERS: Final = frozenset(
    {
        *("trips", "charges", "folded", "archived_until", "currency", "trips_read", "listed_until"),
        # What the statistics lack of the history is known if the history is
        *("changed_since", "charging_dirty_since", "statistics_kept_until"),
    }
)
_INVALID_DATA: Final = (HomeAssistantError, ValueError, LookupError, TypeError, AttributeError)


class _CarsFile(Store[dict[str, Any]]):
    """The file with what changes often of each car. Reading that of version 1 moves the histories to their own."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        key = f"{DOMAIN}.{entry_id}"
        # Atomic writes also survive a power cut
        super().__init__(hass, STORAGE_VERSION, key, private=True, atomic_writes=True, serialize_in_event_loop=False)

    @override
    async def _async_migrate_func(
        self, old_major_version: int, old_minor_version: int, old_data: dict[str, Any]
    ) -> dict[str, Any]:
        cars: dict[str, Any] = {}
        for vin, data in old_data.items():
            if not isinstance(data, dict):
                cars[vin] = data
                continue
            history = {key: value for key, value in data.items() if key in HISTORY_MEMBERS}
            # Written first: if this is interrupted, it is repeated
            await _create_history_file(self.hass, self.key, vin).async_save(history)
            cars[vin] = {key: value for key, value in data.items() if key not in HISTORY_MEMBERS}
        return cars


def _create_history_file(hass: HomeAssistant, key: str, vin: str) -> Store[dict[str, Any]]:
    """Return the file with the history of a car; its name must not reveal the VIN."""
    name = f"{key}.{sha256(vin.encode()).hexdigest()[:12]}"
    return create_private_file(hass, HISTORY_VERSION, name)


def create_private_file(hass: HomeAssistant, version: int, key: str) -> Store[dict[str, Any]]:
    """Return a file that only its owner may read, that survives a power cut, and is written in a thread."""
    return Store(hass, version, key, private=True, atomic_writes=True, serialize_in_event_loop=False)


class StellantisStore:
    """The store of an entry. It is saved a few seconds after a change, and when Home Assistant stops.

    Years of trips take a while to read and write, therefore this runs outside the event loop.
    """

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        self._hass, self._entry_id = hass, entry_id
        self._file = _CarsFile(hass, entry_id)
        self._history_files: dict[str, Store[dict[str, Any]]] = {}
        self._cars: dict[str, CarStore] = {}
        # The histories as they are in the files
        self._saved: dict[str, tuple[object, ...]] = {}

    async def async_load(self) -> None:
        """Load the store. What cannot be read is left out, and a copy of its file is kept, so that setup continues."""
        cars = await self._async_read(self._file)
        # The histories of the entry's cars are not lost with the file that names the cars
        for vin in dict.fromkeys((*cars, *self._vins_of_devices())):
            state, history = cars.get(vin, {}), await self._async_read(self._history_file(vin))
            members = {**(state if isinstance(state, dict) else {"state": state}), **history}
            car, unreadable = await self._hass.async_add_executor_job(decode_car, members)
            if any(unreadable.values()):
                files = {self._history_file(vin) if key in history else self._file for key in unreadable}
                copies = [await self._hass.async_add_executor_job(_copy_file, file) for file in files]
                _LOGGER.warning(
                    "Some stored data of a car cannot be read and was left out: %s. %s",
                    ", ".join(f"{count} of {key}" for key, count in sorted(unreadable.items())),
                    " ".join(sorted(copies)),
                )
            else:
                self._saved[vin] = _history(car)
            car.discard_recorded_session()
            self._cars[vin] = car

    def _vins_of_devices(self) -> list[str]:
        devices = dr.async_entries_for_config_entry(dr.async_get(self._hass), self._entry_id)
        return [device.serial_number for device in devices if device.serial_number]

    async def _async_read(self, file: Store[dict[str, Any]]) -> dict[str, Any]:
        """Return the content of a file. One that is no store of ours is moved away."""
        try:
            data = await file.async_load() or {}
            if not isinstance(data, dict):
                raise TypeError
        except (*_INVALID_DATA, OSError) as err:  # Home Assistant moves a file that is not JSON, which may fail
            moved = await self._hass.async_add_executor_job(_move_file, file)
            # The message of the exception may contain a position
            _LOGGER.warning("The stored data of the cars cannot be read (%s). %s", type(err).__name__, moved)
            return {}
        return data

    @property
    def vins(self) -> Collection[str]:
        """The VINs of the stored cars."""
        return self._cars.keys()

    def get_car(self, vin: str) -> CarStore:
        """Return the stored data of a car; call `async_schedule_save` after changing it."""
        if (car := self._cars.get(vin)) is None:
            car = self._cars[vin] = CarStore()
        car.currency = car.currency or self._hass.config.currency
        return car

    def _history_file(self, vin: str) -> Store[dict[str, Any]]:
        if vin not in self._history_files:
            self._history_files[vin] = _create_history_file(self._hass, self._file.key, vin)
        return self._history_files[vin]

    @callback
    def async_remember_capabilities(self, vehicles: Mapping[str, Vehicle]) -> Mapping[str, Vehicle]:
        """Return the listed cars by VIN; one that is listed without capabilities keeps those that were listed last."""
        known: dict[str, Vehicle] = {}
        for vin, vehicle in vehicles.items():
            car_store = self.get_car(vin)
            known[vin] = with_known_capabilities(vehicle, car_store.capabilities)
            dumped = dump_capabilities(known[vin])
            if dumped != car_store.capabilities:
                car_store.capabilities = dumped
                self.async_schedule_save()
        return known

    @callback
    def async_schedule_save(self) -> None:
        """Save the store soon: what changes often, and the histories that have changed."""
        self._file.async_delay_save(self._serialize, SAVE_DELAY)
        for vin in self._find_changed():
            self._history_file(vin).async_delay_save(partial(self._serialize_history, vin), HISTORY_SAVE_DELAY)

    async def async_save(self) -> None:
        """Save the store now."""
        for vin in self._find_changed():
            data = await self._hass.async_add_executor_job(self._serialize_history, vin)
            await self._history_file(vin).async_save(data)
        await self._file.async_save(await self._hass.async_add_executor_job(self._serialize))

    async def async_remove(self) -> None:
        """Delete all files and their backups."""
        for file in (*map(self._history_file, self._cars), self._file):
            await file.async_remove()
            await self._hass.async_add_executor_job(partial(_backup_path(file).unlink, missing_ok=True))

    def _find_changed(self) -> list[str]:
        """Return the VINs of the cars whose history differs from that in its file."""
        return [vin for vin, car in self._cars.items() if self._saved.get(vin) != _history(car)]

    def _serialize_history(self, vin: str) -> dict[str, Any]:
        car = replace(self._cars[vin])
        self._saved[vin] = _history(car)
        return {key: value for key, value in car.to_dict().items() if key in HISTORY_MEMBERS}

    def _serialize(self) -> dict[str, Any]:
        return {
            vin: {key: value for key, value in _without_history(car).items() if key not in HISTORY_MEMBERS}
            for vin, car in self._cars.copy().items()
        }


def decode_car(data: dict[str, Any]) -> tuple[CarStore, dict[str, int]]:
    """Return the stored data of a car, and by its key how many records could not be read and were left out."""
    car, unreadable = CarStore(), dict[str, int]()
    for field in fields(CarStore):
        key = field.metadata.get("alias", field.name)
        if key not in data:
            continue
        values, failed = _decode_member(field.name, key, data[key])
        if failed:
            unreadable[key] = failed
        if values is not None:
            setattr(car, field.name, values)
    if "state" in data:
        unreadable["state"] = 1
    return car, unreadable


def _decode_member(name: str, key: str, value: Any) -> tuple[Any, int]:
    """Return a member, None if it cannot be read, and how many records are missing."""
    try:
        return getattr(CarStore.from_dict({key: value}), name), 0
    except _INVALID_DATA:
        if not isinstance(value, list):
            return None, 1
    records: list[Any] = []
    for record in value:
        with suppress(*_INVALID_DATA):
            records += getattr(CarStore.from_dict({key: [record]}), name)
    return records, len(value) - len(records)


def _history(car: CarStore) -> tuple[object, ...]:
    """Return what the history file of a car holds, to compare by; lists are replaced when they change."""
    return (
        *(car.trips, car.charging_sessions, car.archived_totals, car.archived_until),
        *(car.currency, car.history_complete, car.listed_until),
        *(car.statistics_dirty_since, car.charging_dirty_since, car.statistics_kept_until),
    )


def _without_history(car: CarStore) -> dict[str, Any]:
    return replace(car, trips=[], charging_sessions=[]).to_dict()


def _backup_path(file: Store[Any]) -> Path:
    return Path(f"{file.path}.broken")


def _move_file(file: Store[Any]) -> str:
    """Move an unreadable file away, and return a sentence that says whether this succeeded."""
    try:
        Path(file.path).replace(_backup_path(file))
    except OSError as err:
        return f"The file could not be moved away ({type(err).__name__}), and will be overwritten"
    return f"The file was moved to {_backup_path(file).name}, and a new store was created"


def _copy_file(file: Store[Any]) -> str:
    """Copy a file that can be read in part, and return a sentence that says whether this succeeded."""
    try:
        _backup_path(file).touch(PRIVATE_MODE)
        copyfile(file.path, _backup_path(file))
        copymode(file.path, _backup_path(file))
    except OSError as err:
        return f"{Path(file.path).name} could not be copied ({type(err).__name__})."
    return f"There is a copy of the file: {_backup_path(file).name}."
