"""Groups from file names and folders."""

import re

import pytest

from catsclean.errors import UsageError
from catsclean.splitting import split


def rows(*paths):
    return [{"path": path} for path in paths]


@pytest.fixture
def clips(manifest_of, table_of):
    """Four clips of two classes, twelve frames each."""
    return manifest_of(
        table_of(
            rows(
                *(
                    f"{label}/{label}{clip:02d}_{frame:04d}.jpg"
                    for label in ("run", "walk")
                    for clip in range(4)
                    for frame in range(12)
                )
            )
        )
    )


def splits_by(result, value):
    found = {}
    for path, name in zip(
        result.manifest.table["path"], result.manifest.table["split"], strict=True
    ):
        found.setdefault(value(path), set()).add(name)
    return found


def test_frames_of_a_clip_stay_together(clips):
    result = split(clips, {"val": 0.25}, group_by=r"name:^(.*)_\d+")
    found = splits_by(result, lambda path: path.rpartition("_")[0])
    assert len(found) == 8
    assert all(len(names) == 1 for names in found.values())
    assert (result.manifest.table["split"] == "val").sum() == 24
    assert result.warnings == ()


def test_several_groups_of_an_expression_are_one_value_together(manifest_of, table_of):
    table = table_of(rows(*(f"a/{d}-{s}-{i}.jpg" for d in "xy" for s in "pq" for i in range(5))))
    result = split(manifest_of(table), {"val": 5}, group_by=r"name:^(\w)-(\w)-")
    assert result.groups_kept_whole == 4


def test_an_expression_without_groups_groups_by_the_whole_match(manifest_of, table_of):
    table = table_of(rows(*(f"a/{i}_cam{c}.jpg" for c in range(4) for i in range(5))))
    result = split(manifest_of(table), {"val": 5}, group_by=r"name:cam\d")
    assert result.groups_kept_whole == 4


def test_the_expression_sees_the_file_name_and_no_folder(manifest_of, table_of):
    table = table_of(rows("cam1/1.jpg", "cam1/2.jpg", "cam1/cam2_3.jpg"))
    with pytest.raises(UsageError, match="matches no file name"):
        split(manifest_of(table), {"val": 1}, group_by="name:cam1")


def test_names_that_do_not_match_are_on_their_own_and_counted(manifest_of, table_of):
    table = table_of(rows(*(f"a/v1_{i}.jpg" for i in range(9)), *(f"a/x{i}.jpg" for i in range(6))))
    result = split(manifest_of(table), {"val": 3}, group_by=r"name:^(.*)_\d+")
    assert result.groups_kept_whole == 1
    assert any(
        re.fullmatch(r"6 file names do not match .*, such as 'a/x0\.jpg': each is on its own", line)
        for line in result.warnings
    )


def test_a_group_that_matched_nothing_is_no_group(manifest_of, table_of):
    table = table_of(rows(*(f"a/_{i}.jpg" for i in range(9)), "a/b_1.jpg", "a/b_2.jpg"))
    assert split(manifest_of(table), {"val": 3}, group_by="name:^(.*)_").groups_kept_whole == 1


@pytest.mark.parametrize("pattern", ["(", "*", "[z-a]", "(?P<a>x)(?P<a>y)", "a{99999999999}"])
def test_a_bad_expression_is_one_clear_line(clips, pattern):
    with pytest.raises(UsageError, match="not a regular expression") as caught:
        split(clips, {"val": 0.25}, group_by=f"name:{pattern}")
    assert len(str(caught.value).splitlines()) == 1


def test_folders_below_the_class_folders_stay_together(manifest_of, table_of):
    table = table_of(
        rows(
            *(
                f"{label}/{person}/{day}/{i}.jpg"
                for label in ("Cat", "Dog")
                for person in ("tom", "ann", "joe", "sue")
                for day in ("mon", "tue")
                for i in range(3)
            )
        )
    )
    result = split(manifest_of(table), {"val": 0.25}, group_by="folder")
    found = splits_by(result, lambda path: tuple(path.split("/")[:2]))
    assert len(found) == 8
    assert all(len(names) == 1 for names in found.values())


def test_a_folder_of_one_name_in_two_split_folders_is_one_group(manifest_of, table_of):
    paths = [f"{s}/Cat/tom/{i}.jpg" for s in ("train", "test") for i in range(3)]
    paths += [f"train/Cat/{i}/x.jpg" for i in range(8)]
    table = table_of([{"path": path, "label": "Cat"} for path in paths])
    result = split(manifest_of(table), {"val": 2}, group_by="folder")
    assert result.groups_kept_whole == 1


def test_pictures_directly_in_their_class_folder_are_on_their_own(manifest_of, table_of):
    table = table_of(rows(*(f"Cat/{i}.jpg" for i in range(5)), "Cat/tom/1.jpg", "Cat/tom/2.jpg"))
    result = split(manifest_of(table), {"val": 2}, group_by="folder")
    assert result.groups_kept_whole == 1
    assert any("5 pictures are in no folder below" in line for line in result.warnings)


def test_no_folders_to_group_by_is_one_clear_line(clips):
    with pytest.raises(UsageError, match="no folders below the class folders"):
        split(clips, {"val": 0.25}, group_by="folder")


def test_a_column_called_folder_comes_before_the_folders(manifest_of, table_of):
    table = table_of(rows(*(f"Cat/{i}.jpg" for i in range(8)))).assign(folder=list("aabbccdd"))
    assert split(manifest_of(table), {"val": 2}, group_by="folder").groups_kept_whole == 4


def test_the_same_expression_keeps_the_split_and_another_makes_a_new_one(clips):
    first = split(clips, {"val": 0.25}, group_by=r"name:^(.*)_\d+")
    again = split(first, {"val": 0.25}, group_by=r"name:^(.*)_\d+")
    assert list(again.manifest.table["split"]) == list(first.manifest.table["split"])
    other = split(first, {"val": 0.25}, group_by=r"name:^(\w+)_")
    assert any("had other settings" in line for line in other.warnings)
