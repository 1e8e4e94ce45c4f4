import json
import os
import signal
import subprocess
import sys
import time

import pytest

from catsclean.cleaning.decision_journal import DecisionJournal, ReviewAnswer
from catsclean.cleaning.decisions import Action, Decision
from catsclean.core.state import StateFolder
from catsclean.errors import StateError

DIGEST = "a" * 64


@pytest.fixture
def state(tmp_path):
    (tmp_path / "PetImages").mkdir()
    return StateFolder.of(tmp_path / "PetImages")


def about(question, action=Action.KEEP, path="Cat/0.jpg", label=""):
    return ReviewAnswer(question, (Decision(path, action, DIGEST, "review", label),))


def test_an_answer_is_there_for_the_next_reader(state):
    DecisionJournal(state).save("entry-01", [about("blurry:1", Action.RELABEL, label="Dog")])
    (answer,) = DecisionJournal(state).read().values()
    assert answer == ReviewAnswer(
        "blurry:1", (Decision("Cat/0.jpg", Action.RELABEL, DIGEST, "review", "Dog"),),
        entry="entry-01",
    )  # fmt: skip


def test_pictures_that_are_no_copies_need_no_decision(state):
    DecisionJournal(state).save("entry-01", [ReviewAnswer("copies:1", different=True)])
    assert DecisionJournal(state).read()["copies:1"].different


def test_an_entry_without_decisions_takes_the_answer_back(state):
    journal = DecisionJournal(state)
    journal.save("entry-01", [about("blurry:1")])
    journal.save("entry-02", [ReviewAnswer("blurry:1")])
    assert journal.read() == {}
    assert len(state.decision_journal.read_text().splitlines()) == 2


def test_an_entry_records_the_one_that_stood_before(state):
    journal = DecisionJournal(state)
    journal.save("entry-01", [about("blurry:1")])
    journal.save("entry-02", [about("blurry:1", Action.QUARANTINE)])
    last = json.loads(state.decision_journal.read_text().splitlines()[-1])
    assert last["answers"][0]["before"] == "entry-01"


def test_a_journal_that_was_replaced_by_a_shorter_one_is_read_anew(state):
    journal = DecisionJournal(state)
    journal.save("entry-01", [about("blurry:1")])
    first = state.decision_journal.read_bytes()
    journal.save("entry-02", [about("blurry:2")])
    state.decision_journal.write_bytes(first)
    assert list(journal.read()) == ["blurry:1"]


def test_the_same_entry_is_saved_once(state):
    journal = DecisionJournal(state)
    first = journal.save("entry-01", [about("blurry:1")])
    again = DecisionJournal(state).save("entry-01", [about("blurry:1")])
    assert first == again
    assert len(state.decision_journal.read_text().splitlines()) == 1


def test_an_answer_that_somebody_else_gave_is_not_overwritten_unseen(state):
    DecisionJournal(state).save("entry-01", [about("blurry:1")])
    late = DecisionJournal(state).save(
        "entry-02", [about("blurry:1", Action.QUARANTINE), about("blurry:2")],
        {"blurry:1": "", "blurry:2": ""},
    )  # fmt: skip
    assert not late.taken
    assert late.answers[0].decisions[0].action is Action.KEEP
    assert list(DecisionJournal(state).read()) == ["blurry:1"]


def test_whoever_names_the_entry_that_stands_may_change_it(state):
    journal = DecisionJournal(state)
    journal.save("entry-01", [about("blurry:1")])
    changed = journal.save("entry-02", [ReviewAnswer("blurry:1")], {"blurry:1": "entry-01"})
    assert changed.taken


def test_of_two_decisions_about_a_picture_the_later_counts(state):
    journal = DecisionJournal(state)
    journal.save("entry-01", [about("blurry:1")])
    journal.save("entry-02", [about("copies:1", Action.QUARANTINE)])
    assert journal.decisions()["Cat/0.jpg"].action is Action.QUARANTINE
    journal.save("entry-03", [about("blurry:1")])
    journal = DecisionJournal(state)
    journal.read()
    assert journal.decisions()["Cat/0.jpg"].action is Action.KEEP


