"""Access to the OpenAPI description of the API and the traffic checker, if they are available."""

from collections.abc import Iterator
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

_SHARED = Path(__file__).parents[3] / "shared"
_CHECKER = _SHARED / "conformance" / "check_traffic.py"

needs_description = pytest.mark.skipif(not _CHECKER.is_file(), reason="the API description is not available")


@cache
def checker() -> Any:
    """Return the checker of recorded traffic."""
    spec = spec_from_file_location("check_traffic", _CHECKER)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.ApiChecker()


def request_problems(method: str, url: str, body: object = None) -> list[str]:
    """Return the violations of the description by a request."""
    exchange = {"kind": "api", "method": method, "url": url, "request_body": body, "status": 200, "injected": True}
    violations: list[str] = checker().check(exchange)
    return violations


def described_schema(name: str, *, webhook: bool = False) -> dict[str, Any]:
    """Return the schema of an object."""
    spec = checker().hook if webhook else checker().spec
    result: dict[str, Any] = spec.doc["components"]["schemas"][name]
    return result


def schema_errors(name: str, body: object, *, webhook: bool = False) -> list[str]:
    """Return the violations of the description by an object."""
    spec = checker().hook if webhook else checker().spec
    described = described_schema(name, webhook=webhook)
    violations: list[str] = spec.errors(described, body) + spec.unknown_properties(described, body)
    return violations


def schema_member_paths(described: dict[str, Any], *, webhook: bool = False) -> Iterator[tuple[str, ...]]:
    """Yield the paths of all members of a schema, including those of list items."""
    spec = checker().hook if webhook else checker().spec
    for name, schemas in (spec._properties(described) or {}).items():
        yield (name,)
        part = {"allOf": schemas}
        part = spec._items(part) or part
        yield from ((name, *path) for path in schema_member_paths(part, webhook=webhook))
