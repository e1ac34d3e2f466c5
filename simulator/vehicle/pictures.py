"""Draws pictures of the cars: a silhouette in the color of the brand, as PNG."""

from collections.abc import Callable, Iterator
from functools import cache
from io import BytesIO

from PIL import Image, ImageColor, ImageDraw, ImageOps

type Point = tuple[float, float]

PICTURE_COUNT = 3
SIZE = (1024, 576)

# Outlines in a coordinate system of 640 by 360: a start, then two control points and an end for each cubic curve.
_COORDINATES = (640, 360)
_BODY: tuple[Point, ...] = (
    *((70, 262), (62, 228), (68, 200), (100, 190), (124, 182), (160, 180), (184, 176), (218, 140), (252, 116)),
    *((316, 114), (390, 112), (424, 136), (462, 174), (508, 180), (550, 190), (566, 214), (574, 228), (574, 248)),
    (568, 262),
)
_REAR_WINDOW: tuple[Point, ...] = ((206, 176), (230, 148), (258, 132), (306, 130))
_FRONT_WINDOW: tuple[Point, ...] = ((322, 130), (380, 128), (406, 144), (434, 176))
_WHEELS = (170, 470)
# Shapes are drawn larger by this factor and then scaled down, for smooth edges.
_OVERSAMPLING = 4
_STUDIO_COLOR = (236, 239, 242)


def draw_picture(hue: int, number: int) -> bytes | None:
    """Return a picture of a car as PNG, or None if there is no picture with that number.

    Args:
        hue: The color of the car, as a hue in degrees.
        number: 1 and 2 show the car from either side on a transparent background, 3 shows it in a studio.
    """
    return _png(hue, number) if 1 <= number <= PICTURE_COUNT else None


@cache
def _png(hue: int, number: int) -> bytes:
    image = _car(hue)
    if number == 2:
        image = ImageOps.mirror(image)
    if number == 3:
        car = ImageOps.contain(image, (SIZE[0] * 3 // 4, SIZE[1]))
        image = Image.new("RGB", SIZE, _STUDIO_COLOR)
        image.paste(car, ((SIZE[0] - car.width) // 2, (SIZE[1] - car.height) * 2 // 3), car)
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _car(hue: int) -> Image.Image:
    car = Image.new("RGBA", SIZE)
    paint = Image.new("RGB", (1, 2))
    paint.putpixel((0, 0), ImageColor.getrgb(f"hsl({hue}, 52%, 62%)"))
    paint.putpixel((0, 1), ImageColor.getrgb(f"hsl({hue}, 58%, 38%)"))
    car.paste((0, 0, 0, 36), mask=_mask(lambda pen, scaled: pen.ellipse(scaled((70, 268), (570, 296)), 255)))
    car.paste(paint.resize(SIZE, Image.Resampling.BICUBIC), mask=_mask(_fill(_BODY)))
    car.paste((214, 223, 232), mask=_mask(_fill(_REAR_WINDOW, (306, 176)), _fill(_FRONT_WINDOW, (322, 176))))
    for radius, color in ((42, (34, 37, 43)), (22, (201, 206, 214))):
        wheels = (_wheel(center, radius) for center in _WHEELS)
        car.paste(color, mask=_mask(*wheels))
    lamp = ((548, 214), (566, 218), (566, 230), (544, 230))
    car.paste((255, 244, 196), mask=_mask(lambda pen, scaled: pen.polygon(scaled(*lamp), 255)))
    return car


# Scales points to the size of the mask.
type _Scale = Callable[..., list[Point]]
type _Shape = Callable[[ImageDraw.ImageDraw, _Scale], None]


def _mask(*shapes: _Shape) -> Image.Image:
    """Return a mask of shapes with smooth edges."""
    large = Image.new("L", (SIZE[0] * _OVERSAMPLING, SIZE[1] * _OVERSAMPLING))
    factor = large.width / _COORDINATES[0]

    def scaled(*points: Point) -> list[Point]:
        return [(x * factor, y * factor) for x, y in points]

    for shape in shapes:
        shape(ImageDraw.Draw(large), scaled)
    return large.reduce(_OVERSAMPLING)


def _fill(outline: tuple[Point, ...], *extra: Point) -> _Shape:
    return lambda pen, scaled: pen.polygon(scaled(*_curve(outline), *extra), 255)


def _wheel(center: int, radius: int) -> _Shape:
    return lambda pen, scaled: pen.ellipse(
        scaled((center - radius, 262 - radius), (center + radius, 262 + radius)), 255
    )


def _curve(outline: tuple[Point, ...]) -> Iterator[Point]:
    """Yield points along an outline of cubic Bézier curves."""
    for start in range(0, len(outline) - 1, 3):
        a, b, c, d = outline[start : start + 4]
        for step in range(25):
            t = step / 24
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
            corners = tuple(zip(weights, (a, b, c, d), strict=True))
            yield sum(w * x for w, (x, _) in corners), sum(w * y for w, (_, y) in corners)
