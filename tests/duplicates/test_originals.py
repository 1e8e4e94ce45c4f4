"""The original of a pair is told by the pixels, not by bytes or size."""

import io
import warnings

import numpy as np
import pictures
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from catsclean.auditing.audit import audit
from catsclean.core.model import Sample
from catsclean.duplicates import originals, poses
from catsclean.duplicates.canonical import choose_kept, explain


def copy(path, split, pixels, size_bytes, **more):
    return Sample(path, split=split, width_px=pixels, height_px=1, size_bytes=size_bytes, **more)


def photo(seed, size=(360, 270)):
    """Draw what a camera sees: structure, sharp shapes, fine grain, saved once as a JPEG."""
    rng = np.random.default_rng(seed)
    picture = pictures.scene(seed, size)
    draw = ImageDraw.Draw(picture)
    for _ in range(25):
        x, y = int(rng.integers(0, size[0] - 40)), int(rng.integers(0, size[1] - 40))
        fill = tuple(int(v) for v in rng.integers(30, 220, 3))
        draw.ellipse([x, y, x + int(rng.integers(8, 40)), y + int(rng.integers(8, 40))], fill=fill)
    grain = rng.normal(0, 5, (size[1], size[0], 1))
    levels = np.asarray(picture, np.float64) * 0.8 + 20 + grain
    picture = Image.fromarray(levels.clip(0, 255).astype(np.uint8))
    data = pictures.encode(picture, quality=80)
    return data, Image.open(io.BytesIO(data)).convert("RGB")


def caption(picture):
    copy = picture.copy()
    ImageDraw.Draw(copy).text((20, 220), "holiday 2013", fill="white", font_size=15)
    return copy


def enlarge(factor):
    return lambda p: p.resize(
        (round(p.width * factor), round(p.height * factor)), Image.Resampling.BICUBIC
    )


MADE = {
    "greyed": (lambda p: p.convert("L"), "it is in colour"),
    "mirrored": (ImageOps.mirror, "it was saved less often"),
    "as if a text or logo was added": (
        caption,
        "the other one looks as if a text or logo was added",
    ),
    "different lighting": (
        lambda p: p.point([min(255, round(1.3 * level)) for level in range(256)] * 3),
        "it was saved less often",
    ),
    "blurred": (lambda p: p.filter(ImageFilter.GaussianBlur(1.5)), "it is sharper"),
    "resized": (enlarge(1.5), "the other one is only enlarged"),
}


@pytest.mark.parametrize("kind", MADE)
def test_what_was_made_from_another_picture_leaves_though_it_is_larger(tmp_path, kind):
    make, why = MADE[kind]
    root = tmp_path / "pets"
    (root / "Cat").mkdir(parents=True)
    data, picture = photo(5)
    (root / "Cat/b.jpg").write_bytes(data)
    (root / "Cat/a.jpg").write_bytes(pictures.encode(make(picture), quality=97))
    assert (root / "Cat/a.jpg").stat().st_size > len(data)
    result = audit(root, select=["near-duplicate"], workers=1, save=False, cache=False)
    (found,) = result.findings
    assert (found.path, found.related) == ("Cat/a.jpg", ("Cat/b.jpg",))
    assert kind in found.message
    assert found.message.endswith(f"Keep Cat/b.jpg: {why}")


def test_a_smaller_copy_is_made_from_the_larger_picture(tmp_path):
    root = tmp_path / "pets"
    (root / "Cat").mkdir(parents=True)
    data, picture = photo(6)
    (root / "Cat/b.jpg").write_bytes(data)
    (root / "Cat/a.jpg").write_bytes(pictures.encode(picture.resize((180, 135)), quality=95))
    (found,) = audit(root, select=["near-duplicate"], workers=1, save=False).findings
    assert found.message == "altered copy of Cat/b.jpg (resized). Keep Cat/b.jpg: it is larger"


