from catsclean import cleaning, load_audit
from catsclean.cleaning.decision_journal import ReviewAnswer
from catsclean.cleaning.decisions import Action
from catsclean.reviewing.questions import Kind, ask


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
        for asked in (question.pictures if len(question.suggested) > 1 or not question.suggested
                      else question.pictures[:1])
    ]  # fmt: skip
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


def test_what_a_clean_set_aside_is_not_asked_about(data_set):
    cleaning.plan_cleaning(data_set).apply()
    assert questions_of(ask(load_audit(data_set)), by_itself=True) == []


def test_what_a_person_kept_is_not_asked_about(data_set):
    queues = ask(load_audit(data_set))
    (blurry,) = (one for one in queues if one.name == "blurry")
    path = blurry.questions[0].suggested[0].path
    cleaning.plan_cleaning(data_set, keep=[path]).apply()
    asked = {q.suggested[0].path for q in questions_of(ask(load_audit(data_set))) if q.suggested}
    assert path not in asked
