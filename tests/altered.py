"""Pictures as a person, a web site or a failed download alters them; every choice by a seed."""

from __future__ import annotations

import io

import numpy as np
import pictures
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

from catsclean.testing.practice.encoding import scan_start
from catsclean.testing.practice.scenes import draw_picture

COLOURS = ("white", "black", "#808080", "#c8b090", "#203a70", "#8a1c1c", "#f4f0e0", "#2e6b3a")
TEXTS = (
    "photo not available",
    "NO IMAGE",
    "image removed\nby the user",
    "coming soon",
    "404 not found",
    "This picture is\nno longer available",
)


def photograph(seed: int) -> Image.Image:
    """Draw a cat or a dog with a background, light and noise."""
    return draw_picture(("Cat", "Dog")[seed % 2], np.random.default_rng([seed, 7]))


def encoded(picture: Image.Image, rng: np.random.Generator) -> bytes:
    """Save a picture as a web site does: JPEG of quality 55 to 95, or PNG."""
    if rng.random() < 0.1:
        return pictures.encode(picture, "PNG")
    return pictures.encode(picture, quality=int(rng.integers(55, 96)))


def _colour(rng: np.random.Generator) -> str:
    return COLOURS[rng.integers(len(COLOURS))]


def _font(size: float) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(max(8.0, size))
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