def test_a_preferred_copy_stays_whatever_speaks_for_the_other(tmp_path):
    root = tmp_path / "pets"
    (root / "Cat/sorted").mkdir(parents=True)
    data, picture = photo(7)
    (root / "Cat/b.jpg").write_bytes(data)
    (root / "Cat/sorted/a.jpg").write_bytes(pictures.encode(picture.convert("L")))
    options = {"select": ["near-duplicate"], "workers": 1, "save": False, "layout": "flat"}
    assert [f.path for f in audit(root, **options).findings] == ["Cat/sorted/a.jpg"]
    (found,) = audit(root, prefer="sorted/", **options).findings
    assert found.path == "Cat/b.jpg"
    assert found.message.endswith("Keep Cat/sorted/a.jpg: you prefer it")


EDGES = st.integers(2, 12).flatmap(
    lambda count: st.tuples(
        st.just(count),
        st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=40),
        st.lists(st.integers(1, 3), min_size=count, max_size=count),
    )
)


@given(EDGES)
def test_each_that_leaves_has_a_pair_with_one_that_stays(drawn):
    count, pairs, pixels = drawn
    copies = [copy(f"{at:02d}", "", pixels[at], 9) for at in range(count)]
    kept = choose_kept(copies, pairs)
    near = {frozenset(pair) for pair in pairs}
    for at, stays in enumerate(kept):
        assert kept[stays] == stays
        assert at == stays or frozenset((at, stays)) in near


