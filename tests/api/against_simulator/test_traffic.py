"""The traffic of all 36 operations and both types of notifications matches the API description."""

import json

from tests.api.against_simulator import test_read_operations as read_tests, test_write_operations as write_tests
from tests.api.against_simulator.conftest import Harness, WebhookReceiver
from tests.api.description import checker, needs_description


@needs_description
async def test_traffic_matches_the_api_description(harness: Harness, receiver: WebhookReceiver) -> None:
    """Run all other tests of this folder, then check their recorded traffic."""
    await read_tests.test_vehicle_operations(harness)
    await read_tests.test_trip_operations(harness)
    await read_tests.test_alert_and_collision_operations(harness)
    await write_tests.test_callbacks(harness, receiver)
    await write_tests.test_monitor_and_its_notifications(harness, receiver)
    await write_tests.test_commands_and_their_results(harness, receiver)
    check = checker()
    check.exercised.clear()
    problems = [
        problem
        for line in harness.traffic_log.read_text(encoding="utf-8").splitlines()
        for problem in check.check(json.loads(line))
    ]
    assert problems == []
    assert [operation for operation in check.operations() if not check.exercised[operation]] == []
    assert check.exercised["NOTIFICATION"] > len(write_tests.ACTIONS)
