"""What the geocoder answers, and how long it is left alone if it does not."""

from datetime import timedelta
import json
from typing import Any

import pytest

from custom_components.stellantis.features.place_names.finder import FIRST_PAUSE, MAX_PAUSE, get_pause
from custom_components.stellantis.features.place_names.geocoder import GeocoderError, read_name

STREET = {"name": "Rue du Bac", "address": {"road": "Rue du Bac", "suburb": "7e", "city": "Paris"}}


@pytest.mark.parametrize(
    ("found", "name"),
    [
        (STREET, "Rue du Bac, Paris"),
        ({"name": "", "address": {"road": "Rue du Bac", "village": "Bac"}}, "Rue du Bac, Bac"),
        ({"name": "Bac", "address": {"village": "Bac", "county": "Marne"}}, "Bac"),
        ({"name": None, "address": {"road": 5, "county": "Marne"}}, "Marne"),
        ({"name": " A \n B ", "address": {}}, "A B"),
        ({"name": "A" * 300, "address": {}}, "A" * 100),
        ({"address": {"country": "France"}}, None),
        ({"error": "Unable to geocode"}, None),
    ],
)
def test_name(found: Any, name: str | None) -> None:
    for status in (200, 404):
        assert read_name(status, {}, json.dumps(found).encode()) == name


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b"{}", b'{"error": "Internal"}', b'{"address": "A"}'])
def test_garbage(body: bytes) -> None:
    with pytest.raises(GeocoderError):
        read_name(200, {}, body)


@pytest.mark.parametrize(
    ("status", "headers", "pauses"),
    [
        (500, {}, [FIRST_PAUSE, 4 * FIRST_PAUSE, 16 * FIRST_PAUSE, 64 * FIRST_PAUSE, MAX_PAUSE, MAX_PAUSE]),
        (429, {"Retry-After": "7200"}, [timedelta(hours=2)] * 2),
        (429, {"Retry-After": "1"}, [FIRST_PAUSE]),
        (503, {"Retry-After": "9999999"}, [MAX_PAUSE]),
        (403, {}, [MAX_PAUSE]),
        (302, {"Location": "https://example.com"}, [FIRST_PAUSE]),
    ],
)
def test_pause(status: int, headers: dict[str, str], pauses: list[timedelta]) -> None:
    with pytest.raises(GeocoderError) as raised:
        read_name(status, headers, json.dumps(STREET).encode())
    assert [get_pause(raised.value, failures) for failures in range(len(pauses))] == pauses
