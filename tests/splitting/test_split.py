import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from catsclean.core.manifest import Manifest
from catsclean.errors import SplitError, UsageError
from catsclean.reports.split_lines import describe_split, share_rows
from catsclean.splitting import split
from catsclean.splitting.shares import fold_classes

quick = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SHARES = {"train": 0.8, "val": 0.1, "test": 0.1}


def splits_of(result):
    table = result.manifest.table
    return dict(zip(table["path"], table["split"], strict=True))


def split_if_filled(*args, **wishes):
    """Split; what is refused for want of groups is no example."""
    try:
        return split(*args, **wishes)
    except SplitError as error:
        if "would get no picture" not in str(error):
            raise
        reject()


def samples(draw_labels=("Cat", "Dog", "Owl")):
    return st.lists(
        st.tuples(
            st.sampled_from(draw_labels),
            st.none() | st.integers(0, 12),
            st.none() | st.integers(0, 9),
            st.sampled_from(["keep", "keep", "keep", "review", "drop"]),
        ),
        min_size=1,
        max_size=80,
    )


def rows_of(drawn):
    return [
        {
            "path": f"{label}/{number}.jpg",
            "group": None if group is None else f"g{group}",
            "patient": None if patient is None else f"p{patient}",
            "status": status,
        }
        for number, (label, group, patient, status) in enumerate(drawn)
    ]


@given(drawn=samples(), seed=st.integers(0, 3), share=st.sampled_from([0.1, 0.25, 0.5]))
@quick
def test_no_group_straddles_and_no_dropped_sample_is_in(manifest_of, table_of, drawn, seed, share):
    table = table_of(rows_of(drawn))
    if (table["status"] == "drop").all() or table["patient"].isna().all():
        return
    result = split_if_filled(manifest_of(table), {"val": share}, seed, "patient").manifest.table
    for column in ("group", "patient"):
        assert (result.groupby(column)["split"].nunique() <= 1).all()
    assert result.loc[result["status"] == "drop", "split"].isna().all()
    assert result.loc[result["status"] != "drop", "split"].notna().all()


@given(drawn=samples(), seed=st.integers(0, 3), order=st.randoms())
@quick
def test_the_order_of_the_rows_makes_no_difference(manifest_of, table_of, drawn, seed, order):
    table = table_of(rows_of(drawn))
    if (table["status"] == "drop").all():
        return
    numbers = list(range(len(table)))
    order.shuffle(numbers)
    one = splits_of(split_if_filled(manifest_of(table), SHARES, seed))
    other = splits_of(split(manifest_of(table.iloc[numbers]), SHARES, seed))
    assert {k: str(v) for k, v in one.items()} == {k: str(v) for k, v in other.items()}


@given(drawn=samples(), more=samples(), folds=st.sampled_from([None, 3]))
@quick
def test_a_rerun_with_more_files_moves_no_old_one(manifest_of, table_of, drawn, more, folds):
    first = table_of([r | {"group": None, "status": "keep"} for r in rows_of(drawn)])
    added = [
        r | {"path": f"{r['path'].split('/')[0]}/new{i}.jpg", "group": None, "status": "keep"}
        for i, r in enumerate(rows_of(more))
    ]
    both = pd.concat([first, table_of(added)], ignore_index=True)
    before = split_if_filled(manifest_of(first), {"val": 0.2}, folds=folds)
    after = split(manifest_of(both), {"val": 0.2}, folds=folds, previous=before.manifest)
    now = splits_of(after)
    assert {path: now[path] for path in splits_of(before)} == splits_of(before)
    assert after.moved == 0
    assert set(now) == set(both["path"])


@pytest.mark.parametrize("count", [2_000, 25_000])
@pytest.mark.parametrize("classes", [2, 10])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_shares_are_within_half_a_point(manifest_of, many, count, classes, seed):
    labels = [f"class{n}" for n in range(classes)]
    result = split(manifest_of(many(count, labels, grouped=0.02)), SHARES, seed)
    off = (result.table["achieved_share"] - result.table["asked_share"]).abs()
    assert off.max() <= 0.005
    assert result.warnings == ()


def test_the_split_is_the_one_that_it_always_was(manifest_of, many):
    """A golden case: another order of the groups would move everybody's files."""
    found = splits_of(split(manifest_of(many(40)), SHARES, seed=0))
    assert sorted(path for path, name in found.items() if name != "train") == GOLDEN


