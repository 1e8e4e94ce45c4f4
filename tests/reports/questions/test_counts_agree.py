"""The review, the page to send, and the dry run of a clean count and suggest the same."""

import re
import zipfile
from collections import Counter
from html.parser import HTMLParser

import audits
import pictures
import pytest

import catsclean
from catsclean.cleaning.decision_journal import DecisionJournal, ReviewAnswer
from catsclean.cleaning.decisions import Action, Decision
from catsclean.core.manifest import Manifest
from catsclean.reports.html import render_html
from catsclean.reports.plan_lines import asked_by, part_undecided, wait_for_a_person
from catsclean.reports.questions.ask import ask, count_unanswered
from catsclean.reports.questions.left_to_do import left_to_do
from catsclean.reviewing.session import Review
from catsclean.reviewing.work import PageWork


class Page(HTMLParser):
    """What the page asks: counts at its top, and its cards and groups with what they suggest."""

    def __init__(self, text):
        super().__init__()
        self.queues, self.asking, self.suggested = {}, Counter(), set()
        self.text = re.sub(r"<[^>]+>", "", text[text.index('class="panel to-do"') :])
        self._queue, self._item, self._best, self._place = None, None, False, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        kinds = ("question", "self", "safe", "repair", "kept")
        if "data-queue" in found:
            self._queue = found["data-queue"]
        if found.get("class", "").startswith(("card", "group panel")):
            self._item = next((kind for kind in kinds if f"data-{kind}" in found), None)
            self.asking[self._item] += 1
            self._place = found.get("class")
        self._best |= "data-best" in found
        if "data-new-label" in found and found["value"] and self._item == "question":
            self.suggested.add(("relabel", found["value"]))
        if tag == "bdi" and self._best:
            self._best, self._place = False, "best"

    def handle_data(self, data):
        if self._queue and data.strip().replace(",", "").isdigit():
            self.queues[self._queue] = int(data.replace(",", ""))
            self._queue = None
        if self._place == "best":
            self.suggested.add(("keep", data))
            self._place = None

    def number(self, pattern):
        found = re.search(pattern, self.text)
        return int(found[1].replace(",", "")) if found else 0


@pytest.fixture
def mixed_set(tmp_path):
    """A data set with copies, label conflicts, off-topic, mislabelled and repairable pictures."""
    root = tmp_path / "Pets"
    rows = []
    for number in range(30):
        path = f"{('Cat', 'Dog')[number % 2]}/{number:02}.jpg"
        audits.write_jpeg(root / path, number)
        rows.append(audits.row_of(root, path))
    find = audits.find
    findings = [
        # a label conflict, one of whose pictures is also damaged
        find("label-conflict", "Cat/00.jpg", "error", related=["Dog/01.jpg"]),
        find("label-conflict", "Dog/01.jpg", "error", related=["Cat/00.jpg"]),
        find("wrong-extension", "Dog/01.jpg"),
        # copies that leave by themselves; one that stays is blurry, another is to be repaired
        find("exact-duplicate", "Cat/04.jpg", fix="safe", related=["Cat/02.jpg"]),
        find("exact-duplicate", "Cat/08.jpg", fix="safe", related=["Cat/06.jpg"]),
        find("blurry", "Cat/06.jpg", "note"),
        find("exact-duplicate", "Cat/12.jpg", fix="safe", related=["Cat/10.jpg"]),
        find("wrong-extension", "Cat/10.jpg"),
        # near copies, one of which leaves anyway
        find("near-duplicate", "Dog/05.jpg", related=["Dog/03.jpg"]),
        find("near-duplicate", "Dog/07.jpg", related=["Dog/03.jpg"]),
        find("truncated", "Dog/07.jpg", "error", "safe"),
        # off topic, one of them mislabelled, too
        find("outlier", "Dog/09.jpg", "note"),
        find("outlier", "Dog/11.jpg", "note"),
        find("likely-mislabelled", "Dog/11.jpg"),
        # repairable, alone and together with what only eyes can judge, or with what leaves
        find("wrong-extension", "Dog/13.jpg"),
        find("wrong-extension", "Dog/15.jpg"),
        find("odd-size", "Dog/15.jpg"),
        find("wrong-extension", "Dog/17.jpg"),
        find("undecodable", "Dog/17.jpg", "error", "safe"),
        find("low-information", "Cat/14.jpg"),
        find("small-class", "Cat", "warning", "none"),
    ]
    made = audits.make_audit(root, rows, findings)
    audits.save_as_audited(Manifest(made.manifest.packed, root), findings)
    return root


