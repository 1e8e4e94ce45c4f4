"""Files that a user names: what may be replaced, what is written through, what is refused."""

import os
import sys
import threading

import pyarrow.parquet as pq
import pytest
from open_files import open_below
from pictures import make_dataset

import catsclean
from catsclean.core.files import (
    again_if_taken,
    check_target,
    is_parquet,
    is_text,
    make_whole,
    replacing,
    saving,
)
from catsclean.core.leftovers import remove_temporaries_of
from catsclean.errors import UsageError

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


def save(path, text="new", **named):
    with saving(path, is_text, **named) as temporary:
        temporary.write_text(text)


@pytest.fixture
def audited(tmp_path):
    return catsclean.audit(make_dataset(tmp_path / "set"), workers=1, select="file")


def test_text_takes_the_place_of_text(tmp_path):
    target = tmp_path / "findings.txt"
    target.write_text("old")
    save(target)
    assert target.read_text() == "new"


def test_a_picture_is_not_replaced(tmp_path):
    target = tmp_path / "cat.png"
    target.write_bytes(PNG)
    with pytest.raises(UsageError, match="was not written by catsclean"):
        save(target)
    assert target.read_bytes() == PNG


def test_text_that_is_cut_within_a_character_is_text():
    assert is_text("Müsli".encode()[:2])
    assert not is_text(b"\xff\xd8\xff\xe0")


def test_the_target_of_a_link_is_written_and_the_link_stays(tmp_path):
    (tmp_path / "target").write_text("old")
    (tmp_path / "link").symlink_to("target")
    save(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "new"


def test_a_fifo_is_written_to_and_stays_one(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    received = []
    reader = threading.Thread(target=lambda: received.append(fifo.read_text()))
    reader.start()
    save(fifo)
    reader.join()
    assert received == ["new"]
    assert fifo.is_fifo()


def test_what_this_process_has_open_is_continued(tmp_path):
    target = tmp_path / "log"
    target.write_text("old ")
    with target.open("a") as stream:
        save(f"/dev/fd/{stream.fileno()}")
    assert target.read_text() == "old new"


@pytest.mark.parametrize(
    ("name", "said"), [(".", "a folder"), ("gone/file", "folder of this file does not exist")]
)
def test_a_folder_and_a_missing_one_are_bad_usage(tmp_path, name, said):
    with pytest.raises(UsageError, match=said):
        save(tmp_path / name)


def test_what_cannot_be_looked_at_is_bad_usage(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    for name, why in (("loop", "Too many levels of symbolic links"), ("n" * 300, "File name too")):
        with pytest.raises(UsageError, match=f"cannot check the output file: {why}"):
            save(tmp_path / name)


def test_a_file_is_judged_by_its_first_bytes_alone(tmp_path):
    target, heads = tmp_path / "large", []
    target.write_bytes(bytes(20_000))
    check_target(target, lambda head: heads.append(len(head)) is None)
    assert heads == [8192]


def test_a_folder_that_cannot_be_written_is_bad_usage(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    with pytest.raises(UsageError, match="Permission denied"):
        save(tmp_path / "file")


@pytest.mark.parametrize(
    "name",
    [
        "set/new.txt",
        "set/Cat/new.txt",
        "set/runs/new.txt",
        "set.catsclean/new.txt",
        "set.catsclean/cache/new.txt",
    ],
)
def test_nothing_goes_into_an_audited_data_set_or_its_state_folder(audited, tmp_path, name):
    (tmp_path / "set/runs").mkdir()
    with pytest.raises(UsageError, match="inside the data set or its state folder"):
        check_target(tmp_path / name, is_text)


def test_of_given_folders_only_those_that_hold_the_file_refuse_it(tmp_path):
    (tmp_path / "set").mkdir()
    gone, known = tmp_path / "gone", tmp_path / "set"
    check_target(tmp_path / "new.txt", is_text, (gone, known))
    with pytest.raises(UsageError, match="inside the data set or its state folder, 'set'"):
        check_target(tmp_path / "set/new.txt", is_text, (gone, known))


def test_a_folder_of_runs_is_a_place_for_files(audited, tmp_path):
    (tmp_path / "set.catsclean" / "runs").mkdir()
    check_target(tmp_path / "set.catsclean" / "runs" / "maps.png", is_text)


def test_a_link_into_the_data_set_leads_into_it(audited, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "set" / "Cat" / "new.txt")
    with pytest.raises(UsageError, match="inside the data set"):
        audited.save_html(tmp_path / "link")


@pytest.mark.parametrize("name", [".", "gone/page.html", "set/page.html"])
def test_a_report_that_cannot_be_saved_is_bad_usage(audited, tmp_path, name):
    with pytest.raises(UsageError) as raised:
        audited.save_html(tmp_path / name)
    assert ".tmp" not in str(raised.value)


def test_a_manifest_is_saved_over_a_manifest_only(audited, tmp_path):
    audited.manifest.save(tmp_path / "mine.parquet")
    audited.manifest.save(tmp_path / "mine.parquet")
    assert is_parquet((tmp_path / "mine.parquet").read_bytes())
    # the key by which manifests of all versions are known
    assert b"catsclean" in pq.read_metadata(tmp_path / "mine.parquet").metadata
    with pytest.raises(UsageError, match="inside the data set"):
        audited.manifest.save(tmp_path / "set" / "mine.parquet")
    (tmp_path / "notes.parquet").write_text("my notes")
    with pytest.raises(UsageError, match="was not written by catsclean"):
        audited.manifest.save(tmp_path / "notes.parquet")


@pytest.mark.parametrize("links", [True, False], ids=["hard links", "none"])
def test_a_file_gets_a_free_name_only(tmp_path, monkeypatch, links):
    def refuse(*_):
        raise PermissionError

    if not links:
        monkeypatch.setattr(os, "link", refuse)
    with make_whole(tmp_path / "new") as temporary:
        temporary.write_bytes(b"new")
    with pytest.raises(FileExistsError), make_whole(tmp_path / "new") as temporary:
        temporary.write_bytes(b"other")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"new"]


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors cannot be listed there")
@pytest.mark.parametrize("way", [replacing, make_whole])
@pytest.mark.parametrize("fails", [False, True])
def test_nothing_stays_open_and_no_temporary_file_is_left(tmp_path, way, fails):
    try:
        with way(tmp_path / "new") as temporary:
            temporary.write_text("new")
            if fails:
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    assert open_below(tmp_path) == []
    assert [path.name for path in tmp_path.iterdir()] == ([] if fails else ["new"])


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such locks there")
@pytest.mark.parametrize("way", [replacing, make_whole])
def test_a_temporary_file_is_known_as_one_of_its_file_and_held(tmp_path, way):
    with way(tmp_path / "page.html") as temporary:
        assert temporary.parent == tmp_path
        assert temporary.name.startswith(".page.html.")
        assert temporary.name.endswith(".tmp")
        temporary.write_text("whole")
        remove_temporaries_of(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text() == "whole"


@pytest.mark.parametrize(("taken", "tries"), [(0, 1), (1, 2), (2, 3), (9, 3)])
def test_a_file_that_another_machine_takes_is_written_again_twice(taken, tries):
    calls = []

    def write():
        calls.append("write")
        if len(calls) <= taken:
            raise FileNotFoundError

    if taken < 3:
        again_if_taken(write)
    else:
        with pytest.raises(FileNotFoundError):
            again_if_taken(write)
    assert len(calls) == tries