GOLDEN = [
    "Cat/12.jpg",
    "Cat/13.jpg",
    "Cat/16.jpg",
    "Cat/2.jpg",
    "Dog/13.jpg",
    "Dog/17.jpg",
    "Dog/5.jpg",
    "Dog/8.jpg",
]


def test_another_seed_is_another_split(manifest_of, many):
    table = many(400)
    assert splits_of(split(manifest_of(table), SHARES, 0)) != splits_of(
        split(manifest_of(table), SHARES, 1)
    )


def test_adding_files_without_an_earlier_split_moves_one_in_a_thousand(manifest_of, many):
    one, other = many(24_000, grouped=0.015), many(1_000, start=50_000)
    before = splits_of(split(manifest_of(one), SHARES))
    after = splits_of(split(manifest_of(pd.concat([one, other], ignore_index=True)), SHARES))
    moved = np.mean([before[path] != after[path] for path in before])
    assert moved < 0.012


def test_the_splits_of_an_earlier_manifest_survive_parquet_and_csv(manifest_of, many, tmp_path):
    before = split(manifest_of(many(200)), SHARES)
    for name in ("m.parquet", "m.csv"):
        before.manifest.save(tmp_path / name)
        loaded = Manifest.load(tmp_path / name, tmp_path)
        again = split(loaded, SHARES)
        assert splits_of(again) == splits_of(before)
        assert not again.warnings


def test_a_renamed_file_keeps_its_split(manifest_of, many):
    before = split(manifest_of(many(200)), SHARES)
    table = many(200)
    table["path"] = table["path"].str.replace(".jpg", "_renamed.jpg")
    after = split(manifest_of(table), SHARES, previous=before.manifest)
    assert list(splits_of(after).values()) == list(splits_of(before).values())


def test_a_file_that_bridges_two_splits_takes_its_group_to_training(manifest_of, many):
    before = split(manifest_of(many(200)), SHARES)
    old = splits_of(before)
    val = next(p for p, s in old.items() if s == "val" and p.startswith("Cat"))
    train = next(p for p, s in old.items() if s == "train" and p.startswith("Cat"))
    test = next(p for p, s in old.items() if s == "test" and p.startswith("Cat"))
    for one, other, goes_to in ((val, train, "train"), (val, test, "val")):
        table = many(200)
        table.loc[table["path"].isin([one, other]), "group"] = "bridge"
        after = split(manifest_of(table), SHARES, previous=before.manifest)
        assert splits_of(after)[one] == splits_of(after)[other] == goes_to
        assert after.moved == 1
        assert "spanned two earlier splits" in after.warnings[0]


def test_other_wishes_make_a_new_split_and_say_so(manifest_of, many):
    before = split(manifest_of(many(200)), SHARES)
    after = split(manifest_of(many(200)), {"val": 0.3}, previous=before.manifest)
    assert "had other settings (seed=0 " in after.warnings[0]
    assert "so this one does not follow it" in after.warnings[0]
    assert after.table.set_index(["split", "label"]).loc[("val", "Cat"), "samples"] == 30


@pytest.fixture
def owned(manifest_of, many):
    """400 pictures of 40 owners, and their split."""
    table = many(400)
    owner = {path: f"owner {number % 40}" for number, path in enumerate(table["path"])}
    return table, owner, split(manifest_of(table), SHARES, group_by=owner)


def test_a_corrected_group_column_makes_a_new_split_and_says_so(manifest_of, owned):
    table, _, before = owned
    corrected = {path: f"owner {number % 50}" for number, path in enumerate(table["path"])}
    after = split(manifest_of(table), SHARES, group_by=corrected, previous=before.manifest)
    fresh = split(manifest_of(table), SHARES, group_by=corrected)
    assert splits_of(after) == splits_of(fresh)
    assert after.moved == 0
    assert "had other settings (the group column has changed)" in after.warnings[0]


@pytest.mark.parametrize("harm", ["one joins another", "one is parted", "one leaves its group"])
def test_one_corrected_owner_is_another_group_column(manifest_of, owned, harm):
    table, owner, before = owned
    first = table["path"][0]
    corrected = {
        "one joins another": {p: "owner 1" if o == "owner 0" else o for p, o in owner.items()},
        "one is parted": {**owner, first: "somebody else"},
        "one leaves its group": {p: o for p, o in owner.items() if p != first},
    }[harm]
    after = split(manifest_of(table), SHARES, group_by=corrected, previous=before.manifest)
    assert any("had other settings" in warning for warning in after.warnings)


