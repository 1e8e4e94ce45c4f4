import errno
import itertools

import disk_calls
import pyarrow as pa
import pytest

from catsclean.cleaning import plan_cleaning
from catsclean.cleaning.relabelling import Relabelled
from catsclean.core.content_evidence import ContentEvidence
from catsclean.core.model import Fix
from catsclean.errors import ConfigError, DatasetError, ManifestError

REVIEW = Fix.REVIEW


def moved(plan):
    return {move.path for moves in plan.moves.values() for move in moves}


def why(plan):
    return {kept.path: kept.why for kept in plan.kept_back}


def test_safe_findings_move_and_the_others_wait_for_a_person(audited):
    audited.find("Cat/0.jpg", "zero-length").find("Dog/1.jpg", "blurry", REVIEW)
    audited.find("Dog/2.jpg", "multi-frame", Fix.NONE).save()
    plan = plan_cleaning(audited)
    assert {name: [m.path for m in moves] for name, moves in plan.moves.items()} == {
        "zero-length": ["Cat/0.jpg"]
    }
    assert "to review" in why(plan)["Dog/1.jpg"]
    assert "Dog/2.jpg" not in why(plan)
    assert plan.count == 1


def test_what_stays_is_named_by_the_finding_that_asks_for_a_move(audited):
    audited.find("Cat/0.jpg", "grey-among-colour", Fix.NONE).find("Cat/0.jpg", "blurry", REVIEW)
    audited.find("Cat/1.jpg", "odd-size", REVIEW).find("Cat/1.jpg", "label-conflict", REVIEW).save()
    kept = {one.path: one.validators for one in plan_cleaning(audited).kept_back}
    assert kept == {"Cat/0.jpg": ("blurry",), "Cat/1.jpg": ("label-conflict",)}


def test_the_plan_from_the_folder_is_the_plan_from_the_audit(audited):
    audited.find("Cat/0.jpg", "zero-length").find("Dog/1.jpg", "blurry", REVIEW).save()
    assert plan_cleaning(audited.root) == plan_cleaning(audited)


def test_a_plan_says_whether_most_of_the_set_would_leave(audited):
    for number in range(4):
        audited.find(f"Cat/{number}.jpg", "zero-length")
    plan = plan_cleaning(audited.save())
    assert (plan.count, plan.samples, plan.takes_most) == (4, 8, False)
    assert plan_cleaning(audited.find("Dog/0.jpg", "zero-length").save()).takes_most


def test_a_plan_names_the_folders_that_it_empties(audited):
    for number in range(4):
        audited.find(f"Cat/{number}.jpg", "zero-length")
    plan = plan_cleaning(audited.save())
    assert (plan.emptied, plan.emptied_classes) == (("Cat",), ("Cat",))
    assert plan_cleaning(audited, keep=["Cat/0.jpg"]).emptied == ()


def test_a_new_label_is_in_the_plan_with_all_that_follows(audited):
    (audited.root / "Cat/1.txt").write_bytes(b"a caption")
    plan = plan_cleaning(audited.save(), quarantine=["Dog/0.jpg"], relabel={"Cat/1.jpg": "Fox"})
    assert plan.relabels == (
        Relabelled("Cat/1.jpg", "Fox/1.jpg", "Cat", "Fox", "decision"),
        Relabelled("Cat/1.txt", "Fox/1.txt", "", "Fox", "sidecar", "Cat/1.jpg"),
    )
    table = plan.to_pandas()[["path", "action", "validators"]]
    assert table.to_numpy().tolist() == [
        ["Cat/1.jpg", "relabel", "decision"],
        ["Cat/1.txt", "relabel", "sidecar"],
        ["Dog/0.jpg", "move", "decision"],
    ]
    assert plan.to_pandas()["why"].tolist()[:2] == ["Fox/1.jpg", "Fox/1.txt"]


def test_the_sidecar_file_of_one_picture_that_leaves_goes_along(audited):
    for name in ("0.txt", "1.txt", "2.txt"):
        (audited.root / "Cat" / name).write_bytes(b"a caption")
    (audited.root / "Cat/2.png").write_bytes(b"another picture")
    audited.find("Cat/0.jpg", "zero-length").find("Cat/2.jpg", "zero-length")
    plan = plan_cleaning(audited.save())
    assert [(one.path, one.owner) for one in plan.moves["sidecar"]] == [("Cat/0.txt", "Cat/0.jpg")]
    assert (plan.count, plan.along) == (3, 1)
    assert why(plan) == {"Cat/2.txt": "belongs to several pictures of its name"}


