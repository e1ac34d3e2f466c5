"""How tests/afterwards finds private data."""

import pytest

from tests.support.privacy import SecretFinder

SECRETS = ("VR3UPHNKSKT101603", "driver@example.com", "48.8512", "-1.5532", "0f3c2a9e")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Polled the car", set()),
        ("Polled VR3UPHNKSKT101603", {"VR3UPHNKSKT101603"}),
        ('{"vin":"VR3UPHNKSKT101603","email":"driver@example.com"}', {"VR3UPHNKSKT101603", "driver@example.com"}),
        ("VR3UPHNKSKT10160", set()),
        ("/api/webhook/0f3c2a9e", {"0f3c2a9e"}),
        ("latitude 48.8512, longitude -1.5532", {"48.8512", "-1.5532"}),
        ("48.851234", {"48.8512"}),
        ('{"latitude":48.8512}', {"48.8512"}),
        # Neither a time, a duration nor a part of a longer number
        ("2026-11-20 12:00:48.851234", set()),
        ("took 48.8512 seconds", set()),
        ("took 48.85123s", set()),
        ("1793448.8512", set()),
    ],
)
def test_secret_finder(text: str, found: set[str]) -> None:
    assert SecretFinder(SECRETS).find(text) == found