def bordered(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Add a border of 3 to 15 % of the short side on all sides."""
    width = int(min(picture.size) * rng.uniform(0.03, 0.15))
    return ImageOps.expand(picture, width, _colour(rng))


def letterboxed(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Add two bars, above and below or left and right."""
    bar = int(min(picture.size) * rng.uniform(0.05, 0.3))
    across = (bar, 0) if rng.random() < 0.5 else (0, bar)
    return ImageOps.expand(picture, across, ("black", "white")[rng.integers(2)])


def captioned(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Add a bar with a line of text below or above."""
    width, height = picture.size
    bar = int(max(24, height * rng.uniform(0.08, 0.2)))
    top = bool(rng.random() < 0.5)
    colour, ink = (("white", "black"), ("black", "white"), ("#203a70", "#ffffff"))[rng.integers(3)]
    page = Image.new("RGB", (width, height + bar), colour)
    page.paste(picture, (0, bar if top else 0))
    text = ("Bella, 3 years", "www.pets.example", "ADOPT ME", "No. 4711 - Max")[rng.integers(4)]
    place = (width / 2, bar / 2 if top else height + bar / 2)
    size = min(bar * 0.6, width / (0.7 * len(text)))
    ImageDraw.Draw(page).text(place, text, ink, _font(size), anchor="mm")
    return page


def polaroid(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Put a picture on a white card with a broad lower edge."""
    side = int(min(picture.size) * rng.uniform(0.04, 0.08))
    return ImageOps.expand(picture, (side, side, side, 4 * side), "#fbfbf8")


def on_page(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Put a small picture on a large white page."""
    scale = rng.uniform(0.25, 0.6)
    small = picture.resize((int(picture.width * scale), int(picture.height * scale)))
    page = Image.new("RGB", picture.size, ("white", "#f6f6f6")[rng.integers(2)])
    free = page.width - small.width, page.height - small.height
    page.paste(small, (int(free[0] * rng.random()), int(free[1] * rng.random())))
    return page


def cut_out(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Cut out the middle and put it on a plain ground; it may touch the lower edge."""
    width, height = picture.size
    mask = Image.new("L", picture.size)
    low = height if rng.random() < 0.4 else height * 0.93
    points = []
    for angle in np.linspace(0, 2 * np.pi, 24, endpoint=False):
        reach = rng.uniform(0.62, 0.85)
        x = width / 2 + np.cos(angle) * reach * width / 2
        y = low - height * 0.45 + np.sin(angle) * reach * height * 0.55
        points.append((float(x), float(y)))
    ImageDraw.Draw(mask).polygon(points, 255)
    ground = Image.new("RGB", picture.size, _colour(rng))
    ground.paste(picture, None, mask.filter(ImageFilter.GaussianBlur(1)))
    return ground


FRAMES = (bordered, letterboxed, captioned, polaroid, on_page, cut_out)


def truncated(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Cut a JPEG short and decode what is left, as browsers do: the rest is grey."""
    data = pictures.encode(picture, quality=int(rng.integers(70, 96)))
    start = scan_start(data)
    cut = data[: start + int((len(data) - start) * rng.uniform(0.2, 0.9))]
    file = Image.open(io.BytesIO(cut + b"\xff\xd9"))
    file.load()
    return file.convert("RGB")


def filled(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Paint the lower rows with the colour of an empty buffer."""
    colour = ((128, 128, 128), (0, 0, 0), (0, 135, 0), (127, 127, 127))[rng.integers(4)]
    top = int(picture.height * rng.uniform(0.25, 0.93))
    picture = picture.copy()
    picture.paste(colour, (0, top, picture.width, picture.height))
    return picture


def noisy(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Fill the lower rows with noise: of single pixels, or of blocks of 8 x 8."""
    pixels = np.asarray(picture).copy()
    height, width = pixels.shape[:2]
    top = int(height * rng.uniform(0.4, 0.92))
    block = int(rng.choice([1, 8]))
    shape = (-(-(height - top) // block), -(-width // block), 3)
    noise = rng.integers(0, 256, shape, dtype=np.uint8).repeat(block, 0).repeat(block, 1)
    pixels[top:] = noise[: height - top, :width]
    return Image.fromarray(pixels)


def placeholder(seed: int) -> Image.Image:
    """Draw a graphic that web sites show in place of a picture; five kinds in turn."""
    rng = np.random.default_rng([seed, 11])
    width, height = int(rng.integers(200, 500)), int(rng.integers(150, 400))
    low = 200 if rng.random() < 0.6 else 0
    ground = tuple(int(level) for level in rng.integers(low, 256, 3))
    ink = (240, 240, 240)
    if sum(ground) > 380:
        ink = tuple(int(level) for level in rng.integers(0, 140, 3))
    page = Image.new("RGB", (width, height), ground)
    text = TEXTS[rng.integers(len(TEXTS))]
    longest = max(map(len, text.split("\n")))
    size = width / (longest * 0.62) * rng.uniform(0.6, 0.95)
    _DESIGNS[seed % len(_DESIGNS)](page, ink, text, size, rng)
    return page


def reissued(picture: Image.Image, rng: np.random.Generator) -> bytes:
    """Save a graphic in another size and quality."""
    scale = rng.uniform(0.5, 1.3)
    size = int(picture.width * scale), int(picture.height * scale)
    resized = picture.resize(size, Image.Resampling.LANCZOS)
    return pictures.encode(resized, quality=int(rng.integers(40, 96)))


def _write(page, ink, text, size, y=0.5):
    middle = page.width / 2, page.height * y
    ImageDraw.Draw(page).multiline_text(middle, text, ink, _font(size), anchor="mm")


def _text(page, ink, text, size, rng):
    del rng
    _write(page, ink, text, size)


def _camera(page, ink, text, size, rng):
    del rng
    draw, r = ImageDraw.Draw(page), min(page.size) / 4
    ground = page.getpixel((0, 0))
    x, y = page.width / 2, page.height / 2 - r * 0.2
    draw.rounded_rectangle((x - r * 1.3, y - r * 0.8, x + r * 1.3, y + r * 0.8), r * 0.2, ink)
    draw.ellipse((x - r / 2, y - r / 2, x + r / 2, y + r / 2), ground)
    draw.line((x - r * 1.3, y + r, x + r * 1.3, y - r), (220, 30, 30), int(r * 0.15) + 1)
    _write(page, ink, text.split("\n")[0], size / 2, 0.9)


def _banner(page, ink, text, size, rng):
    del rng
    draw, (width, height) = ImageDraw.Draw(page), page.size
    draw.rectangle((8, 8, width - 8, height - 8), outline=ink, width=3)
    draw.rectangle((8, 8, width - 8, height * 0.3), ink)
    _write(page, ink, text, size, 0.6)


def _gradient(page, ink, text, size, rng):
    del rng
    ground = np.array(page.getpixel((0, 0)))
    shade = 1 - 0.4 * np.linspace(0, 1, page.height)[:, None, None]
    levels = np.broadcast_to(ground * shade, (page.height, page.width, 3))
    page.paste(Image.fromarray(levels.astype(np.uint8)))
    _write(page, ink, text, size)


def _logo(page, ink, text, size, rng):
    draw = ImageDraw.Draw(page)
    for _ in range(6):
        x, y = rng.uniform(0, page.width), rng.uniform(0, page.height)
        r = rng.uniform(10, min(page.size) / 4)
        colour = tuple(int(level) for level in rng.integers(0, 256, 3))
        draw.ellipse((x - r, y - r, x + r, y + r), colour)
    _write(page, ink, text, size)


_DESIGNS = (_text, _camera, _banner, _gradient, _logo)
