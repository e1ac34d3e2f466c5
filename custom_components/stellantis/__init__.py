"""Peugeot, Citroën, DS, Opel and Vauxhall cars, on the Stellantis API for end users."""

from collections.abc import Iterable
import logging

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv, device_registry as dr, issue_registry as ir
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.typing import ConfigType

from .account import AccountContext
from .auth.certificate_expiry import async_watch_certificate, certificate_issue_id, raise_if_expired
from .auth.lock_code import async_get_code_checker, async_hash_stored_codes
from .auth.oauth import async_get_entry_implementation
from .auth.shared_budget import async_leave_budget, async_share_budget
from .auth.tokens import EntryTokens, RefreshedTokenFile, async_forget_forced_refreshes
from .commands.charge_limit import charge_limit_issue_id
from .const import DOMAIN, FIRST_PLATFORM_COUNT, PLATFORMS
from .coordinator import VehiclesCoordinator
from .dashboard import async_remove_dashboards, async_setup_strategy
from .data import (
    StellantisConfigEntry,
    StellantisRuntimeData,
    async_create_devices,
    monitor_device_ids,
    no_cars_issue_id,
    permission_issue_id,
)
from .features import async_setup_features, list_feature_files
from .features.feature import StoredFile
from .history.files import StellantisStore
from .history.last_status import LastStatusStore
from .history.place_names import PlaceNames
from .history.prices import Prices
from .migration import async_migrate_entities
from .monitors.manager import MonitorManager
from .monitors.user_sync import async_delete_all_issues
from .polling import PollingIntervals
from .push.callback import PushManager, async_remove_webhook
from .push.withdrawal import async_pause_when_disabled, async_withdraw
from .recovery import Recovery
from .services import async_setup_services
from .statistics import async_clear_statistics, async_setup_statistics

_LOGGER = logging.getLogger(__name__)


CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:  # noqa: ARG001
    """Register the actions and the dashboard strategy, and look after disabled accounts.

    They exist even while no account is loaded.
    """
    async_setup_services(hass)
    async_pause_when_disabled(hass)
    await async_setup_strategy(hass)
    return True


async def async_migrate_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Migrate an entry of an older version; one of a newer major version is not understood."""
    if entry.version > 1:
        return False
    if entry.minor_version < 2:  # noqa: PLR2004
        async_migrate_entities(hass, entry)
        hass.config_entries.async_update_entry(entry, minor_version=2)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: StellantisConfigEntry) -> bool:
    """Set up an account with its cars."""
    await async_hash_stored_codes(hass)
    await RefreshedTokenFile(hass, entry).async_restore()
    implementation = await async_get_entry_implementation(hass, entry)
    async_watch_certificate(hass, entry, implementation.account_server.certificate_expires_at)
    tokens = EntryTokens(hass, entry, implementation)
    shared_budget = async_share_budget(hass, entry, implementation)
    client = implementation.create_client(tokens, shared_budget.budget)
    account = AccountContext(
        hass=hass,
        entry=entry,
        client=client,
        shared_budget=shared_budget,
        store=StellantisStore(hass, entry.entry_id),
        last_status=LastStatusStore(hass, entry.entry_id),
        prices=Prices(hass, entry.options),
        place_names=PlaceNames(hass),
        polling_intervals=PollingIntervals.from_options(entry.options),
        recovery=Recovery(hass, entry, client.budget),
    )
    push = PushManager(account)
    await account.store.async_load()
    await account.last_status.async_load(with_positions=account.has_scope("data:position"))
    vehicles = VehiclesCoordinator(account)
    try:
        await vehicles.async_config_entry_first_refresh()
    except ConfigEntryNotReady as err:
        raise_if_expired(implementation.account_server.certificate_expires_at, err)
        raise
    device = async_create_devices(hass, entry, vehicles.data.vehicles)
    data = entry.runtime_data = StellantisRuntimeData(
        account, tokens, vehicles, device.id, push, MonitorManager(account, push)
    )
    cars = await data.async_sync_cars()
    await async_setup_features(hass, entry)
    # Home Assistant lists entities in the order in which they are added
    for platform in PLATFORMS[:FIRST_PLATFORM_COUNT]:
        await hass.config_entries.async_forward_entry_setups(entry, [platform])
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS[FIRST_PLATFORM_COUNT:])
    async_setup_statistics(hass, entry)
    data.async_start_first_refresh(cars)
    await push.async_start()
    entry.async_on_unload(hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, data.async_stop_commands))
    # Resume commands only after the event entities exist
    data.async_for_each_car(lambda car: car.commands.async_resume())

    async def sync_cars() -> None:
        if new_cars := await data.async_sync_cars():
            data.async_start_first_refresh(new_cars)
            data.monitors.async_sync_due()

    @callback
    def handle_vehicle_list() -> None:
        entry.async_create_background_task(hass, sync_cars(), f"{DOMAIN} sync cars")

    entry.async_on_unload(vehicles.async_add_listener(handle_vehicle_list))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: StellantisConfigEntry) -> bool:
    """Unload an account after a running token refresh has finished, because it invalidates the old refresh token.

    The creation of a callback is finished, too, because it cannot be taken back.
    """
    await entry.runtime_data.push.async_stop()
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    await entry.runtime_data.async_stop_commands()
    await entry.runtime_data.push.async_wait()
    await entry.runtime_data.tokens.async_wait()
    async_forget_forced_refreshes(hass, entry)
    await entry.runtime_data.account.store.async_save()
    await entry.runtime_data.account.last_status.async_save()
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Delete the callback, revoke the consent, and delete all stored data.

    If the brand's server cannot be reached, only the local data is deleted.
    """
    await async_remove_webhook(hass, entry)
    async_leave_budget(hass, entry)
    async_delete_all_issues(hass, entry)
    for issue_id in (certificate_issue_id(entry), no_cars_issue_id(entry)):
        ir.async_delete_issue(hass, DOMAIN, issue_id)
    for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id):
        for issue_id in (permission_issue_id(device.id), charge_limit_issue_id(device.id)):
            ir.async_delete_issue(hass, DOMAIN, issue_id)
    await async_withdraw(hass, entry)
    async_forget_forced_refreshes(hass, entry)
    store = StellantisStore(hass, entry.entry_id)
    await store.async_load()
    async_clear_statistics(hass, entry, {vin: store.get_car(vin) for vin in store.vins})
    files: list[StoredFile] = [store, LastStatusStore(hass, entry.entry_id), RefreshedTokenFile(hass, entry)]
    files += list_feature_files(hass, entry)
    if not hass.config_entries.async_entries(DOMAIN):
        await async_remove_dashboards(hass)
        files.append(async_get_code_checker(hass))
    await _async_remove_files(files)


async def _async_remove_files(files: Iterable[StoredFile]) -> None:
    """Delete stored data. What cannot be deleted does not keep the rest."""
    error: OSError | None = None
    for file in files:
        try:
            await file.async_remove()
        except OSError as err:
            error = err
    if error:
        _LOGGER.warning("Not all stored data could be deleted, it remains in .storage: %s", error.strerror)


async def async_remove_config_entry_device(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    device: DeviceEntry,
) -> bool:
    """Return whether a device may be removed: it is neither the account nor one of its cars or monitors."""
    if entry.state is not ConfigEntryState.LOADED:
        return True
    current = {(DOMAIN, name) for name in (*entry.runtime_data.cars, entry.entry_id)} | monitor_device_ids(entry)
    return not device.identifiers & current
