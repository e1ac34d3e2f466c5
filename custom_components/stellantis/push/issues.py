"""Repair issues of push."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..api import Callback
from ..const import DOMAIN
from .own_callback import describe

LEARN_MORE_URL: Final = "https://github.com/stellantis-home-assistant/stellantis#push"


class PushIssue(StrEnum):
    """Repair issues of push; the values are translation keys."""

    CALLBACK_FAILED = "callback_failed"
    # These have a repair flow
    CALLBACK_TAKEN = "callback_taken"
    OTHER_CALLBACKS = "other_callbacks"


# One issue for all accounts, because they lack the same public URL
_NO_ADDRESS_ID: Final = "no_public_address"


@callback
def async_create_push_issue(
    hass: HomeAssistant, entry: ConfigEntry[Any], issue: PushIssue, *, is_fixable: bool = False
) -> None:
    """Create an issue of an account."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        _issue_id(entry, issue),
        data=_flow_data(entry, issue) if is_fixable else None,
        is_fixable=is_fixable,
        learn_more_url=LEARN_MORE_URL,
        severity=ir.IssueSeverity.WARNING,
        translation_key=issue.value,
        translation_placeholders={"account": entry.title},
    )


@callback
def async_update_address_issue(hass: HomeAssistant, entry: ConfigEntry[Any], *, is_missing: bool) -> None:
    """Name an account in the issue that there is no public URL, or no longer. Delete the issue that names none."""
    registry = ir.async_get(hass)
    issue = registry.async_get_issue(DOMAIN, _NO_ADDRESS_ID)
    accounts = dict(issue.data or {}) if issue else {}
    # Former versions created an issue for each account
    former = registry.async_get_issue(DOMAIN, f"{_NO_ADDRESS_ID}_{entry.entry_id}")
    if former:
        ir.async_delete_issue(hass, DOMAIN, former.issue_id)
    if is_missing:
        accounts[entry.entry_id] = entry.title
    elif accounts.pop(entry.entry_id, None) is None:
        return
    elif not accounts:
        ir.async_delete_issue(hass, DOMAIN, _NO_ADDRESS_ID)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        _NO_ADDRESS_ID,
        data=accounts,
        is_fixable=False,
        learn_more_url=LEARN_MORE_URL,
        severity=ir.IssueSeverity.WARNING,
        translation_key="no_public_address",
        translation_placeholders={"accounts": ", ".join(sorted(map(str, accounts.values())))},
    )
    if former and former.dismissed_version:
        ir.async_ignore_issue(hass, DOMAIN, _NO_ADDRESS_ID, ignore=True)


@callback
def async_update_other_callbacks_issue(
    hass: HomeAssistant, entry: ConfigEntry[Any], other_callbacks: Sequence[Callback]
) -> None:
    """Create the issue that names callbacks that this Home Assistant did not create, or delete it without any."""
    issue = PushIssue.OTHER_CALLBACKS
    if not other_callbacks:
        async_delete_push_issue(hass, entry, issue)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        _issue_id(entry, issue),
        data=_flow_data(entry, issue),
        is_fixable=True,
        learn_more_url=LEARN_MORE_URL,
        severity=ir.IssueSeverity.WARNING,
        translation_key="other_callbacks",
        translation_placeholders={
            "account": entry.title,
            "names": "\n".join(f"- {name}" for name in sorted(map(describe, other_callbacks))),
        },
    )


@callback
def async_create_callback_left_issue(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Create the issue that the callback of a removed entry could not be deleted; it stays after a restart."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        _callback_left_issue_id(entry),
        is_fixable=False,
        is_persistent=True,
        learn_more_url=LEARN_MORE_URL,
        severity=ir.IssueSeverity.WARNING,
        translation_key="callback_left",
        translation_placeholders={"account": entry.title},
    )


@callback
def async_delete_callback_left_issue(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Delete that issue, because an entry of the same account looks after the callback."""
    ir.async_delete_issue(hass, DOMAIN, _callback_left_issue_id(entry))


def _callback_left_issue_id(entry: ConfigEntry[Any]) -> str:
    """Return an id that another entry of the same account has, too."""
    return f"callback_left_{entry.unique_id}"


@callback
def async_delete_push_issue(hass: HomeAssistant, entry: ConfigEntry[Any], issue: PushIssue) -> None:
    """Delete an issue of an account."""
    ir.async_delete_issue(hass, DOMAIN, _issue_id(entry, issue))


def _flow_data(entry: ConfigEntry[Any], issue: PushIssue) -> dict[str, str | int | float | None]:
    """Return the data of an issue for its repair flow."""
    return {"entry_id": entry.entry_id, "issue": issue.value}


def _issue_id(entry: ConfigEntry[Any], issue: PushIssue) -> str:
    return f"{issue}_{entry.entry_id}"
