"""Checking single files."""

import pictures
import pytest

from catsclean.checking import check_files
from catsclean.errors import UsageError


@pytest.fixture
def pets(tmp_path, monkeypatch):
    pictures.make_dataset(tmp_path / "Pets")
    (tmp_path / "Pets/Cat/empty.jpg").write_bytes(b"")
    (tmp_path / "Pets/Cat/bad.jpg").write_bytes(pictures.jpeg(1)[:900])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(audit):
    return [(finding.path, finding.validator) for finding in audit.findings]


def test_only_the_named_files_are_looked_at(pets):
    audit = check_files(["Pets/Cat/empty.jpg", "Pets/Dog/1.jpg"])
    assert found(audit) == [("Pets/Cat/empty.jpg", "zero-length")]
    assert audit.summary["files"] == 2


def test_findings_carry_the_folder_as_label(pets):
    (finding,) = check_files(["Pets/Cat/bad.jpg"]).findings
    assert finding.label == "Cat"


def test_nothing_is_written(pets):
    before = sorted(pets.rglob("*"))
    check_files(["Pets/Cat/0.jpg"])
    assert sorted(pets.rglob("*")) == before


def test_other_files_are_passed_over(pets):
    (pets / "notes.txt").write_text("not a picture")
    assert check_files(["notes.txt"]).summary["files"] == 0


@pytest.mark.parametrize("path", ["Pets", "Pets/Cat/missing.jpg", "../outside.jpg"])
def test_folders_missing_files_and_files_elsewhere_are_refused(pets, path):
    with pytest.raises(UsageError, match="Received"):
        check_files([path])


def test_a_link_is_not_followed(pets):
    (pets / "link.jpg").symlink_to(pets / "Pets/Cat/empty.jpg")
    assert ("link.jpg", "zero-length") not in found(check_files(["link.jpg"]))


def test_a_file_named_twice_is_looked_at_once(pets):
    assert check_files(["Pets/Cat/0.jpg", pets / "Pets/Cat/0.jpg"]).summary["files"] == 1
