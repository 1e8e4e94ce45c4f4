"""More like this: which pictures are most like each one of the page."""

import numpy as np
import pytest

from catsclean.content.similar import Embeddings, find_similar
from catsclean.reports.html.alike import find_alike

PATHS = [f"Cat/{n}.jpg" for n in range(30)]
ANGLES = np.linspace(0, 3, len(PATHS))
VECTORS = np.column_stack([np.cos(ANGLES), np.sin(ANGLES), np.ones(len(PATHS))])
EMBEDDINGS = Embeddings(PATHS, VECTORS.astype(np.float16))
NUMBER = {path: 100 + n for n, path in enumerate(PATHS)}


def alike_of(*shown):
    return find_alike(EMBEDDINGS, NUMBER, {PATHS[n] for n in shown})


def test_the_most_similar_come_first_as_python_finds_them():
    alike = alike_of(*range(30))
    found = find_similar(EMBEDDINGS, PATHS[9], 12)
    assert [number for number, _ in alike.near[109]] == [NUMBER[one.path] for one in found]
    assert alike.near[109][0][1] == pytest.approx(100 * found[0].similarity, abs=1)


def test_pictures_of_the_page_and_others_are_apart():
    alike = alike_of(3, 5, 8)
    assert [number for number, _ in alike.near[103]] == [105, 108]
    beside = [alike.names[at] for at, _ in alike.elsewhere[103]]
    assert set(beside[:2]) == {PATHS[2], PATHS[4]}
    assert not set(beside) & {PATHS[3], PATHS[5], PATHS[8]}


def test_a_picture_is_not_like_itself_even_if_others_have_its_vector():
    twins = Embeddings(PATHS, np.repeat(EMBEDDINGS.vectors[:15], 2, axis=0))
    near = find_alike(twins, NUMBER, set(PATHS)).near
    assert all(number not in dict(likes) for number, likes in near.items())
    assert all(len(likes) == 12 for likes in near.values())
    assert near[100][0] == (101, 100)


def test_a_picture_without_a_vector_has_no_likes():
    few = Embeddings(PATHS[:9], EMBEDDINGS.vectors[:9])
    assert set(find_alike(few, NUMBER, set(PATHS[5:])).near) == {105, 106, 107, 108}


def test_nothing_is_known_without_vectors():
    assert find_alike(None, NUMBER, set(NUMBER)).near == {}
