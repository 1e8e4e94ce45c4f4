"""Every place that counts what is left to do counts the same, whatever was done before."""

import io
import re
import secrets

import pytest
from rich.console import Console

import catsclean
from catsclean import cleaning, cli
from catsclean.cleaning.tried_repairs import read_refusals
from catsclean.reports import terminal
from catsclean.reports.html import render_html
from catsclean.reports.notebook import render_notebook
from catsclean.reports.questions.left_to_do import left_to_do
from catsclean.reviewing.session import Review
from catsclean.reviewing.work import PageWork

# by queue: how many of its questions are answered, and how
ANSWERS = {
    "copies": (1, None),  # as suggested
    "odd-size": (2, "quarantine"),
    "low-information": (1, "keep"),
    "wrong-extension": (1, "fix"),
    "exact-duplicate-by-itself": (1, None),
    "truncated-by-itself": (1, "keep"),
    "corrupt-data": (1, "relabel"),
}


def number(text, pattern):
    found = re.search(pattern, text)
    return int(found[1].replace(",", "")) if found else 0


def answer_some(root):
    review = Review(catsclean.load_audit(root))
    answers = []
    for key in {queue["key"] for queue in review.summary()["queues"]} & ANSWERS.keys():
        most, action = ANSWERS[key]
        for one in review.questions(key, 0, most)["questions"]:
            decision = {"row": one["pictures"][0]["row"], "action": action, "label": "Fox"}
            decisions = one["suggested"] if action is None else [decision]
            answers.append({"question": one["key"], "decisions": decisions})
    assert len(answers) > 5
    review.save({"entry": secrets.token_hex(8), "answers": answers})


@pytest.fixture
def printed(data_set, capsys):
    """Run a command, and give what it prints."""

    def call(*arguments):
        cli.run([*arguments, str(data_set), "--no-progress"])
        return capsys.readouterr().out

    return call


@pytest.fixture
def counts_of(data_set, printed):
    """Give what each place says: files that leave, that wait for a person, and to repair."""

    def counted():
        audit = catsclean.load_audit(data_set)
        # a fix tries them all; after it, no place suggests what it tried in vain
        kept = catsclean.plan_repairs(audit).kept_back
        refused = {path: why for (path, _), why in read_refusals(audit.state).items()}
        in_vain = sum(refused.get(one.path) == one.why for one in kept)
        left = left_to_do(audit)
        console = Console(file=io.StringIO(), width=300)
        terminal.show(audit, console)
        shown = console.file.getvalue()
        page = re.sub(r"<[^>]+>", " ", render_html(audit, max_thumbnails=0))
        work = PageWork(audit.state, lambda: None).plan()
        clean, fix = printed("clean"), printed("fix")
        plan = catsclean.plan_cleaning(audit)
        return {
            "left to do": (len(left.leaving), len(left.waiting), len(left.to_repair)),
            "audit, in a sentence": (
                number(shown, r"(\d+) files? can be moved"),
                number(shown, r"(\d+) to review"),
                len(left.to_repair),
            ),
            "audit, next commands": (
                number(shown, r"preview (\d+) (safe )?move"),
                number(shown, r"decide about (\d+) file"),
                number(shown, r"try to repair (\d+) file"),
            ),
            "page, to do": (
                number(page, r"(\d+) files? leaves?\b"),
                number(page, r"about (\d+) files?:"),
                number(page, r"tries to repair (\d+) files?"),
            ),
            "page, tiles": (
                number(page, r"files can be moved(?: safely)?\s+(\d+)"),
                number(page, r"files to review\s+(\d+)"),
                len(left.to_repair),
            ),
            "clean": (
                number(clean, r"(\d+) files? would move"),
                number(clean, r"decide about (\d+) file"),
                number(clean, r"try to repair (\d+) file"),
            ),
            "fix": (
                plan.count,
                len(left.waiting),
                number(fix, r"(?:\d+ of )?(\d+) files? would be repaired") - in_vain,
            ),
            "review": (work["moves"], work["stays"], work["to_repair"]),
        }

    return counted


