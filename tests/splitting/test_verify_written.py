"""A split that was written is compared with its record, file by file."""

import hashlib
import os
import sys
from dataclasses import replace

import pytest

from catsclean.core.safe_folder import Folder
from catsclean.splitting.places import Item
from catsclean.splitting.verify_written import describe_flaws, say_flaws, status_in

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="links and pipes need a POSIX system"
)
DATA = b"a picture"
WHEN = 1_700_000_000_000_000_000


@pytest.fixture
def written(tmp_path):
    """A data set with one picture, and a split that holds it, with a file that describes it."""
    source, place = tmp_path / "set/Cat/1.jpg", tmp_path / "out/train/Cat/1.jpg"
    for path in (source, place):
        path.parent.mkdir(parents=True)
        path.write_bytes(DATA)
        os.utime(path, ns=(WHEN, WHEN))
    (tmp_path / "out/about.json").write_bytes(b"{}")
    return tmp_path


ITEM = Item(
    "Cat/1.jpg", "train/Cat/1.jpg", "Cat/1.jpg", hashlib.sha256(DATA).hexdigest(), len(DATA), WHEN
)


def flaws(folder, item=ITEM, descriptions=None):
    described = {"about.json": 2} if descriptions is None else descriptions
    return describe_flaws(folder / "out", [item], folder / "set", described)


def put(folder, what):
    """Put something else in the place of the picture."""
    path = folder / "out/train/Cat/1.jpg"
    path.unlink()
    if what == "a link to it":
        path.symlink_to("../../../set/Cat/1.jpg")
    elif what == "an absolute link to it":
        path.symlink_to(folder / "set/Cat/1.jpg")
    elif what == "a link to another file":
        (folder / "set/Cat/2.jpg").write_bytes(DATA)
        path.symlink_to("../../../set/Cat/2.jpg")
    elif what == "a pipe":
        os.mkfifo(path)
    elif what == "a folder":
        path.mkdir()
    elif what == "the same bytes":
        path.write_bytes(DATA)
    elif what == "other bytes":
        path.write_bytes(b"A picture")
    elif what == "more bytes":
        path.write_bytes(DATA + b"+")
        os.utime(path, ns=(WHEN, WHEN))


CHANGED, MISSING = "1 changed: 'train/Cat/1.jpg'", "1 missing: 'train/Cat/1.jpg'"


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("nothing", MISSING), ("a link to it", ""), ("an absolute link to it", ""),
        ("a link to another file", CHANGED), ("a pipe", CHANGED), ("a folder", CHANGED),
        ("the same bytes", ""), ("other bytes", CHANGED), ("more bytes", CHANGED),
    ],
)  # fmt: skip
def test_what_stands_in_the_place_of_a_picture_is_told(written, what, said):
    assert flaws(written) == ""
    put(written, what)
    assert flaws(written) == said


def test_bytes_are_read_unless_size_and_time_are_as_recorded(written):
    wrong = replace(ITEM, sha256="0" * 64)
    assert flaws(written, wrong) == ""
    assert flaws(written, replace(wrong, mtime_ns=WHEN + 1)) == CHANGED
    assert flaws(written, replace(wrong, size_bytes=8)) == CHANGED
    assert flaws(written, replace(ITEM, size_bytes=8)) == CHANGED
    os.utime(written / "out/train/Cat/1.jpg", ns=(1, 1))
    assert flaws(written) == ""


@pytest.mark.parametrize("harm", ["gone", "grown"])
def test_a_link_to_a_picture_that_changed_has_changed(written, harm):
    put(written, "a link to it")
    source = written / "set/Cat/1.jpg"
    if harm == "gone":
        source.unlink()
    else:
        source.write_bytes(DATA + b"+")
    assert flaws(written) == CHANGED


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("gone", "1 missing: 'about.json'"), ("grown", "1 changed: 'about.json'"),
        ("folder", "1 changed: 'about.json'"), ("link", "1 changed: 'about.json'"),
    ],
)  # fmt: skip
def test_a_file_that_describes_the_split_is_looked_at(written, harm, said):
    path = written / "out/about.json"
    path.unlink()
    if harm == "grown":
        path.write_bytes(b"{ }")
    elif harm == "folder":
        path.mkdir()
    elif harm == "link":
        path.symlink_to("aa")  # as long as the file was
    assert flaws(written) == said


def test_files_that_were_added_are_named_but_for_system_junk(written):
    for name in ("b.jpg", "a.jpg", "Thumbs.db"):
        (written / "out/train/Cat" / name).write_bytes(b"")
    (written / "out/notes.txt").write_bytes(b"")  # beside the splits
    (written / "out/val").mkdir()
    (written / "out/val/c.jpg").write_bytes(b"")  # no split of the record
    assert flaws(written) == "2 added: 'train/Cat/a.jpg', 'train/Cat/b.jpg'"


def test_a_split_whose_folder_is_gone_is_an_error_of_the_system(written):
    (written / "out/train").rename(written / "out/other")
    with pytest.raises(FileNotFoundError):
        flaws(written)


def test_where_a_folder_is_a_link_a_file_counts_as_missing(written):
    (written / "out/train").rename(written / "train")
    (written / "out/train").symlink_to("../train")
    with Folder(written / "out") as folder:
        assert status_in(folder, "train/Cat/1.jpg") is None
        assert status_in(folder, "about.json").st_size == 2
    assert flaws(written).startswith(MISSING)


def test_three_files_of_a_kind_are_named():
    assert say_flaws([], [], []) == ""
    assert (
        say_flaws(["a", "b", "c"], [], ["d\x1b"]) == "3 missing: 'a', 'b', 'c'; 1 added: 'd\\\\x1b'"
    )
    assert say_flaws([], list("abcde"), []) == "5 changed: 'a', 'b', 'c' and 2 more"
