import helpers
import pytest

from catsclean.core.evidence import Outcome
from catsclean.testing import assert_clean
from catsclean.validators.class_imbalance import ClassImbalance


def rows(split="", **counts):
    prefix = f"{split}/" if split else ""
    return [
        {"path": f"{prefix}{label}/{n}.jpg", "label": label, "split": split}
        for label, count in counts.items()
        for n in range(count)
    ]


def test_says_how_many_times_and_what_a_constant_answer_scores():
    [finding] = ClassImbalance().judge(helpers.make_evidence(rows(Cat=90, Dog=10)))
    assert finding.path is None
    assert finding.message == (
        "Cat has 9.0 times as many usable pictures as Dog (90 and 10);"
        " always answering Cat is right in 90%"
    )


@pytest.mark.parametrize("counts", [{"Cat": 30, "Dog": 10}, {"Cat": 50}, {"Cat": 10, "Dog": 11}])
def test_up_to_three_times_and_a_single_class_are_clean(counts):
    assert not list(ClassImbalance().judge(helpers.make_evidence(rows(**counts))))


def test_each_split_is_judged_for_itself():
    evidence = helpers.make_evidence(
        rows("train", Cat=40, Dog=10) + rows("val", Cat=10, Dog=10), layout="splits"
    )
    [finding] = ClassImbalance().judge(evidence)
    assert finding.message.startswith("in train: Cat has 4.0 times")


def test_only_pictures_that_decode_are_counted():
    table = rows(Cat=40, Dog=40)
    for row in table[50:]:
        row["outcome"] = Outcome.TRUNCATED
    [finding] = ClassImbalance(max_ratio=3.5).judge(helpers.make_evidence(table))
    assert "(40 and 10)" in finding.message


def test_a_flat_folder_is_clean():
    evidence = helpers.make_evidence([{"path": "1.jpg"}], layout="flat")
    assert not list(ClassImbalance().judge(evidence))


def test_a_balanced_folder_is_clean(pets):
    assert_clean(ClassImbalance(), pets)
