"""How long a server asks to wait, from the headers of its response."""

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
import math
from time import time

MIN_RETRY_AFTER = 1.0
"""In seconds. A server that asks for less would be asked again at once, over and over."""
MAX_RETRY_AFTER = 86400.0
"""In seconds. The longest window of the rate limits; whatever is longer is a mistake of the server."""

# A number of seconds from this on is the time of a clock: 2001 for seconds, and 1970 + 11.5 days for milliseconds
_MIN_EPOCH = 1e9
_MIN_EPOCH_MILLISECONDS = 1e11


def parse_retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds to wait from `Retry-After`, else from `X-RateLimit-Reset`; None if neither is valid.

    Both may contain seconds, an HTTP date, or the seconds or milliseconds of a clock. The result is between
    MIN_RETRY_AFTER and MAX_RETRY_AFTER.
    """
    now = _parse_date(headers.get("Date", ""))
    for name in ("Retry-After", "X-RateLimit-Reset"):
        seconds = _parse_seconds(headers.get(name, ""), time() if now is None else now)
        if seconds is not None:
            return min(max(seconds, MIN_RETRY_AFTER), MAX_RETRY_AFTER)
    return None


def _parse_seconds(text: str, now: float) -> float | None:
    """Return the seconds from now; None if the text is neither a number nor a date."""
    try:
        number = float(text)
    except ValueError:
        date = _parse_date(text)
        return None if date is None else date - now
    if not math.isfinite(number) or number < 0:
        return None
    if number >= _MIN_EPOCH_MILLISECONDS:
        return number / 1000 - now
    return number - now if number >= _MIN_EPOCH else number


def _parse_date(text: str) -> float | None:
    """Return the timestamp of an HTTP date; None if it is not one."""
    try:
        date = parsedate_to_datetime(text)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except ValueError, OverflowError:
        return None
