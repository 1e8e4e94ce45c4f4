"""Files that a user names: what may be replaced, what is written through, what is refused."""

import os
import threading

import pytest
from pictures import make_dataset

import catsclean
from catsclean.core.files import check_target, is_parquet, is_text, make_whole, saving
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
    for name in ("loop", "n" * 300):
        with pytest.raises(UsageError, match="cannot check the output file"):
            save(tmp_path / name)


def test_a_folder_that_cannot_be_written_is_bad_usage(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    with pytest.raises(UsageError, match="Permission denied"):
        save(tmp_path / "file")


@pytest.mark.parametrize("name", ["set/new.txt", "set/Cat/new.txt", "set.catsclean/new.txt"])
def test_nothing_goes_into_an_audited_data_set_or_its_state_folder(audited, tmp_path, name):
    with pytest.raises(UsageError, match="inside the data set or its state folder"):
        check_target(tmp_path / name, is_text)


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
