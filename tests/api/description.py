"""The publisher's description and the checker of traffic, where they are at hand."""

from collections.abc import Iterator
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

_SHARED = Path(__file__).parents[3] / "shared"
_CHECKER = _SHARED / "conformance" / "check_traffic.py"

needs_description = pytest.mark.skipif(not _CHECKER.is_file(), reason="the description is not at hand")


@cache
def checker() -> Any:
    """The checker of recorded traffic."""
    spec = spec_from_file_location("check_traffic", _CHECKER)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.ApiChecker()


def request_problems(method: str, url: str, body: object = None) -> list[str]:
    """What the description has against a request."""
    exchange = {"kind": "api", "method": method, "url": url, "request_body": body, "status": 200, "injected": True}
    found: list[str] = checker().check(exchange)
    return found


def described_schema(name: str, *, webhook: bool = False) -> dict[str, Any]:
    """A described object."""
    spec = checker().hook if webhook else checker().spec
    found: dict[str, Any] = spec.doc["components"]["schemas"][name]
    return found


def schema_errors(name: str, body: object, *, webhook: bool = False) -> list[str]:
    """What the description has against an object."""
    spec = checker().hook if webhook else checker().spec
    described = described_schema(name, webhook=webhook)
    found: list[str] = spec.errors(described, body) + spec.unknown_properties(described, body)
    return found


def schema_member_paths(described: dict[str, Any], *, webhook: bool = False) -> Iterator[tuple[str, ...]]:
    """The paths of all members of a described object; lists are looked through."""
    spec = checker().hook if webhook else checker().spec
    for name, schemas in (spec._properties(described) or {}).items():
        yield (name,)
        part = {"allOf": schemas}
        part = spec._items(part) or part
        yield from ((name, *path) for path in schema_member_paths(part, webhook=webhook))
