"""A printed page as a phone sees it: turned, tilted, blurred, unevenly lit, noisy, stained, folded and compressed.

Everything follows from a seed, so that a photograph that cannot be read can be looked at again.
"""

from dataclasses import dataclass
from io import BytesIO
from math import cos, radians, sin
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from sanad_verifier.qr_image import QUIET, runs, symbol

PAPER, INK = 246, 24
_FINE = 8
"""Pixels a module before the camera."""


@dataclass(frozen=True, slots=True)
class Camera:
    """How bad a photograph may be; 1 is a careful hand on a dull day, 2 twice as bad."""

    severity: float = 1.0
    turned: float = 15.0
    """Degrees to either side."""


def photograph(
    text: str, seed: int, *, pixels_per_module: float = 3.0, camera: Camera | None = None
) -> bytes:
    """The JPEG of a photograph of a code, with `pixels_per_module` on average."""
    page = _printed(text)
    return _taken(page, Random(seed), pixels_per_module / _FINE, camera or Camera())  # noqa: S311


def photograph_of_page(
    page: Image.Image, seed: int, *, scale: float = 1.0, camera: Camera | None = None
) -> bytes:
    """The JPEG of a photograph of a whole page; `scale` is pixels of the photograph a pixel of the page."""
    return _taken(page.convert("L"), Random(seed), scale, camera or Camera())  # noqa: S311


def _printed(text: str) -> Image.Image:
    """The code on paper, with lines of print around it."""
    drawn = symbol(text)
    side = (len(drawn.rows) + 2 * QUIET) * _FINE
    margin = side // 6
    page = Image.new("L", (side + 2 * margin, side + 2 * margin), PAPER)
    pen = ImageDraw.Draw(page)
    for x, y, width in runs(drawn):
        left, top = margin + x * _FINE, margin + y * _FINE
        pen.rectangle((left, top, left + width * _FINE - 1, top + _FINE - 1), fill=INK)
    for line in range(margin // 4, margin * 3 // 4, 14):
        for word in range(margin, side, 60):
            pen.rectangle((word, line, word + 42, line + 5), fill=90)
            pen.rectangle((word, page.height - line, word + 42, page.height - line + 5), fill=90)
    return page


def _taken(page: Image.Image, random: Random, scale: float, camera: Camera) -> bytes:
    worse = camera.severity
    seen = _folded(_stained(page, random, worse), random)
    seen = _tilted(seen, random, worse)
    seen = seen.rotate(
        random.uniform(-camera.turned, camera.turned) + random.choice((0, 90, 180, 270)),
        Image.Resampling.BICUBIC,
        expand=True,
        fillcolor=170,
    )
    seen = seen.resize(
        (max(1, round(seen.width * scale)), max(1, round(seen.height * scale))), Image.Resampling.BOX
    )
    seen = seen.filter(ImageFilter.GaussianBlur(random.uniform(0.3, 0.8) * worse))
    seen = _lit(seen, random, worse)
    seen = _noisy(seen, random, random.uniform(5.0, 11.0) * worse)
    out = BytesIO()
    seen.save(out, "JPEG", quality=max(20, round(random.uniform(55, 85) / worse)))
    return out.getvalue()


def _stained(page: Image.Image, random: Random, worse: float) -> Image.Image:
    """A stain over up to three hundredths of the page, through which print is faintly seen."""
    area = random.uniform(0.005, 0.03) * worse * page.width * page.height
    wide = (area / 3.14) ** 0.5 * random.uniform(0.8, 1.25)
    high = area / 3.14 / wide
    x, y = random.uniform(0.2, 0.8) * page.width, random.uniform(0.2, 0.8) * page.height
    stain = Image.new("L", page.size, 255)
    ImageDraw.Draw(stain).ellipse((x - wide, y - high, x + wide, y + high), fill=random.randint(90, 150))
    return ImageChops.multiply(page, stain.filter(ImageFilter.GaussianBlur(wide / 12)))


def _folded(page: Image.Image, random: Random) -> Image.Image:
    """A crease from one side to the other."""
    crease = Image.new("L", page.size, 255)
    ends = ((0, random.uniform(0, page.height)), (page.width, random.uniform(0, page.height)))
    ImageDraw.Draw(crease).line(ends, fill=150, width=max(1, _FINE // 2))
    return ImageChops.multiply(page, crease.filter(ImageFilter.GaussianBlur(2)))


def _tilted(page: Image.Image, random: Random, worse: float) -> Image.Image:
    """Seen a little from the side: one edge shorter than the one across."""
    width, height = page.size
    near = random.uniform(0.0, 0.06) * worse
    corners = [(0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, 0.0)]
    turn = random.randrange(4)
    quad = []
    for place, (x, y) in enumerate(corners):
        shift = near * (1 if (place + turn) % 4 < 2 else -1)
        quad += [(x - shift * (x - 0.5)) * width, (y - shift * (y - 0.5)) * height]
    return page.transform(page.size, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC)


def _lit(seen: Image.Image, random: Random, worse: float) -> Image.Image:
    """Brighter from one side, and flatter than the print."""
    angle, depth = radians(random.uniform(0, 360)), random.uniform(0.1, 0.35) * worse
    ramp = Image.linear_gradient("L")
    if abs(cos(angle)) > abs(sin(angle)):
        ramp = ramp.rotate(90)
    if cos(angle) + sin(angle) < 0:
        ramp = ramp.rotate(180)
    shade = ramp.resize(seen.size).point(lambda value: int(255 - value * min(depth, 0.8)))
    flat = random.uniform(0.08, 0.22) * worse
    return ImageChops.multiply(seen, shade).point(lambda value: int(value * (1 - flat) + 110 * flat))


def _noisy(seen: Image.Image, random: Random, sigma: float) -> Image.Image:
    """Each pixel shifted by the mean of four even ones, which is nearly the normal distribution."""
    count = seen.width * seen.height
    spread = sigma * 4 / (255 * (4 / 12) ** 0.5)
    layers = [Image.frombytes("L", seen.size, random.randbytes(count)) for _ in range(4)]
    mean = ImageChops.add(ImageChops.add(layers[0], layers[1], 2), ImageChops.add(layers[2], layers[3], 2), 2)
    shifted = mean.point(lambda value: max(0, min(255, int(128 + (value - 127.5) * spread))))
    return ImageChops.add(seen, shifted, 1, -128)