def test_owners_of_new_pictures_and_new_names_of_old_owners_change_no_split(
    manifest_of, owned, many
):
    table, owner, before = owned
    more = pd.concat([table, many(40, salt="new")], ignore_index=True)
    renamed = {path: value.upper() for path, value in owner.items()}
    renamed |= {p: f"OWNER {n % 60}" for n, p in enumerate(more["path"]) if p not in owner}
    after = split(manifest_of(more), SHARES, group_by=renamed, previous=before.manifest)
    old = splits_of(before)
    assert {path: name for path, name in splits_of(after).items() if path in old} == old
    assert not any(
        "other settings" in warning or "two earlier splits" in warning for warning in after.warnings
    )


def test_pictures_that_left_and_files_that_were_renamed_change_no_group(
    manifest_of, owned, tmp_path
):
    table, owner, before = owned
    before.manifest.save(tmp_path / "m.parquet")
    earlier = Manifest.load(tmp_path / "m.parquet")
    fewer = table.iloc[7:].reset_index(drop=True)
    values = [owner[path] for path in fewer["path"]]
    fewer["path"] = [f"{p}.new" if n % 3 == 0 else p for n, p in enumerate(fewer["path"])]
    now = dict(zip(fewer["path"], values, strict=True))
    after = split(manifest_of(fewer), SHARES, group_by=now, previous=earlier)
    old = splits_of(before)
    assert list(splits_of(after).values()) == [old[path] for path in table["path"][7:]]


def test_many_classes_are_folded_to_one_row_of_a_split(manifest_of, many, table_of):
    table = pd.concat(
        [many(300, [f"c{n:02}" for n in range(30)]), table_of([{"path": "few/1.jpg"}])],
        ignore_index=True,
    )
    result = split(manifest_of(table), SHARES)
    folded = fold_classes(result.table).set_index("split")
    assert list(folded.index) == ["train", "val", "test"]
    assert folded["samples"].sum() == 301
    assert folded.loc["val", "asked_share"] == pytest.approx(0.1)
    assert folded.loc["val", "achieved_share"] == pytest.approx(30 / 301)
    assert folded.loc["train", ["least", "most"]].tolist() == [0.8, 1.0]


def test_warnings_about_many_classes_are_one_line_for_each_split(manifest_of, many):
    table = many(600, [f"c{n:02}" for n in range(12)])
    table["owner"] = [f"{number // 17}" for number in range(len(table))]
    result = split(manifest_of(table), SHARES, group_by="owner")
    about = [w for w in result.warnings if "too large or too few" in w or w.startswith("no ")]
    assert any("more, because" in warning for warning in about)
    assert len(about) <= 5


def test_the_names_of_owners_are_not_written_down(owned):
    _, _, before = owned
    assert "owner" not in before.manifest.table.to_csv()


def test_an_oversized_group_goes_to_training(manifest_of, many):
    table = many(2_000)
    table.loc[:299, "group"] = "video"
    result = split(manifest_of(table), SHARES)
    assert set(result.manifest.table.loc[:299, "split"]) == {"train"}
    off = (result.table["achieved_share"] - result.table["asked_share"]).abs()
    assert off.max() <= 0.005


def test_large_groups_only_come_as_near_as_they_can(manifest_of, many):
    table = many(400)
    table["patient"] = [f"{i // 20}" for i in range(len(table))]
    result = split(manifest_of(table), {"val": 0.12}, group_by="patient")
    counts = result.table.set_index(["split", "label"])["samples"]
    assert counts["val", "Cat"] == counts["val", "Dog"] == 20
    assert any("asked 12.0%" in warning for warning in result.warnings)


def test_a_split_that_would_get_no_picture_is_refused(manifest_of, many):
    table = many(600)
    table["owner"] = [f"{number % 4}" for number in range(len(table))]
    expected = (
        "val would get no picture: asked for 10.0% of 600 .* the smallest of 4 has 150 samples"
    )
    with pytest.raises(SplitError, match=expected):
        split(manifest_of(table), {"val": 0.1}, group_by="owner")
    assert split(manifest_of(table), {"val": 0.25}, group_by="owner").manifest


