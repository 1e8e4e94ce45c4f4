"""What is not a folder is answered with what to do, in the user's words."""

import zipfile
from pathlib import Path

import pytest

import catsclean
from catsclean.core.not_a_folder import explain_url
from catsclean.core.state import StateFolder
from catsclean.errors import DatasetError, UsageError


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/data/pets.zip",
        "hf://datasets/someone/pets",
        "file:///data/pets",
    ],
)
def test_a_url_is_answered_with_the_url_as_typed(url):
    with pytest.raises(DatasetError, match="Download it") as caught:
        catsclean.audit(url)
    assert f"Received: {url!r}" in str(caught.value)
    assert "only" not in str(caught.value)


def test_a_url_that_became_a_path_has_its_slashes_back():
    with pytest.raises(DatasetError, match=r"Received: 'https://example\.org/pets'"):
        catsclean.audit(Path("https://example.org/pets"))


@pytest.mark.parametrize("url", ["s3://bucket/pets", "gs://bucket/a", Path("az://bucket/a")])
def test_a_bucket_is_answered_with_what_works_there(url):
    with pytest.raises(DatasetError, match="does not work on a bucket") as caught:
        StateFolder.of(url)
    assert "://bucket" in str(caught.value)


def test_a_state_folder_in_a_bucket_is_not_made_as_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pets").mkdir()
    with pytest.raises(DatasetError, match="this machine"):
        catsclean.audit("pets", state_dir="s3://bucket/state")
    assert [path.name for path in tmp_path.iterdir()] == ["pets"]


@pytest.mark.parametrize("path", ["C:/pets", "C://pets", "pets", "./a:b/c", "/data/pets", "a:b"])
def test_a_path_is_not_a_url(path):
    assert explain_url(path) == ""


def test_a_folder_with_the_name_of_a_url_is_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ab:/pets").mkdir(parents=True)
    with pytest.raises(DatasetError, match="no pictures"):
        catsclean.audit("ab:/pets", save=False, cache=False)


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("pets.tar.gz", "(tar -xf pets.tar.gz)"),
        ("PETS.7Z", "Unpack it first, then"),
    ],
)
def test_an_archive_is_to_be_unpacked(tmp_path, monkeypatch, name, command):
    monkeypatch.chdir(tmp_path)
    with zipfile.ZipFile(tmp_path / name, "w") as archive:
        archive.writestr("pets/Cat/1.jpg", b"x")
    with pytest.raises(DatasetError, match="an archive") as caught:
        catsclean.audit(name)
    assert command in str(caught.value)


def test_a_folder_that_holds_only_an_archive_says_to_unpack_it(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/pets.7z").write_bytes(b"7z")
    with pytest.raises(DatasetError, match=r"Unpack 'pets.7z' first"):
        catsclean.audit(tmp_path / "data", save=False, cache=False)


def test_an_archive_within_an_archive_is_to_be_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("train.tar", b"x")
    with pytest.raises(DatasetError, match=r"no pictures in this archive.*Unpack 'train.tar'"):
        catsclean.audit(tmp_path / "all.zip", save=False, cache=False)


def test_any_other_file_is_not_a_folder(tmp_path):
    (tmp_path / "1.jpg").touch()
    with pytest.raises(DatasetError, match=r"^not a folder.*catsclean check .*1\.jpg$"):
        catsclean.audit(tmp_path / "1.jpg")


def test_pictures_in_a_bucket_are_not_predicted():
    with pytest.raises(UsageError, match="does not work on a bucket"):
        catsclean.predict("model.keras", ["s3://bucket/pets/1.jpg"])
