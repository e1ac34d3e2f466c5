"""The steps of the config flow that can fix an error."""

from typing import Final

# Step in which the user can fix an error; the step that failed is repeated after all other errors
RETRY_STEPS: Final = {
    "access_denied": "consent",
    "certificate_expired": "certificate",
    "certificate_rejected": "certificate",
    "forbidden": "consent",
    "grant_expired": "consent",
    "hung_up": "server",
    "invalid_client": "secret",
    "not_registered": "server",
    "security_check_failed": "server",
    "server_untrusted": "certificate",
    "unauthorized": "consent",
}
# The same for a new entry: the brand of an existing one does not change
NEW_ENTRY_RETRY_STEPS: Final = {**RETRY_STEPS, "no_vehicles": "server"}


def get_retry_step(error: str, default_step: str, *, is_new: bool) -> str:
    """Return the step that can fix an error, or else the default step.

    Args:
        error: translation key of the error.
        default_step: the step that failed.
        is_new: whether the flow creates a new entry.
    """
    return (NEW_ENTRY_RETRY_STEPS if is_new else RETRY_STEPS).get(error, default_step)
