"""A journal in which one value is another one: read as recorded, or refused with a sentence.

`journal_table.json` records what is said; ``PYTHONPATH=.:tests python
tests/cleaning/test_journal_table.py`` writes it again: read the difference.
"""

import hashlib
import json
import re
import tempfile
from pathlib import Path

import pytest

from catsclean.cleaning import journal as journal_module
from catsclean.cleaning.journal import (
    Decided,
    EmptiedFolder,
    Entry,
    FolderOutcome,
    Journal,
    Made,
    MadeOutcome,
    MoveOutcome,
    RowChange,
    RunState,
    StatusChange,
    StoredAside,
)
from catsclean.core.safe_folder import Folder
from catsclean.errors import StateError

RECORD = Path(__file__).with_name("journal_table.json")
RUN, DIGEST = "20261122-165859", "a1" * 32
MISSING = object()
VALUES = (
    MISSING, None, True, 0, -1, 0o7777, 2**33, 2**70, 1.5, "", "x", "../x", "/x", "a/b.jpg", [], ["x"],
    {}, {"path": "x"},
)  # fmt: skip


def whole():
    """A journal with something in each of its parts."""
    made = Made("Dog/2.png", DIGEST, 7, "make-loadable", MadeOutcome.CHANGED, "b2" * 32, 8)
    stored = StoredAside("etag", "version", "marker")
    row = {"path": "Cat/1.jpg", "sha256": DIGEST, "label": "Cat"}
    return Journal(
        RUN, "Pets", RunState.DONE, "2026-11-22T16:58:59+00:00",
        entries=[
            Entry(
                "Cat/1.jpg", DIGEST, 5, ["truncated", "decision"], "Cat/2.jpg", "c3" * 32,
                MoveOutcome.REFUSED, "why", "../1.jpg", "Cat/9.jpg", "Dog/1.jpg", made, stored,
            ),
            Entry("Cat/2.jpg", DIGEST, 0, []),
        ],
        statuses=[StatusChange("Cat/1.jpg", DIGEST, ("keep", None), ("drop", "truncated"))],
        kept=[
            Decided("Cat/1.jpg", DIGEST, "Dog", RUN, "Cat", ("Cat",), ("a", "b"), True, True, True),
            Decided("Cat/2.jpg", DIGEST),
        ],
        folders=[EmptiedFolder("Cat", 0o755, 1, 2, -3, 4, FolderOutcome.REMOVED)],
        rows=[RowChange(row, row | {"label": "Dog", "path": "Dog/1.jpg"})],
        created=["Dog"],
        audit="audit",
    )  # fmt: skip


def nodes(value, path=()):
    """Give the way to each value of a document."""
    yield path
    below = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, one in below:
        yield from nodes(one, (*path, key))


def changed(document, path, value):
    copied = json.loads(json.dumps(document))
    if not path:
        return value
    *above, last = path
    place = copied
    for key in above:
        place = place[key]
    if value is MISSING:
        del place[last]
    else:
        place[last] = value
    return copied


def said_of(quarantine, file, document):
    """Read a journal; tell whether it was refused, and if not, what else was read."""
    file.write_text(json.dumps(document))
    try:
        read, said = Journal.read(quarantine, RUN), ""
    except StateError as error:
        read, said = None, str(error)
    if read is None:
        assert said.startswith(f"cannot trust the journal of run {RUN}: ")
        assert "move them back by hand" in said
        return "refused"
    if read == whole():
        return "the same"
    return f"read {hashlib.sha256(repr(read).encode()).hexdigest()[:6]}"


def all_said(folder):
    with Folder(folder) as quarantine:
        (folder / RUN).mkdir()
        whole().write(quarantine)
        file = folder / RUN / "journal.json"
        document = json.loads(file.read_text())
        found = {}
        for path in nodes(document):
            for value in VALUES:
                if value is MISSING and not path:
                    continue
                shown = "nothing" if value is MISSING else json.dumps(value)
                said = said_of(quarantine, file, changed(document, path, value))
                found.setdefault(".".join(map(str, path)), {}).setdefault(said, []).append(shown)
    return {path: {said: ", ".join(v) for said, v in one.items()} for path, one in found.items()}


def test_a_value_that_is_another_one_is_read_or_refused_as_recorded(tmp_path):
    recorded = json.loads(RECORD.read_text(encoding="utf-8"))
    now = all_said(tmp_path)
    assert now.keys() == recorded.keys()
    for path, said in now.items():
        assert said == recorded[path], path


def test_a_journal_is_read_as_it_was_written(tmp_path):
    (tmp_path / RUN).mkdir()
    with Folder(tmp_path) as quarantine:
        whole().write(quarantine)
        assert Journal.read(quarantine, RUN) == whole()