def test_a_sidecar_file_that_is_junk_by_name_leaves_as_junk(audited):
    audited.files["Cat/Thumbs.jpg"] = b"a picture"
    for name in ("Thumbs.jpg", "Thumbs.db"):
        (audited.root / "Cat" / name).write_bytes(b"a picture")
    audited.find("Cat/Thumbs.db", "system-junk").find("Cat/Thumbs.jpg", "truncated").save()
    plan = plan_cleaning(audited, sidecars=[".db"])
    assert {name: len(moves) for name, moves in plan.moves.items()} == {
        "system-junk": 1, "truncated": 1,
    }  # fmt: skip


def test_a_sidecar_file_that_cannot_be_read_stays(audited):
    (audited.root / "Cat/0.txt").write_bytes(b"a caption")
    audited.find("Cat/0.jpg", "truncated").save()
    refusing = {"open": lambda name: errno.EACCES if str(name).endswith("0.txt") else 0}
    with disk_calls.counted(failing=refusing):
        plan = plan_cleaning(audited)
    assert (moved(plan), why(plan)) == ({"Cat/0.jpg"}, {"Cat/0.txt": "cannot be read"})


def test_a_sidecar_file_of_a_picture_with_a_new_label_stays_if_its_name_is_taken(audited):
    for path in ("Cat/1.txt", "Fox/1.txt"):
        (audited.root / path).parent.mkdir(exist_ok=True)
        (audited.root / path).write_bytes(b"a caption")
    plan = plan_cleaning(audited.save(), relabel={"Cat/1.jpg": "Fox"})
    assert [one.path for one in plan.relabels] == ["Cat/1.jpg"]
    assert why(plan) == {"Cat/1.txt": "stays: another file is named Fox/1.txt"}


def test_suggested_labels_need_an_audit_that_examined_the_pictures(audited):
    audited.find("Cat/1.jpg", "likely-mislabelled", REVIEW).find("Cat/2.jpg", "blurry", REVIEW)
    assert plan_cleaning(audited.save().root, relabel_suggested=True).relabels == ()


def test_a_suggested_label_yields_to_a_decision_about_the_same_bytes(audited):
    paths = ["Cat/1.jpg", "Cat/2.jpg"]
    for path in paths:
        audited.find(path, "likely-mislabelled", REVIEW)
    # one that has its label already, and a finding that suggests none
    audited.find("Dog/1.jpg", "likely-mislabelled", REVIEW).find("Dog/2.jpg", "blurry", REVIEW)
    table = pa.table({"path": [*paths, "Dog/1.jpg"], "suggested": ["Dog"] * 3})
    audited.save().content = ContentEvidence(table=table)
    plan_cleaning(audited, keep=["Cat/1.jpg"]).apply()

    def suggested():
        plan = plan_cleaning(audited, relabel_suggested=True)
        return [(one.path, one.label, one.asked_by) for one in plan.relabels]

    second = ("Cat/2.jpg", "Dog", "likely-mislabelled")
    assert suggested() == [second]
    audited.files["Cat/1.jpg"] = b"other bytes"
    (audited.root / "Cat/1.jpg").write_bytes(b"other bytes")
    audited.save()
    assert suggested() == [("Cat/1.jpg", "Dog", "likely-mislabelled"), second]


def test_unsafe_moves_what_needs_review(audited):
    audited.find("Dog/1.jpg", "blurry", REVIEW).find("Dog/2.jpg", "odd-size", REVIEW).save()
    assert moved(plan_cleaning(audited, unsafe=True)) == {"Dog/1.jpg", "Dog/2.jpg"}
    assert moved(plan_cleaning(audited, unsafe=True, select=["blurry"])) == {"Dog/1.jpg"}


def test_select_leaves_the_other_validators_alone(audited):
    audited.find("Cat/0.jpg", "zero-length").find("Cat/1.jpg", "truncated").save()
    plan = plan_cleaning(audited, select=["truncated"])
    assert moved(plan) == {"Cat/1.jpg"}
    assert why(plan)["Cat/0.jpg"] == "not selected"


def test_what_is_over_a_limit_never_moves(audited, tmp_path):
    audited.find("Cat/0.jpg", "over-limit", REVIEW).find("Cat/0.jpg", "truncated").save()
    decisions = audited.decide(tmp_path, [audited.entry("Cat/0.jpg")])
    plan = plan_cleaning(audited, decisions, unsafe=True)
    assert moved(plan) == set()
    assert "never moved" in why(plan)["Cat/0.jpg"]
    assert plan.refused[0][0] == "Cat/0.jpg"