@pytest.fixture(params=["data_set", "mixed_set"])
def audit(request):
    return catsclean.load_audit(request.getfixturevalue(request.param))


@pytest.fixture
def page(audit):
    return Page(render_html(audit))


def questions_of(queues):
    return [question for queue in queues for question in queue.questions]


def test_the_page_counts_the_queues_of_the_review(audit, page):
    queues = Review(audit).summary()["queues"]
    waiting = {q["name"]: q["total"] for q in queues if not q["by_itself"] and not q["repairs"]}
    assert page.queues == waiting
    assert page.number(r"([\d,]+) questions? waits? for you") == sum(waiting.values())
    assert page.asking["question"] == sum(waiting.values())


def test_the_page_asks_once_about_what_leaves_by_itself_and_what_fix_repairs(audit, page):
    queues = ask(audit)
    by_itself = sum(len(queue.questions) for queue in queues if queue.by_itself)
    assert page.asking["self"] + page.asking["safe"] == by_itself
    assert page.asking["repair"] == sum(len(queue.questions) for queue in queues if queue.repairs)


def test_the_dry_run_moves_what_the_queues_say_leaves_by_itself(audit, page):
    leaving = sorted(path for one in questions_of(ask(audit)) for path in one.leaves)
    plan = catsclean.plan_cleaning(audit)
    moves = [move.path for n, found in plan.moves.items() if n != "sidecar" for move in found]
    assert sorted(moves) == leaving
    assert page.number(r"([\d,]+) files? leaves? by") == len(leaving)


def test_the_dry_run_leaves_what_the_queues_say_waits(audit, page):
    asked = questions_of(ask(audit))
    plan = catsclean.plan_cleaning(audit)
    parts = part_undecided(plan.kept_back, can_repair=True)
    waiting, repairable = (sorted(one.path for one in part) for part in parts)
    assert sorted(path for one in asked for path in one.waits) == waiting
    assert sorted(path for one in asked for path in one.repairable) == repairable
    assert page.number(r"about ([\d,]+) files?:") == len(waiting)
    assert page.number(r"fix \S+ --apply tries to repair ([\d,]+) files?") == plan.to_repair


def test_the_dry_run_counts_a_picture_under_the_validator_that_the_review_asks_for(audit):
    alone = [
        (path, queue.name)
        for queue in ask(audit)
        for one in queue.questions
        if not one.is_group
        for path in (*one.waits, *one.repairable)
    ]
    counted = {
        one.path: asked_by(one, can_repair=True)
        for one in catsclean.plan_cleaning(audit).kept_back
        if one.undecided
    }
    assert alone == [(path, counted[path]) for path, _ in alone]


def test_what_the_review_would_do_counts_the_same_files(audit):
    left = left_to_do(audit)
    plan = PageWork(audit.state, lambda: None).plan()
    assert (plan["moves"], plan["stays"], plan["to_repair"]) == (
        len(left.leaving), len(left.waiting), len(left.to_repair)
    )  # fmt: skip


def test_all_that_is_left_is_what_the_questions_ask_about(audit):
    left, asked = left_to_do(audit), questions_of(ask(audit))
    assert left.waiting == {path for one in asked for path in one.waits}
    assert left.for_fix == {path for one in asked for path in one.repairable}
    assert left.leaving == {path for one in asked for path in one.leaves}


