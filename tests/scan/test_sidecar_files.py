"""Files that belong to a picture by their name: which, to which one, and how it is said."""

import pytest

from catsclean.core.safe_folder import Folder
from catsclean.errors import UsageError
from catsclean.scan.sidecar_files import (
    ENDINGS,
    Sidecar,
    check_endings,
    describe_left_out,
    find_sidecars,
    match_sidecars,
)

TXT = frozenset({".txt"})


def matched(listed, pictures, endings=TXT):
    return match_sidecars(lambda folder: listed.get(folder, []), pictures, endings)


def test_a_file_belongs_to_the_picture_with_its_stem_or_whole_name():
    listed = {"Cat": ["1.jpg", "1.txt", "1.jpg.txt", "1.json", "2.txt"]}
    assert matched(listed, ["Cat/1.jpg"]) == [
        Sidecar("Cat/1.jpg.txt", "Cat/1.jpg", ".jpg.txt"),
        Sidecar("Cat/1.txt", "Cat/1.jpg", ".txt"),
    ]


def test_a_file_that_may_belong_to_several_pictures_names_them_all():
    listed = {"": ["1.jpg", "1.png", "1.txt"]}
    assert matched(listed, ["1.png"]) == [Sidecar("1.txt", "1.png", ".txt", ("1.jpg",))]


def test_neither_pictures_themselves_nor_files_of_other_pictures_are_sidecars():
    assert matched({"": ["1.jpg", "2.jpg", "2.txt", "no-ending", ".txt"]}, ["1.jpg"]) == []


def test_a_picture_that_is_named_like_a_sidecar_file_is_none():
    assert matched({"": ["1.txt", "1.json"]}, ["1.txt"]) == []


def test_no_folder_is_looked_into_without_endings():
    assert match_sidecars(lambda _: 1 / 0, ["1.jpg"], frozenset()) == []


def test_files_in_a_folder_are_found_and_one_that_is_gone_has_none(tmp_path):
    (tmp_path / "Cat").mkdir()
    (tmp_path / "Cat/1.txt").touch()
    (tmp_path / "link").symlink_to("Cat")
    with Folder(tmp_path) as folder:
        found = find_sidecars(folder, ["Cat/1.jpg", "Gone/1.jpg", "link/1.jpg"], TXT)
    assert [one.path for one in found] == ["Cat/1.txt"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [(None, set(ENDINGS)), (".TXT", {".txt"}), ([".txt", ".XMP"], {".txt", ".xmp"}), ([], set())],
)
def test_endings_are_the_usual_ones_or_those_that_are_asked_for(asked, found):
    assert check_endings(asked) == found


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        ("txt", "must start with a dot"),
        ("./x", "must start with a dot"),
        (7, "must start with a dot"),
        (".JPG", "is the extension of a picture"),
    ],
)
def test_an_ending_that_is_none_is_refused(ending, said):
    with pytest.raises(UsageError, match=said):
        check_endings([ending])


def test_what_is_left_out_is_counted_with_an_example():
    assert describe_left_out([], "why") == ""
    assert describe_left_out(["b.txt", "a.txt"], "they are links") == (
        "2 sidecar files are left out, such as 'a.txt': they are links"
    )
    assert describe_left_out(["a.txt"], "it is a link").startswith("1 sidecar file is left out")
