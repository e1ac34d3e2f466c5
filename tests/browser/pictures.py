"""The pictures of the documentation, and what each shows: its texts and symbols, in a file for the tests to compare."""

from dataclasses import dataclass
import difflib
import hashlib
import io
from pathlib import Path
import re
from typing import Final

from PIL import Image
from playwright.async_api import Page

from tests.conftest import ROOT

PICTURES: Final = ROOT / "docs" / "images"
CONTENTS: Final = Path(__file__).parent / "contents"
COLORS: Final = 256
INTERVAL: Final = 250  # milliseconds
SETTLED: Final = 40  # intervals without a change
ADVICE: Final = (
    "a picture of the documentation is older than what it shows: run scripts/pictures, and look at the pictures"
)

# The visible texts and symbols of a page, from top to bottom
READ_SCRIPT: Final = """() => {
  const lines = [];
  const seen = (element) => {
    const box = element.getBoundingClientRect();
    const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    return inside && box.width > 0 && element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  };
  const read = (node, parent) => {
    if (node.nodeType === Node.TEXT_NODE) {
      const text = node.textContent.replace(/\\s+/g, " ").trim();
      if (text && parent && seen(parent)) lines.push(text);
      return;
    }
    if (!(node instanceof Element) || /^(script|style|svg|ha-logbook|ha-sidebar)$/.test(node.localName)) return;
    if (node.localName === "ha-icon" && node.icon && seen(node)) lines.push(node.icon);
    if (node.localName === "img" && seen(node)) lines.push(`picture ${node.alt}`);
    const isSlot = node.localName === "slot";
    const children = isSlot ? node.assignedNodes({ flatten: true }) : (node.shadowRoot || node).childNodes;
    for (const child of children) read(child, child.nodeType === Node.TEXT_NODE ? node : null);
  };
  read(document.body, document.body);
  return lines;
}"""

# What differs from run to run, though it shows the same
VARYING: Final = (
    (r"\d+(?:[.,:]\d+)*", "#"),
    (r"(?:in )?(?:#|an?) (?:second|minute|hour|day)s?(?: ago)?|\b(?:just now|now|yesterday|tomorrow|today)\b", "TIME"),
    (r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b", "DAY"),
    (r"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b", "MONTH"),
    (r"\b[AP]M\b", "AM"),
)


@dataclass
class Album:
    """The pictures of the documentation.

    Attributes:
        renew: whether pictures are taken, instead of being compared.
    """

    renew: bool

    async def check(self, page: Page, name: str) -> None:
        """Compare what a page shows with what the picture of that name shows, or take the picture."""
        picture, content = PICTURES / f"{name}.png", CONTENTS / f"{name}.txt"
        known = "" if self.renew else content.read_text(encoding="utf-8").partition("\n")[2].removesuffix("\n")
        shown = await read_settled(page, known)
        if self.renew:
            picture.write_bytes(optimize(await page.screenshot(animations="disabled", caret="hide")))
            content.parent.mkdir(exist_ok=True)
            content.write_text(f"{hash_picture(picture)}\n{shown}\n", encoding="utf-8")
            return
        changes = list(difflib.unified_diff(known.splitlines(), shown.splitlines(), lineterm="", n=0))
        assert changes == [], ADVICE + "\n" + "\n".join(changes)


async def read_settled(page: Page, known: str) -> str:
    """Return what a page shows as soon as that is known, or has not changed for a while."""
    shown, unchanged = "", 0
    while unchanged < SETTLED and (not shown or shown != known):
        await page.wait_for_timeout(INTERVAL)
        previous, shown = shown, describe(await page.evaluate(READ_SCRIPT))
        unchanged = unchanged + 1 if shown and shown == previous else 0
    return shown


def describe(lines: list[str]) -> str:
    """Return what a page shows, without what differs from run to run."""
    text = "\n".join(lines)
    for pattern, replacement in VARYING:
        text = re.sub(pattern, replacement, text)
    return text


def optimize(screenshot: bytes) -> bytes:
    """Return a smaller PNG that looks the same."""
    image = Image.open(io.BytesIO(screenshot)).convert("RGB").quantize(COLORS, dither=Image.Dither.NONE)
    smaller = io.BytesIO()
    image.save(smaller, "PNG", optimize=True)
    return smaller.getvalue()


def hash_picture(picture: Path) -> str:
    """Return the hash of a picture."""
    return hashlib.sha256(picture.read_bytes()).hexdigest()
