"""Find code that nothing uses.

The integration and the simulator must use their own code; the tests of the API library and of the simulator count too,
because both are complete libraries, and so do those in a browser, which share their Home Assistant with the demo. What
Home Assistant calls, and what describes the API's bodies, counts as used.
"""

from pathlib import Path
import sys

from vulture import Vulture

ROOT = Path(__file__).resolve().parent.parent
SEARCHED = ("custom_components", "simulator", "scripts")
USING = ("tests/api", "tests/browser", "tests/simulator")
# Names that Home Assistant, its OAuth helper, pytest or a protocol of Python prescribes
HOOKS = (
    *("CONFIG_SCHEMA", "MINOR_VERSION", "PARALLEL_UPDATES", "_attr_*", "StellantisConfigFlow"),
    *("async_create_fix_flow", "async_get_auth_implementation", "async_get_config_entry_diagnostics"),
    *("async_get_description_placeholders", "async_remove_*", "async_setup_entry", "async_step_*"),
    *(
        "_context_set",
        "annotations",
        "async_describe_events",
        "async_get_device_diagnostics",
        "async_get_tools",
        "async_get_conditions",
        "async_get_triggers",
        "async_migrate_entry",
        "async_unload_entry",
        "coordinator_context",
        "device_entry",
        "integration",
        "system_health_info",
        "pytest_*",
        "recurrence_range",
        "old_major_version",
        "old_minor_version",
        "report_not_triggered",
        "trace",
    ),
)
DECORATORS = ("@override", "@pytest.fixture", "@pytest.fixture(*)")
# Members of the API's bodies, and settings of their decoder
BODIES = ("api/models/", "api/requests/", "api/filters.py", "api/rate_limit.py", "vehicle/stored.py")
# What only tests look at
ALLOWED = frozenset(
    (
        "COMMAND_ERROR_KEYS",  # the texts of all errors of commands
        "is_estimated",
        "problem_at",
        "real_close",
        "total_energy",
    )
)


def main() -> int:
    """Print what nothing uses; return 1 if there is anything."""
    finder = Vulture(ignore_names=list(HOOKS), ignore_decorators=list(DECORATORS))
    finder.scavenge([str(ROOT / folder) for folder in (*SEARCHED, *USING)])
    unused = [
        item
        for item in finder.get_unused_code(min_confidence=60, sort_by_size=False)
        if item.filename.relative_to(ROOT).parts[0] in SEARCHED
        and item.name not in ALLOWED
        and not (item.typ == "variable" and any(part in str(item.filename) for part in BODIES))
    ]
    for item in unused:
        print(f"{item.filename.relative_to(ROOT)}:{item.first_lineno}: nothing uses the {item.typ} {item.name}")
    return int(bool(unused))


if __name__ == "__main__":
    sys.exit(main())
