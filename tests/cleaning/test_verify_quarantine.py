"""Whether the quarantine still holds what left."""

import pytest

from catsclean import cleaning


@pytest.fixture
def cleaned(data_set):
    """A cleaned practice folder, the result, and the files of its quarantine."""
    result = cleaning.plan_cleaning(data_set).apply()
    files = data_set.with_name(f"{data_set.name}.catsclean") / "quarantine" / result.run / "files"
    held = sorted(path for path in files.rglob("*") if path.is_file() and not path.is_symlink())
    return data_set, result, [path for path in held if path.stat().st_size], files


def test_a_quarantine_that_nobody_touched_is_whole(cleaned):
    data_set, result, _, _ = cleaned
    found = cleaning.verify_quarantine(data_set)
    assert (found.checked, found.is_whole) == (len(result.moved), True)
    assert found.size_bytes > 0


def test_a_file_with_other_bytes_of_the_same_size_is_named(cleaned):
    data_set, result, (first, *_), files = cleaned
    data = bytearray(first.read_bytes())
    data[len(data) // 2] ^= 1
    first.write_bytes(bytes(data))
    found = cleaning.verify_quarantine(data_set)
    ((path, run, why),) = found.lost
    assert (path, run) == (first.relative_to(files).as_posix(), result.run)
    assert why == "changed in the quarantine: its bytes differ"


def test_a_file_that_is_gone_or_shorter_is_named(cleaned):
    data_set, _, (first, second, *_), _ = cleaned
    first.unlink()
    second.write_bytes(second.read_bytes()[:-1])
    whys = [why for _, _, why in cleaning.verify_quarantine(data_set).lost]
    assert whys[0] == "is missing"
    assert whys[1].startswith("changed in the quarantine: ")


def test_what_came_back_is_not_looked_for(cleaned):
    data_set, *_ = cleaned
    cleaning.undo(data_set)
    found = cleaning.verify_quarantine(data_set)
    assert (found.checked, found.is_whole) == (0, True)


def test_a_data_set_that_was_never_cleaned_has_nothing_to_lose(data_set):
    assert cleaning.verify_quarantine(data_set).checked == 0


def test_the_originals_of_repaired_files_are_read_too(data_set):
    repaired = cleaning.plan_repairs(data_set, select="wrong-extension,trailing-data").apply()
    assert repaired.run
    made = [one for one in cleaning.cleaning_log(data_set)[-1].files if one.made_sha256]
    assert cleaning.verify_quarantine(data_set).checked == len(made)


def test_its_progress_counts_the_files(cleaned):
    data_set, result, *_ = cleaned
    told = []
    cleaning.verify_quarantine(data_set, progress=lambda *now: told.append(now))
    assert told[-1] == (len(result.moved), len(result.moved))
