"""The examples in the documentation."""

from collections.abc import Iterator
from pathlib import Path
import re
from textwrap import dedent
from typing import Any, Final

from homeassistant.util.yaml import parse_yaml

from .source import ROOT

PAGES: Final = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")))
_CODE: Final = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)


def read_code(page: Path) -> Iterator[tuple[str, str]]:
    """Yield the language and the text of each block of code on a page."""
    for _, language, text in _CODE.findall(page.read_text(encoding="utf-8")):
        yield language, dedent(text)


def read_yaml_examples(page: Path) -> list[dict[str, Any]]:
    """Return the YAML examples of a page."""
    examples = []
    for language, text in read_code(page):
        if language == "yaml":
            example = parse_yaml(text)
            assert isinstance(example, dict), text
            examples.append(example)
    return examples