@pytest.mark.parametrize("count", [2, 3, 7, 50])
def test_of_a_chain_every_third_stays(count):
    copies = [copy(f"{at:02d}", "", 9, 100 + at * 37 % 11) for at in range(count)]
    kept = choose_kept(copies, [(at, at + 1) for at in range(count - 1)])
    assert sum(at == stays for at, stays in enumerate(kept)) == -(-count // 3)


def test_a_better_copy_stays_though_another_has_more_pairs():
    copies = [copy("large", "", 99, 9), *(copy(f"small{n}", "", 4, 9) for n in range(4))]
    kept = choose_kept(copies, [(0, 1), (1, 2), (1, 3), (1, 4)])
    assert kept[0] == 0
    assert kept[1] == 0


def test_the_choice_is_explained_in_words():
    held = copy("test/a.jpg", "test", 4, 4)
    assert explain(held, copy("b.jpg", "", 9, 9)) == "it is in a held-out split"
    greyed = copy("c.jpg", "", 9, 9, signs=frozenset({"greyed"}))
    assert explain(copy("b.jpg", "", 4, 4), greyed) == "it is in colour"
    assert explain(greyed, copy("b.jpg", "", 4, 4)) == "it is a copy of more pictures"


@given(st.integers(8, 40), st.integers(8, 40), st.integers(0, 2**32 - 1))
def test_detail_is_what_halving_and_enlarging_with_pillow_loses(height, width, seed):
    levels = np.random.default_rng(seed).uniform(0, 255, (height, width)).astype(np.float32)
    whole = Image.fromarray(levels[: height // 2 * 2, : width // 2 * 2])
    back = whole.reduce(2).resize(whole.size, Image.Resampling.BILINEAR)
    lost = np.asarray(whole) - np.asarray(back)
    assert originals._detail(levels) == pytest.approx(np.sqrt(np.mean(lost * lost)), rel=1e-4)


@pytest.mark.parametrize("way", ["NEAREST", "BILINEAR", "BICUBIC", "LANCZOS"])
@pytest.mark.parametrize("size", [(360, 270), (700, 525)])
def test_a_picture_enlarged_in_any_way_is_told_from_one_that_was_shrunk(way, size):
    original = np.asarray(photo(8, size)[1])
    grown, shrunk = (
        np.asarray(
            Image.fromarray(original).resize(
                (round(size[0] * factor), round(size[1] * factor)), Image.Resampling[way]
            )
        )
        for factor in (1.5, 0.5)
    )
    marks = originals.compare_whole(originals.Whole(original), originals.Whole(grown), 0)
    assert marks == (frozenset(), {"enlarged"})
    marks = originals.compare_whole(originals.Whole(shrunk), originals.Whole(original), 0)
    assert marks == (frozenset(), frozenset())


def curve(tone):
    return lambda picture: picture.point([min(255, max(0, round(tone(v)))) for v in range(256)] * 3)


def night(seed):
    """Draw a picture of which a part is in deep shadow, with the noise of a camera."""
    _, picture = photo(seed)
    levels = np.asarray(picture, np.float64)
    levels[:, :120] = np.random.default_rng(seed).gamma(2, 0.6, (*levels.shape[:1], 120, 1))
    return Image.fromarray(levels.clip(0, 255).round().astype(np.uint8))


def day(seed, sky=(200, 320)):
    """Draw a picture with a sky of which a part is white."""
    _, picture = photo(seed)
    levels = np.asarray(picture, np.float64)
    sky = np.linspace(*sky, 120)[:, None, None]
    grain = np.random.default_rng(seed).normal(0, 2, (120, levels.shape[1], 1))
    levels[:120] = sky + grain
    return Image.fromarray(levels.clip(0, 255).round().astype(np.uint8))


def dusk(seed):
    """Draw a picture with a sky that is nearly black."""
    return day(seed, (4, 80))


def lights(original, tone, quality, sign="relit"):
    """Return which of an original and a copy in another light are said to be altered in it."""
    data = pictures.encode(curve(tone)(original), quality=quality, subsampling=0)
    altered = Image.open(io.BytesIO(data))
    steps, _ = originals.read_origin(data)
    pair = originals.Whole(np.asarray(original)), originals.Whole(np.asarray(altered), steps)
    marks = originals.compare_whole(*pair, poses.AS_IS)
    return sign in marks.first, sign in marks.second


@pytest.mark.parametrize("quality", [75, 95])
@pytest.mark.parametrize(
    ("draw", "tone"),
    [
        (day, lambda v: 1.3 * v),
        (day, lambda v: 0.7 * v),
        (dusk, lambda v: 1.1 * v - 40),
    ],
)
def test_a_copy_whose_light_was_clipped_is_told_from_its_original(draw, tone, quality):
    assert lights(draw(3), tone, quality) == (False, True)


@pytest.mark.parametrize("quality", [75, 95])
@pytest.mark.parametrize(
    ("draw", "tone"),
    [
        (night, lambda v: 255 * (v / 255) ** 0.5),  # lifted shadows
        (night, lambda v: 30 + 0.9 * v),
        (day, lambda v: 255 * (v / 255) ** 1.3),
        (lambda seed: photo(seed)[1], lambda v: 1.08 * v),
        (lambda seed: photo(seed)[1], lambda v: 0.9 * v),
    ],
)
def test_an_original_is_never_said_to_be_altered_in_its_light(draw, tone, quality):
    assert not lights(draw(3), tone, quality)[0]


def test_a_curve_that_lifts_noise_is_no_text_in_the_original():
    for draw, seed in ((lambda seed: photo(seed)[1], 4), (dusk, 4)):
        assert not lights(draw(seed), lambda v: 255 * (v / 255) ** 2.2, 95, "overlaid")[0]


@pytest.mark.parametrize("tone", [lambda v: 255 * (v / 255) ** 0.5, lambda v: 0.8 * v])
def test_a_text_is_seen_in_another_light(tone):
    data = pictures.encode(curve(tone)(caption(photo(4)[1])), quality=90)
    copies = (
        originals.Whole(np.asarray(one)) for one in (photo(4)[1], Image.open(io.BytesIO(data)))
    )
    marks = originals.compare_whole(*copies, poses.AS_IS)
    assert ("overlaid" in marks.first, "overlaid" in marks.second) == (False, True)


def test_what_a_library_warns_of_while_the_camera_is_looked_for_reaches_nobody():
    stream = io.BytesIO()
    cut = b"Exif\0\0II*\0\x08\0\0\0\x05\0\x0f\x01\x02\0"
    pictures.scene(1).save(stream, "JPEG", exif=cut)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        steps, camera = originals.read_origin(stream.getvalue())
    assert steps is not None
    assert not camera
