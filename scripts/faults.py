"""Write the table of faults and moments into docs/reliability.md."""

from tests.faults.table import PAGE, with_section

if __name__ == "__main__":
    PAGE.write_text(with_section(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"{PAGE.name} is written")
