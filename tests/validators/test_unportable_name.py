import os
import sys

import helpers
import pictures
import pytest

from catsclean.core import names
from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.unportable_name import UnportableName

REASONS = {
    "a:b.jpg": "':' is not allowed on Windows",
    "con.jpg": "'con.jpg' is the name of a device on Windows",
    "COM1.tar.jpg": "'COM1.tar.jpg' is the name of a device on Windows",
    "dot./7.jpg": "'dot.' ends with a dot, which Windows drops",
    "space .jpg/7.jpg ": "'7.jpg ' ends with a space, which Windows drops",
    "back\\slash.jpg": "a backslash, which separates folders on Windows",
    "two\nlines.jpg": "a control character",
    "left\u202eright.jpg": "an invisible character",
    "caf\udce9.jpg": "not UTF-8",
    "x" * 150 + ".jpg": "a name of 154 bytes, more than 143",
    "猫" * 60 + ".jpg": "a name of 184 bytes, more than 143",
    "f/" * 121 + "1.jpg": "the path has 251 characters, more than 240",
}


@pytest.mark.parametrize("name", REASONS, ids=ascii)
def test_says_what_is_wrong_with_a_name(name):
    evidence = helpers.make_evidence([{"path": names.encode(f"Cat/{name}")}])
    [finding] = UnportableName().judge(evidence)
    assert finding.message == REASONS[name]


@pytest.mark.parametrize(
    "name",
    [
        "0.jpg",
        "console.jpg",
        "aux1.jpg",
        "müsli 猫.jpg",
        "a b.c.jpg",
        ".hidden.jpg",
        "猫" * 46 + "g",
    ],
)
def test_names_that_travel_are_clean(name):
    assert not list(UnportableName().judge(helpers.make_evidence([{"path": f"Cat/{name}"}])))


@pytest.mark.skipif(sys.platform == "win32", reason="such names cannot exist there")
def test_finds_them_on_a_real_disk(pets):
    for name in ("a:b.jpg", os.fsdecode(b"caf\xe9.jpg")):
        try:
            (pets / "Cat" / name).write_bytes(pictures.jpeg(1))
        except OSError:
            pytest.skip("a file system that is stricter")
    assert_finds(UnportableName(), pets, "Cat/a:b.jpg", r"Cat/caf\udce9.jpg")


def test_a_healthy_folder_is_clean(pets):
    assert_clean(UnportableName(), pets)
