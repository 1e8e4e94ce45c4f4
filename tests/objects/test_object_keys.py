"""Keys are sample paths, or are never opened."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catsclean.core.manifest import check_path
from catsclean.images.read_file import _safe_parts
from catsclean.objects.object_keys import (
    hostile_reason,
    identity_of,
    key_of,
    path_of,
    path_of_hostile,
)

KEYS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60) | st.lists(
    st.sampled_from(["a", "b.jpg", ".", "..", "", "\x00", "ä", "\\", "x" * 300, "\u202e"]),
    min_size=1,
).map("/".join)


@given(KEYS, st.sampled_from(["", "PetImages/"]))
def test_a_key_comes_back_from_its_path(key, folder):
    assert key_of(folder, path_of(key)) == folder + key
    assert path_of(key).isprintable()


@given(KEYS)
def test_a_hostile_key_has_a_path_that_a_manifest_takes(key):
    if hostile_reason(key):
        check_path(path_of_hostile(key))
        assert path_of_hostile(key).isprintable()


@given(KEYS)
def test_what_may_be_opened_is_a_path_inside_the_data_set(key):
    if not hostile_reason(key):
        parts = _safe_parts(path_of(key))
        assert all(len(part.encode()) <= 255 for part in parts)


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("Cat/1.jpg", ""),
        ("Cat/ä ö.jpg", ""),
        ("..a/b..jpg/.c", ""),
        ("Cat/\u202egpj.jpg", ""),
        ("odd/../x.jpg", "'.' or '..'"),
        ("../x.jpg", "'.' or '..'"),
        ("./x.jpg", "'.' or '..'"),
        ("a//b.jpg", "an empty part"),
        ("/etc/passwd", "begins with a slash"),
        ("Cat/", "ends in a slash"),
        ("/", "ends in a slash"),
        ("a\x01.jpg", "control character"),
        ("a\n.jpg", "control character"),
        ("x" * 256, "of more than 255 bytes"),
        ("ä" * 200, "of more than 255 bytes"),
    ],
)
def test_a_key_that_is_not_a_safe_path_has_a_reason(key, reason):
    found = hostile_reason(key)
    assert bool(found) == bool(reason)
    assert reason in found


def test_an_etag_has_a_number_that_fits_where_an_inode_does():
    assert identity_of('"abc"') == identity_of('"abc"') != identity_of('"abd"')
    assert 0 <= identity_of('"abc"') < 2**63
    assert identity_of("") == 0
