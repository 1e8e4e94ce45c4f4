"""Decisions to keep hold from audit to audit, and bring back what is in the quarantine."""

import json
import shutil

import pictures
import pytest

from catsclean.auditing.audit import audit
from catsclean.auditing.kept_view import read_kept
from catsclean.auditing.save import load_audit
from catsclean.cleaning import cleaning_log, plan_cleaning, recover, undo
from catsclean.cleaning.decisions import KIND
from catsclean.core.manifest import Manifest
from catsclean.core.state import StateFolder
from catsclean.errors import StateError, UsageError
from catsclean.reports.html import render_html
from catsclean.reports.plan_lines import logged_files
from catsclean.reports.questions.left_to_do import left_to_do

COPY, FIRST = "Dog/copy.jpg", "Dog/0.jpg"


@pytest.fixture
def pets(tmp_path):
    """An audited set with a copy byte for byte, which a clean takes."""
    root = pictures.make_dataset(tmp_path / "Pets", {"Cat": 3, "Dog": 3})
    shutil.copy(root / FIRST, root / COPY)
    audit(root, workers=1)
    return root


@pytest.fixture
def decide(pets, tmp_path):
    """Give what writes a decisions file."""
    digest = status_of(pets, COPY, "sha256")

    def write(action, path=COPY):
        entry = {"path": path, "action": action, "sha256": digest}
        document = {"schema_version": 1, "kind": KIND, "root": "Pets", "decisions": [entry]}
        (tmp_path / "decisions.json").write_text(json.dumps(document))
        return tmp_path / "decisions.json"

    return write


def state_of(root):
    return root.with_name("Pets.catsclean")


def status_of(root, path, column="status"):
    table = Manifest.load(state_of(root) / "manifest.parquet", root).table
    return dict(zip(table["path"], table[column], strict=True)).get(path)


def moves(plan):
    return [move.path for found in plan.moves.values() for move in found]


def test_a_decision_to_keep_outlasts_the_next_audit(pets, decide):
    run = plan_cleaning(pets, decide("keep")).apply().run
    assert status_of(pets, COPY) == "keep"
    audit(pets, workers=1)
    assert status_of(pets, COPY) == "keep"
    plan = plan_cleaning(pets)
    assert moves(plan) == []
    assert [(k.path, k.why) for k in plan.kept_back] == [(COPY, f"decided: keep, in run {run}")]
    assert plan.apply().run is None


def test_a_keep_in_a_file_says_nothing_of_copies_and_a_keep_by_name_does(pets, decide):
    # the report writes an entry for each copy that is to leave, and keeps one alone from a card
    assert moves(plan_cleaning(pets, decide("keep"))) == []
    assert moves(plan_cleaning(pets, keep=COPY)) == [FIRST]


def test_it_is_about_the_bytes_that_were_there(pets, decide):
    plan_cleaning(pets, decide("keep")).apply()
    shutil.copy(pets / "Dog/1.jpg", pets / COPY)
    audit(pets, workers=1)
    assert status_of(pets, COPY) == "drop"
    assert moves(plan_cleaning(pets)) == [COPY]


def test_deciding_it_again_makes_no_run(pets, decide):
    plan = plan_cleaning(pets, decide("keep"))
    first = plan.apply()
    assert plan.apply().run is None
    audit(pets, workers=1)
    assert plan_cleaning(pets, decide("keep")).apply().run is None
    assert [(run.run, run.kept) for run in cleaning_log(pets)] == [(first.run, 1)]


def test_undo_takes_it_back(pets, decide):
    run = plan_cleaning(pets, decide("keep")).apply().run
    audit(pets, workers=1)
    done = undo(pets)
    assert (done.run, done.restored, done.revoked) == (run, (), (COPY,))
    audit(pets, workers=1)
    assert moves(plan_cleaning(pets)) == [COPY]
    with pytest.raises(UsageError, match="nothing to undo"):
        undo(pets)


def test_a_later_decision_wins(pets, decide):
    plan_cleaning(pets, decide("keep")).apply()
    assert plan_cleaning(pets, decide("quarantine")).apply().moved == (COPY,)


