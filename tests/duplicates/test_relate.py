import shutil

import numpy as np
import pandas as pd
import pictures
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from related import digests_of, related

from catsclean.core.groups import name_groups
from catsclean.duplicates.compare import Verdicts, here
from catsclean.duplicates.relate import relate, relate_against
from catsclean.images.load import load_rgb
from catsclean.testing import gather_evidence


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """A folder with a chain of copies, a mirrored one, and a pair of identical files."""
    root = pictures.make_dataset(tmp_path_factory.mktemp("set") / "Pets", {"Cat": 4, "Dog": 4})
    picture = pictures.draw(90)
    for number, side in enumerate((160, 150, 140)):
        small = picture.resize((side, side * 3 // 4))
        (root / f"Cat/copy{number}.jpg").write_bytes(pictures.encode(small))
    shutil.copy(root / "Dog/1.jpg", root / "Dog/same.jpg")
    return root


def loader(root, opened=None):
    def load(path, side):
        if opened is not None:
            opened.append(path)
        return load_rgb(root, path, max_side=side)

    return load


def test_a_group_is_named_by_the_smallest_digest_of_its_members(copies):
    samples = related(copies).samples.set_index("path")
    group = samples[samples["group"] != ""].groupby("group")["sha256"].agg(["min", "size"])
    assert sorted(group["size"]) == [2, 3]
    assert all(name == digest[:16] for name, digest in group["min"].items())


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_the_samples_changes_neither_pairs_nor_groups(copies, seed):
    evidence = gather_evidence(copies)
    straight = relate(evidence, here(loader(copies)))
    order = np.random.default_rng(seed).permutation(len(evidence.samples))
    mixed = type(evidence)(evidence.samples.iloc[order], evidence.dataset, evidence.pairs)
    turned = relate(mixed, here(loader(copies)))
    pd.testing.assert_frame_equal(straight.pairs, turned.pairs)
    groups = [
        dict(zip(e.samples["path"], e.samples["group"], strict=True)) for e in (straight, turned)
    ]
    assert groups[0] == groups[1]


def test_what_was_looked_at_once_is_not_opened_again(copies, tmp_path):
    evidence, verdicts = gather_evidence(copies), Verdicts()
    first = relate(evidence, here(loader(copies)), verdicts=verdicts)
    verdicts.save(tmp_path / "verdicts.json")
    opened = []
    again = relate(
        evidence, here(loader(copies, opened)), verdicts=Verdicts.load(tmp_path / "verdicts.json")
    )
    assert opened == []
    pd.testing.assert_frame_equal(first.pairs, again.pairs)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"version": 99}', '{"version": 5, "proofs": [1]}']
)
def test_damaged_verdicts_are_as_good_as_none(tmp_path, content):
    (tmp_path / "v.json").write_text(content)
    assert Verdicts.load(tmp_path / "v.json").proofs == {}


def test_a_picture_that_cannot_be_loaded_any_more_is_in_no_pair(copies):
    def load(path, side):
        raise ValueError("gone")

    pairs = relate(gather_evidence(copies), here(load)).pairs
    assert set(pairs["kind"]) == {"identical-bytes"}


def test_new_pictures_are_sought_among_old_ones_only(copies, tmp_path):
    new = tmp_path / "new"
    (new / "Cat").mkdir(parents=True)
    (new / "Cat/half.jpg").write_bytes(pictures.encode(pictures.draw(90).resize((80, 60))))
    shutil.copy(copies / "Dog/1.jpg", new / "Cat/again.jpg")
    (new / "Cat/fresh.jpg").write_bytes(pictures.jpeg(99))
    table = relate_against(
        gather_evidence(new), gather_evidence(copies), here(loader(new), loader(copies))
    )
    assert set(table["path"]) == {"Cat/again.jpg", "Cat/half.jpg"}
    again = table[table["path"] == "Cat/again.jpg"]
    assert again[["other", "kind"]].to_numpy().tolist() == [
        ["Dog/1.jpg", "identical-bytes"],
        ["Dog/same.jpg", "identical-bytes"],
    ]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12), st.randoms())
def test_group_names_do_not_depend_on_the_order_of_pictures_or_pairs(pairs, random):
    digests = [f"{number:064x}" for number in range(10)]
    order = list(range(10))
    random.shuffle(order)
    place = {at: position for position, at in enumerate(order)}
    first, second = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
    straight = name_groups(digests_of(digests), 10, first, second)
    mixed = [(place[b], place[a]) for a, b in pairs]
    random.shuffle(mixed)
    ends = np.array(mixed, dtype=np.intp).reshape(-1, 2).T
    turned = name_groups(digests_of([digests[at] for at in order]), 10, *ends)
    assert [turned[place[at]] for at in range(10)] == straight
