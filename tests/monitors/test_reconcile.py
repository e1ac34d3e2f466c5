"""What to do about the monitors of a car, as a table: what the platform has, and what should be there."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.stellantis.api import Monitor, MonitoredData
from custom_components.stellantis.api.requests import DataTrigger, MonitorRequest, Operator, Trigger
from custom_components.stellantis.monitors.reconcile import WantedMonitor, WrittenMonitor, reconcile
from custom_components.stellantis.monitors.request import (
    ATTR_DIGEST,
    ATTR_OWNER,
    compute_digest,
    compute_listed_digest,
    with_ownership,
)
from custom_components.stellantis.push.own_callback import SyncAction

PREFIX = "Home Assistant doors "
LABEL = f"{PREFIX}12345678"
REQUEST = MonitorRequest(
    label=LABEL,
    triggers=(Trigger("t0", DataTrigger(data=MonitoredData.LOCKED_STATE, op=Operator.ON_CHANGE)),),
    expression="t0",
)
DESIRED = {PREFIX: REQUEST}


def monitor(monitor_id: str, label: str, status: str = "Running", **attributes: str) -> Monitor:
    """Return a monitor as the platform lists it; `attributes` are those of its notifications."""
    extended: list[dict[str, Any]] = [{"type": "Body", "key": key, "value": value} for key, value in attributes.items()]
    definition = {"label": label, "attributes": extended}
    return Monitor.from_dict({"monitorId": monitor_id, "status": status, "monitor": definition})


def own(monitor_id: str, label: str = LABEL, status: str = "Running") -> Monitor:
    """Return a monitor that the integration created for push."""
    return monitor(monitor_id, label, status, car="tag")


def ids(monitors: Any) -> list[str]:
    """Return the ids of monitors."""
    return [one.monitor_id for one in monitors]


@pytest.mark.parametrize(
    ("listed", "existing", "action", "unneeded"),
    [
        ([], None, SyncAction.CREATE, []),
        ([own("1")], "1", SyncAction.LEAVE, []),
        # A paused one is resumed, not replaced; a failed one is written again
        ([own("1", status="Paused")], "1", SyncAction.RESUME, []),
        ([own("1", status="Failed")], "1", SyncAction.UPDATE, []),
        # One of an older version is updated, and of two the right one stays
        ([own("1", f"{PREFIX}older")], "1", SyncAction.UPDATE, []),
        ([own("1", f"{PREFIX}older"), own("2")], "2", SyncAction.LEAVE, ["1"]),
        ([own("1"), own("2")], "1", SyncAction.LEAVE, ["2"]),
        # One that is no longer needed is deleted
        ([own("1"), own("2", "Home Assistant former 1")], "1", SyncAction.LEAVE, ["2"]),
    ],
)
def test_own(listed: list[Monitor], existing: str | None, action: SyncAction, unneeded: list[str]) -> None:
    plan = reconcile(listed, DESIRED, {})
    found = plan.own[PREFIX]
    assert (found.existing.monitor_id if found.existing else None, found.action) == (existing, action)
    assert (ids(plan.unneeded), ids(plan.orphans)) == (unneeded, [])


@pytest.mark.parametrize(("undecided", "unneeded"), [((), ["1"]), ((PREFIX,), [])])
def test_own_that_may_be_needed_stays(undecided: tuple[str, ...], unneeded: list[str]) -> None:
    """A car that has not told whether it has a plug keeps its monitor of the plug."""
    plan = reconcile([own("1")], {}, {}, undecided=undecided)
    assert (plan.own, ids(plan.unneeded), ids(plan.orphans)) == ({}, unneeded, [])


def test_monitors_of_the_user_and_of_nobody() -> None:
    listed = [
        monitor("1", "Plugged in", watch="known"),
        monitor("2", "At home", watch="removed"),
        monitor("3", "At work", watch="forgotten"),
        monitor("4", "From another program"),
        # Its mark is lost, but its label is ours
        monitor("5", LABEL),
    ]
    plan = reconcile(listed, DESIRED, {"known": WantedMonitor(request=REQUEST)}, removed_ids={"removed"})
    assert (ids(plan.unneeded), ids(plan.orphans)) == (["2"], ["3", "4"])
    assert plan.own[PREFIX].existing is listed[4]


# --- the user's monitors

EDITED = replace(REQUEST, label="Edited here")
THEIRS = replace(REQUEST, label="Edited there")
DIGEST = compute_digest(REQUEST)


def listed_monitor(request: MonitorRequest, status: str = "Running", **changes: Any) -> Monitor:
    """Return a user's monitor as the platform lists it after it was written; `changes` are those of the platform."""
    body = {**with_ownership(request, "w1").to_dict(), **changes}
    return Monitor.from_dict({"monitorId": "1", "status": status, "monitor": body})


