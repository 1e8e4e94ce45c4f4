"""Each pair is looked at once, in the poses that are asked for, until it is proved."""

from functools import cached_property

import numpy as np
import pictures
import pyarrow as pa
import pytest

from catsclean.core.model import Sample
from catsclean.core.rows import Table
from catsclean.duplicates import poses
from catsclean.duplicates.candidates import Candidates
from catsclean.duplicates.compare import Question, Verdicts, Viewer, judge_candidates, look
from catsclean.duplicates.verification import DIFFERENT, Proof

MIRRORED = poses.MIRRORED
ROWS = {
    "path": ["a", "b", "c"],
    "sha256": ["dig-b", "dig-a", "dig-c"],
    "width_px": [4, 40, 400],
    "height_px": [3, 30, 300],
}
PICTURES = Table(pa.table(ROWS)).rows()


def candidates(*rows):
    """Candidates of rows (first, second, pose), their distances counted up from 1."""
    first, second, pose = (np.array(column) for column in zip(*rows, strict=True))
    return Candidates(first, second, first, np.arange(1, len(rows) + 1), pose)


class Asked:
    """Answers by a table of paths and pose, backwards, and remembers what it was asked."""

    def __init__(self, answers):
        self.answers = answers
        self.questions = []

    def __call__(self, questions):
        for at, question in reversed(list(enumerate(questions))):
            self.questions.append(question)
            answer = []
            for _, pose in question.near:
                kind = self.answers.get(question.first.path + question.second.path, {}).get(pose)
                answer.append({None: None, "": DIFFERENT}.get(kind, kind and Proof(kind)))
                if kind:
                    break
            yield at, answer


def judge(found, ask, **named):
    return [proof.kind for proof in judge_candidates(PICTURES, PICTURES, found, ask, **named)]


def test_kinds_stand_where_their_candidates_do_whatever_the_order_of_the_answers():
    ask = Asked({"ab": {0: ""}, "ac": {0: "cropped"}, "bc": {0: "resized"}})
    assert judge(candidates((0, 1, 0), (0, 2, 0), (1, 2, 0)), ask) == ["", "cropped", "resized"]


def test_a_question_names_both_pictures_their_sizes_and_what_is_near():
    ask = Asked({})
    judge(candidates((0, 2, 0), (0, 2, MIRRORED)), ask)
    ((one, other, near, whole),) = ask.questions
    assert [(end.path, end.size_px) for end in (one, other)] == [("a", (4, 3)), ("c", (400, 300))]
    assert (near, whole) == (((1, 0), (2, MIRRORED)), True)


def test_a_pair_that_is_proved_has_no_second_kind():
    ask = Asked({"ab": {0: "cropped", MIRRORED: "mirrored"}})
    verdicts = Verdicts()
    found = candidates((0, 1, 0), (0, 1, MIRRORED))
    assert judge(found, ask, verdicts=verdicts) == ["cropped", ""]
    assert verdicts.proofs == {("dig-a", "dig-b", 0, True): Proof("cropped")}


def test_a_pair_that_is_known_to_be_proved_is_not_asked_about():
    ask = Asked({})
    verdicts = Verdicts({("dig-a", "dig-b", 0, True): Proof("cropped")})
    found = candidates((0, 1, 0), (0, 1, MIRRORED))
    assert judge(found, ask, verdicts=verdicts) == ["cropped", ""]
    assert ask.questions == []


def test_a_pair_is_asked_about_in_the_poses_that_are_not_known():
    ask = Asked({"ab": {MIRRORED: "mirrored"}})
    verdicts = Verdicts({("dig-a", "dig-b", 0, True): DIFFERENT})
    found = candidates((0, 1, 0), (0, 1, MIRRORED))
    assert judge(found, ask, verdicts=verdicts) == ["", "mirrored"]
    assert [question.near for question in ask.questions] == [((2, MIRRORED),)]


