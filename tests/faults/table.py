"""Prints the table of faults and moments as a section of docs/reliability.md."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from .faults import FAULTS
from .moments import MOMENTS
from .verdicts import VERDICTS, Verdict, all_cells, expected_word

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
BEGIN: Final = "<!-- faults: written by scripts/faults -->"
END: Final = "<!-- end of faults -->"
INTRODUCTION: Final = """\
## Faults

Each fault is caused at each moment at which it matters, with a running Home Assistant, the simulator, and real sockets.
`scripts/faults` checks all combinations and writes this section. The everyday tests check each fault and each moment at
least once. The first table describes the possible results, and the second has one for each combination. No stack trace
is logged, and after the fault everything is as it was before.
"""
NOTES: Final = """\
- **Setup, restart**: Home Assistant tries again after 5, 10, 20 … seconds, and logs each attempt (INFO).
- **Polling**: the fault lasts for four polls. Entities become unavailable after the third failed poll in a row.
- **Token refresh**: if the response is lost after the server has replaced the refresh token, no client can get the new
  one. Home Assistant then asks you to sign in.
- **Command**: no command is sent twice. If the response is lost, the command is found on the server by its label.
- **Callback check**: until it succeeds, the cars are polled as if there were no push.
- **Disk full, read-only folder, corrupt stores**: Home Assistant itself logs each file that it cannot write or read. It
  keeps a copy of a corrupt one and shows a repair issue. What cannot be written is kept in memory until a restart.
- **Empty cells**: the fault makes no difference at that moment, or cannot happen.
"""


def build_section() -> str:
    """Return the section, with its markers."""
    words = Counter(word for _, _, word in all_cells())
    legend = _build_table(
        ("result", "cells", "entry", "entities", "log", "log at the end", "repair issue", "how it recovers"),
        (_describe(word, count, VERDICTS[word]) for word, count in words.most_common()),
    )
    rows = ((fault.name, *(expected_word(fault, moment) or "" for moment in MOMENTS)) for fault in FAULTS)
    matrix = _build_table(("fault", *(moment.name for moment in MOMENTS)), rows)
    count = f"{len(FAULTS)} faults, {len(MOMENTS)} moments, {words.total()} cells:"
    return f"{BEGIN}\n{INTRODUCTION}\n{legend}\n{count}\n\n{matrix}\n{NOTES}{END}"


def with_section(page: str) -> str:
    """Return a page with the section in its present form."""
    before, begin, rest = page.partition(BEGIN)
    after = rest.partition(END)[2] if begin else "\n"
    return f"{before.rstrip()}\n\n{build_section()}{after}"


def _describe(word: str, count: int, verdict: Verdict) -> tuple[str, ...]:
    return (
        f"**{word}**",
        str(count),
        f"`{verdict.entry}`" if "_" in verdict.entry else verdict.entry,
        verdict.entities,
        f"one line, {verdict.down}" if verdict.down else "",
        "one line, INFO" if verdict.is_end_logged else "",
        ", ".join(f"`{name}`" if "_" in name else name for name in sorted(verdict.repairs)),
        verdict.recovery,
    )


def _build_table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    return "\n".join(_build_lines(tuple(header), rows))


def _build_lines(header: tuple[str, ...], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    yield _build_line(header)
    yield "|" + "---|" * len(header)
    for row in rows:
        yield _build_line(row)
    yield ""


def _build_line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
