"""Numbers in texts that the frontend does not format."""

from typing import Final

# The languages of the integration's texts with a decimal comma; in any other language the texts are English
DECIMAL_COMMA: Final = frozenset(("cs", "da", "de", "es", "fi", "fr", "it", "nb", "nl", "pl", "pt", "sl", "sv"))
# Those that set the percent sign apart, with a space at which no line is broken
SPACED_PERCENT: Final = frozenset(("cs", "da", "de", "es", "fi", "fr", "nb", "sl", "sv"))


def format_number(value: float, language: str, digits: int | None = None) -> str:
    """Return a number as it is written in a language.

    Args:
        value: The number.
        language: The language of Home Assistant.
        digits: The number of decimals; as many as the number has by default.
    """
    text = f"{value:.15g}" if digits is None else f"{value:.{digits}f}"
    return text.replace(".", ",") if language in DECIMAL_COMMA else text


def format_percent(value: float, language: str, digits: int | None = None) -> str:
    """Return a number of percents as it is written in a language; the arguments are those of `format_number`."""
    space = "\u00a0" if language in SPACED_PERCENT else ""
    return f"{format_number(value, language, digits)}{space}%"