def test_a_fold_that_would_get_no_picture_is_refused(manifest_of, many):
    table = many(60)
    table["owner"] = [f"{number % 4}" for number in range(len(table))]
    with pytest.raises(SplitError, match="fold5 would get no picture"):
        split(manifest_of(table), folds=5, group_by="owner")


def test_a_class_that_a_split_has_none_of_is_a_warning(manifest_of, many, table_of):
    table = pd.concat([many(40), table_of([{"path": "Owl/1.jpg"}])], ignore_index=True)
    assert any("Owl" in warning for warning in split(manifest_of(table), SHARES).warnings)


def test_a_hold_out_that_left_is_not_made_of_what_was_trained_on(manifest_of, many):
    table = many(40)
    before = split(manifest_of(table), {"val": 0.1})
    left = table[before.manifest.table["split"] == "train"].reset_index(drop=True)
    with pytest.raises(
        SplitError, match="stay in their earlier split; another seed gives another split"
    ):
        split(manifest_of(left), {"val": 0.1}, previous=before.manifest)
    assert split(manifest_of(left), {"val": 0.1}, 1, previous=before.manifest).manifest


def test_patients_with_pictures_of_both_classes_are_stratified_too(manifest_of, many):
    table = many(2_000)
    table["patient"] = [f"{i % 1_000 // 4}" for i in range(len(table))]  # 4 of each class
    result = split(manifest_of(table), SHARES, group_by="patient")
    off = (result.table["achieved_share"] - result.table["asked_share"]).abs()
    assert off.max() <= 0.005
    assert any("more than one class" in warning for warning in result.warnings)


def test_folds_are_of_one_size_and_cover_everything(manifest_of, many):
    result = split(manifest_of(many(1_003 * 2, grouped=0.2)), folds=5)
    counts = result.table.pivot_table("samples", "split", "label")
    assert list(counts.index) == ["fold1", "fold2", "fold3", "fold4", "fold5"]
    assert (counts.max() - counts.min()).max() <= 1
    held = split(manifest_of(many(1_000)), {"test": 0.2}, folds=4)
    assert held.table.groupby("split")["samples"].sum().to_dict() == dict.fromkeys(
        ["test", "fold1", "fold2", "fold3", "fold4"], 200
    )


def found(table_of, **groups):
    rows = [
        {"path": f"{s}/{c}/{n}.jpg", "label": c, "split": s}
        for s, count in (("training", 80), ("testing", 20))
        for c in ("Cat", "Dog")
        for n in range(count)
    ]
    for row in rows:
        row["group"] = groups.get(row["path"].replace("/", "_").removesuffix(".jpg"))
    return table_of(rows)


def test_a_fixed_hold_out_stays_and_the_rest_is_split(manifest_of, table_of):
    table = found(table_of)
    result = split(manifest_of(table), {"val": 0.1}, keep_split=True)
    kept = result.manifest.table
    assert (kept["path"].str.startswith("testing") == (kept["split"] == "test")).all()
    counts = result.table.set_index(["split", "label"])["samples"]
    assert counts["val", "Cat"] == 10
    assert counts["train", "Cat"] == 70
    again = split(result.manifest, {"val": 0.1}, keep_split=True)
    assert splits_of(again) == splits_of(result)


def test_a_class_that_a_fixed_hold_out_lacks_is_told_in_the_words_of_the_audit(
    manifest_of, table_of
):
    lone = [("train", "puppy"), ("test", "wolf")]
    both = [("train", "cat"), ("train", "dog"), ("test", "cat"), ("test", "dog")]
    rows = [
        {"path": f"{split}/{label}/{n}.jpg", "label": label, "split": split}
        for split, label in both + lone
        for n in range(10)
    ]
    result = split(manifest_of(table_of(rows)), {"val": 0.1}, keep_split=True)
    missing, numbers = result.warnings
    assert missing == (
        "puppy: no usable pictures in test (9 in train and 1 in val);"
        " wolf: no usable pictures in train and val (10 in test)"
    )
    assert numbers == "class number 2 is puppy in train and wolf in test for Keras and torchvision"


