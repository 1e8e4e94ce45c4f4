import os

import pytest

from catsclean.core.links import Reach
from catsclean.scan import table_beside
from catsclean.scan.discover import discover
from catsclean.scan.labels import check_labels, find_labels

ROWS = "".join(f"{number},{('cat', 'dog')[number % 2]}\n" for number in range(10))


@pytest.fixture
def numbered(tmp_path):
    """A folder of ten numbered files without labels."""
    root = tmp_path / "images"
    root.mkdir()
    for number in range(10):
        (root / f"{number}.jpg").touch()
    return root


def beside(root, layout="auto"):
    reach = Reach(root.resolve())
    return find_labels(reach, discover(root), layout, check_labels("auto")).source.beside


def test_a_table_beside_the_folder_whose_ids_are_its_file_names_is_named(numbered):
    (numbered.parent / "labels.csv").write_text("id,label\n" + ROWS)
    (numbered.parent / "other.csv").write_text("id,label\n7,cat\n8,cat\n9,dog\n10,dog\n")
    (numbered.parent / "part.csv").write_text("id,label\n" + ROWS[:48])
    assert beside(numbered) == "../labels.csv"


@pytest.mark.parametrize(
    "table",
    [
        "id,label\n0,cat\n1,dog\n2,cat\n3,dog\n",  # of four of ten pictures
        "id,label\n" + "".join(f"{number},0\n" for number in range(10)),  # a sample submission
        "id,label\n" + "".join(f"{number},0.{number}\n" for number in range(10)),  # probabilities
        "price,area\n1,2\n",
        '"',
        "",
    ],
)
def test_a_table_that_does_not_have_the_labels_is_not_named(numbered, table):
    (numbered.parent / "labels.csv").write_text(table)
    assert not beside(numbered)


def test_neither_links_nor_large_tables_beside_the_folder_are_read(numbered, monkeypatch):
    (numbered.parent / "labels.csv").write_text("id,label\n" + ROWS)
    (numbered.parent / "labels.csv").rename(numbered.parent / "table")
    (numbered.parent / "link.csv").symlink_to("table")
    (numbered.parent / "folder.csv").mkdir()
    assert not beside(numbered)
    (numbered.parent / "table").rename(numbered.parent / "labels.csv")
    monkeypatch.setattr(table_beside, "_MOST_BYTES", 10)
    assert not beside(numbered)


def test_a_set_with_labels_or_a_layout_that_was_set_looks_at_no_table(numbered, monkeypatch):
    monkeypatch.setattr(table_beside, "find_table_beside", None)
    assert not beside(numbered, "flat")
    for path in numbered.iterdir():
        path.rename(path.with_name(f"{('cat', 'dog')[int(path.stem) % 2]}.{path.name}"))
    assert not beside(numbered)
    for label in ("cat", "dog"):
        (numbered / label).mkdir()
        (numbered / label / "1.jpg").touch()
    assert not beside(numbered)


def test_a_folder_that_stands_for_a_bucket_has_nothing_beside_it(numbered, monkeypatch):
    (numbered.parent / "labels.csv").write_text("id,label\n" + ROWS)
    monkeypatch.setattr(table_beside, "is_stand_in", lambda _: True)
    assert not beside(numbered)


def test_a_folder_that_cannot_be_listed_has_no_table(numbered, monkeypatch):
    reach, listing = Reach(numbered.resolve()), discover(numbered)
    monkeypatch.setattr(os, "scandir", _refuse)
    assert not table_beside.find_table_beside(reach, listing)


def _refuse(path):
    raise PermissionError(13, "Permission denied")
