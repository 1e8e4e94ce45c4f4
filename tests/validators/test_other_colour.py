import numpy as np
import pictures
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageOps
from related import found_by, related

from catsclean.validators.label_conflict import LabelConflict
from catsclean.validators.near_duplicate import NearDuplicate
from catsclean.validators.other_colour import OtherColour


def shirt(colour, seed=4, size=(300, 320)):
    """Draw a shirt with folds and a print, on a plain ground."""
    rng = np.random.default_rng(seed)
    picture = Image.new("RGB", size, (242, 242, 240))
    draw = ImageDraw.Draw(picture)
    body = [(60, 60), (120, 40), (180, 40), (240, 60), (280, 130), (240, 150), (230, 110)]
    body += [(230, 300), (70, 300), (70, 110), (60, 150), (20, 130)]
    draw.polygon(body, fill=colour)
    for _ in range(24):
        x, y = (int(v) for v in rng.integers(75, 215, 2))
        length = int(rng.integers(10, 70))
        shade = tuple(round(level * 0.6) for level in colour)
        draw.line([x, y, x + length // 3, y + length], fill=shade, width=4)
    draw.ellipse([125, 120, 175, 170], fill=(250, 250, 250))
    draw.rectangle([140, 135, 160, 155], fill=(20, 20, 20))
    return picture


def turn_hue(picture, steps):
    hue, saturation, value = picture.convert("HSV").split()
    turned = hue.point([(level + steps) % 256 for level in range(256)])
    return Image.merge("HSV", (turned, saturation, value)).convert("RGB")


def turn_chroma(picture):
    """Turn every colour into its opposite, as light as before."""
    light, blue, red = picture.convert("YCbCr").split()
    turned = [band.point(lambda level: 255 - level) for band in (blue, red)]
    return Image.merge("YCbCr", (light, *turned)).convert("RGB")


def put(root, **files):
    for name, picture in files.items():
        path = root / f"{name.replace('__', '/')}.jpg"
        path.write_bytes(pictures.encode(picture, quality=92))


def test_a_shirt_in_another_colour_is_a_note_and_no_copy(pets):
    put(pets, Cat__red=shirt((200, 40, 50)), Cat__blue=shirt((60, 80, 190)))
    assert found_by(OtherColour(), pets) == {
        "Cat/blue.jpg": "same shapes as Cat/red.jpg, in other colours"
    }
    assert found_by(NearDuplicate(), pets) == {}
    assert set(related(pets).samples["group"]) == {""}


def test_the_same_shapes_in_two_classes_are_no_conflict(pets):
    scene = pictures.scene(41)
    put(pets, Cat__a=scene, Dog__b=turn_chroma(scene))
    assert found_by(LabelConflict(), pets) == {}
    (finding,) = OtherColour().judge(related(pets))
    assert (finding.severity, finding.fix) == ("note", "none")


def test_colours_that_change_in_one_part_alone_are_other_colours(pets):
    scene = pictures.scene(42)
    mask = Image.new("L", scene.size, 0)
    ImageDraw.Draw(mask).ellipse([90, 60, 230, 180], fill=255)
    put(pets, Cat__a=scene, Cat__b=Image.composite(turn_hue(scene, 110), scene, mask))
    assert set(found_by(OtherColour(), pets)) == {"Cat/a.jpg"}


COPIES = {
    "grey": lambda p: p.convert("L").convert("RGB"),
    "mean of the colours": lambda p: Image.fromarray(
        np.asarray(p, np.float64).mean(axis=2).round().astype(np.uint8)
    ).convert("RGB"),
    "sepia": lambda p: ImageOps.colorize(p.convert("L"), "#1a0f00", "#fff0d0"),
    "pale": lambda p: ImageEnhance.Color(p).enhance(0.5),
    "vivid": lambda p: ImageEnhance.Color(p).enhance(1.4),
    "warm": lambda p: Image.merge(
        "RGB",
        [
            band.point(lambda v, g=g: min(255, round(v * g)))
            for band, g in zip(p.split(), (1.1, 1.0, 0.9), strict=True)
        ],
    ),
    "few colours": lambda p: p.quantize(64).convert("RGB"),
}


@pytest.mark.parametrize("name", COPIES)
def test_copies_in_grey_or_other_saturation_are_copies(pets, name):
    scene = ImageEnhance.Color(pictures.scene(43)).enhance(0.5)
    put(pets, Cat__a=scene, Cat__b=COPIES[name](scene))
    assert found_by(OtherColour(), pets) == {}
    assert len(found_by(NearDuplicate(), pets)) == 1


def test_a_grey_thing_is_no_greyed_copy_of_a_coloured_one(pets):
    put(pets, Cat__red=shirt((200, 40, 50)), Cat__grey=shirt((190, 190, 190)))
    assert found_by(NearDuplicate(), pets) == {}


def test_pictures_without_such_pairs_are_clean(pets):
    assert found_by(OtherColour(), pets) == {}