def test_training_beside_a_fixed_hold_out_is_asked_for_what_is_left(manifest_of, table_of):
    result = split(manifest_of(found(table_of)), {"val": 0.1}, keep_split=True)
    assert not any("too large or too few" in warning for warning in result.warnings)
    rows = result.table.set_index(["split", "label"])["asked_share"]
    assert rows["train", "Cat"] == pytest.approx(0.7)
    assert pd.isna(rows["test", "Cat"])
    folds = split(manifest_of(found(table_of)), folds=4, keep_split=True).table
    asked = folds.set_index(["split", "label"])["asked_share"]
    assert asked["fold1", "Cat"] == pytest.approx(0.2)


def test_a_share_of_what_is_kept_as_found_is_said_to_have_no_effect(manifest_of, table_of):
    wishes = {"val": 0.1, "test": 0.1}
    result = split(manifest_of(found(table_of)), wishes, keep_split=True)
    assert result.warnings[0] == (
        "test stays as found, with 20.0% of the samples, so asking for 10.0% has no effect:"
        " without --keep-split (keep_split=True), test is split again"
    )
    assert not split(manifest_of(found(table_of)), keep_split=True).warnings  # nobody asked


@pytest.mark.parametrize("shares", [{"val": 0.8}, {"val": 0.9}])
def test_a_fixed_hold_out_and_shares_that_leave_nothing_to_train_on_are_refused(
    manifest_of, table_of, shares
):
    with pytest.raises(
        UsageError, match=r"nothing would be left .* test stay as found with 20\.0%"
    ):
        split(manifest_of(found(table_of)), shares, keep_split=True)


def test_keeping_splits_that_are_all_held_out_is_refused(manifest_of, table_of):
    table = found(table_of)
    table["split"] = table["split"].map({"training": "here", "testing": "there"}).astype("string")
    with pytest.raises(UsageError, match=r"here and there stay as found with 100\.0%"):
        split(manifest_of(table), {"val": 0.1}, keep_split=True)


def test_what_leaks_from_a_fixed_hold_out_is_left_out_of_training(manifest_of, table_of):
    table = found(table_of, training_Cat_3="g", testing_Cat_5="g")
    result = split(manifest_of(table), {"val": 0.1}, keep_split=True)
    assert splits_of(result)["testing/Cat/5.jpg"] == "test"
    assert splits_of(result)["training/Cat/3.jpg"] is pd.NA
    assert result.warnings[0] == (
        "1 of 160 samples of train is left out: in a group with pictures of test"
    )
    assert not result.not_kept


def three_folders(table_of, groups, **others):
    """Make a manifest with twenty pictures in training, and three of each class held out twice."""
    rows = [
        {"path": f"{folder}/{label}/{n}.jpg", "label": label, "split": folder}
        for folder, number in (("train", 10), ("validation", 3), ("test", 3))
        for label in ("Cat", "Dog")
        for n in range(number)
    ]
    for row in rows:
        row.update({"group": groups.get(row["path"])} | others.get(row["path"], {}))
    return table_of(rows)


def test_each_split_says_what_it_loses_to_one_that_is_held_out_more_firmly(manifest_of, table_of):
    groups = {f"validation/Dog/{n}.jpg": f"g{n}" for n in range(3)}
    groups |= {f"test/Dog/{n}.jpg": f"g{n}" for n in range(3)}
    groups |= {"train/Cat/0.jpg": "h", "validation/Cat/0.jpg": "h", "train/Dog/0.jpg": "g0"}
    result = split(manifest_of(three_folders(table_of, groups)), keep_split=True)
    assert result.warnings[:2] == (
        "2 of 20 samples of train are left out: in a group with pictures of test or val",
        (
            "3 of 6 samples of val are left out: in a group with pictures of test, so nothing is"
            " left of Dog in val"
        ),
    )
    assert result.not_kept == {("val", "Dog"): 3}
    rows = {(row[0], row[1]): row[3] for row in share_rows(result, None)[1]}
    assert (rows["val", "Dog"], rows["val", "Cat"]) == ("as is, less 3", "as is")
    assert rows["test", "Dog"] == "as is"
    assert {row[0]: row[2] for row in share_rows(result, 1)[1]}["val"] == "as is, less 3"


