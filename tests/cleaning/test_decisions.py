import json
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catsclean.cleaning import decisions as module
from catsclean.cleaning import plan_cleaning
from catsclean.cleaning.decisions import KIND, read_decisions
from catsclean.errors import ManifestError

HEX = "0" * 64


def test_decisions_move_and_keep(audited, tmp_path):
    audited.find("Cat/0.jpg", "exact-duplicate").save()
    entries = [audited.entry("Dog/1.jpg"), audited.entry("Cat/0.jpg", "keep")]
    plan = plan_cleaning(audited.root, audited.decide(tmp_path, entries))
    assert [m.path for m in plan.moves["decision"]] == ["Dog/1.jpg"]
    assert [(k.path, k.why) for k in plan.kept_back] == [("Cat/0.jpg", "decided: keep")]
    assert plan.refused == ()


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        ({"path": "/etc/passwd"}, "an absolute path"),
        ({"path": "../../etc/passwd"}, "'..'"),
        ({"path": "Cat/../../x"}, "'..'"),
        ({"path": "Cat//0.jpg"}, "empty part"),
        ({"path": ""}, "not a path"),
        ({"path": None}, "not a path"),
        ({"path": ["Cat/0.jpg"]}, "not a path"),
        ({"path": "Cat/\\x00.jpg"}, "NUL"),
        ({"path": "x" * 100_000}, "100000 characters"),
        ({"path": r"Cat\q"}, "the backslash at position 4 begins no escape"),
        ({"path": "Cat/none.jpg"}, "not in the manifest"),
        ({"sha256": HEX}, "its sha256 differs"),
        ({"sha256": "F" * 64}, "lower-case hex"),
        ({"sha256": 12}, "lower-case hex"),
        ({"action": "delete"}, "keep, quarantine, relabel or fix"),
        ({"action": None}, "keep, quarantine, relabel or fix"),
        ({"action": {}}, "keep, quarantine, relabel or fix"),
        ({"reason": 5}, "reason"),
        ({"reason": "x" * 501}, "reason"),
    ],
)
def test_a_bad_entry_is_refused_by_name_and_the_others_are_carried_out(
    audited, tmp_path, harm, reason
):
    audited.save()
    entries = [audited.entry("Cat/0.jpg") | harm, audited.entry("Cat/1.jpg")]
    plan = plan_cleaning(audited.root, audited.decide(tmp_path, entries))
    ((name, why),) = plan.refused
    assert name.startswith("entry 1")
    assert reason in why
    assert len(name) + len(why) < 500
    assert [m.path for m in plan.moves["decision"]] == ["Cat/1.jpg"]


@pytest.mark.parametrize("entry", [None, 3, "Cat/0.jpg", [], {}])
def test_an_entry_that_is_no_decision_is_refused(audited, tmp_path, entry):
    audited.save()
    assert len(plan_cleaning(audited.root, audited.decide(tmp_path, [entry])).refused) == 1


@pytest.mark.parametrize("spelling", ["Cat/0.jpg", r"Cat/\x30.jpg"])
def test_a_path_that_is_named_twice_is_refused_both_times(audited, tmp_path, spelling):
    audited.save()
    entries = [
        audited.entry("Cat/0.jpg", "keep"),
        audited.entry("Cat/0.jpg") | {"path": spelling},
    ]
    plan = plan_cleaning(audited.root, audited.decide(tmp_path, entries))
    assert len(plan.refused) >= 1
    assert plan.moves == {}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"kind": "other"}, "not a decisions file"),
        ({"schema_version": 3}, "schema version 3"),
        ({"schema_version": True}, "schema version True"),
        ({"schema_version": "1"}, "schema version"),
        ({"root": "Other"}, "another data set"),
        ({"root": None}, "another data set"),
        ({"decisions": {}}, "not a list"),
    ],
)
def test_a_file_about_something_else_is_refused_whole(audited, tmp_path, fields, reason):
    with pytest.raises(ManifestError, match=reason):
        plan_cleaning(audited.save().root, audited.decide(tmp_path, [], **fields))


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "null", "[]", "\xff", '{"a": NaN}'])
def test_a_file_that_is_no_decisions_file_is_refused(audited, tmp_path, text):
    path = tmp_path / "decisions.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ManifestError):
        plan_cleaning(audited.save().root, path)


def test_a_fifo_a_folder_and_a_missing_file_are_refused(audited, tmp_path):
    audited.save()
    os.mkfifo(tmp_path / "fifo")
    for name in ("fifo", ".", "missing"):
        with pytest.raises(ManifestError):
            plan_cleaning(audited.root, tmp_path / name)


