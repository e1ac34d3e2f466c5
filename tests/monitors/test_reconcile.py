"""What to do about the monitors of a car, as a table: what the platform has, and what should be there."""

from typing import Any

import pytest

from custom_components.stellantis.api import Monitor, MonitoredData
from custom_components.stellantis.api.requests import DataTrigger, MonitorRequest, Operator, Trigger
from custom_components.stellantis.monitors.reconcile import reconcile

PREFIX = "Home Assistant doors "
LABEL = f"{PREFIX}12345678"
DESIRED = {
    PREFIX: MonitorRequest(
        label=LABEL,
        triggers=(Trigger("t0", DataTrigger(data=MonitoredData.LOCKED_STATE, op=Operator.ON_CHANGE)),),
        expression="t0",
    )
}


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
    ("listed", "existing", "is_current", "outdated"),
    [
        ([], None, False, []),
        ([own("1")], "1", True, []),
        # A paused one is resumed, not replaced; a failed one is written again
        ([own("1", status="Paused")], "1", True, []),
        ([own("1", status="Failed")], "1", False, []),
        # One of an older version is updated, and of two the right one stays
        ([own("1", f"{PREFIX}older")], "1", False, []),
        ([own("1", f"{PREFIX}older"), own("2")], "2", True, ["1"]),
        ([own("1"), own("2")], "1", True, ["2"]),
        # One that is no longer needed is deleted
        ([own("1"), own("2", "Home Assistant former 1")], "1", True, ["2"]),
    ],
)
def test_own(listed: list[Monitor], existing: str | None, *, is_current: bool, outdated: list[str]) -> None:
    plan = reconcile(listed, DESIRED, user_ids=(), removed_ids=())
    found = plan.own[PREFIX]
    assert (found.existing.monitor_id if found.existing else None, found.is_current) == (existing, is_current)
    assert (ids(plan.outdated), ids(plan.removed), ids(plan.orphans)) == (outdated, [], [])


def test_own_are_deleted_where_none_is_desired() -> None:
    plan = reconcile([own("1")], {}, user_ids=(), removed_ids=())
    assert (plan.own, ids(plan.outdated), ids(plan.orphans)) == ({}, ["1"], [])


def test_monitors_of_the_user_and_of_nobody() -> None:
    listed = [
        monitor("1", "Plugged in", watch="known"),
        monitor("2", "At home", watch="removed"),
        monitor("3", "At work", watch="forgotten"),
        monitor("4", "From another program"),
        # Its mark is lost, but its label is ours
        monitor("5", LABEL),
    ]
    plan = reconcile(listed, DESIRED, user_ids={"known"}, removed_ids={"removed"})
    assert (ids(plan.removed), ids(plan.orphans), ids(plan.outdated)) == (["2"], ["3", "4"], [])
    assert plan.own[PREFIX].existing is listed[4]
