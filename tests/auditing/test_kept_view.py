import json
import os
import subprocess
import sys
from dataclasses import asdict, replace

import pytest

from catsclean.auditing import kept_view
from catsclean.auditing.kept_view import change_kept, read_kept, renew_kept
from catsclean.auditing.saved_decisions import Kept
from catsclean.cleaning.decision_journal import DecisionJournal, ReviewAnswer
from catsclean.core.state import StateFolder
from catsclean.errors import StateError

CAT = Kept("Cat/0.jpg", "a" * 64, "20260101-000000")
DOG = Kept("Dog/0.jpg", "b" * 64, "20260102-000000", "Fox", ("Dog",))
LEFT = Kept("Dog/1.jpg", "c" * 64, "", left_out=True)


@pytest.fixture
def state(tmp_path):
    (tmp_path / "PetImages").mkdir()
    state = StateFolder.of(tmp_path / "PetImages")
    state.create()
    return state


@pytest.fixture
def record(state):
    """Record decisions in addition to those that stand."""

    def call(*kept):
        change_kept(state, lambda before: {**before, **{one.path: one for one in kept}}, "recorded")

    return call


def standing(state):
    return sorted(read_kept(state).values(), key=lambda one: one.path)


def entries(state):
    return [json.loads(line) for line in state.decision_journal.read_text().splitlines()]


def write_as_before(state, *kept):
    """Write ``kept.json`` as a catsclean without a journal does."""
    document = {"schema_version": 2, "kind": kept_view.KIND, "kept": [asdict(one) for one in kept]}
    state.kept.write_text(json.dumps(document, indent=1))


def read_as_before(state):
    """Read ``kept.json`` as a catsclean without a journal does."""
    document = json.loads(state.kept.read_text())
    assert (document["kind"], document["schema_version"]) == (kept_view.KIND, 2)
    return [kept_view._kept(item) for item in document["kept"]]


def test_a_decision_stands_in_the_journal_and_in_the_view(state, record):
    record(CAT, DOG, LEFT)
    assert standing(state) == [CAT, DOG, LEFT]
    assert read_as_before(state) == [CAT, DOG, LEFT]
    (entry,) = entries(state)
    assert entry["recorded"][1] == {"before": None, "after": {**asdict(DOG), "given": ["Dog"]}}


def test_an_entry_has_what_stood_before(state, record):
    record(CAT)
    record(replace(CAT, label="Fox"))
    assert entries(state)[-1]["recorded"][0]["before"] == {**asdict(CAT), "given": []}


def test_taking_a_decision_back_is_an_entry(state, record):
    record(CAT, LEFT)
    change_kept(state, lambda _: {LEFT.path: LEFT}, "undo-20260101-000000")
    assert standing(state) == [LEFT]
    assert entries(state)[-1]["entry"].startswith("undo-20260101-000000-")
    assert entries(state)[-1]["recorded"][0]["after"] is None


def test_what_stands_already_makes_no_entry(state, record):
    record(CAT)
    record(CAT)
    assert len(entries(state)) == 1


@pytest.mark.parametrize(
    "harm", [lambda p: p.unlink(), lambda p: p.write_bytes(p.read_bytes()[:50])]
)
def test_a_view_that_is_missing_or_torn_is_made_again(state, record, harm):
    record(CAT)
    record(LEFT)
    harm(state.kept)
    assert standing(state) == [CAT, LEFT]
    renew_kept(state)
    assert read_as_before(state) == [CAT, LEFT]


def test_a_view_that_is_older_than_the_journal_is_brought_up_to_date(state, record):
    record(CAT)
    older = state.kept.read_bytes()
    record(LEFT)
    change_kept(state, lambda _: {LEFT.path: LEFT}, "undo-20260101-000000")
    state.kept.write_bytes(older)
    assert standing(state) == [LEFT]
    record(LEFT)  # changes nothing, but finds the older view
    assert read_as_before(state) == [LEFT]


def test_the_decisions_of_a_catsclean_without_a_journal_count(state):
    write_as_before(state, CAT, LEFT)
    assert standing(state) == [CAT, LEFT]


def test_they_are_entered_before_the_next_change(state, record):
    write_as_before(state, CAT)
    record(LEFT)
    state.kept.unlink()
    assert standing(state) == [CAT, LEFT]


def test_what_an_older_catsclean_changed_since_counts(state, record):
    record(CAT, LEFT)
    write_as_before(state, LEFT, DOG)
    assert standing(state) == [DOG, LEFT]
    record(replace(LEFT, left_out=False))
    state.kept.unlink()
    assert standing(state) == [DOG, replace(LEFT, left_out=False)]


def test_what_an_older_catsclean_took_back_stays_taken_back(state, record):
    record(CAT)
    write_as_before(state)
    assert standing(state) == []
    record(LEFT)
    state.kept.unlink()
    assert standing(state) == [LEFT]


