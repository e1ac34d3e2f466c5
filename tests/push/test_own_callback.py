"""The account's callback among those on the platform, as tables: whose it is, and what to do about it."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.api import Callback
from custom_components.stellantis.const import CONF_CALLBACK_ID, CONF_CALLBACK_TARGET, CONF_PUSH_KEY
from custom_components.stellantis.push.address import target_digest
from custom_components.stellantis.push.own_callback import (
    SyncAction,
    build_request,
    decide,
    describe,
    is_look_due,
    is_taken,
    sort_callbacks,
)

LABEL = "Home Assistant 12345678"
HERE, BEFORE, ELSEWHERE = (f"https://{name}.example.com/api/webhook/0" for name in ("here", "before", "elsewhere"))
ENTRY = MockConfigEntry(data={CONF_PUSH_KEY: "secret", CONF_CALLBACK_ID: "1"})
REQUEST = build_request(ENTRY, LABEL, HERE)


def listed(target: str = HERE, status: str = "Running", callback_id: str = "1", **changes: Any) -> Callback:
    """Return a callback of this Home Assistant as the platform lists it."""
    subscribe = {**build_request(ENTRY, LABEL, target).to_dict(), **changes}
    return Callback.from_dict({"id": callback_id, "status": status, "subscribe": subscribe})


@pytest.mark.parametrize(
    ("existing", "written", "action"),
    [
        (None, None, SyncAction.CREATE),
        (listed(), HERE, SyncAction.LEAVE),
        (listed(), None, SyncAction.LEAVE),
        # Written, but the entry was restored from before that
        (listed(), BEFORE, SyncAction.LEAVE),
        (listed(status="Paused"), HERE, SyncAction.RESUME),
        (listed(status="Failed"), HERE, SyncAction.UPDATE),
        # The address has changed since
        (listed(BEFORE), BEFORE, SyncAction.UPDATE),
        (listed(BEFORE), None, SyncAction.UPDATE),
        # Neither what was written last nor what it should be: somebody else's
        (listed(ELSEWHERE), HERE, SyncAction.ASK),
        (listed(ELSEWHERE), BEFORE, SyncAction.ASK),
        (listed(ELSEWHERE, "Failed"), HERE, SyncAction.ASK),
        # It leads here, and only misses something
        (listed(type=["Remote"]), HERE, SyncAction.UPDATE),
        (listed(label="Renamed"), HERE, SyncAction.UPDATE),
    ],
)
def test_decide(existing: Callback | None, written: str | None, action: SyncAction) -> None:
    digest = written and target_digest(written)
    assert decide(existing, REQUEST, digest) is action
    if action is SyncAction.ASK and existing:
        assert is_taken(existing, digest)
        assert decide(existing, REQUEST, digest, take_over=True) is SyncAction.UPDATE


def test_sort_callbacks() -> None:
    """Ours are known by id, label or secret, the one in the entry first."""
    no_mark: dict[str, Any] = {"label": "Other", "callback": {"webhook": {"target": ELSEWHERE, "name": "Other"}}}
    callbacks = [
        listed(callback_id="2", callback=no_mark["callback"]),
        listed(callback_id="3", **no_mark),
        listed(callback_id="4", label="Other"),
        listed(callback_id="1", **no_mark),
        listed(callback_id="5", label="Home Assistant 87654321", callback=no_mark["callback"]),
        Callback.from_dict({"id": "6"}),
        Callback.from_dict({}),
    ]
    found = sort_callbacks(callbacks, ENTRY, LABEL)
    assert [own.id for own in found.own] == ["1", "2", "4"]
    assert [other.id for other in found.others] == ["3", "5", "6"]
    assert [describe(other) for other in found.others] == [
        "Other (elsewhere.example.com)",
        "Home Assistant 87654321 (elsewhere.example.com)",
        "6",
    ]


@pytest.mark.parametrize(
    ("data", "has_looked", "expected"),
    [
        # A lost entry may have left something: it is looked for once
        ({}, False, True),
        ({}, True, False),
        ({CONF_CALLBACK_ID: "1"}, False, True),
        # It leads here
        ({CONF_CALLBACK_ID: "1", CONF_CALLBACK_TARGET: target_digest(HERE)}, False, False),
        # It leads to an address that was taken away
        ({CONF_CALLBACK_ID: "1", CONF_CALLBACK_TARGET: target_digest(BEFORE)}, False, True),
        ({CONF_CALLBACK_ID: "1", CONF_CALLBACK_TARGET: target_digest(BEFORE)}, True, True),
    ],
)
def test_is_look_due(data: dict[str, str], *, has_looked: bool, expected: bool) -> None:
    assert is_look_due(MockConfigEntry(data=data), HERE, has_looked=has_looked) is expected
