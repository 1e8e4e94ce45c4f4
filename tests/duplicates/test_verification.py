"""Whether two pictures are one is a question about the pair, and not about its order."""

import io

import numpy as np
import pictures
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageFilter, ImageOps

from catsclean.duplicates import poses, verification
from catsclean.duplicates.alignment import align_both_ways
from catsclean.duplicates.pair_kinds import describe_kind
from catsclean.duplicates.verification import look_at, verify


def look(picture):
    return look_at(picture, *picture.size)


def alter(picture, cut, blur, strange):
    """A copy that is cut, blurred, and mixed with another picture, so much that some are refused."""
    dx, dy = round(cut * picture.width), round(cut * picture.height)
    copy = picture.crop((dx, dy, picture.width, picture.height)).filter(
        ImageFilter.GaussianBlur(blur)
    )
    other = ImageOps.mirror(picture).resize(copy.size)
    return Image.blend(copy, ImageChops.offset(other, 31), strange)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 50),
    cut=st.floats(0, 0.12),
    blur=st.floats(0, 4),
    strange=st.floats(0, 0.5),
    pose=st.integers(0, poses.COUNT - 1),
)
def test_the_order_of_a_pair_changes_neither_verdict_nor_kind(seed, cut, blur, strange, pose):
    picture = pictures.draw(seed)
    copy = Image.fromarray(poses.posed(np.asarray(alter(picture, cut, blur, strange)), pose))
    one, other = look(copy), look(picture)
    back = verify(other, one, poses.inverse(pose))
    assert verify(one, other, pose) == (back and back.turned())


@pytest.mark.parametrize("pose", range(poses.COUNT))
def test_a_copy_is_proved_in_its_pose_and_the_pose_is_named(pose):
    picture = pictures.draw(3)
    copy = Image.fromarray(poses.posed(np.asarray(picture), pose))
    kind = verify(look(copy), look(picture), pose)
    assert kind is not None
    assert kind.kind == ("+".join(poses.words(pose)) or "recompressed")
    assert verify(look(copy), look(picture), poses.MIRRORED ^ pose) is None


def test_a_fit_one_way_is_enough(monkeypatch):
    """The first way is spoilt, whichever it is; the other one still proves the pair."""

    def spoilt(first, second):
        here, there = align_both_ways(first, second)
        yield here._replace(agreement=0.0)
        yield there

    one, other = look(pictures.draw(1)), look(pictures.draw(1).resize((80, 60)))
    monkeypatch.setattr(verification, "align_both_ways", spoilt)
    assert verify(one, other).kind == verify(other, one).kind == "resized"


def test_pictures_that_disagree_at_half_the_size_are_not_laid_closely():
    assert list(align_both_ways(look(pictures.draw(1)).square, look(pictures.draw(2)).square)) == []


def page(changed=()):
    """A page of twenty rows, of which some may say something else."""
    picture = Image.new("L", (400, 300), 255)
    for row in range(20):
        noise = np.random.default_rng(row + 100 * (row in changed)).random(90) < 0.5
        line = np.where(np.repeat(noise, 4), 0, 255).astype(np.uint8)
        strip = Image.fromarray(np.tile(line, (8, 1)))
        picture.paste(strip, (20, 5 + 14 * row))
    return picture


def test_what_differs_in_places_is_alike_and_no_recompressed_copy():
    assert verify(look(page()), look(page({4}))).kind == "alike"
    assert describe_kind("alike") == "same picture"


def test_what_differs_little_everywhere_is_recompressed():
    picture = pictures.draw(5)
    again = Image.open(io.BytesIO(pictures.encode(picture, quality=40)))
    assert verify(look(picture), look(again)).kind == "recompressed"
    assert describe_kind("resized+grey") == "resized, greyed"