def test_all_places_count_the_same(data_set, counts_of):
    said = {"audited": counts_of()}
    answer_some(data_set)
    said["decided"] = counts_of()
    catsclean.plan_cleaning(data_set).apply()
    said["cleaned"] = counts_of()
    cleaning.undo(data_set)
    said["undone"] = counts_of()
    catsclean.plan_repairs(data_set).apply()
    said["repaired"] = counts_of()
    assert {when: set(places.values()) for when, places in said.items()} == {
        when: {places["left to do"]} for when, places in said.items()
    }
    assert all(min(said[when]["left to do"]) > 0 for when in ("audited", "decided"))
    assert said["decided"] != said["audited"]
    assert said["undone"] == said["decided"]
    assert said["cleaned"]["clean"][0] == 0


def texts_of(root, printed):
    """Return all that says how many pictures are to review, or to review or repair."""
    audit = catsclean.load_audit(root)
    console = Console(file=io.StringIO(), width=300)
    terminal.show(audit, console)
    made = (audit, catsclean.plan_cleaning(audit), catsclean.split(audit, {"val": 0.2}))
    pages = (render_html(audit, max_thumbnails=0), *(render_notebook(one) for one in made))
    commands = (["clean"], ["split", "--val", "0.2", "--dry-run"])
    texts = [console.file.getvalue(), *pages, *(printed(*command) for command in commands)]
    return [re.sub(r"[^\S\n\t]+", " ", re.sub(r"<[^>]+>", " ", text)) for text in texts]


def rows_to_review(clean):
    """Add up the rows of what a clean leaves, but for those that a repair may settle."""
    rows = re.findall(r"^[\w-]+\t([\d,]+)\t(?:to review|only you know)", clean, re.MULTILINE)
    return sum(map(int, rows))


def test_the_same_words_count_the_same_in_every_text(data_set, printed):
    left = left_to_do(catsclean.load_audit(data_set))
    texts = texts_of(data_set, printed)
    said = r"(\d+) (?:pictures? )?to review( or repair)?\b(?![:\d])"  # no row of a table, no tile
    counts = [(int(one[1]), one[2] or "") for text in texts for one in re.finditer(said, text)]
    counts += [(int(one), "") for text in texts for one in re.findall(r"to review\s+(\d+)", text)]
    assert len(counts) > 3
    assert set(counts) == {
        (len(left.waiting), ""),
        (len(left.excluded), " or repair"),
    }
    assert len(left.waiting) != len(left.excluded)
    assert sum(map(rows_to_review, texts)) == len(left.waiting)


def test_what_was_decided_is_said_apart(data_set):
    audit = catsclean.load_audit(data_set)
    assert not left_to_do(audit).decided
    answer_some(data_set)
    left = left_to_do(audit)
    assert left.decided < left.leaving
    console = Console(file=io.StringIO(), width=300)
    terminal.show(audit, console)
    assert f", {len(left.decided)} of them by decisions, " in console.file.getvalue()
    page = re.sub(r"<[^>]+>", "", render_html(audit, max_thumbnails=0))
    assert f"{len(left.decided)} of them as decided in a review" in page


def test_a_damaged_journal_is_said_and_nothing_counts_as_decided(data_set):
    answer_some(data_set)
    audit = catsclean.load_audit(data_set)
    before = left_to_do(audit)
    audit.state.decision_journal.write_bytes(b"torn\n")
    after = left_to_do(audit)
    assert after.trouble
    assert not before.trouble
    assert not after.decided


def test_pictures_to_keep_are_not_among_those_that_a_split_can_exclude(data_set):
    audit = catsclean.load_audit(data_set)
    assert left_to_do(audit).excluded
    answer_some(data_set)
    left = left_to_do(audit).excluded
    assert catsclean.split(audit).to_review == len(left)
    used = catsclean.split(audit, exclude_review=True).manifest.table
    assert not set(used.loc[used["split"].notna(), "path"]) & left
