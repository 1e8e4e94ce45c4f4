"""Decisions about pictures in containers: recorded, applied by every audit, never moving a file."""

import errno
import json

import disk_calls
import pytest
from packed import files_of, make_tar, make_zip
from pictures import jpeg, make_dataset

import catsclean
from catsclean.cleaning import decide_in_place
from catsclean.cleaning.decision_journal import DecisionJournal, ReviewAnswer
from catsclean.cleaning.decisions import Action, Decision
from catsclean.errors import StateError, UsageError


@pytest.fixture
def packed(tmp_path):
    root = make_dataset(tmp_path / "PetImages", {"Cat": 5, "Dog": 5})
    (root / "Dog/conflict.jpg").write_bytes((root / "Cat/2.jpg").read_bytes())
    (root / "Cat/empty.jpg").touch()
    made = make_zip(tmp_path / "all.zip", files_of(root))
    catsclean.audit(made, content=False)
    return made


def row(packed, path):
    table = catsclean.load_audit(packed).manifest.table
    return table[table["path"] == path].iloc[0]


def test_a_picture_that_is_left_out_is_in_no_split(packed):
    before = packed.read_bytes()
    done = catsclean.record_decisions(packed, quarantine=["Dog/conflict.jpg"])
    assert done.left_out == ("Dog/conflict.jpg",)
    split = catsclean.split(packed, {"train": 0.5, "val": 0.5})
    used = split.manifest.table.dropna(subset=["split"])["path"].tolist()
    assert "Dog/conflict.jpg" not in used
    assert packed.read_bytes() == before


def test_a_decision_holds_in_the_next_audit(packed):
    catsclean.record_decisions(packed, keep=["Cat/2.jpg"], quarantine=["Dog/conflict.jpg"])
    again = catsclean.audit(packed, content=False)
    assert row(packed, "Dog/conflict.jpg")["status"] == "drop"
    assert row(packed, "Dog/conflict.jpg")["reason"] == "decision"
    assert row(packed, "Cat/2.jpg")["status"] == "keep"
    assert not [f for f in again.undecided if f.validator == "label-conflict"]


def test_a_decision_does_not_hold_for_other_bytes(packed, tmp_path):
    catsclean.record_decisions(packed, quarantine=["Dog/0.jpg"])
    files = files_of(tmp_path / "PetImages")
    make_zip(packed, {**files, "Dog/0.jpg": jpeg(70)})
    catsclean.audit(packed, content=False)
    assert row(packed, "Dog/0.jpg")["status"] == "keep"


def test_a_later_decision_replaces_an_earlier_one(packed):
    catsclean.record_decisions(packed, quarantine=["Dog/0.jpg"])
    catsclean.record_decisions(packed, keep=["Dog/0.jpg"])
    assert row(packed, "Dog/0.jpg")["status"] == "keep"
    catsclean.audit(packed, content=False)
    assert row(packed, "Dog/0.jpg")["status"] == "keep"


def test_a_new_label_holds_in_the_next_audit(packed):
    catsclean.record_decisions(packed, relabel={"Dog/0.jpg": "Cat", "Dog/1.jpg": "Fox"})
    assert row(packed, "Dog/0.jpg")["label"] == "Cat"
    again = catsclean.audit(packed, content=False)
    assert row(packed, "Dog/0.jpg")["label"] == "Cat"
    assert again.dataset.labels == ["Cat", "Dog", "Fox"]


def test_a_file_that_cannot_be_used_is_not_kept(packed):
    done = catsclean.record_decisions(packed, keep=["Cat/empty.jpg"])
    assert [path for path, _ in done.refused] == ["Cat/empty.jpg"]
    assert row(packed, "Cat/empty.jpg")["status"] == "drop"


def test_a_dry_run_changes_nothing(packed):
    before = files_of(packed.with_name("all.zip.catsclean"))
    done = catsclean.record_decisions(packed, quarantine=["Dog/0.jpg"], dry_run=True)
    assert done.left_out == ("Dog/0.jpg",)
    assert files_of(packed.with_name("all.zip.catsclean")) == before


