"""Plant pictures in which little can be seen."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFilter

from catsclean.testing.practice.encoding import save
from catsclean.testing.practice.nursery import Nursery


def plant_pixel_defects(nursery: Nursery) -> None:
    """Plant one to three pictures for each validator of the family `pixels`."""
    _plant_empty(nursery)
    _plant_poor_light(nursery)
    _plant_odd_shapes(nursery)


def _plant(
    nursery: Nursery, picture: Image.Image, validator: str, note: str, also: list[str]
) -> None:
    nursery.plant(save(picture, "JPEG", quality=90), validator, note, also)


def _plant_empty(nursery: Nursery) -> None:
    also = ["low-information", "blurry"]
    for colour, more in (
        ((0, 0, 0), ["too-dark", "grey-among-colour"]),
        ((255, 255, 255), ["too-bright", "grey-among-colour"]),
        ((90, 120, 170), []),
    ):
        side = int(nursery.rng.integers(300, 500))
        flat = Image.new("RGB", (side, 320), colour)
        note = f"every pixel is {colour}"
        _plant(nursery, flat, "solid-colour", note, also + more)
    for colour in ((60, 110, 160), (170, 90, 60)):
        sign = Image.new("RGB", (400, int(nursery.rng.integers(280, 420))), colour)
        left, top = (int(value) for value in nursery.rng.integers(40, 200, 2))
        ImageDraw.Draw(sign).rectangle((left, top, left + 110, top + 50), fill=(230, 220, 140))
        note = "a sign in place of a picture: one rectangle on a plain ground"
        _plant(nursery, sign, "low-information", note, ["blurry", "solid-colour"])


def _plant_poor_light(nursery: Nursery) -> None:
    for radius in (9, 14):
        soft = nursery.draw_next().filter(ImageFilter.GaussianBlur(radius))
        _plant(nursery, soft, "blurry", f"blurred over {radius} pixels", [])
    dim = ["low-information", "blurry", "grey-among-colour"]
    dark = nursery.draw_next().point(lambda value: value * 0.07)
    _plant(nursery, dark, "too-dark", "7 % of the light", dim)
    bright = nursery.draw_next().point(lambda value: 255 - (255 - value) * 0.07)
    _plant(nursery, bright, "too-bright", "burnt out", dim)
    grey = nursery.draw_next().convert("L")
    _plant(nursery, grey, "grey-among-colour", "a grey JPEG", ["unusual-colour-mode"])
    grey = nursery.draw_next().convert("L").convert("RGB")
    _plant(nursery, grey, "grey-among-colour", "three channels, all the same", [])


def _plant_odd_shapes(nursery: Nursery) -> None:
    tiny = nursery.draw_next().resize((12, 12))
    _plant(nursery, tiny, "odd-size", "12 x 12 pixels", ["blurry", "low-information"])
    small = nursery.draw_next().resize((24, 18))
    _plant(nursery, small, "odd-size", "24 x 18 pixels", ["blurry", "low-information"])
    for size in ((600, 40), (70, 700)):
        strip = nursery.draw_next().resize(size)
        _plant(
            nursery, strip, "odd-aspect", f"{size[0]} x {size[1]} pixels", ["odd-size", "blurry"]
        )
