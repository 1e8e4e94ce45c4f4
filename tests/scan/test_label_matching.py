import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catsclean.core import names
from catsclean.core.label_rows import RowProblem
from catsclean.core.label_source import LabelTable, Match
from catsclean.errors import ConfigError
from catsclean.scan.label_matching import match_rows
from catsclean.scan.label_tables import TableRows


def match(paths, *pairs, file="t.csv", folder=None, root="", escaped=False):
    rows = TableRows(
        pa.array([path for path, _ in pairs], pa.large_string()),
        pa.array([label for _, label in pairs], pa.large_string()),
        np.arange(len(pairs), dtype=np.int64) + 2,
        is_manifest=escaped,
    )
    return match_rows(rows, paths, LabelTable(file), root=root, folder=folder)


def labels(paths, *pairs, **more):
    return match(paths, *pairs, **more).labels


def problems(found):
    return [(row["row"], row["problem"], row["sample"]) for row in found.rows.problems.to_pylist()]


@pytest.mark.parametrize(
    ("paths", "rows", "folder", "rule"),
    [
        (["1.jpg", "2.jpg"], ["1.jpg", "2.jpg"], "", Match.PATH),
        (["train/1.jpg", "train/2.jpg"], ["train/1.jpg", "./train/2.jpg"], "", Match.PATH),
        (["train/1.jpg", "train/2.jpg"], ["train\\1.jpg", "train\\2.jpg"], "", Match.PATH),
        (["train/1.jpg", "train/2.jpg"], ["1.jpg", "2.jpg"], "train", Match.PATH),
        (["a/1.jpg", "b/2.jpg"], ["1.jpg", "2.jpg"], "", Match.NAME),
        (["x/a/1.jpg", "x/b/1.jpg"], ["a/1.jpg", "b/1.jpg"], "x", Match.PATH),
        (["/set/1.jpg"[5:], "2.jpg"], ["/set/1.jpg", "/set/2.jpg"], "", Match.PATH),
    ],
)
def test_rows_are_paths_below_some_folder(paths, rows, folder, rule):
    found = match(paths, (rows[0], "cat"), (rows[1], "dog"), root="/set")
    assert found.labels == ["cat", "dog"]
    assert (found.table.folder, found.table.match, found.table.by_id) == (folder, rule, False)
    assert not problems(found)


def test_ids_have_no_extension():
    found = match(["train/a.jpg", "train/b.0.png", "train/b.txt"], ("a", "cat"), ("b.0", "dog"))
    assert found.labels == ["cat", "dog", ""]
    assert found.table.by_id


@pytest.mark.parametrize("rows", [["a", "b", "c.jpg"], ["a.jpg", "b.jpg", "c"]])
def test_a_row_may_have_an_extension_or_lack_one_unlike_the_others(rows):
    found = match(["a.jpg", "b.jpg", "c.jpg"], *zip(rows, "xxy", strict=True))
    assert found.labels == ["x", "x", "y"]
    assert not problems(found)


def test_rows_with_and_without_an_extension_may_contradict_each_other():
    found = match(["a.jpg", "b.jpg", "c.jpg"], ("a", "x"), ("b", "x"), ("c", "y"), ("a.jpg", "y"))
    assert found.labels == ["", "x", "y"]
    assert problems(found) == [(2, "contradiction", "a.jpg"), (5, "contradiction", "a.jpg")]


@pytest.mark.parametrize(
    ("paths", "row"),
    [
        (["a.jpg", "b.jpg", "c.png"], "c.jpg"),  # a lost picture, and another one
        (["a.jpg", "b.jpg", "c.jpg", "c.png"], "c.jpg"),  # whose id means both
        (["a.jpg", "b.jpg", "x/c.jpg", "y/c.jpg"], "c.jpg"),
    ],
)
def test_a_row_whose_file_is_not_certain_stays_without(paths, row):
    found = match(paths, ("a", "x"), ("b", "x"), (row, "y"))
    assert found.labels == ["x", "x"] + [""] * (len(paths) - 2)
    assert problems(found) == [(4, "no file", "")]


def test_an_id_means_all_pictures_of_its_name_in_a_folder():
    assert labels(["t/a.jpg", "t/a.png"], ("a", "cat")) == ["cat", "cat"]


