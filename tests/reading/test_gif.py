import pictures
import pytest
from PIL import Image

from catsclean.reading import gif


def still(seed=1):
    return pictures.encode(pictures.draw(seed).quantize(32), "GIF")


def moving(count=3):
    frames = [pictures.draw(seed).quantize(32) for seed in range(count)]
    return pictures.encode(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)


def test_counts_frames_and_knows_the_end():
    data = moving()
    found = gif.walk(data + b"behind", 100, 1000)
    assert (found.frames, found.width_px, found.height_px) == (3, 160, 120)
    assert found.end_offset == len(data)


def test_a_frame_outside_enlarges_the_canvas():
    data = still()
    place = data.index(b",", 13 + 3 * 32)
    found = gif.walk(data[: place + 1] + b"\xff\xff" + data[place + 3 :], 100, 1000)
    assert found.width_px == 65_535 + 160


def test_no_cut_makes_it_raise():
    data = moving(2)
    for end in range(6, len(data), 7):
        assert gif.walk(data[:end], 100, 1000).end_offset == -1


@pytest.mark.parametrize("seed", range(4))
def test_unpacks_as_pillow_does(seed):
    data = still(seed)
    picture = Image.open(pictures.io.BytesIO(data))
    assert gif.first_indices(data, gif.walk(data, 100, 1000)) == picture.tobytes()


def test_gives_nothing_of_a_picture_cut_short():
    data = still()[:-500]
    assert gif.first_indices(data, gif.walk(data, 100, 1000)) == b""
