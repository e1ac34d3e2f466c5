"""Pictures of a car with an overlay that shows locks, open doors, plug and charging."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Any, Final, Self

from PIL import Image, ImageDraw, ImageFont

from ..api import OpeningIdentifier, OpeningState
from .state import VehicleState
from .stored import StoredModel, stored_as

# Cars without a roof window always report it as open
DOORS: Final = frozenset(OpeningIdentifier) - {OpeningIdentifier.ROOF_WINDOW}
FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")
# A source picture is decoded as a whole
MAX_SOURCE_PIXELS: Final = 24_000_000
MAX_SIZE: Final = (1280, 1280)

type Color = tuple[int, int, int]

BACKGROUND: Final[Color] = (24, 28, 34)
BACKGROUND_ALPHA: Final = 200
WHITE: Final[Color] = (255, 255, 255)
AMBER: Final[Color] = (255, 190, 80)
GREEN: Final[Color] = (120, 224, 140)

# A symbol is drawn shape by shape on a square tile of this many pixels, and scaled down for smooth edges
TILE_SIZE: Final = 240
type Shape = tuple[str, tuple[float, ...], dict[str, Any]]
LOCKED: Final[tuple[Shape, ...]] = (
    ("rounded_rectangle", (70, 22, 170, 190), {"radius": 50, "outline": 255, "width": 24}),
    ("rounded_rectangle", (42, 106, 198, 216), {"radius": 22, "fill": 255}),
    ("ellipse", (104, 144, 136, 176), {"fill": 0}),
)
UNLOCKED: Final[tuple[Shape, ...]] = (
    ("rounded_rectangle", (134, 22, 234, 190), {"radius": 50, "outline": 255, "width": 24}),
    ("rectangle", (160, 92, 240, 240), {"fill": 0}),
    ("rounded_rectangle", (22, 106, 178, 216), {"radius": 22, "fill": 255}),
    ("ellipse", (84, 144, 116, 176), {"fill": 0}),
)
DOOR: Final[tuple[Shape, ...]] = (
    ("polygon", (34, 216, 34, 118, 112, 26, 206, 26, 206, 216), {"fill": 255}),
    ("polygon", (68, 116, 124, 50, 182, 50, 182, 116), {"fill": 0}),
    ("rounded_rectangle", (142, 136, 184, 152), {"radius": 8, "fill": 0}),
)
PLUG: Final[tuple[Shape, ...]] = (
    ("rounded_rectangle", (74, 16, 98, 100), {"radius": 12, "fill": 255}),
    ("rounded_rectangle", (142, 16, 166, 100), {"radius": 12, "fill": 255}),
    ("rectangle", (44, 74, 196, 110), {"fill": 255}),
    ("pieslice", (44, 34, 196, 186), {"start": 0, "end": 180, "fill": 255}),
    ("rounded_rectangle", (108, 170, 132, 230), {"radius": 12, "fill": 255}),
)
BOLT: Final[tuple[Shape, ...]] = (("polygon", (140, 10, 48, 138, 112, 138, 94, 230, 192, 98, 126, 98), {"fill": 255}),)


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayState(StoredModel):
    """The state of a car as far as the overlay shows it.

    Attributes:
        is_unlocked: Whether any part of the car is unlocked; None if unknown.
        open_count: Number of open doors and lids.
        is_plugged_in: Whether a charging cable is plugged in.
        is_charging: Whether the traction battery is charging.
        battery_level: Level of the traction battery in %, while a cable is plugged in.
    """

    is_unlocked: bool | None = field(default=None, metadata=stored_as("unlocked"))
    open_count: int = field(default=0, metadata=stored_as("open"))
    is_plugged_in: bool = field(default=False, metadata=stored_as("plugged"))
    is_charging: bool = field(default=False, metadata=stored_as("charges"))
    battery_level: int | None = field(default=None, metadata=stored_as("level"))

    @property
    def symbols(self) -> Iterator[tuple[tuple[Shape, ...], Color, str]]:
        """The shapes, the color and the caption of each symbol."""
        if self.is_unlocked is not None:
            yield (UNLOCKED, AMBER, "") if self.is_unlocked else (LOCKED, WHITE, "")
        if self.open_count:
            yield DOOR, AMBER, str(self.open_count)
        if self.is_plugged_in:
            text = "" if self.battery_level is None else f"{self.battery_level} %"
            yield (BOLT, GREEN, text) if self.is_charging else (PLUG, WHITE, text)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedOverlay(StoredModel):
    """An overlay with its time.

    Attributes:
        overlay: None if the car reports nothing that the overlay shows.
        measured_at: The latest time of the parts that the overlay shows, else of the car's status.
    """

    overlay: OverlayState | None = field(default=None, metadata=stored_as("look"))
    measured_at: datetime | None = field(default=None, metadata=stored_as("at"))

    @classmethod
    def from_vehicle_state(cls, state: VehicleState) -> Self:
        """Build the overlay for the state of a car."""
        energy, doors, charging = state.electric, state.status.doors_state, state.charging
        parts = [part for part in (energy if charging else None, doors) if part]
        if not parts:
            return cls(measured_at=state.status.measured_at)
        is_plugged_in = state.is_charging or bool(charging and charging.plugged)
        level = state.battery_level if is_plugged_in else None
        opened = {door for door, opening in state.openings.items() if opening == OpeningState.OPEN}
        overlay = OverlayState(
            is_unlocked=state.is_unlocked,
            open_count=len(opened & DOORS),
            is_plugged_in=is_plugged_in,
            is_charging=state.is_charging,
            battery_level=None if level is None else round(level),
        )
        times = [part.measured_at for part in parts if part.measured_at]
        return cls(overlay=overlay, measured_at=max(times, default=state.status.measured_at))

    def is_same(self, other: DatedOverlay) -> bool:
        """Return whether the other overlay shows the same, or nothing is known of it."""
        return other.overlay in (None, self.overlay)


def draw_overlay(source: bytes, overlay: OverlayState | None) -> tuple[str, bytes]:
    """Draw an overlay onto a picture. Slow: run it in an executor.

    Returns:
        The content type and the content of the new picture.

    Raises:
        ValueError: The source is not a picture, or it is too large.
    """
    try:
        with Image.open(BytesIO(source), formats=FORMATS) as picture:
            if picture.width * picture.height > MAX_SOURCE_PIXELS:
                raise ValueError("too many pixels")
            picture.thumbnail(MAX_SIZE)
            opaque = not picture.has_transparency_data
            canvas = picture.convert("RGBA")
    except (OSError, SyntaxError, EOFError, Image.DecompressionBombError) as err:
        raise ValueError("not a picture") from err
    if strip := _draw_strip(overlay, max(canvas.width // 16, 28)) if overlay else None:
        # At the top, because dashboard cards show text at the bottom
        canvas.alpha_composite(strip, ((canvas.width - strip.width) // 2, strip.height // 3))
    file = BytesIO()
    (canvas.convert("RGB") if opaque else canvas).save(file, "JPEG" if opaque else "PNG", quality=90)
    return "image/jpeg" if opaque else "image/png", file.getvalue()


def _draw_strip(overlay: OverlayState, height: int) -> Image.Image | None:
    """Draw the symbols side by side on a background."""
    side, gap = height * 2 // 3, height // 3
    font = ImageFont.load_default(side * 0.8)
    symbols = [
        (shapes, color, text, round(font.getlength(text)) + gap // 2 if text else 0)
        for shapes, color, text in overlay.symbols
    ]
    if not symbols:
        return None
    size = (sum(side + gap + text_width for *_, text_width in symbols) + gap, height)
    large = Image.new("L", (size[0] * 4, size[1] * 4))
    ImageDraw.Draw(large).rounded_rectangle(
        (0, 0, large.width - 1, large.height - 1), large.height // 2, BACKGROUND_ALPHA
    )
    strip = Image.new("RGBA", size, BACKGROUND)
    strip.putalpha(large.reduce(4))
    x, y = gap, (height - side) // 2
    for shapes, color, text, text_width in symbols:
        tile = Image.new("L", (TILE_SIZE, TILE_SIZE))
        for shape, corners, options in shapes:
            getattr(ImageDraw.Draw(tile), shape)(corners, **options)
        strip.paste(color, (x, y), tile.resize((side, side), Image.Resampling.LANCZOS))
        ImageDraw.Draw(strip).text((x + side + gap // 2, height / 2), text, color, font, "lm")
        x += side + gap + text_width
    return strip
