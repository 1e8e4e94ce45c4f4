"""Of all copies of a picture, one stays, whatever findings and decisions say together."""

from hypothesis import given
from hypothesis import strategies as st

from catsclean.cleaning.last_copy import (
    WITHIN_CLASS,
    CopyGraph,
    best,
    copy_groups,
    spare_one,
    stay_for_others,
)
from catsclean.core.model import Finding, Fix, Sample, Severity
from catsclean.validators.base import CopyKind


def samples(*paths, **more):
    return {path: Sample(path, width_px=4, height_px=1, **more.get(path, {})) for path in paths}


def pair(path, *others, validator="near-duplicate"):
    return Finding(validator, Severity.WARNING, Fix.REVIEW, path, "Cat", "x", others)


def test_copies_are_joined_by_bytes_by_group_and_by_findings():
    known = samples(
        *"abcdefg", a={"sha256": "1"}, b={"sha256": "1", "group": "g"}, c={"group": "g"},
        d={"sha256": "2"}, g={"sha256": "3", "group": "h"},
    )  # fmt: skip
    groups = copy_groups(known, [("c", "d"), ("e", "gone"), ("gone", "e")])
    assert set(groups) == set("abcd")
    assert all(group == list("abcd") for group in groups.values())
    assert copy_groups(known, []).keys() == set("abc")
    assert copy_groups(samples("a", "b"), []) == {}


def test_of_a_group_the_last_usable_copy_is_spared():
    known = samples("a", "b", "c", a={"size_bytes": 1}, b={"size_bytes": 2}, c={"size_bytes": 3})
    groups = copy_groups(known, [("a", "b"), ("b", "c")])
    assert spare_one({"a", "b"}, (), (), groups, known) == set()
    assert spare_one({"a", "b", "c"}, (), (), groups, known) == {"c"}  # the largest
    # a damaged file is no copy that could stay for the others
    assert spare_one({"a", "b"}, (), {"c"}, groups, known) == {"b"}
    assert spare_one({"a", "b", "c"}, (), set("abc"), groups, known) == set()
    # of copies that all leave, one that nobody decided about is spared first
    assert spare_one({"a", "b", "c"}, {"c"}, (), groups, known) == {"b"}
    assert spare_one({"a", "b", "c"}, {"a", "b", "c"}, (), groups, known) == {"c"}
    assert best(["a", "b"], known) == "b"


def test_each_group_is_asked_by_itself():
    known = samples("a", "b", "c", "d")
    groups = copy_groups(known, [("a", "b"), ("c", "d")])
    assert spare_one(set("abc"), (), (), groups, known) == {"a"}
    assert spare_one(set("abcd"), (), (), groups, known) == {"a", "c"}


@given(
    st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")), max_size=9),
    st.sets(st.sampled_from("abcdefgh")), st.sets(st.sampled_from("abcdefgh")),
    st.sets(st.sampled_from("abcdefgh")),
)  # fmt: skip
def test_whatever_is_selected_a_usable_copy_of_each_picture_stays(
    pairs, selected, decided, useless
):
    known = samples(*"abcdefgh")
    groups = copy_groups(known, pairs)
    spared = spare_one(selected, decided, useless, groups, known)
    assert spared <= selected - useless
    for group in groups.values():
        usable = set(group) - useless
        assert not usable or usable - (selected - spared)
        assert len(spared & set(group)) <= 1


def test_equal_files_are_one_picture_and_what_is_proved_of_one_holds_for_all():
    known = samples("a", "b", "c", "d", "e")
    graph = CopyGraph(
        known,
        [
            pair("a", "b", validator="exact-duplicate"),
            pair("b", "c"),
            pair("d", "e", "gone", validator="same-pixels"),
            pair("gone", "a"),
            pair("a", "e", validator="truncated"),  # not about copies
        ],
    )
    assert graph.paths == set("abcde")
    assert graph.picture("a") == graph.picture("b") == "a"
    assert (graph.picture("c"), graph.picture("e")) == ("c", "d")
    assert graph.files("a") == {"a", "b"}
    assert graph.near("a") == {"c"}
    assert graph.near("c") == {"a"}
    assert graph.partners("a") == {"b", "c"}
    assert graph.partners("c") == {"a", "b"}
    assert graph.partners("d") == {"e"}
    assert graph.partners("unknown") == set()
    assert CopyGraph(known, [pair("a")]).paths == set()


def test_a_pair_of_equal_files_is_not_near_itself():
    known = samples("a", "b")
    graph = CopyGraph(known, [pair("a", "b", validator="exact-duplicate"), pair("a", "b")])
    assert graph.near("a") == set()
    assert graph.partners("a") == {"b"}


def test_copies_under_another_label_count_only_where_they_are_asked_for():
    known = samples("a", "b")
    findings = [pair("a", "b", validator="label-conflict")]
    assert CopyGraph(known, findings).paths == set()
    assert CopyGraph(known, findings, [CopyKind.OTHER_LABEL]).partners("a") == {"b"}
    assert CopyKind.OTHER_LABEL not in WITHIN_CLASS
    assert len(WITHIN_CLASS) == len(CopyKind) - 1


def test_of_a_chain_those_stay_that_all_others_have_a_pair_with():
    known = samples(*"abcde")
    star = CopyGraph(known, [pair("c", *"abde")])
    assert stay_for_others("abcde", star, known) == {"c"}
    chain = CopyGraph(known, [pair("a", "b"), pair("b", "c"), pair("c", "d"), pair("d", "e")])
    stay = stay_for_others("abcde", chain, known)
    assert all(path in stay or chain.partners(path) & stay for path in "abcde")
    assert len(stay) < 5
    # a pair with a file that is not asked about does not count
    assert stay_for_others("ac", chain, known) == {"a", "c"}
