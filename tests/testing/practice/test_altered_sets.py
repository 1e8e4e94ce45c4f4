"""Hands in several altered copies, and a test folder that training leaks."""

import io
from collections import Counter

import numpy as np
import pytest
from PIL import Image

import catsclean
from catsclean.core.groups import connected
from catsclean.errors import UsageError
from catsclean.testing.practice import make_practice, read_truth
from catsclean.testing.practice.altered_sets import ALTERATIONS, alter
from catsclean.testing.practice.hands import HANDS, draw_hand


@pytest.fixture(scope="module")
def hands(tmp_path_factory):
    folder = tmp_path_factory.mktemp("practice") / "Hands"
    return make_practice(folder, count=46, subject="hands", seed=2)


@pytest.fixture(scope="module")
def leaky(tmp_path_factory):
    folder = tmp_path_factory.mktemp("practice") / "Leaky"
    return make_practice(folder, count=32, leaky=True, seed=2)


def audited(practice):
    return catsclean.audit(practice.root, workers=1, content=False)


def test_hands_have_three_classes_and_as_many_pictures_as_were_asked_for(hands):
    assert hands.healthy == {"paper": 16, "rock": 15, "scissors": 15}
    assert hands.files == 46
    found = Counter(path.parent.name for path in hands.root.rglob("*.jpg"))
    assert found == hands.healthy
    assert hands.planted == {}


def test_the_truth_names_the_copies_of_each_drawing_and_the_audit_finds_just_these(hands):
    rows = [row for row in read_truth(hands.truth) if row["validator"] == "near-duplicate"]
    drawings = connected((row["path"], row["note"].split()[-1]) for row in rows)
    table = audited(hands).manifest.table.dropna(subset="group")
    found = table.groupby("group")["path"].agg(frozenset)
    assert set(found) == {
        frozenset(path for path, number in drawings.items() if number == one)
        for one in set(drawings.values())
    }


def test_drawings_have_one_to_four_pictures(hands):
    table = audited(hands).manifest.table
    sizes = table.dropna(subset="group").groupby("group").size()
    assert sizes.between(2, 4).all()
    assert 12 <= table["group"].isna().sum() + len(sizes) <= 30


@pytest.mark.parametrize("how", ALTERATIONS)
def test_each_alteration_changes_the_picture(how):
    picture = draw_hand("rock", np.random.default_rng(1))
    changed = Image.open(io.BytesIO(alter(picture, how, np.random.default_rng(2))))
    pixels = np.asarray(changed.resize(picture.size), np.float64)
    assert np.abs(pixels - np.asarray(picture, np.float64)).mean() > 1


def test_hands_differ_in_their_fingers():
    drawn = [draw_hand(kind, np.random.default_rng(5)) for kind in HANDS]
    assert len({picture.size for picture in drawn}) == 1
    assert len({picture.tobytes() for picture in drawn}) == 3


def test_every_test_picture_has_a_copy_in_training(leaky):
    found = Counter(path.relative_to(leaky.root).parts[0] for path in leaky.root.rglob("*.jpg"))
    assert found == {"train": 24 + 8, "test": 8}
    assert leaky.healthy == {"Cat": 16, "Dog": 16}
    assert leaky.planted == {"split-leak": 8}
    rows = [row for row in read_truth(leaky.truth) if row["expected"] == "primary"]
    assert all(row["path"].startswith("train/") for row in rows)
    assert len({row["note"].split()[-1] for row in rows}) == 8


def test_the_audit_finds_the_leaks_and_nothing_else(leaky):
    [leak] = audited(leaky).leaks
    assert (leak.split, leak.other, leak.pictures, leak.total) == ("test", "train", 8, 8)


def test_wrong_labels_are_listed_and_classes_stay_equally_large(tmp_path):
    made = make_practice(tmp_path / "Pets", count=20, defects=False, mislabel=0.2)
    assert made.healthy == {"Cat": 10, "Dog": 10}
    assert made.planted == {"likely-mislabelled": 4}
    rows = read_truth(made.truth)
    notes = Counter(row["note"] for row in rows)
    assert notes == {"a Cat, labelled Dog": 2, "a Dog, labelled Cat": 2}
    for row in rows:
        assert row["note"].endswith(row["path"].split("/")[0])
        assert (made.root / row["path"]).exists()


def test_wrong_labels_show_the_same_pictures_under_other_names(tmp_path):
    plain = make_practice(tmp_path / "plain", count=8, defects=False)
    swapped = make_practice(tmp_path / "swapped", count=8, defects=False, mislabel=0.5)

    def contents(practice):
        return {path.read_bytes() for path in practice.root.rglob("*.jpg")}

    assert contents(plain) == contents(swapped)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"subject": "birds"}, "subject must be one of pets, hands. Received: 'birds'"),
        ({"subject": "hands", "leaky": True}, "leaky does not go with hands"),
        ({"subject": "hands", "count": 2}, "count must be 3 or more. Received: 2"),
        ({"mislabel": 0.6}, r"mislabel must be a share from 0 to 0\.5\. Received: 0\.6"),
        ({"mislabel": -0.1}, "mislabel must be a share"),
        ({"mislabel": "half"}, "mislabel must be a share"),
        ({"mislabel": float("nan")}, "mislabel must be a share"),
    ],
)
def test_wishes_that_make_no_sense_are_refused(tmp_path, options, said):
    with pytest.raises(UsageError, match=said):
        make_practice(tmp_path / "Pets", **options)
    assert not list(tmp_path.iterdir())
