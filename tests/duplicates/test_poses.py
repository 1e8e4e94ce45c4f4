"""The hashes of turned pictures, derived, beside those that are computed from their pixels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import smooth_thumbnails

from catsclean.duplicates import poses
from catsclean.duplicates.candidates import find_candidates, find_candidates_between
from catsclean.duplicates.verification import Radii
from catsclean.images.hashing import Hashes, hash_batch

POSES = st.integers(0, poses.COUNT - 1)
RADII = Radii(16, 84, 20)


def turned(thumbnails, pose):
    return np.stack([poses.posed(one, pose) for one in thumbnails])


def words(hashes):
    return poses.with_transposes(hashes.phash64, hashes.phash256).T


@pytest.mark.parametrize("pose", range(poses.COUNT))
def test_a_pose_and_its_inverse_give_the_picture_back(pose):
    picture = smooth_thumbnails(1, 0)[0]
    assert (poses.posed(poses.posed(picture, pose), poses.inverse(pose)) == picture).all()


def test_the_poses_are_eight_different_ones():
    picture = smooth_thumbnails(1, 0)[0]
    assert len({poses.posed(picture, pose).tobytes() for pose in range(poses.COUNT)}) == 8


@pytest.mark.parametrize("pose", [2, 3, 4, 5, 6, 7])
def test_the_pose_of_a_turned_picture_is_found_from_the_hashes_alone(pose):
    pictures = smooth_thumbnails(200, 1)
    found = poses.measure_turned(
        words(hash_batch(turned(pictures, pose))), words(hash_batch(pictures)), 16, 84
    )
    assert found.near.all()
    assert (found.pose == pose).all()
    assert found.fine.max() < 40


def test_the_hash_of_the_transposed_picture_is_exact():
    pictures = smooth_thumbnails(100, 2)
    derived = words(hash_batch(pictures))[6:]
    assert (hash_batch(turned(pictures, poses.TRANSPOSED)).phash256 == derived.T).all()


rows = st.lists(st.integers(0, 2**64 - 1), min_size=5, max_size=5)


@settings(deadline=None)
@given(rows, rows, st.integers(0, 64), st.integers(0, 256))
def test_measuring_the_other_way_round_gives_the_same_distances(one, other, coarse, fine):
    a, b = (np.array([row], np.uint64) for row in (one, other))
    sides = [poses.with_transposes(row[:, 0], row[:, 1:]).T for row in (a, b)]
    here, there = (poses.measure_turned(*pair, coarse, fine) for pair in (sides, sides[::-1]))
    fewer = [poses.with_coarse_transposes(row[:, 0], row[:, 1:]).T for row in (a, b)]
    assert poses.turned_near(*fewer, coarse, fine) == here.near
    for straight, back in zip(here[:2] + here[3:], there[:2] + there[3:], strict=True):
        assert (straight == back).all()


@settings(deadline=None)
@given(rows, st.sets(st.integers(0, 255), max_size=12), st.integers(0, 3))
def test_no_pose_moves_the_invariant_further_than_the_hash(row, flipped, signs):
    """Bits as derived: a hash, turned and with some bits flipped."""
    hashes = np.array([row[1:]], np.uint64)
    for transposed in (False, True):
        both = poses.with_transposes(np.zeros(1, np.uint64), hashes)
        other = both[:, 6:] if transposed else both[:, 1:5]
        other = other ^ poses._NEGATED[signs, 1:]
        for bit in flipped:
            other[0, bit // 64] ^= np.uint64(1 << (63 - bit % 64))
        apart = np.bitwise_count(poses.invariant(hashes) ^ poses.invariant(other))
        assert apart[0] <= len(flipped)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), POSES, st.randoms())
def test_candidates_in_every_pose_do_not_depend_on_the_order(seed, pose, random):
    pictures = np.concatenate(
        [smooth_thumbnails(6, seed), turned(smooth_thumbnails(2, seed), pose)]
    )
    straight, _ = find_candidates(hash_batch(pictures), RADII)
    order = list(range(len(pictures)))
    random.shuffle(order)
    mixed, _ = find_candidates(hash_batch(pictures[order]), RADII)
    found = set()
    ends = ([order[at] for at in end] for end in (mixed.first, mixed.second))
    for a, b, at in zip(*ends, mixed.pose.tolist(), strict=True):
        found.add((a, b, at) if a < b else (b, a, poses.inverse(at)))
    expected = zip(straight.first, straight.second, straight.pose.tolist(), strict=True)
    assert found == set(expected)
    assert {(0, 6, poses.inverse(pose)), (1, 7, poses.inverse(pose))} <= found


@pytest.mark.parametrize("pose", range(poses.COUNT))
def test_a_new_picture_is_sought_in_every_pose(pose):
    old = smooth_thumbnails(5, 4)
    found = find_candidates_between(hash_batch(turned(old[3:4], pose)), hash_batch(old), RADII)
    assert (found.first.tolist(), found.second.tolist()) == ([0], [3])
    assert found.pose.tolist() == [pose]


def test_turned_pictures_are_not_sought_where_the_radii_say_so():
    pictures = np.concatenate([smooth_thumbnails(3, 5), turned(smooth_thumbnails(1, 5), 5)])
    found, _ = find_candidates(hash_batch(pictures), Radii(16, 84))
    assert len(found.first) == 0


def test_no_hashes_have_no_invariants():
    empty = Hashes(*(column[:0] for column in hash_batch(smooth_thumbnails(1, 0))))
    assert poses.invariant(empty.phash256).shape == (0,)
    assert words(empty).shape == (10, 0)