def test_what_cannot_be_looked_at_is_no_pair_and_asked_about_again():
    verdicts = Verdicts()
    assert judge(candidates((0, 1, 0)), Asked({}), verdicts=verdicts) == [""]
    assert verdicts.proofs == {}


def test_what_does_not_occur_any_more_is_forgotten():
    verdicts = Verdicts({("gone", "gone too", 0, True): Proof("cropped")})
    judge(candidates((0, 1, 0)), Asked({"ab": {0: ""}}), verdicts=verdicts)
    assert verdicts.proofs == {("dig-a", "dig-b", 0, True): DIFFERENT}


def test_an_interrupt_keeps_what_was_seen_before_it():
    def ask(questions):
        yield 1, [Proof("cropped")]
        raise KeyboardInterrupt

    verdicts = Verdicts()
    with pytest.raises(KeyboardInterrupt):
        judge(candidates((0, 1, 0), (0, 2, 0)), ask, verdicts=verdicts)
    assert verdicts.proofs == {("dig-b", "dig-c", 0, True): Proof("cropped")}


def test_progress_counts_what_is_known_and_what_was_seen():
    told = []
    verdicts = Verdicts({("dig-a", "dig-b", 0, True): DIFFERENT})
    judge(
        candidates((0, 1, 0), (0, 2, 0), (1, 2, 0)),
        Asked({}),
        verdicts=verdicts,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(2, 3), (3, 3)]


def test_signs_go_with_their_picture_whatever_the_order_of_the_digests():
    def ask(questions):
        # "a" has the larger digest
        yield 0, [Proof("grey", first_is="greyed")]

    verdicts = Verdicts()
    found = candidates((0, 1, 0))
    assert (
        judge_candidates(PICTURES, PICTURES, found, ask, verdicts=verdicts)[0].first_is == "greyed"
    )
    (known,) = verdicts.proofs.values()
    assert (known.first_is, known.second_is) == ("", "greyed")
    again = judge_candidates(PICTURES, PICTURES, found, Asked({}), verdicts=verdicts)
    assert again[0].first_is == "greyed"


def test_in_a_crowd_only_the_nearest_are_compared_at_full_size():
    count = 40
    rows = {
        "path": [f"{at:02d}" for at in range(count)],
        "sha256": [f"{at:02d}" for at in range(count)],
        "width_px": [4] * count,
        "height_px": [3] * count,
    }
    many = Table(pa.table(rows)).rows()
    asked = Asked({})
    every = [(a, b, 0) for a in range(count) for b in range(a + 1, count)]
    judge_candidates(many, many, candidates(*every), asked)
    whole = sum(question.whole for question in asked.questions)
    assert len(asked.questions) == len(every)
    assert count <= whole <= 8 * count


class Files:
    """Loads pictures from memory, and counts how often each was decoded, by its longest side."""

    def __init__(self, **pictures):
        self.pictures = pictures
        self.decoded = []

    def __call__(self, path, max_side):
        self.decoded.append((path, max_side))
        return self.pictures[path]

    def prove(self, first, second):
        sizes = ((name, *self.pictures[name].size) for name in (first, second))
        ends = (Sample(name, width_px=width, height_px=height) for name, width, height in sizes)
        (proof,) = look(self.viewer, self.viewer, Question(*ends, ((9, poses.AS_IS),)))
        return proof.kind

    @cached_property
    def viewer(self):
        return Viewer(self, lambda _: b"")


def test_a_small_picture_is_decoded_once_for_all_its_pairs():
    small = pictures.scene(3, (150, 120))
    files = Files(a=small, b=small.resize((120, 96)), c=small.resize((100, 80)))
    assert [files.prove("a", "b"), files.prove("a", "c")] == ["resized", "resized"]
    assert sorted(files.decoded) == [("a", None), ("b", None), ("c", None)]


def test_a_cropped_picture_is_not_decoded_at_full_size():
    large = pictures.scene(3, (400, 300))
    files = Files(a=large, b=large.crop((20, 15, 380, 285)))
    assert "cropped" in files.prove("a", "b")
    assert None not in [side for _, side in files.decoded]
