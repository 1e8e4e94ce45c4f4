import time

import pytest

from catsclean.core import names
from catsclean.errors import ConfigError
from catsclean.scan.discover import Listing
from catsclean.scan.name_labels import (
    check_pattern,
    find_words,
    label_by_pattern,
    label_by_word,
    word_of,
)


def listing(*paths):
    shown = sorted(names.encode(path) for path in paths)
    return Listing(paths=shown, folders_of=[path.rpartition("/")[0] for path in shown])


def numbered(*words, count=10, between="_"):
    return [f"{word}{between}{n}.jpg" for word in words for n in range(count)]


def words(*paths, in_splits=False):
    return find_words(listing(*paths), in_splits=in_splits)


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("cat.0.jpg", "cat"),
        ("dog_12.png", "dog"),
        ("n01440764_10026.JPEG", "n01440764"),
        ("american_bulldog_100.jpg", "american_bulldog"),
        ("cat (12).jpg", "cat"),
        ("cat_12_34.jpg", "cat"),
        ("кошка-1.jpg", "кошка"),
        ("cat12.jpg", ""),
        ("12_34.jpg", ""),
        ("cat.jpg", ""),
        ("_1.jpg", ""),
    ],
)
def test_the_word_before_a_separator_and_a_number_is_the_label(name, word):
    assert word_of(name) == word


def test_names_of_a_competition_and_of_imagenet_are_recognised():
    assert words(*numbered("cat", "dog", between=".")) == {"cat": 10, "dog": 10}
    assert set(words(*numbered("n01440764", "n01443537"))) == {"n01440764", "n01443537"}


def test_one_stray_in_twenty_does_not_matter_and_two_do():
    usual = numbered("cat", "dog")[:19]
    assert words(*usual, "stray.jpg")
    assert not words(*usual[:18], "stray.jpg", "another.jpg")


@pytest.mark.parametrize(
    "paths",
    [
        numbered("cat"),
        numbered("IMG", "DSC"),
        numbered("train", "test"),
        numbered("cam1", "cam2"),
        numbered("cat1", "cat2", "dog1"),
        [f"{n}.jpg" for n in range(20)],
        [f"word{'abcdefghijklmnopqrst'[n]}_{n}.jpg" for n in range(20)],
        [],
    ],
    ids=[
        "one word",
        "cameras",
        "splits",
        "numbered cameras",
        "doubt",
        "numbers",
        "no word twice",
        "-",
    ],
)
def test_other_names_are_no_labels(paths):
    assert not words(*paths)


def test_a_test_set_with_numbers_only_does_not_hide_the_labels_of_the_others():
    train = [f"train/{name}" for name in numbered("cat", "dog")]
    test = [f"test1/{n}.jpg" for n in range(100)]
    assert words(*train, *test, in_splits=True) == {"cat": 10, "dog": 10}
    assert not words(*train, *test, in_splits=False)


def test_other_files_than_pictures_do_not_count():
    assert words(*numbered("cat", "dog"), *[f"notes{n}.txt" for n in range(50)])


def test_notes_beside_many_pictures_do_not_hide_their_names():
    pictures = numbered("cat", "dog", count=2000)
    assert words(
        *pictures, *[f"{path}.txt" for path in pictures], *[f"{path}.xml" for path in pictures]
    )


def test_a_label_is_escaped_as_paths_are():
    assert label_by_word([names.encode("a\x1b_1.jpg"), "x.jpg"]) == ["a\\x1b", ""]
    hostile = names.encode(b"caf\xff_1.jpg".decode("utf-8", "surrogateescape"))
    assert names.unescape(label_by_word([hostile])[0]) == "caf?"


def test_a_pattern_names_the_group_label_or_the_first():
    paths = ["a/2019-cat-7.jpg", "a/2020-dog-8.jpg", "a/other.jpg"]
    named = r"^(\d+)-(?P<label>[a-z]+)-"
    assert label_by_pattern(paths, named, check_pattern(named)) == ["cat", "dog", ""]
    first = r"^\d+-([a-z]+)-"
    assert label_by_pattern(paths, first, check_pattern(first)) == ["cat", "dog", ""]


@pytest.mark.parametrize("pattern", ["(", "cat", "(?=c)(a)", r"(a)\1", "x" * 2000, "(" * 500, ""])
def test_an_unusable_pattern_is_one_line(pattern):
    with pytest.raises(ConfigError) as caught:
        check_pattern(pattern)
    assert "\n" not in str(caught.value)


def test_no_pattern_takes_longer_than_its_names_are_long():
    pattern = r"^((a+)+)+$"
    begun = time.process_time()
    assert label_by_pattern(["a" * 5000 + "b"], pattern, check_pattern(pattern)) == [""]
    assert time.process_time() - begun < 5  # other engines need longer than the universe has
