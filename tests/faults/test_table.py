"""The table in docs/reliability.md is the one that is checked."""

from .faults import FAULTS
from .moments import MOMENTS
from .table import BEGIN, PAGE, build_section, with_section
from .verdicts import VERDICTS, all_cells


def test_documentation_has_the_table() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page.count(BEGIN) == 1
    assert with_section(page) == page, "run scripts/faults --table"


def test_table_is_complete() -> None:
    """Each fault and each moment is checked, each verdict is used, and no cell has a word of its own."""
    cells = tuple(all_cells())
    assert {fault.name for fault, _, _ in cells} == {fault.name for fault in FAULTS}
    assert {moment.name for _, moment, _ in cells} == {moment.name for moment in MOMENTS}
    assert {word for _, _, word in cells} == set(VERDICTS)
    assert len({fault.test_id for fault in FAULTS}) == len(FAULTS)


def test_section_is_added_and_replaced() -> None:
    added = with_section("# Page\n")
    assert added == f"# Page\n\n{build_section()}\n"
    assert with_section(added.replace("a body of 16 MiB", "something else")) == added