@pytest.mark.parametrize("sign", [-1, 1])
def test_times_are_read_up_to_the_latest_before_and_after_1970(tmp_path, sign):
    latest = sign * journal_module._LATEST_NS
    (tmp_path / RUN).mkdir()
    with Folder(tmp_path) as quarantine:
        journal = Journal(RUN, "Pets", folders=[EmptiedFolder("Cat", 0, 0, 0, latest, latest)])
        journal.write(quarantine)
        assert Journal.read(quarantine, RUN) == journal
        journal.folders[0].mtime_ns += sign
        journal.write(quarantine)
        with pytest.raises(StateError, match="a number of"):
            Journal.read(quarantine, RUN)


@pytest.mark.parametrize("state", RunState)
def test_a_run_that_a_crash_cut_short_is_unfinished(state):
    assert Journal(RUN, "Pets", state).unfinished is (state.value not in {"done", "undone"})


@pytest.mark.parametrize(
    ("entries", "kept", "kind"),
    [
        ([], [], "clean"),
        ([Entry("a", DIGEST, 1, [])], [], "clean"),
        ([Entry("a", DIGEST, 1, [], made=Made("a", DIGEST, 1))], [], "repair"),
        ([Entry("a", DIGEST, 1, [], target="b/a")], [Decided("b/a", DIGEST, "b")], "correction of labels"),
        ([Entry("a", DIGEST, 1, [], target="b")], [Decided("b", DIGEST)], "repair"),
        ([Entry("a", DIGEST, 1, [], target="b"), Entry("c", DIGEST, 1, [])], [], "clean"),
        ([], [Decided("a", DIGEST, "b")], "correction of labels"),
    ],
)  # fmt: skip
def test_a_run_has_a_kind_by_what_becomes_of_its_files(entries, kept, kind):
    assert Journal(RUN, "Pets", entries=entries, kept=kept).kind.value == kind


def test_a_file_has_a_place_and_what_arrives_in_the_data_set_has_one():
    plain = Entry("Cat/\\x1b.jpg", DIGEST, 1, [])
    assert plain.place(RUN) == f"{RUN}/files/Cat/\x1b.jpg"
    assert (plain.arrives, plain.arrives_sha256) == (None, DIGEST)
    moved = Entry("Cat/1.jpg", DIGEST, 1, [], target="Dog/1.jpg")
    assert (moved.place(RUN), moved.arrives) == ("Dog/1.jpg", "Dog/1.jpg")
    repaired = Entry("a.jpg", DIGEST, 1, [], made=Made("a.png", "b2" * 32, 1))
    assert (repaired.arrives, repaired.arrives_sha256) == ("a.png", "b2" * 32)


def test_runs_are_listed_by_their_age(tmp_path):
    names = ["20261122-165859", "20261122-165859-2", "20261122-165859-10", "20261123-000000"]
    for name in (*reversed(names), "20261122-165859-x", "notes"):
        (tmp_path / name / "files").mkdir(parents=True)
        (tmp_path / name / "journal.json").write_text("{}")
    (tmp_path / "20261101-000000/files").mkdir(parents=True)
    (tmp_path / "20261102-000000/files/Cat").mkdir(parents=True)
    with Folder(tmp_path) as quarantine:
        assert journal_module.runs(quarantine) == names
        assert journal_module.runs_after(quarantine, names[1]) == names[2:]
        assert journal_module.unrecorded(quarantine) == ["20261102-000000"]
        new = journal_module.new_run(quarantine)
        assert re.fullmatch(r"\d{8}-\d{6}", new)
        assert (tmp_path / new / "files").is_dir()
        # of a second one within the same second
        later = {journal_module.new_run(quarantine) for _ in range(3)}
        assert len({new, *later}) == 4
    assert not journal_module.is_run("20261122-165859-12345")
    assert not journal_module.is_run("x20261122-165859")


class FullQuarantine(Folder):
    """A quarantine in which every name is taken."""

    def lstat(self, path):
        return self.path.lstat()


def test_a_run_that_finds_no_free_name_is_refused(tmp_path):
    with (
        FullQuarantine(tmp_path) as quarantine,
        pytest.raises(StateError, match="10,000 cleans within one second"),
    ):
        journal_module.new_run(quarantine)
    assert list(tmp_path.iterdir()) == []


def test_a_run_says_to_the_second_when_it_began():
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", Journal(RUN, "Pets").started)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        RECORD.write_text(json.dumps(all_said(Path(scratch)), indent=0) + "\n", encoding="utf-8")