def changed_by_hand(label: str) -> Monitor:
    """Return a monitor that somebody changed on the platform, who left our attributes as they were."""
    return listed_monitor(REQUEST, label=label)


def by_the_server() -> Monitor:
    """Return a monitor as a server lists it that adds a default and another order."""
    body = with_ownership(REQUEST, "w1").to_dict()
    trigger = {**body["triggerParam"]["triggers"][0], "data": {"data": "vehicle.doorsState.lockedState", "op": "other"}}
    return listed_monitor(
        REQUEST,
        attributes=body["attributes"][::-1],
        subscribeParam={"refreshEvent": 300},
        triggerParam={"triggers": [trigger], "boolExp": "(t0)"},
    )


def seen(monitor: Monitor) -> WrittenMonitor:
    """Return what is remembered after the monitor was written and listed."""
    return WrittenMonitor(digest=DIGEST, listed=compute_listed_digest(monitor))


@pytest.mark.parametrize(
    ("existing", "wanted", "written", "action"),
    [
        (None, REQUEST, None, SyncAction.CREATE),
        (listed_monitor(REQUEST), REQUEST, None, SyncAction.LEAVE),
        (listed_monitor(REQUEST), REQUEST, seen(listed_monitor(REQUEST)), SyncAction.LEAVE),
        # Paused is the user's choice, failed is not
        (listed_monitor(REQUEST, "Paused"), REQUEST, None, SyncAction.LEAVE),
        (listed_monitor(REQUEST, "Failed"), REQUEST, None, SyncAction.RESUME),
        # Edited here
        (listed_monitor(REQUEST), EDITED, None, SyncAction.UPDATE),
        (listed_monitor(REQUEST), EDITED, seen(listed_monitor(REQUEST)), SyncAction.UPDATE),
        (listed_monitor(EDITED), EDITED, seen(listed_monitor(REQUEST)), SyncAction.LEAVE),
        # Changed by hand on the platform
        (changed_by_hand("Theirs"), REQUEST, None, SyncAction.ASK),
        (changed_by_hand("Theirs"), REQUEST, seen(listed_monitor(REQUEST)), SyncAction.ASK),
        (changed_by_hand("Theirs"), EDITED, seen(listed_monitor(REQUEST)), SyncAction.ASK),
        # Written by another Home Assistant, one from a copy of this one, whose own attributes are right
        (listed_monitor(THEIRS), REQUEST, seen(listed_monitor(REQUEST)), SyncAction.ASK),
        # The server lists it otherwise than it was written: what it listed after our own write counts
        (by_the_server(), REQUEST, None, SyncAction.ASK),
        (by_the_server(), REQUEST, seen(by_the_server()), SyncAction.LEAVE),
        (by_the_server(), EDITED, seen(by_the_server()), SyncAction.UPDATE),
        # Invalid, or refused a short time ago
        (None, None, None, SyncAction.LEAVE),
    ],
)
def test_monitor_of_the_user(
    existing: Monitor | None, wanted: MonitorRequest | None, written: WrittenMonitor | None, action: SyncAction
) -> None:
    plan = reconcile(
        [existing] if existing else [], {}, {"w1": WantedMonitor(request=wanted, written=written)}, removed_ids=()
    )
    assert plan.user["w1"].action is action
    assert (ids(plan.unneeded), ids(plan.orphans)) == ([], [])


def test_order_does_not_matter() -> None:
    attributes = [{"type": "Body", "key": key, "value": "x"} for key in ("b", "a", ATTR_OWNER, ATTR_DIGEST)]
    one, other = (
        Monitor.from_dict({"monitorId": "1", "monitor": {"label": "x", "attributes": order}})
        for order in (attributes, attributes[::-1])
    )
    assert compute_listed_digest(one) == compute_listed_digest(other)


def test_duplicates_of_the_user_are_deleted() -> None:
    changed, right = changed_by_hand("Theirs"), replace(listed_monitor(REQUEST), monitor_id="2")
    plan = reconcile([changed, right], {}, {"w1": WantedMonitor(request=REQUEST)})
    assert plan.user["w1"].existing is right
    assert ids(plan.unneeded) == ["1"]