def test_a_held_out_split_that_loses_everything_is_named(manifest_of, table_of):
    groups = {
        f"{folder}/{label}/{n}.jpg": f"{label}{n}"
        for folder in ("validation", "test")
        for label in ("Cat", "Dog")
        for n in range(3)
    }
    result = split(manifest_of(three_folders(table_of, groups)), keep_split=True)
    assert (
        "6 of 6 samples of val are left out: in a group with pictures of test, so nothing"
        in (result.warnings[0])
    )
    assert result.warnings[0].endswith("is left of val")


def test_what_cannot_be_used_is_not_said_to_be_as_it_was(manifest_of, table_of):
    dropped = {"test/Cat/0.jpg": {"status": "drop"}}
    result = split(manifest_of(three_folders(table_of, {}, **dropped)), keep_split=True)
    assert result.not_kept == {("test", "Cat"): 1}
    assert not result.warnings


def test_a_folder_with_another_name_in_the_split_is_named_also_the_next_time(manifest_of, table_of):
    result = split(manifest_of(three_folders(table_of, {})), keep_split=True)
    again = split(result.manifest, keep_split=True)
    for one in (result, again):
        assert one.renamed == {"validation": "val"}
        said = describe_split(one, "--exclude-review", "")
        assert "By its usual name, validation is val in the split." in said
    anew = split(result.manifest, SHARES)
    assert not anew.renamed
    assert "pictures in test, train, validation are split again" in anew.warnings[0]


def test_folders_that_are_split_anew_are_mentioned(manifest_of, table_of):
    assert "--keep-split" in split(manifest_of(found(table_of)), SHARES).warnings[0]


def test_keeping_splits_that_are_not_there_is_refused(manifest_of, many):
    with pytest.raises(UsageError, match="no split folders"):
        split(manifest_of(many(20)), keep_split=True)


@pytest.mark.parametrize(
    ("shares", "reason"),
    [
        ({"train": 0.8, "val": 0.3}, "add up to 1.1, not to 1"),
        ({"val": 0.6, "test": 0.5}, "add up to more than 1"),
        ({"val": 1.0}, "nothing is left to train on"),
        ({"val": 5_000}, "'val' is larger than the whole set: 5,000 of 40"),
        ({"val": -0.1}, "below 0"),
        ({"val": float("nan")}, "must be a number"),
        ({"val": "0.1"}, "must be a number"),
        ({"val": True}, "must be a number"),
        ({"val": 1.5}, "a fraction up to 1 or a number of pictures"),
        ({"../val": 0.1}, "letters, digits"),
        ({"": 0.1}, "letters, digits"),
    ],
)
def test_shares_that_make_no_sense_are_refused(manifest_of, many, shares, reason):
    with pytest.raises(UsageError, match=reason):
        split(manifest_of(many(40)), shares)


@pytest.mark.parametrize("folds", [1, 0, -3, 101, 2.5, True])
def test_folds_that_make_no_sense_are_refused(manifest_of, many, folds):
    with pytest.raises(UsageError, match="from 2 to 100"):
        split(manifest_of(many(40)), folds=folds)


def test_a_number_of_pictures_is_met(manifest_of, many):
    table = split(manifest_of(many(1_000)), {"val": 250}).table
    assert table[table["split"] == "val"]["samples"].sum() == 250


def test_a_class_with_fewer_groups_than_splits_is_named(manifest_of, many, table_of):
    table = pd.concat([many(40), table_of([{"path": "Owl/1.jpg"}])], ignore_index=True)
    result = split(manifest_of(table), SHARES)
    assert splits_of(result)["Owl/1.jpg"] == "train"
    assert any("too few groups of Owl" in warning for warning in result.warnings)
    assert sum("Owl" in warning for warning in result.warnings) == 1


def test_labels_that_are_probably_one_class_are_named(manifest_of, many):
    result = split(manifest_of(many(40, labels=("Cat", "cat", "Dog"))), SHARES)
    [warning] = [one for one in result.warnings if "one class" in one]
    assert "Cat (13 pictures) and cat (13 pictures) are probably one class: only case" in warning


def test_of_many_classes_with_two_labels_five_are_named(manifest_of, many):
    labels = [f"{word}{number}" for number in range(9) for word in ("cat", "CAT")]
    warnings = split(manifest_of(many(90, labels=labels)), {"val": 0.2}).warnings
    assert sum("are probably one class" in one for one in warnings) == 5
    assert "4 more classes have several labels that are alike, such as CAT5" in warnings