def test_the_folder_in_which_every_row_has_a_file_is_meant():
    paths = ["test/1.jpg", "train/1.jpg", "train/2.jpg"]
    assert labels(paths, ("1", "cat"), ("2", "dog")) == ["", "cat", "dog"]
    # a row is a path from the root, if every one can be
    assert labels(["1.jpg", "old/1.jpg"], ("1.jpg", "cat")) == ["cat", ""]
    # or from the folder of its table
    both = ["a/1.jpg", "b/1.jpg"]
    assert labels(both, ("1.jpg", "cat"), file="b/t.csv") == ["", "cat"]


def test_a_row_that_may_mean_files_in_two_folders_is_asked_about():
    with pytest.raises(ConfigError, match=r"test/1.jpg or train/1.jpg. Name the folder: t.csv:"):
        match(["test/1.jpg", "train/1.jpg"], ("1", "cat"))
    found = match(["test/1.jpg", "train/1.jpg"], ("1", "cat"), folder="train")
    assert found.labels == ["", "cat"]


def test_rows_that_do_not_fit_are_listed():
    found = match(
        ["a.jpg", "b.jpg", "c.jpg", "d.jpg"],
        ("a.jpg", "cat"), ("a.jpg", "cat"), ("b.jpg", "cat"), ("b.jpg", "dog"), ("c.jpg", None),
        ("gone.jpg", "cat"), ("", "cat"), ("d.jpg", None), ("d.jpg", "dog"),
    )  # fmt: skip
    assert found.labels == ["cat", "", "", "dog"]
    assert problems(found) == [
        (4, "contradiction", "b.jpg"), (5, "contradiction", "b.jpg"), (6, "no label", "c.jpg"),
        (7, "no file", ""), (8, "no file", ""),
    ]  # fmt: skip
    assert (found.rows.rows, found.rows.repeated) == (9, 2)
    assert found.rows.count(RowProblem.NO_FILE) == 2
    assert found.rows.of(RowProblem.NO_FILE, 1) == [("t.csv", 7, "gone.jpg", "cat", "")]


@pytest.mark.parametrize(
    "row", ["/etc/passwd", "../a.jpg", "x/../a.jpg", "C:\\a.jpg", "a.jpg\0", "//a.jpg", "~/a.jpg"]
)
def test_a_row_never_leads_out_of_the_set(row):
    found = match(["a.jpg"], (row, "cat"), ("a.jpg", "dog"), root="/set")
    assert found.labels == ["dog"]
    [(number, problem, _)] = problems(found)
    assert (number, problem) == (2, "no file")


def test_a_row_without_a_file_is_shown_as_the_table_has_it():
    found = match(["a.jpg"], ("/set/a.jpg", "cat"), ("/set/gone.jpg", "cat"), root="/set")
    assert [row[2] for row in found.rows.of(RowProblem.NO_FILE)] == ["/set/gone.jpg"]


def test_labels_and_shown_rows_are_escaped():
    found = match(["a.jpg"], ("a.jpg", "c\x1bat\\"), ("g\x1bone", "=cmd()"))
    assert found.labels == ["c\\x1bat\\\\"]
    assert found.rows.of(RowProblem.NO_FILE)[0][2:4] == ("g\\x1bone", "=cmd()")


def test_accents_match_however_they_are_composed():
    name = "café.jpg"
    apart = unicodedata.normalize("NFD", name)
    assert labels([apart], (name, "cat")) == labels([name], (apart, "cat")) == ["cat"]


def test_a_manifest_has_escaped_paths_and_labels():
    path = names.encode(b"caf\xff\\.jpg".decode("utf-8", "surrogateescape"))
    label = names.encode("a\\b\x1b")
    assert labels([path], (path, label), escaped=True) == [label]
    # what is no escape is a text
    assert labels([path], (path, "a\\b"), escaped=True) == ["a\\\\b"]


NAMES = st.text(st.sampled_from("ab.1/\\"), min_size=1, max_size=6)


@given(
    st.lists(NAMES.map(names.encode), min_size=1, max_size=6, unique=True),
    st.lists(st.tuples(NAMES, st.sampled_from(["x", "y", None])), max_size=6),
)
def test_any_rows_give_every_file_one_label_or_none(paths, pairs):
    try:
        found = match(sorted(paths), *pairs)
    except ConfigError:
        return
    assert len(found.labels) == len(paths)
    assert set(found.labels) <= {"x", "y", ""}
    lost = found.rows.count(RowProblem.NO_FILE)
    assert lost <= len(pairs) == found.rows.rows
    if any(found.labels):
        assert lost < len(pairs)