def test_a_huge_file_is_refused_without_being_parsed(audited, tmp_path, monkeypatch):
    audited.save()
    with (tmp_path / "huge.json").open("wb") as stream:
        stream.truncate(module.MAX_BYTES + 1)
    monkeypatch.setattr(json, "loads", None)
    with pytest.raises(ManifestError, match="larger than 256 MB"):
        read_decisions(tmp_path / "huge.json", audited.root, {})


def test_a_file_with_too_many_entries_is_refused(audited, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAX_ENTRIES", 1)
    entries = [audited.entry("Cat/0.jpg"), audited.entry("Cat/1.jpg")]
    path = audited.decide(tmp_path, entries)
    with pytest.raises(ManifestError, match="has 2 entries, at most 1 are read"):
        plan_cleaning(audited.save().root, path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
ENTRY = st.fixed_dictionaries(
    {},
    optional={
        "path": JSON | st.sampled_from(["Cat/0.jpg", "../x", "/x", "Cat/./0.jpg"]),
        "action": JSON | st.sampled_from(["keep", "quarantine"]),
        "sha256": JSON | st.just(HEX),
        "reason": JSON,
    },
)


@given(document=st.lists(ENTRY | JSON, max_size=6))
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_content_gets_a_path_through_that_the_manifest_does_not_know(tmp_path, document):
    path = tmp_path / "decisions.json"
    path.write_text(
        json.dumps(
            {"schema_version": 1, "kind": module.KIND, "root": "Pets", "decisions": document}
        )
    )
    found = read_decisions(path, tmp_path / "Pets", {"Cat/0.jpg": HEX})
    assert set(found.entries) <= {"Cat/0.jpg"}
    assert len(found.entries) + len(found.refused) <= len(document) + 1


def test_decisions_follow_a_folder_that_was_renamed(audited, tmp_path):
    entries = [audited.entry("Cat/0.jpg"), audited.entry("Cat/1.jpg", sha256="0" * 64)]
    path = audited.decide(tmp_path, entries, root="Before")
    plan = plan_cleaning(audited.save().root, path)
    assert [move.path for move in plan.moves["decision"]] == ["Cat/0.jpg"]
    assert [entry for entry, _ in plan.refused] == ["entry 2 (Cat/1.jpg)"]


@pytest.mark.parametrize("root", ["Other", None])
def test_decisions_of_which_none_is_about_this_set_are_refused_whole(audited, tmp_path, root):
    sha256 = "0" * 64 if root else audited.sha256("Cat/0.jpg")
    path = audited.decide(tmp_path, [audited.entry("Cat/0.jpg", sha256=sha256)], root=root)
    with pytest.raises(ManifestError, match="another data set"):
        plan_cleaning(audited.save().root, path)


def test_a_picture_with_another_path_is_found_by_its_bytes(tmp_path):
    elsewhere = [
        {**_entry_of("Dog/1-2.jpg", "a"), "action": "relabel", "label": "Dog"},
        {**_entry_of("Cat/twice.jpg", "b"), "action": "keep"},
        {**_entry_of("Cat/copy.jpg", "c"), "action": "quarantine"},
        {**_entry_of("Cat/also.jpg", "d"), "action": "keep"},
        {**_entry_of("Cat/4.jpg", "d"), "action": "keep"},
        {**_entry_of("Cat/gone.jpg", "e"), "action": "keep"},
    ]
    here = {"Cat/1.jpg": "a" * 64, "Cat/2.jpg": "b" * 64, "Cat/5.jpg": "b" * 64,
            "Cat/3.jpg": "c" * 64, "Cat/4.jpg": "d" * 64}  # fmt: skip
    path = tmp_path / "decisions.json"
    document = {"schema_version": 2, "kind": KIND, "root": "Pets", "decisions": elsewhere}
    path.write_text(json.dumps(document))
    read = read_decisions(path, tmp_path / "Pets", here)
    assert sorted(read.entries) == ["Cat/1.jpg", "Cat/4.jpg"]
    assert read.entries["Cat/1.jpg"].label == "Dog"
    unknown = "not in the manifest of the last audit"
    assert [why for _, why in read.refused] == [
        f"{unknown}; the same bytes are at Cat/2.jpg and 1 more",
        f"{unknown}; the same bytes are at Cat/3.jpg",
        f"{unknown}; the same bytes are at Cat/4.jpg",
        unknown,
    ]


def _entry_of(path, letter):
    return {"path": path, "sha256": letter * 64}