def test_a_small_class_is_in_every_split(manifest_of, many, table_of):
    owls = table_of([{"path": f"Owl/{n}.jpg"} for n in range(3)])
    result = split(manifest_of(pd.concat([many(40), owls], ignore_index=True)), SHARES)
    owl = [s for p, s in splits_of(result).items() if p.startswith("Owl")]
    assert sorted(owl) == ["test", "train", "val"]


def test_nothing_to_split_is_an_error(manifest_of, many):
    table = many(20)
    table["status"] = "drop"
    with pytest.raises(SplitError, match="nothing to split"):
        split(manifest_of(table), SHARES)


def test_review_is_in_unless_it_is_excluded(manifest_of, many):
    table = many(40)
    table.loc[3, "status"] = "review"
    path = table.loc[3, "path"]
    assert splits_of(split(manifest_of(table), SHARES))[path] is not pd.NA
    assert splits_of(split(manifest_of(table), SHARES, exclude_review=True))[path] is pd.NA


def test_a_flat_folder_without_labels_is_split_as_one_class(manifest_of, table_of):
    table = table_of([{"path": f"{n}.jpg"} for n in range(50)])
    result = split(manifest_of(table), SHARES).table
    assert dict(zip(result["split"], result["samples"], strict=True)) == {
        "train": 40,
        "val": 5,
        "test": 5,
    }


def test_groups_by_path_say_what_does_not_fit(manifest_of, many):
    table = many(40)
    values = dict.fromkeys(table["path"][:10], "p") | {"Cat/none.jpg": "p"}
    result = split(manifest_of(table), SHARES, group_by=values)
    assert result.warnings[0] == (
        "1 of 11 rows of the group column match no sample, such as 'Cat/none.jpg';"
        " a sample here is 'Cat/10.jpg'"
    )
    assert "30 samples have no group" in result.warnings[1]
    with pytest.raises(UsageError, match="unknown column to group by"):
        split(manifest_of(table), SHARES, group_by="patient")
    with pytest.raises(UsageError, match="empty"):
        split(manifest_of(table), SHARES, group_by={})


def test_pictures_that_keras_skips_are_counted(manifest_of, many):
    table = many(40).astype(object)
    table["format"] = "JPEG"
    table.loc[:2, "path"] = [f"Cat/{n}.webp" for n in range(3)]
    table.loc[:2, "format"] = "WEBP"
    table.loc[3, "path"] = "Cat/3.jfif"  # gets the ending that it lacks
    [warning] = split(manifest_of(table), {"val": 0.2}).warnings
    assert "silently skips 3 pictures (.webp)" in warning


@pytest.mark.parametrize("number", [np.int64(4), np.float64(0.25), np.float32(0.25)])
def test_numbers_of_numpy_are_numbers(manifest_of, many, number):
    result = split(manifest_of(many(16)), {"val": number}, seed=np.int64(3))
    assert (result.manifest.table["split"] == "val").sum() == 4
    assert split(manifest_of(many(20)), {}, folds=np.int64(4)).table["split"].nunique() == 4


@pytest.mark.parametrize(
    ("arguments", "named", "message"),
    [
        ((0.1,), {}, r"shares must map splits to sizes, such as \{\"val\": 0\.1"),
        (([0.8, 0.1, 0.1],), {}, "shares must map splits to sizes"),
        (({"val": math.inf},), {}, "the share of 'val' must be a number"),
        (({"val": 0.2}, "x"), {}, "seed must be a whole number"),
        (({"val": 0.2}, 1.5), {}, "seed must be a whole number"),
        (({"val": 0.2},), {"group_by": len}, "group_by must be the name of a column"),
        (({"val": 0.2},), {"group_by": ["a"]}, "Received: a list"),
        (({"val": 0.2},), {"previous": "x"}, "previous must be a manifest, a split"),
    ],
)
def test_natural_mistakes_are_one_line(manifest_of, many, arguments, named, message):
    with pytest.raises(UsageError, match=message):
        split(manifest_of(many(20)), *arguments, **named)


def test_groups_are_a_series_with_paths_for_its_index(manifest_of, many):
    table = many(40)
    owners = pd.Series([f"o{n // 4}" for n in range(40)], index=table["path"])
    one = split(manifest_of(table), {"val": 0.2}, group_by=owners)
    other = split(manifest_of(table), {"val": 0.2}, group_by=owners.to_dict())
    assert splits_of(one) == splits_of(other)
    assert one.warnings == other.warnings
    with pytest.raises(UsageError, match="each path once"):
        split(manifest_of(table), {"val": 0.2}, group_by=pd.concat([owners, owners]))