def test_a_record_that_is_damaged_is_named(pets, decide):
    plan_cleaning(pets, decide("keep")).apply()
    (state_of(pets) / "decisions.jsonl").unlink()  # as an older catsclean leaves it
    (state_of(pets) / "kept.json").write_text("{")
    for command in (lambda: audit(pets, workers=1), lambda: plan_cleaning(pets)):
        with pytest.raises(StateError, match=r"kept\.json.*Remove the file to forget them"):
            command()


@pytest.mark.parametrize("harm", [{"path": "../x"}, {"sha256": 3}, {"run": None}])
def test_an_entry_that_cannot_be_trusted_is_refused(pets, decide, harm):
    plan_cleaning(pets, decide("keep")).apply()
    path = state_of(pets) / "kept.json"
    document = json.loads(path.read_text())
    document["kept"][0] |= harm
    path.write_text(json.dumps(document))
    with pytest.raises(StateError, match=r"kept\.json"):
        plan_cleaning(pets)


@pytest.mark.parametrize("between", [lambda _: None, lambda root: audit(root, workers=1)])
def test_a_file_in_the_quarantine_that_is_to_be_kept_comes_back(pets, decide, between):
    data = (pets / COPY).read_bytes()
    first = plan_cleaning(pets).apply()
    between(pets)
    plan = plan_cleaning(pets, decide("keep"))
    assert (plan.returns, plan.kept_back, plan.refused) == ({COPY: first.run}, (), ())
    done = plan.apply()
    assert (done.returned, done.moved, done.kept) == ((COPY,), (), (COPY,))
    assert (pets / COPY).read_bytes() == data
    assert status_of(pets, COPY) in {"keep", None}
    audit(pets, workers=1)
    assert status_of(pets, COPY) == "keep"
    assert moves(plan_cleaning(pets)) == []
    assert [(run.state, run.outcomes, run.kept) for run in cleaning_log(pets)] == [
        ("undone", {"restored": 1}, 0),
        ("done", {}, 1),
    ]
    assert plan.apply() == type(done)(None, (), ())


def test_the_rest_of_that_run_stays_where_it_is_and_can_be_undone(pets, decide):
    shutil.copy(pets / "Cat/0.jpg", pets / "Cat/more.jpg")
    audit(pets, workers=1)
    first = plan_cleaning(pets).apply()
    assert first.moved == ("Cat/more.jpg", COPY)
    plan_cleaning(pets, decide("keep")).apply()
    assert [run.state for run in cleaning_log(pets)] == ["done", "done"]
    assert undo(pets, first.run).restored == ("Cat/more.jpg",)  # the other one was back
    assert (pets / "Cat/more.jpg").is_file()


def test_what_stands_in_its_place_stays_and_the_decision_is_refused(pets, decide):
    plan_cleaning(pets).apply()
    shutil.copy(pets / "Dog/1.jpg", pets / COPY)
    audit(pets, workers=1)
    plan = plan_cleaning(pets, decide("keep"))
    assert "another file is in its place" in dict(plan.refused)[COPY]
    assert plan.apply().returned == ()


def test_decisions_that_were_carried_out_long_ago_are_no_refusals(pets, decide):
    first = plan_cleaning(pets, decide("quarantine")).apply()
    audit(pets, workers=1)
    plan = plan_cleaning(pets, decide("quarantine"))
    assert plan.refused == ()
    assert [k.why for k in plan.kept_back] == [f"set aside already, by run {first.run}"]


def test_both_copies_change_places_by_decision(pets, decide, tmp_path):
    plan_cleaning(pets).apply()
    document = json.loads(decide("keep").read_text())
    document["decisions"].append(
        {**document["decisions"][0], "path": FIRST, "action": "quarantine"}
    )
    (tmp_path / "decisions.json").write_text(json.dumps(document))
    done = plan_cleaning(pets, tmp_path / "decisions.json").apply()
    assert (done.returned, done.moved, done.refused) == ((COPY,), (FIRST,), ())
    assert recover(pets) is None


def test_the_report_says_so_and_proposes_nothing_against_it(pets, decide):
    plan_cleaning(pets, decide("keep")).apply()
    page = render_html(audit(pets, workers=1))
    assert page.count("you decided to keep it") >= 1
    assert '" checked> Keep this one' not in page