def test_the_page_suggests_what_the_review_suggests(audit, page):
    suggested = set()
    for queue in ask(audit):
        for question in queue.questions:
            for one in question.suggested:
                if one.action is Action.KEEP and question.is_group:
                    suggested.add(("keep", one.path))
                if one.action is Action.RELABEL:
                    suggested.add(("relabel", one.label))
    assert page.suggested == suggested


def test_what_a_review_answered_waits_no_more(audit):
    before = ask(audit)
    queue = next(one for one in before if one.waits)
    question = queue.questions[0]
    answer = ReviewAnswer(question.key, _kept(question))
    DecisionJournal(audit.state).save("answered-1", [answer])
    page = Page(render_html(audit))
    left = count_unanswered(before, {question.key})
    assert page.number(r"([\d,]+) questions? waits? for you") == left.questions
    assert page.number(r"([\d,]+) question is answered in a review") == 1
    assert page.asking["question"] == left.questions
    waiting = {one.path for one in wait_for_a_person(catsclean.plan_cleaning(audit))}
    assert left_to_do(audit).waiting == waiting == before_but(before, question)


def before_but(queues, answered):
    return {path for one in questions_of(queues) if one is not answered for path in one.waits}


def _kept(question):
    pictures = [
        one.facts.sample for one in question.pictures if one.facts.sample.path in question.paths
    ]
    return tuple(Decision(one.path, Action.KEEP, one.sha256, "review") for one in pictures)


def queue_of(queues, path):
    (found,) = (q for q in queues if any(path in one.paths for one in q.questions))
    return found


def test_what_only_eyes_can_judge_waits_although_fix_can_repair_it_too(mixed_set):
    queues = ask(catsclean.load_audit(mixed_set))
    assert queue_of(queues, "Dog/15.jpg").name == "odd-size"
    assert queue_of(queues, "Dog/15.jpg").waits
    assert queue_of(queues, "Dog/13.jpg").repairs


def test_the_page_asks_on_the_card_of_the_finding_that_the_question_is_about(mixed_set):
    text = render_html(catsclean.load_audit(mixed_set))
    asking = [
        re.search('data-validator="(.*?)"', card)[1]
        for card in text.split("<li")
        if "data-question" in card.partition(">")[0] and "<bdi>Dog/15.jpg</bdi>" in card
    ]
    assert asking == ["odd-size"]


def test_copies_that_leave_by_themselves_wait_if_the_one_that_stays_has_to_be_looked_at(mixed_set):
    queues = ask(catsclean.load_audit(mixed_set))
    assert queue_of(queues, "Cat/04.jpg").by_itself
    assert queue_of(queues, "Cat/12.jpg").by_itself  # fix repairs what stays
    assert queue_of(queues, "Cat/08.jpg").waits


def test_in_an_archive_nothing_is_repaired_so_what_is_found_waits(tmp_path):
    with zipfile.ZipFile(tmp_path / "pets.zip", "w") as made:
        for number in range(4):
            picture = pictures.draw(number, (96, 72))
            made.writestr(
                f"Cat/{number}.jpg", pictures.encode(picture, "PNG" if number else "JPEG")
            )
    audit = catsclean.audit(tmp_path / "pets.zip", workers=1, content=False)
    left = left_to_do(audit)
    assert (len(left.waiting), len(left.for_fix), len(left.to_repair)) == (3, 0, 0)
    page = Page(render_html(audit))
    assert page.queues == {"wrong-extension": 3}
    assert "catsclean fix" not in page.text[: page.text.index("records what you decided")]


def test_a_picture_that_a_review_gave_to_fix_is_marked_so(mixed_set):
    audit = catsclean.load_audit(mixed_set)
    question = next(one for one in questions_of(ask(audit)) if one.paths == ("Dog/13.jpg",))
    sample = question.pictures[0].facts.sample
    decision = Decision(sample.path, Action.FIX, sample.sha256, "review")
    DecisionJournal(audit.state).save("answered-1", [ReviewAnswer(question.key, (decision,))])
    page = Page(render_html(audit))
    assert "review: to be repaired" in page.text
    assert page.asking["repair"] == 0