def test_the_decisions_of_the_report_are_recorded(packed, tmp_path):
    sha256 = row(packed, "Dog/0.jpg")["sha256"]
    entries = [
        {"path": "Dog/0.jpg", "action": "quarantine", "sha256": sha256},
        {"path": "Dog/1.jpg", "action": "quarantine", "sha256": "0" * 64},
    ]
    file = tmp_path / "decisions.json"
    head = {"kind": "catsclean-decisions", "schema_version": 2, "root": "all.zip"}
    file.write_text(json.dumps({**head, "decisions": entries}))
    done = catsclean.record_decisions(packed, file)
    assert done.left_out == ("Dog/0.jpg",)
    assert len(done.refused) == 1


def test_an_older_catsclean_refuses_what_it_would_take_for_keeping(packed):
    catsclean.record_decisions(packed, quarantine=["Dog/0.jpg"])
    document = json.loads((packed.with_name("all.zip.catsclean") / "kept.json").read_text())
    assert document["schema_version"] == 2
    catsclean.record_decisions(packed, keep=["Dog/0.jpg"])
    document = json.loads((packed.with_name("all.zip.catsclean") / "kept.json").read_text())
    assert document["schema_version"] == 1


def test_a_damaged_decision_is_refused(packed):
    catsclean.record_decisions(packed, quarantine=["Dog/0.jpg"])
    kept = packed.with_name("all.zip.catsclean") / "kept.json"
    kept.write_text(kept.read_text().replace("true", "1"))
    with pytest.raises(StateError, match="left_out"):
        catsclean.audit(packed, content=False)


def test_decisions_about_folders_move_files_and_are_not_recorded_alone(tmp_path):
    root = make_dataset(tmp_path / "PetImages")
    catsclean.audit(root, content=False)
    with pytest.raises(UsageError, match="Use plan_cleaning"):
        catsclean.record_decisions(root, keep=["Cat/0.jpg"])


def test_shards_in_a_folder_are_decided_in_the_same_way(tmp_path):
    make_tar(tmp_path / "shards/a.tar", {"Cat/1.jpg": jpeg(1), "Dog/1.jpg": jpeg(2)})
    catsclean.audit(tmp_path / "shards", content=False)
    done = catsclean.record_decisions(tmp_path / "shards", quarantine=["a.tar/Cat/1.jpg"])
    assert done.left_out == ("a.tar/Cat/1.jpg",)


def test_what_a_review_decides_meanwhile_is_not_recorded_over(packed, monkeypatch):
    state = catsclean.load_audit(packed).state
    decision = Decision("Dog/0.jpg", Action.KEEP, row(packed, "Dog/0.jpg")["sha256"], "review")
    record = decide_in_place.change_kept

    def record_late(*given):
        DecisionJournal(state).save("entry-01", [ReviewAnswer("blurry:1", (decision,))])
        record(*given)

    monkeypatch.setattr(decide_in_place, "change_kept", record_late)
    with pytest.raises(StateError, match=r"decided about Dog/0\.jpg after this was planned"):
        catsclean.record_decisions(packed, quarantine=["Dog/0.jpg"])
    assert row(packed, "Dog/0.jpg")["status"] == "keep"


def test_what_was_left_to_fix_in_a_container_is_refused(packed):
    decision = Decision("Dog/0.jpg", Action.FIX, row(packed, "Dog/0.jpg")["sha256"], "review")
    state = catsclean.load_audit(packed).state
    DecisionJournal(state).save("entry-01", [ReviewAnswer("blurry:1", (decision,))])
    done = catsclean.record_decisions(packed, quarantine=["Dog/1.jpg"])
    assert done.left_out == ("Dog/1.jpg",)
    assert done.refused == (("Dog/0.jpg", "pictures in archives and buckets are not repaired"),)


def test_where_there_is_no_room_a_decision_is_not_recorded_and_it_says_so(packed):
    full = {"fsync": lambda _: errno.ENOSPC}
    with disk_calls.counted(failing=full), pytest.raises(StateError, match="No space left on"):
        catsclean.record_decisions(packed, quarantine=["Dog/1.jpg"])
    assert catsclean.record_decisions(packed, quarantine=["Dog/1.jpg"]).left_out == ("Dog/1.jpg",)