@pytest.mark.parametrize("torn", [b"{", b'{"entry":"entry-02","answers":[]}'])
def test_a_torn_last_line_is_ignored_and_cut_off(state, torn):
    journal = DecisionJournal(state)
    journal.save("entry-01", [about("blurry:1")])
    with state.decision_journal.open("ab") as stream:
        stream.write(torn)
    assert list(DecisionJournal(state).read()) == ["blurry:1"]
    DecisionJournal(state).save("entry-03", [about("blurry:2")])
    assert list(DecisionJournal(state).read()) == ["blurry:1", "blurry:2"]


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"entry":"x","answers":[]}',
        b'{"entry":"entry-02","answers":[{"question":1,"decisions":[]}]}',
        b'{"entry":"entry-02","answers":[{"question":"q","decisions":[{"path":"../x",'
        b'"action":"keep","sha256":"' + b"a" * 64 + b'"}]}]}',
        b'{"entry":"entry-02","answers":[{"question":"q","decisions":[{"path":"x",'
        b'"action":"delete","sha256":"' + b"a" * 64 + b'"}]}]}',
    ],
)
def test_a_damaged_line_is_named(state, line):
    journal = DecisionJournal(state)
    journal.save("entry-01", [about("blurry:1")])
    with state.decision_journal.open("ab") as stream:
        stream.write(line + b"\n")
    with pytest.raises(StateError, match=r"line 2 of .* is damaged"):
        DecisionJournal(state).read()


@pytest.mark.parametrize(("entry", "question"), [("", "q"), ("a b c d e f", "q"), ("entry-01", "")])
def test_an_entry_needs_an_id_and_a_question(state, entry, question):
    with pytest.raises(ValueError, match="must have an id"):
        DecisionJournal(state).save(entry, [about(question)])


def test_nothing_is_written_through_a_link(state, tmp_path):
    state.create()
    target = tmp_path / "precious.txt"
    target.write_text("precious")
    state.decision_journal.symlink_to(target)
    with pytest.raises(StateError):
        DecisionJournal(state).save("entry-01", [about("blurry:1")])
    assert target.read_text() == "precious"


def test_after_a_damaged_line_was_mended_the_next_answer_is_saved(state):
    journal = DecisionJournal(state)
    journal.save("entry-01", [about("blurry:1")])
    whole, length = state.decision_journal.read_bytes(), journal.length
    state.decision_journal.write_bytes(whole + b"no entry\n")
    with pytest.raises(StateError):
        journal.save("entry-02", [about("blurry:2")])
    state.decision_journal.write_bytes(whole)
    assert journal.save("entry-02", [about("blurry:2")]).taken
    assert list(journal.read()) == ["blurry:1", "blurry:2"]
    assert journal.changed_since(length) == {"blurry:2"}


WRITER = """
import sys
from catsclean.cleaning.decision_journal import ReviewAnswer, DecisionJournal
from catsclean.cleaning.decisions import Action, Decision
from catsclean.core.state import StateFolder
journal, who = DecisionJournal(StateFolder.of(sys.argv[1])), sys.argv[2]
for number in range(int(sys.argv[3])):
    decision = Decision("Cat/0.jpg", Action.KEEP, "a" * 64, "review")
    saved = journal.save(f"entry-{who}-{number}", [ReviewAnswer(f"q-{who}-{number}", (decision,))])
    assert saved.taken
    print(number, flush=True)
"""


def start_writer(state, who, count=100_000):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(state.root), who, str(count)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_every_acknowledged_entry_survives_a_kill(state):
    acknowledged = []
    for turn in range(5):
        with start_writer(state, str(turn)) as writer:
            said = [writer.stdout.readline() for _ in range(turn * 7 + 1)]
            time.sleep(turn / 1000)
            writer.send_signal(signal.SIGKILL)
            said += writer.stdout.readlines()
        acknowledged += [f"q-{turn}-{line.strip()}" for line in said if line.endswith("\n")]
    standing = list(DecisionJournal(state).read())
    assert set(acknowledged) <= set(standing)
    assert len(standing) <= len(acknowledged) + 5
    lines = state.decision_journal.read_bytes().splitlines()
    ids = [json.loads(line)["entry"] for line in lines]
    assert len(ids) == len(set(ids))


def test_two_processes_write_at_once(state):
    with start_writer(state, "a", 50) as one, start_writer(state, "b", 50) as other:
        assert one.wait() == other.wait() == 0
    assert len(DecisionJournal(state).read()) == 100


@pytest.mark.skipif(not hasattr(os, "fork"), reason="limits the size of files by the system")
def test_where_there_is_no_room_nothing_is_saved_and_the_next_try_works(state):
    DecisionJournal(state).save("entry-01", [about("blurry:1")])
    before = state.decision_journal.read_bytes()
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 20}, {len(before) + 20}))\n"
        "from catsclean.errors import StateError\n"
        "sys.argv[2:] = ['full', '1']\n"
        "try:\n    exec(sys.stdin.read())\nexcept StateError as error:\n    sys.exit(str(error))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(state.root)],
        input=WRITER, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "cannot save the decision" in done.stderr
    assert state.decision_journal.read_bytes() == before
    assert DecisionJournal(state).save("entry-02", [about("blurry:2")]).taken
