"""The gravest of the active alerts."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.stellantis.api import Alert, AlertSeverity
from custom_components.stellantis.history.events import Alerts

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
INFORMATION, WARNING, CRITICAL = AlertSeverity.INFORMATION, AlertSeverity.WARNING, AlertSeverity.CRITICAL


@pytest.mark.parametrize(
    ("severities", "gravest", "severity"),
    [
        ((INFORMATION, CRITICAL, WARNING), 1, CRITICAL),
        ((WARNING, WARNING), 1, WARNING),  # the latest of them
        ((None, "Odd"), 1, None),
        ((INFORMATION, "Odd"), 0, INFORMATION),
    ],
)
def test_gravest_alert(
    severities: tuple[AlertSeverity | str | None, ...], gravest: int, severity: AlertSeverity | None
) -> None:
    active = tuple(
        Alert(active=True, severity=one, started_at=NOON + timedelta(minutes=minute))
        for minute, one in enumerate(severities)
    )
    alerts = Alerts(active=active)
    assert alerts.by_severity[0] is active[gravest]
    assert len(alerts.by_severity) == len(active)
    assert alerts.severity == severity


def test_no_alert() -> None:
    assert Alerts().by_severity == []
    assert Alerts().severity is None