def test_the_report_shows_what_a_person_wrote_about_it_as_text(pets, decide):
    given = decide("keep")
    document = json.loads(given.read_text())
    document["decisions"][0]["reason"] = "<b>she</b> & her \x1b[31mtwin"
    given.write_text(json.dumps(document))
    plan_cleaning(pets, given).apply()
    page = render_html(audit(pets, workers=1))
    assert "you decided to keep it: &lt;b&gt;she&lt;/b&gt; &amp; her \\x1b[31mtwin</span>" in page
    assert "<b>she</b>" not in page


@pytest.mark.parametrize("reason", ["review", "exact-duplicate", ""])
def test_the_report_repeats_no_reason_that_nobody_wrote(pets, decide, reason):
    given = decide("keep")
    document = json.loads(given.read_text())
    document["decisions"][0]["reason"] = reason
    given.write_text(json.dumps(document))
    plan_cleaning(pets, given).apply()
    assert "you decided to keep it</span>" in render_html(audit(pets, workers=1))


def test_what_tensorflow_refuses_stays_out_of_training_though_it_is_kept(pets):
    pictures.draw(99).save(pets / "Cat/9.tif")
    result = audit(pets, workers=1)
    assert plan_cleaning(result, keep="Cat/9.tif").apply().kept == ("Cat/9.tif",)
    assert status_of(pets, "Cat/9.tif") == "drop"
    audit(pets, workers=1)
    assert status_of(pets, "Cat/9.tif") == "drop"
    # whoever ignores that trains with something else
    audit(pets, workers=1, ignore="unsupported-by-tensorflow")
    assert status_of(pets, "Cat/9.tif") == "keep"


def test_what_was_decided_stands_in_the_findings_and_no_longer_counts(pets, decide):
    before = audit(pets, workers=1)
    plan_cleaning(pets, decide("keep")).apply()
    for result in (audit(pets, workers=1), load_audit(pets)):
        assert result.findings == before.findings
        assert result.kept == {COPY}
        assert [f.path for f in before.undecided if f not in result.undecided] == [COPY]
        assert not left_to_do(result).leaving | left_to_do(result).waiting
    undo(pets)
    assert load_audit(pets).undecided == before.undecided


def test_what_a_person_wrote_about_a_decision_is_kept_and_listed(pets, tmp_path):
    words = {"quarantine": "white picture", "keep": "my favourite", "relabel": "it barks"}
    paths = dict(zip(words, ["Cat/0.jpg", "Cat/1.jpg", "Cat/2.jpg"], strict=True))
    entries = [
        {"path": path, "action": action, "sha256": status_of(pets, path, "sha256"),
         "label": "Dog", "reason": words[action]}
        for action, path in paths.items()
    ]  # fmt: skip
    document = {"schema_version": 2, "kind": KIND, "root": "Pets", "decisions": entries}
    (tmp_path / "decisions.json").write_text(json.dumps(document))
    plan = plan_cleaning(pets, tmp_path / "decisions.json", select=[])
    assert "white picture" in plan.to_pandas().set_index("path").loc["Cat/0.jpg", "why"]
    plan.apply()
    (run,) = cleaning_log(pets)
    listed = {path: why for path, _, why in logged_files(run)}
    assert listed == {
        "Cat/0.jpg": "decision: white picture",
        "Cat/1.jpg": "decision: my favourite",
        "Cat/2.jpg": "decision: it barks; now Dog/2-2.jpg",
    }
    assert run.reasons == {"Cat/1.jpg": "my favourite", "Dog/2-2.jpg": "it barks"}
    kept = read_kept(StateFolder.of(pets))
    assert {path: one.reason for path, one in kept.items()} == run.reasons
    undo(pets, plan_cleaning(pets, keep=["Cat/1.jpg"], quarantine=["Dog/2-2.jpg"]).apply().run)
    assert {
        path: one.reason for path, one in read_kept(StateFolder.of(pets)).items()
    } == run.reasons


def test_decisions_of_a_version_that_knew_no_reasons_are_read(pets):
    plan_cleaning(pets, keep=[FIRST], select=[]).apply()
    for file in (state_of(pets) / "kept.json", *state_of(pets).glob("quarantine/*/journal.json")):
        document = json.loads(file.read_text())
        for one in document["kept"]:
            assert one.pop("reason") == ""
            one.pop("reason_before", None)
        file.write_text(json.dumps(document))
    assert read_kept(StateFolder.of(pets))[FIRST].reason == ""
    assert cleaning_log(pets)[0].kept_paths == (FIRST,)
