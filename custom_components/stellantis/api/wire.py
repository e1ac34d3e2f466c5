"""Format times for the API."""

from datetime import UTC, datetime, time, timedelta


def format_timestamp(moment: datetime) -> str:
    """Return a timestamp in UTC according to RFC 3339."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def format_duration(length: timedelta) -> str:
    """Return an ISO 8601 duration in whole seconds, such as PT26H30M."""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = "".join(f"{amount}{unit}" for amount, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if amount)
    return f"PT{parts or '0S'}"


def format_time_of_day(time_of_day: time) -> str:
    """Return a time of day as the duration since midnight: PT22H5M for 22:05."""
    return format_duration(timedelta(hours=time_of_day.hour, minutes=time_of_day.minute, seconds=time_of_day.second))
