"""Pictures of the cars, drawn in code: a quiet silhouette in the brand's colour."""

from typing import TYPE_CHECKING

from .brands import BRANDS

if TYPE_CHECKING:
    from .car import Car

_VIEWS = {1: "", 2: "translate(640 0) scale(-1 1)", 3: "translate(96 54) scale(.7)"}

_SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 360" width="640" height="360" role="img">
<title>{label}</title>
<defs><linearGradient id="p" x1="0" y1="0" x2="0" y2="1">
<stop offset="0" stop-color="hsl({hue} 52% 62%)"/><stop offset="1" stop-color="hsl({hue} 58% 38%)"/>
</linearGradient></defs>
<g transform="{view}">
<ellipse cx="320" cy="282" rx="250" ry="14" fill="#000" opacity=".14"/>
<path d="M70 262c-8-34-2-62 30-72 24-8 60-10 84-14 34-36 68-60 132-62 74-2 108 22 146 60 46 6 88 16 104 40 8 14 8 34
2 48z" fill="url(#p)"/>
<path d="M206 176c24-28 52-44 100-46v46zM322 130c58-2 84 14 112 46H322z" fill="#dfe7ef" opacity=".85"/>
<circle cx="170" cy="262" r="42" fill="#22252b"/><circle cx="170" cy="262" r="22" fill="#c9ced6"/>
<circle cx="470" cy="262" r="42" fill="#22252b"/><circle cx="470" cy="262" r="22" fill="#c9ced6"/>
<path d="M548 214l18 4v12h-22z" fill="#fff4c4"/>
</g>
</svg>
"""


def picture(car: Car, number: int) -> str | None:
    """Return a picture of a car as SVG, or None if there is no picture of that number."""
    view = _VIEWS.get(number)
    if view is None:
        return None
    return _SVG.format(label=car.character.label, hue=BRANDS[car.character.brand].hue, view=view)
