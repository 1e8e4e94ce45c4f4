import shutil

from pictures import draw, make_dataset
from PIL import ImageOps

import catsclean
from catsclean import cleaning, load_audit
from catsclean.cleaning.decision_journal import ReviewAnswer
from catsclean.cleaning.decisions import Action, Decision
from catsclean.reports.questions.ask import Kind, ask

GROUPS = {Kind.LABEL, Kind.COPIES}


def questions_of(queues, by_itself=None):
    return [
        question
        for queue in queues
        if by_itself is None or queue.by_itself is by_itself
        for question in queue.questions
    ]


def test_a_picture_is_asked_about_once(data_set):
    paths = [
        asked.facts.sample.path
        for question in questions_of(ask(load_audit(data_set)))
        for asked in question.pictures[: None if question.kind in GROUPS else 1]
    ]
    assert len(paths) == len(set(paths))


def test_what_leaves_by_itself_is_what_a_clean_would_move(data_set):
    queues = ask(load_audit(data_set))
    leaving = {
        decision.path
        for question in questions_of(queues, by_itself=True)
        for decision in question.suggested
        if decision.action is Action.QUARANTINE
    }
    plan = cleaning.plan_cleaning(data_set)
    moves = {move.path for name, found in plan.moves.items() if name != "sidecar" for move in found}
    assert leaving == moves


def test_every_file_that_waits_for_a_decision_is_asked_about(data_set):
    asked = {
        one.facts.sample.path
        for question in questions_of(ask(load_audit(data_set)))
        for one in question.pictures
    }
    plan = cleaning.plan_cleaning(data_set)
    assert {kept.path for kept in plan.kept_back if kept.undecided} <= asked


def test_of_pictures_under_several_labels_none_is_suggested(data_set):
    (queue,) = (one for one in ask(load_audit(data_set)) if one.name == "label-conflict")
    for question in queue.questions:
        assert question.kind is Kind.LABEL
        assert len({one.facts.sample.label for one in question.pictures}) > 1
        assert question.suggested == ()


def test_of_copies_the_first_one_is_suggested_to_stay(data_set):
    for queue in ask(load_audit(data_set)):
        for question in queue.questions:
            if question.kind is Kind.COPIES:
                first, *others = question.suggested
                assert first.path == question.pictures[0].facts.sample.path
                assert first.action is Action.KEEP
                assert {one.action for one in others} == {Action.QUARANTINE}


def test_keys_are_the_same_in_every_audit(data_set):
    first, second = (ask(load_audit(data_set)) for _ in range(2))
    assert [q.key for q in questions_of(first)] == [q.key for q in questions_of(second)]
    assert len({q.key for q in questions_of(first)}) == len(questions_of(first))


def test_pictures_that_are_said_to_be_different_are_not_asked_about_again(data_set):
    audit = load_audit(data_set)
    (queue,) = (one for one in ask(audit) if one.key == "copies")
    question = queue.questions[0]
    answer = ReviewAnswer(question.key, question.suggested, different=True)
    left = {one.key for one in questions_of(ask(audit, [answer]))}
    assert question.key not in left
    assert {one.key for one in queue.questions[1:]} <= left


def test_of_copies_with_the_same_bytes_only_those_are_different_that_were_said_to_be(data_set):
    for number in (1, 2):
        picture = data_set / "Cat" / f"{number}.jpg"
        shutil.copy(picture, data_set / "Dog" / f"same-{number}.jpg")
    audit = catsclean.audit(data_set, content=False)
    asked = [q for q in questions_of(ask(audit)) if _has_equal_bytes(q)]
    question, *others = asked
    keep = tuple(
        Decision(one.facts.sample.path, Action.KEEP, one.facts.sample.sha256, "review")
        for one in question.pictures
    )
    answer = ReviewAnswer(question.key, keep, different=True)
    left = {q.key for q in questions_of(ask(audit, [answer]))}
    assert question.key not in left
    assert {q.key for q in others} <= left
    assert others


def _has_equal_bytes(question):
    return (
        question.kind in GROUPS and len({one.facts.sample.sha256 for one in question.pictures}) == 1
    )


def test_what_fix_can_repair_waits_for_fix_and_nothing_is_suggested(data_set):
    queues = ask(load_audit(data_set))
    (queue,) = (one for one in queues if one.name == "wrong-extension")
    assert queue.repairs
    assert all(question.suggested == () for question in queue.questions)
    assert queues.index(queue) > max(
        at for at, one in enumerate(queues) if not (one.repairs or one.by_itself)
    )


def test_a_picture_with_a_warning_is_not_suggested_to_stay(data_set):
    (queue,) = (one for one in ask(load_audit(data_set)) if one.name == "low-information")
    assert all(question.suggested == () for question in queue.questions)


def test_what_else_was_found_stands_beside_a_picture(data_set):
    (queue,) = (one for one in ask(load_audit(data_set)) if one.name == "low-information")
    notes = [note for q in queue.questions for one in q.pictures for note in one.notes]
    assert any(note.startswith("solid-colour: ") for note in notes)
    assert not any(note.startswith("low-information: ") for note in notes)


def test_what_a_clean_set_aside_is_not_asked_about(data_set):
    cleaning.plan_cleaning(data_set).apply()
    assert questions_of(ask(load_audit(data_set)), by_itself=True) == []


def test_what_a_person_kept_is_not_asked_about(data_set):
    queues = ask(load_audit(data_set))
    (blurry,) = (one for one in queues if one.name == "blurry")
    path = blurry.questions[0].pictures[0].facts.sample.path
    cleaning.plan_cleaning(data_set, keep=[path]).apply()
    asked = {q.pictures[0].facts.sample.path for q in questions_of(ask(load_audit(data_set)))}
    assert path not in asked


def test_to_keep_a_picture_with_a_note_its_repair_is_suggested_too(tmp_path):
    root = make_dataset(tmp_path / "Pets", {"Cat": 6, "Dog": 6})
    for name, kind in (("plain.jpg", "JPEG"), ("misnamed.jpg", "BMP")):
        framed = ImageOps.expand(draw(len(name), (300, 240)), 40, "white")
        framed.save(root / "Cat" / name, kind)
    audit = catsclean.audit(root, select=["framed", "wrong-extension"])
    suggested = {
        decision.path: decision.action
        for question in questions_of(ask(audit))
        for decision in question.suggested
    }
    assert suggested == {"Cat/plain.jpg": Action.KEEP, "Cat/misnamed.jpg": Action.FIX}
