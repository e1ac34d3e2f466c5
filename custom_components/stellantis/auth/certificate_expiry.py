"""A repair issue that tells when the client certificate of an account expires."""

from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryError, ConfigEntryNotReady
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..errors import CERTIFICATE_ERRORS

WARNING_PERIOD: Final = timedelta(days=30)
CHECK_INTERVAL: Final = timedelta(hours=12)


def certificate_issue_id(entry: ConfigEntry[Any]) -> str:
    """Return the id of the issue about the certificate of an entry."""
    return f"certificate_expires_{entry.entry_id}"


def is_expired(expires_at: datetime | None, now: datetime) -> bool:
    """Return whether a certificate has expired; False if there is none."""
    return expires_at is not None and expires_at <= now


def expiry_severity(expires_at: datetime | None, now: datetime) -> ir.IssueSeverity | None:
    """Return how severe the end of a certificate is; None if there is nothing to tell yet."""
    if expires_at is None or expires_at - now > WARNING_PERIOD:
        return None
    return ir.IssueSeverity.ERROR if is_expired(expires_at, now) else ir.IssueSeverity.WARNING


def raise_if_expired(expires_at: datetime | None, err: ConfigEntryNotReady) -> None:
    """Raise the cause of a failed setup, if it is an expired certificate: trying again does not help.

    Args:
        expires_at: when the certificate expires; None if there is none.
        err: the error of the setup, caused by the error of an update, caused by an API error.

    Raises:
        ConfigEntryError: the certificate has expired, and the server refuses it.
    """
    update_error = err.__cause__
    cause = update_error.__cause__ if update_error else None
    if is_expired(expires_at, dt_util.utcnow()) and isinstance(cause, CERTIFICATE_ERRORS):
        raise ConfigEntryError(translation_domain=DOMAIN, translation_key="certificate_expired") from err


@callback
def async_watch_certificate(hass: HomeAssistant, entry: ConfigEntry[Any], expires_at: datetime | None) -> None:
    """Create, update or delete the issue now and twice a day, until the entry is unloaded."""

    @callback
    def update_issue(now: datetime) -> None:
        severity = expiry_severity(expires_at, now)
        if expires_at is None or severity is None:
            ir.async_delete_issue(hass, DOMAIN, certificate_issue_id(entry))
            return
        ir.async_create_issue(
            hass,
            DOMAIN,
            certificate_issue_id(entry),
            is_fixable=False,
            severity=severity,
            translation_key="certificate_expired" if is_expired(expires_at, now) else "certificate_expires",
            translation_placeholders={
                "account": entry.title,
                "date": dt_util.as_local(expires_at).date().isoformat(),
            },
        )

    update_issue(dt_util.utcnow())
    entry.async_on_unload(async_track_time_interval(hass, update_issue, CHECK_INTERVAL, cancel_on_shutdown=True))
