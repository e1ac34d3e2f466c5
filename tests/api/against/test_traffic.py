"""All 36 operations and both kinds of notifications, held against the description."""

import json

from tests.api.against import test_acting as acting, test_reading as reading
from tests.api.against.conftest import Bench, WebhookReceiver
from tests.api.description import checker, needs_description


@needs_description
async def test_the_traffic_fits_the_description(bench: Bench, hook: WebhookReceiver) -> None:
    """Everything above in one run, held against the description."""
    await reading.test_reading(bench)
    await reading.test_trips_and_what_belongs_to_them(bench)
    await reading.test_alerts_and_collisions(bench)
    await acting.test_callbacks(bench, hook)
    await acting.test_a_monitor_and_what_it_tells(bench, hook)
    await acting.test_remotes_and_their_fate(bench, hook)
    check = checker()
    check.exercised.clear()
    found = [
        problem
        for line in bench.traffic_log.read_text(encoding="utf-8").splitlines()
        for problem in check.check(json.loads(line))
    ]
    assert found == []
    assert [operation for operation in check.operations() if not check.exercised[operation]] == []
    assert check.exercised["NOTIFICATION"] > len(acting.ACTIONS)