def copies(audited, *paths):
    for path in paths:
        audited.files[path] = b"the same"
        (audited.root / path).write_bytes(b"the same")


def test_one_copy_stays_whatever_the_findings_say(audited):
    copies(audited, "Cat/0.jpg", "Cat/1.jpg", "Cat/2.jpg")
    for path in ("Cat/0.jpg", "Cat/1.jpg", "Cat/2.jpg"):
        audited.find(path, "exact-duplicate", related=("Cat/0.jpg",))
    plan = plan_cleaning(audited.save())
    assert moved(plan) == {"Cat/1.jpg", "Cat/2.jpg"}
    assert "last copy" in why(plan)["Cat/0.jpg"]


def test_one_copy_stays_when_findings_and_decisions_together_take_all(audited, tmp_path):
    copies(audited, "Cat/0.jpg", "Cat/1.jpg")
    audited.find("Cat/1.jpg", "exact-duplicate", related=("Cat/0.jpg",)).save()
    decisions = audited.decide(tmp_path, [audited.entry("Cat/0.jpg")])
    plan = plan_cleaning(audited, decisions)
    assert moved(plan) == {"Cat/0.jpg"}  # a person chose; the other copy is spared
    assert "last copy" in why(plan)["Cat/1.jpg"]


def test_one_copy_stays_when_a_person_decides_against_all(audited, tmp_path):
    audited.save(groups={"Cat/0.jpg": "g", "Dog/0.jpg": "g"})
    entries = [audited.entry("Cat/0.jpg"), audited.entry("Dog/0.jpg")]
    plan = plan_cleaning(audited, audited.decide(tmp_path, entries))
    assert moved(plan) == {"Dog/0.jpg"}


def test_one_member_of_a_group_stays_with_unsafe(audited):
    audited.find("Cat/0.jpg", "near-duplicate", REVIEW, ("Cat/1.jpg",))
    audited.find("Cat/1.jpg", "near-duplicate", REVIEW, ("Cat/0.jpg",))
    assert len(moved(plan_cleaning(audited.save(), unsafe=True))) == 1


def test_a_label_conflict_waits_for_a_person_though_unsafe(audited, tmp_path):
    copies(audited, "Cat/0.jpg", "Dog/0.jpg")
    for path, other in (("Cat/0.jpg", "Dog/0.jpg"), ("Dog/0.jpg", "Cat/0.jpg")):
        audited.find(path, "label-conflict", REVIEW, (other,)).find(path, "blurry", REVIEW)
    audited.find("Cat/1.jpg", "blurry", REVIEW).save()
    plan = plan_cleaning(audited, unsafe=True)
    assert moved(plan) == {"Cat/1.jpg"}
    text = "only you know which label is right: decide in the review or in the report"
    assert why(plan) == {"Cat/0.jpg": text, "Dog/0.jpg": text}
    assert why(plan_cleaning(audited))["Cat/0.jpg"] == text  # not "or use --unsafe"
    decided = audited.decide(tmp_path, [audited.entry("Dog/0.jpg")])
    assert moved(plan_cleaning(audited, decided, unsafe=True)) == {"Dog/0.jpg", "Cat/1.jpg"}


def test_a_copy_in_a_label_conflict_leaves_for_the_one_of_its_own_class(audited):
    copies(audited, "Dog/0.jpg", "Dog/1.jpg", "Cat/0.jpg")
    for path in ("Cat/0.jpg", "Dog/0.jpg", "Dog/1.jpg"):
        others = [p for p in ("Cat/0.jpg", "Dog/0.jpg", "Dog/1.jpg") if p[:3] != path[:3]]
        audited.find(path, "label-conflict", REVIEW, tuple(others))
    audited.find("Dog/1.jpg", "exact-duplicate", related=("Dog/0.jpg",)).save()
    plan = plan_cleaning(audited)
    assert [m.path for m in plan.moves["exact-duplicate"]] == ["Dog/1.jpg"]
    assert plan.moves["exact-duplicate"][0].keeper == "Dog/0.jpg"