def test_a_share_of_training_goes_without_saying(manifest_of, many):
    before = split(manifest_of(many(40)), {"train": 0.8, "val": 0.2})
    recorded = before.manifest.table.copy()
    recorded["split_asked"] = "seed=0 train=0.8 val=0.2"  # as it was written down once
    for earlier in (before, before.manifest.with_table(recorded)):
        after = split(manifest_of(many(44)), {"val": 0.2}, previous=earlier)
        assert not [w for w in after.warnings if "had other settings" in w]


def test_a_folder_around_the_classes_is_named(manifest_of, many):
    table = many(40)
    wrapped = table.assign(path="data/" + table["path"], label="data")
    [warning] = split(manifest_of(wrapped), {"val": 0.2}).warnings
    assert warning.startswith("the only class, 'data', looks like a data set of its own")
    alone = table[table["label"] == "Cat"]
    assert not split(manifest_of(alone), {"val": 0.2}).warnings


def alike(table_of, count=30):
    """Make samples that an audit took for one group; the first two have the same pixels."""
    rows = [
        {
            "path": f"good/{number}.jpg",
            "group": "camera",
            "phash256": f"{max(number, 1):064x}",
            "width_px": 40,
            "height_px": 30,
        }
        for number in range(count)
    ]
    return table_of(rows)


def test_one_group_of_all_is_refused_and_the_remedies_are_named(manifest_of, table_of):
    with pytest.raises(SplitError, match="--groups exact") as refused:
        split(manifest_of(alike(table_of)), SHARES)
    assert "least-correlation" in str(refused.value)


@pytest.mark.parametrize("seed", range(5))
def test_exact_groups_keep_only_files_with_the_same_pixels_together(manifest_of, table_of, seed):
    result = split(manifest_of(alike(table_of)), SHARES, seed=seed, groups="exact")
    found = splits_of(result)
    assert found["good/0.jpg"] == found["good/1.jpg"]
    assert result.groups_kept_whole == 1
    assert set(found.values()) == {"train", "val", "test"}


def test_without_groups_every_sample_is_on_its_own(manifest_of, table_of):
    table = alike(table_of)
    table["sha256"] = "0" * 64
    result = split(manifest_of(table), SHARES, groups="none")
    assert result.groups_kept_whole == 0
    assert set(splits_of(result).values()) == {"train", "val", "test"}


def test_a_column_to_group_by_counts_without_groups_of_copies(manifest_of, table_of):
    table = alike(table_of)
    table["board"] = [f"b{number // 3}" for number in range(len(table))]
    result = split(manifest_of(table), SHARES, group_by="board", groups="none")
    assert result.groups_kept_whole == 10


def test_an_unknown_kind_of_groups_is_refused(manifest_of, table_of):
    with pytest.raises(UsageError, match="near, exact, none"):
        split(manifest_of(alike(table_of)), SHARES, groups="some")


def test_samples_without_a_label_are_counted_where_others_have_one(manifest_of, many):
    table = many(40)
    table.loc[:3, "label"] = None
    table.loc[3, "status"] = "drop"
    result = split(manifest_of(table), {"val": 0.2})
    assert result.unlabelled == 3
    assert "3 without a label" in repr(result)
    assert result.table["samples"].sum() == 36
    flat = table.assign(label=None).astype({"label": "string"})
    assert split(manifest_of(flat), {"val": 0.2}).unlabelled == 0


@pytest.mark.parametrize("grouped", [False, True])
def test_a_share_that_an_earlier_split_misses_says_so(manifest_of, many, grouped):
    before = split(manifest_of(many(80)), {"val": 0.5})
    val = before.manifest.table["split"].eq("val")
    table = many(80)[val | (many(80).index % 8 == 0)].reset_index(drop=True)
    if grouped:
        table.loc[table["path"].isin(["Cat/0.jpg", "Cat/8.jpg"]), "group"] = "pair"
    warnings = split(manifest_of(table), {"val": 0.5}, previous=before).warnings
    [said] = [warning for warning in warnings if warning.startswith("val has")]
    assert "because samples stay in their earlier split" in said
    assert ("groups are too large" in said) is grouped
