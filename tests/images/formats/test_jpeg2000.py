import pictures
import pytest

from catsclean.core.evidence import Outcome
from catsclean.core.limits import Limits
from catsclean.images import decoding
from catsclean.images.formats import jpeg2000
from catsclean.images.image import ReadingEndedError


def decoded(data):
    image = decoding.open_image("Cat/1.jp2", data, Limits())
    decoding.decode(image)
    return image


@pytest.fixture(scope="module")
def large():
    return pictures.encode(pictures.draw(1, (512, 384)), "JPEG2000")


def test_the_finest_levels_are_left_out(large):
    image = decoded(large)
    assert (image.width_px, image.height_px) == (512, 384)
    # 384 pixels are four times 96, which is as near to 64 as halving comes
    assert image.whole.size == (128, 96)


def test_a_small_picture_is_decoded_as_it_is():
    assert decoded(pictures.encode(pictures.draw(1, (80, 70)), "JPEG2000")).whole.size == (80, 70)


def test_too_many_bytes_at_the_size_that_is_read_are_over_the_limit(large, monkeypatch):
    # two levels are left out, so a sixteenth of the bytes counts
    monkeypatch.setattr(jpeg2000, "_MOST_BYTES", len(large) >> 4)
    decoded(large)
    monkeypatch.setattr(jpeg2000, "_MOST_BYTES", (len(large) >> 4) - 1)
    with pytest.raises(ReadingEndedError) as ended:
        decoded(large)
    assert ended.value.outcome is Outcome.OVER_LIMIT
    assert f"{len(large):,} bytes" in ended.value.detail


def test_the_walk_ends_at_the_end_of_the_codestream(large):
    found = jpeg2000.walk(large, 1000)
    assert jpeg2000.walk(large + large[:200], 1000) == found