def test_identical_files_that_are_useless_all_leave(audited):
    copies(audited, "Cat/0.jpg", "Cat/1.jpg")
    audited.find("Cat/0.jpg", "zero-length").find("Cat/1.jpg", "zero-length")
    audited.find("Cat/1.jpg", "exact-duplicate", related=("Cat/0.jpg",))
    assert moved(plan_cleaning(audited.save())) == {"Cat/0.jpg", "Cat/1.jpg"}


def test_the_kept_copy_has_most_pixels_then_most_bytes_then_the_first_name(audited):
    audited.save(groups={"Cat/0.jpg": "g", "Cat/1.jpg": "g", "Cat/2.jpg": "g"})
    paths = ("Cat/0.jpg", "Cat/1.jpg", "Cat/2.jpg")
    for path in paths:
        others = tuple(other for other in paths if other != path)
        audited.find(path, "near-duplicate", REVIEW, others)
    table = audited.manifest.table
    table.loc[table["path"] == "Cat/2.jpg", "width_px"] = 400
    assert moved(plan_cleaning(audited, unsafe=True)) == {"Cat/0.jpg", "Cat/1.jpg"}
    table["width_px"] = 4
    table.loc[table["path"] == "Cat/1.jpg", "size_bytes"] = 99_999
    assert moved(plan_cleaning(audited, unsafe=True)) == {"Cat/0.jpg", "Cat/2.jpg"}
    table["size_bytes"] = 9
    assert moved(plan_cleaning(audited, unsafe=True)) == {"Cat/1.jpg", "Cat/2.jpg"}


def test_junk_is_moved_by_its_name_though_no_sample(audited):
    (audited.root / "Cat" / "Thumbs.db").write_bytes(b"junk")
    audited.find("Cat/Thumbs.db", "system-junk").save()
    plan = plan_cleaning(audited)
    assert moved(plan) == {"Cat/Thumbs.db"}
    plan.apply()
    assert not (audited.root / "Cat" / "Thumbs.db").exists()


def test_a_file_without_a_digest_stays(audited):
    audited.find("Cat/0.jpg", "undecodable").save()
    audited.manifest.table.loc[0, "sha256"] = None
    plan = plan_cleaning(audited)
    assert moved(plan) == set()
    assert "digest" in why(plan)["Cat/0.jpg"]


def test_a_folder_that_was_never_audited_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="never audited"):
        plan_cleaning(tmp_path)


@pytest.mark.parametrize("path", ["../x.jpg", "/etc/passwd", "Cat/../../x", "Cat//x"])
def test_a_finding_with_a_hostile_path_is_refused_by_its_row(audited, path):
    audited.find("Cat/0.jpg", "zero-length").find(path, "zero-length").save()
    with pytest.raises(ManifestError, match="row 2"):
        plan_cleaning(audited.root)


def test_a_copy_in_the_quarantine_does_not_count_as_one_that_stays(audited, tmp_path):
    copies(audited, "Cat/0.jpg", "Cat/1.jpg")
    audited.find("Cat/1.jpg", "exact-duplicate", related=("Cat/0.jpg",)).save()
    plan_cleaning(audited.root).apply()
    plan = plan_cleaning(audited.root, audited.decide(tmp_path, [audited.entry("Cat/0.jpg")]))
    assert moved(plan) == set()
    assert "last copy" in why(plan)["Cat/0.jpg"]
    assert "set aside already" in why(plan)["Cat/1.jpg"]


def chain(audited, *paths):
    """Say that each is a near-duplicate of its neighbours; the middle ones leave for the first."""
    for one, other in itertools.pairwise(paths):
        audited.find(other, "near-duplicate", REVIEW, (one,))
    return audited.save(groups=dict.fromkeys(paths, "g"))


def test_each_that_leaves_a_chain_has_a_proved_pair_with_one_that_stays(audited):
    chain(audited, "Cat/0.jpg", "Cat/1.jpg", "Cat/2.jpg", "Cat/3.jpg")
    plan = plan_cleaning(audited, unsafe=True)
    proved = {("Cat/1.jpg", "Cat/0.jpg"), ("Cat/2.jpg", "Cat/1.jpg"), ("Cat/3.jpg", "Cat/2.jpg")}
    proved |= {(other, one) for one, other in proved}
    moves = [move for moves in plan.moves.values() for move in moves]
    assert moves
    for move in moves:
        assert (move.path, move.keeper) in proved
        assert move.keeper not in moved(plan)


