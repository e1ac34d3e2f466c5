"""Numbers in texts are written as in the language of the texts."""

import pytest

from custom_components.stellantis.number_format import DECIMAL_COMMA, SPACED_PERCENT, format_number, format_percent

from .support.source import COMPONENT


@pytest.mark.parametrize(
    ("value", "language", "digits", "text"),
    [
        (12.5, "en", None, "12.5"),
        (12.5, "de", None, "12,5"),
        (20.0, "fr", None, "20"),
        (3.14159, "fi", 2, "3,14"),
        (-0.04, "nl", 1, "-0,0"),
        # The integration has no texts in these languages, Home Assistant shows the English ones
        (12.5, "pt-BR", None, "12.5"),
        (12.5, "ja", 1, "12.5"),
    ],
)
def test_numbers(value: float, language: str, digits: int | None, text: str) -> None:
    assert format_number(value, language, digits) == text


def test_languages() -> None:
    assert {path.stem for path in (COMPONENT / "translations").glob("*.json")} - {"en"} == DECIMAL_COMMA


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "12.5%"), ("nl", "12,5%"), ("de", "12,5\u00a0%"), ("fr", "12,5\u00a0%"), ("ja", "12.5%")],
)
def test_percent(language: str, text: str) -> None:
    assert format_percent(12.5, language) == text
    assert SPACED_PERCENT < DECIMAL_COMMA
