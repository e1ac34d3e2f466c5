"""Times as the API reads them."""

from datetime import UTC, datetime, time, timedelta


def format_timestamp(instant: datetime) -> str:
    """RFC 3339, in UTC."""
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def format_duration(length: timedelta) -> str:
    """ISO 8601, of whole seconds: PT26H30M."""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = "".join(f"{amount}{unit}" for amount, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if amount)
    return f"PT{parts or '0S'}"


def format_time_of_day(time_of_day: time) -> str:
    """A time of day as the duration since midnight: PT22H5M is 22:05."""
    return format_duration(timedelta(hours=time_of_day.hour, minutes=time_of_day.minute, seconds=time_of_day.second))
