"""The expected result of each fault at each moment: a verdict per kind of fault and moment, and the exceptions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from .faults import FAULTS, Fault, Kind, LocalFault
from .moments import (
    CALLBACK,
    COMMAND,
    MOMENTS,
    POLLING,
    RECONFIGURE,
    REFRESH,
    REMOVAL,
    RESTART,
    SETUP,
    Moment,
)


class Recovery(StrEnum):
    """What it takes when the fault is over."""

    NOTHING = "nothing is lost"
    ITSELF = "automatically"
    RETRY = "you see a message, and try again"
    SIGN_IN = "you sign in again"
    CERTIFICATE = "you upload a new certificate"
    DELETE = "you can delete the files yourself"
    WITHDRAW = "you can revoke the authorization in the brand's account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is expected.

    Attributes:
        entry: The state of the entry during the fault.
        entities: Whether the entities are available during the fault.
        down: The level of the only line that is logged when the fault begins; None if there is none.
        is_end_logged: Whether a line says that the fault is over.
        repairs: What Home Assistant asks the user to do, by translation key.
        recovery: What it takes when the fault is over.
    """

    entry: str = "loaded"
    entities: str = "kept"
    down: str | None = None
    is_end_logged: bool = False
    repairs: frozenset[str] = frozenset()
    recovery: Recovery = Recovery.ITSELF


_SIGN_IN: Final = Verdict(
    entities="unavailable", down="ERROR", repairs=frozenset({"sign in"}), recovery=Recovery.SIGN_IN
)

VERDICTS: Final[Mapping[str, Verdict]] = {
    "unaffected": Verdict(recovery=Recovery.NOTHING),
    "kept": Verdict(down="ERROR", is_end_logged=True),
    "unavailable later": Verdict(entities="kept, then unavailable", down="ERROR", is_end_logged=True),
    "retried": Verdict(entry="setup_retry", entities="unavailable"),
    "message": Verdict(recovery=Recovery.RETRY),
    "sign in": _SIGN_IN,
    "unavailable later, sign in": Verdict(entities="kept, then unavailable", down="ERROR", recovery=Recovery.SIGN_IN),
    "sign in first": replace(_SIGN_IN, entry="setup_error", down="WARNING"),
    "new certificate": Verdict(
        entry="setup_error",
        entities="unavailable",
        down="ERROR",
        repairs=frozenset({"certificate_expired"}),
        recovery=Recovery.CERTIFICATE,
    ),
    "unavailable later, certificate": Verdict(
        entities="kept, then unavailable",
        down="ERROR",
        repairs=frozenset({"certificate_expired"}),
        recovery=Recovery.CERTIFICATE,
    ),
    "removed": Verdict(entry="removed", entities="unavailable", recovery=Recovery.NOTHING),
    "removed, files stay": Verdict(entry="removed", entities="unavailable", down="WARNING", recovery=Recovery.DELETE),
    "removed, warning": Verdict(entry="removed", entities="unavailable", down="WARNING", recovery=Recovery.WITHDRAW),
}

_PLATFORM: Final = (Kind.UNUSABLE, Kind.REFUSED, Kind.UNAUTHORIZED, Kind.RATE_LIMITED, Kind.NO_DATA)
_OAUTH: Final = (Kind.CLIENT, Kind.AUTHORIZATION)


def _same(word: str, *kinds: Kind) -> dict[Kind, str]:
    return dict.fromkeys(kinds, word)


_AT_START: Final = {
    **_same("retried", *_PLATFORM, *_OAUTH),
    Kind.GRANT: "sign in first",
    Kind.CERTIFICATE: "new certificate",
    **_same("unaffected", Kind.CLOCK, Kind.DISK),
}
_BY_KIND: Final[Mapping[str, Mapping[Kind, str]]] = {
    SETUP.name: _AT_START,
    POLLING.name: {
        **_same("unavailable later", Kind.UNUSABLE, Kind.REFUSED, Kind.UNAUTHORIZED),
        Kind.RATE_LIMITED: "kept",
        **_same("unaffected", Kind.NO_DATA, Kind.CLOCK, Kind.DISK),
        Kind.CERTIFICATE: "unavailable later, certificate",
    },
    REFRESH.name: {
        **_same("unavailable later", *_PLATFORM, *_OAUTH),
        Kind.RATE_LIMITED: "kept",
        Kind.GRANT: "sign in",
        **_same("unaffected", Kind.CLOCK, Kind.DISK),
    },
    COMMAND.name: {**_same("message", *_PLATFORM), **_same("unaffected", Kind.CLOCK, Kind.DISK)},
    CALLBACK.name: {**_same("kept", *_PLATFORM), **_same("unaffected", Kind.CLOCK, Kind.DISK)},
    RECONFIGURE.name: {
        **_same("message", *_PLATFORM, *_OAUTH, Kind.GRANT),
        **_same("unaffected", Kind.CLOCK, Kind.DISK),
    },
    REMOVAL.name: {
        **_same("removed, warning", *_PLATFORM, *_OAUTH, Kind.GRANT),
        **_same("removed", Kind.CLOCK, Kind.DISK),
    },
    RESTART.name: {**_AT_START, Kind.STORE: "unaffected"},
}


def expected_word(fault: Fault, moment: Moment) -> str | None:
    """Return the word of the verdict that is expected; None if the fault makes no sense at the moment."""
    if moment is COMMAND and fault.is_executed:
        return "unaffected"  # the response is lost, but the command is found by its label
    if moment is REMOVAL and fault.local is LocalFault.READ_ONLY:
        return "removed, files stay"
    if moment is REFRESH and fault.is_executed:
        return "unavailable later, sign in"  # the new tokens are lost, and the old ones are invalid
    return _BY_KIND[moment.name].get(fault.kind)


def all_cells() -> Iterator[tuple[Fault, Moment, str]]:
    """Iterate over the faults, moments and words of the expected verdicts."""
    for fault in FAULTS:
        for moment in MOMENTS:
            if word := expected_word(fault, moment):
                yield fault, moment, word