def test_decisions_outlast_the_removal_of_the_journal(state, record):
    record(CAT)
    state.decision_journal.unlink()
    DecisionJournal(state).save("entry-01", [ReviewAnswer("blurry:1", different=True)])
    record(LEFT)
    state.kept.unlink()
    assert standing(state) == [CAT, LEFT]


def test_answers_and_records_share_the_journal(state, record):
    journal = DecisionJournal(state)
    journal.save("entry-01", [ReviewAnswer("blurry:1", different=True)])
    record(CAT)
    journal.save("entry-02", [ReviewAnswer("blurry:2", different=True)])
    record(LEFT)
    assert list(journal.read()) == list(DecisionJournal(state).read()) == ["blurry:1", "blurry:2"]
    assert standing(state) == [CAT, LEFT]


def test_a_record_is_written_behind_the_line_that_a_killed_process_tore(state, record):
    record(CAT)
    with state.decision_journal.open("ab") as stream:
        stream.write(b'{"entry":"recorded-2","answers":[],"recorded":[')
    assert standing(state) == [CAT]
    record(LEFT)
    assert standing(state) == [CAT, LEFT]
    assert len(entries(state)) == 2


@pytest.mark.parametrize(
    "recorded",
    ["3", "[3]", '[{"before":null,"after":null}]', '[{"before":null,"after":{"path":"../x"}}]'],
)
def test_a_damaged_record_is_named_by_its_line(state, record, recorded):
    record(CAT)
    with state.decision_journal.open("a") as stream:
        stream.write(f'{{"entry":"recorded-2","answers":[],"recorded":{recorded}}}\n')
    for read in (lambda: read_kept(state), lambda: DecisionJournal(state).read()):
        with pytest.raises(StateError, match=r"line 2 of .*decisions\.jsonl.* is damaged"):
            read()


def test_a_view_that_cannot_be_trusted_is_named_with_what_replaces_it(state, record):
    record(CAT)
    state.kept.write_text(state.kept.read_text().replace("Cat/0.jpg", "../x"))
    with pytest.raises(StateError, match=r"Remove the file to have it made again from decisions"):
        read_kept(state)


def test_a_view_of_a_newer_catsclean_is_not_replaced(state, record):
    record(CAT)
    newer = state.kept.read_text().replace('"schema_version": 1', '"schema_version": 9')
    state.kept.write_text(newer)
    with pytest.raises(StateError, match="unknown kind or version"):
        record(LEFT)
    assert state.kept.read_text() == newer


KILLED = """
import os, sys
from catsclean.auditing import kept_view
from catsclean.auditing.saved_decisions import Kept
from catsclean.core.state import StateFolder
state, at, left = StateFolder.of(sys.argv[1]), sys.argv[2], int(sys.argv[3])
append, replacing = kept_view.LineLog.append, kept_view.replacing
def append_and_die(*given):
    append(*given)
    os.kill(os.getpid(), 9)
def replace_or_die(path):
    global left
    if not left:
        os.kill(os.getpid(), 9)
    left -= 1
    return replacing(path)
if at == "view":
    kept_view.replacing = replace_or_die
else:
    kept_view.LineLog.append = append_and_die
new = Kept("Dog/1.jpg", "c" * 64, "", left_out=True)
kept_view.change_kept(state, lambda kept: {**kept, new.path: new}, "recorded")
"""


def change_and_die(state, at, left=0):
    command = [sys.executable, "-c", KILLED, str(state.root), at, str(left)]
    assert subprocess.run(command, check=False).returncode == -9


@pytest.mark.parametrize("at", ["journal", "view"])
def test_a_process_that_dies_between_journal_and_view_has_decided(state, record, at):
    record(CAT)
    change_and_die(state, at)
    assert standing(state) == [CAT, LEFT]
    record(DOG)
    assert read_as_before(state) == [CAT, DOG, LEFT]


@pytest.mark.parametrize(("at", "left"), [("journal", 0), ("view", 0), ("view", 1)])
def test_one_that_dies_while_it_enters_older_decisions_loses_none(state, record, at, left):
    write_as_before(state, CAT)
    change_and_die(state, at, left)
    assert standing(state) == ([CAT, LEFT] if left else [CAT])
    record(LEFT)
    state.kept.unlink()
    assert standing(state) == [CAT, LEFT]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="limits the size of files by the system")
def test_where_there_is_no_room_nothing_is_recorded_and_the_next_try_works(state, record):
    record(CAT)
    before = state.decision_journal.read_bytes()
    limit = len(before) + 20
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "sys.argv[2:] = ['view', '1']\n"
        "try:\n    exec(sys.stdin.read())\nexcept OSError as error:\n    sys.exit(error.strerror)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(state.root)],
        input=KILLED, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "File too large" in done.stderr
    assert state.decision_journal.read_bytes() == before
    assert standing(state) == [CAT]
    record(LEFT)
    assert standing(state) == [CAT, LEFT]