def test_a_copy_stays_when_the_one_that_it_leaves_for_leaves_too(audited, tmp_path):
    chain(audited, "Cat/0.jpg", "Cat/1.jpg", "Cat/2.jpg")
    decisions = audited.decide(tmp_path, [audited.entry("Cat/1.jpg")])
    plan = plan_cleaning(audited, decisions, unsafe=True)
    assert moved(plan) == {"Cat/1.jpg"}  # 2 has a proved pair with 1 alone
    assert "proved copies of it are to move" in why(plan)["Cat/2.jpg"]


def test_what_is_proved_of_one_file_holds_for_those_with_the_same_pixels(audited):
    audited.find("Cat/1.jpg", "same-pixels", related=("Cat/0.jpg",))
    audited.find("Cat/0.jpg", "near-duplicate", REVIEW, ("Cat/2.jpg",))
    plan = plan_cleaning(audited.save(), unsafe=True)
    assert moved(plan) == {"Cat/0.jpg", "Cat/1.jpg"}
    assert {m.keeper for moves in plan.moves.values() for m in moves} == {"Cat/2.jpg"}


def test_keeping_one_copy_sets_the_others_aside(audited):
    copies(audited, "Cat/0.jpg", "Cat/1.jpg", "Cat/2.jpg")
    for path in ("Cat/1.jpg", "Cat/2.jpg"):
        audited.find(path, "exact-duplicate", related=("Cat/0.jpg",))
    plan = plan_cleaning(audited.save(), keep=["Cat/2.jpg"])
    assert moved(plan) == {"Cat/0.jpg", "Cat/1.jpg"}
    assert {m.keeper for moves in plan.moves.values() for m in moves} == {"Cat/2.jpg"}
    assert moved(plan_cleaning(audited, keep=["Cat/1.jpg", "Cat/2.jpg"])) == {"Cat/0.jpg"}


def test_keeping_one_end_of_a_chain_sets_only_its_own_copies_aside(audited):
    chain(audited, "Cat/0.jpg", "Cat/1.jpg", "Cat/2.jpg")
    plan = plan_cleaning(audited, keep=["Cat/2.jpg"])
    assert moved(plan) == {"Cat/1.jpg"}
    assert plan.moves["decision"][0].validators == ("decision", "near-duplicate")


def conflict(audited):
    copies(audited, "Cat/0.jpg", "Dog/0.jpg")
    for path, other in (("Cat/0.jpg", "Dog/0.jpg"), ("Dog/0.jpg", "Cat/0.jpg")):
        audited.find(path, "label-conflict", REVIEW, (other,))
    return audited.save()


def test_keeping_a_picture_chooses_its_label(audited):
    plan = plan_cleaning(conflict(audited), keep=["Cat/0.jpg"])
    (move,) = plan.moves["decision"]
    assert (move.path, move.keeper) == ("Dog/0.jpg", "Cat/0.jpg")
    assert moved(plan_cleaning(audited, keep=["Cat/0.jpg", "Dog/0.jpg"])) == set()


def test_a_preferred_folder_chooses_the_label_if_unsafe(audited):
    assert moved(plan_cleaning(conflict(audited), prefer="Dog/")) == set()
    assert moved(plan_cleaning(audited, unsafe=True)) == set()
    (move,) = plan_cleaning(audited, unsafe=True, prefer="Dog/").moves["label-conflict"]
    assert (move.path, move.keeper) == ("Cat/0.jpg", "Dog/0.jpg")
    assert moved(plan_cleaning(audited, unsafe=True, prefer="*.jpg")) == set()


def test_of_copies_the_preferred_one_stays_and_usability_counts_more(audited):
    chain(audited, "Cat/0.jpg", "Dog/0.jpg")
    assert moved(plan_cleaning(audited, unsafe=True)) == {"Dog/0.jpg"}
    plan = plan_cleaning(audited, unsafe=True, prefer="Dog/")
    assert moved(plan) == {"Cat/0.jpg"}
    assert plan.moves["near-duplicate"][0].keeper == "Dog/0.jpg"
    assert moved(plan_cleaning(audited, unsafe=True, prefer=["Cat/", "Dog/"])) == {"Dog/0.jpg"}
    audited.find("Dog/0.jpg", "unsupported-by-tensorflow", REVIEW).save()
    plan = plan_cleaning(audited, unsafe=True, prefer="Dog/", select=["near-duplicate"])
    assert moved(plan) == {"Dog/0.jpg"}


def test_a_preference_that_is_no_pattern_is_refused(audited):
    with pytest.raises(ConfigError, match="prefer must list"):
        plan_cleaning(audited.save(), prefer=[3])
