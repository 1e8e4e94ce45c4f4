"""The user's own groups from a CSV: what is read of it, and what is refused."""

import pytest

from catsclean.errors import ManifestError, UsageError
from catsclean.splitting import group_column
from catsclean.splitting.group_column import read_column


def written(tmp_path, text):
    file = tmp_path / "groups.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_each_path_has_its_value_and_an_empty_cell_is_no_group(tmp_path):
    file = written(tmp_path, "path,patient\nCat/1.jpg,7\nCat/2.jpg,\nDog/1.jpg,NA\nCat/1.jpg,7\n")
    assert read_column(file, "patient") == {"Cat/1.jpg": "7", "Dog/1.jpg": "NA"}


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("path,patient\nCat/1.jpg,7\nCat/1.jpg,8\n", ManifestError, "line 3: .* is listed twice"),
        ("path,patient\n../1.jpg,7\n", ManifestError, "line 2: "),
        ("path,patient\n,7\n", ManifestError, "line 2: "),
        ("path,patient\n1,2,3,4\n1,2\n1,2,3,4,5\n", ManifestError, "cannot read"),
        ("", ManifestError, "cannot read"),
        ("path,other\nCat/1.jpg,7\n", UsageError, "no column 'patient'. There are: path, other"),
        ("file,patient\nCat/1.jpg,7\n", UsageError, "no column 'path'. There are: file, patient"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused(tmp_path, text, error, said):
    with pytest.raises(error, match=said):
        read_column(written(tmp_path, text), "patient")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"no such file.*missing\.csv"):
        read_column(tmp_path / "missing.csv", "patient")


def test_a_giant_file_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(group_column, "_MAX_BYTES", 8)
    with pytest.raises(ManifestError, match="is larger than"):
        read_column(written(tmp_path, "path,patient\n"), "patient")
