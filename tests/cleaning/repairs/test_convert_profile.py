"""Convert to sRGB what has other colours, and lose nothing beside them."""

import numpy as np
import pytest
from pictures import draw, encode
from PIL import Image, ImageCms
from repaired import mended, opened

from catsclean.cleaning.repairs.repair import CannotRepairError

COLOURS = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def converted(picture, **options):
    return mended(encode(picture, "PNG", icc_profile=COLOURS, **options), "convert-profile",
                  path="Cat/1.png")  # fmt: skip


def test_transparency_stays_as_it_is():
    picture = draw(3, (64, 64)).convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    found = converted(picture)
    again = opened(found.data)
    assert (again.mode, "colours converted to sRGB" in found.how) == ("RGBA", True)
    assert np.array_equal(again.getchannel("A"), picture.getchannel("A"))


def test_a_palette_becomes_colours_and_keeps_the_one_that_is_clear():
    palette = draw(1, (40, 30)).quantize(16)
    assert opened(converted(palette).data).mode == "RGB"
    again = opened(converted(palette, transparency=3).data)
    assert np.array_equal(np.asarray(again.getchannel("A")) == 0, np.asarray(palette) == 3)


@pytest.mark.parametrize("mode", ["L", "LA", "I;16"])
def test_greys_with_a_profile_of_colours_are_left_as_they_are(mode):
    if mode == "I;16":
        picture = Image.fromarray(np.arange(1200, dtype=np.uint16).reshape(30, 40) * 50)
    else:
        picture = Image.linear_gradient("L").resize((40, 30)).convert(mode)
        picture.putalpha(9) if mode == "LA" else None
    with pytest.raises(CannotRepairError, match="its colour profile cannot be read"):
        converted(picture)
