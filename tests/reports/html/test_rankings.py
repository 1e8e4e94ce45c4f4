"""Which pictures stand in the rankings of the page, and what they ask."""

from dataclasses import replace

import audits
import pytest

from catsclean.core.model import Sample
from catsclean.reports.html.asking_cards import AskingCards
from catsclean.reports.html.rankings import LABELS, ODD, Rankings
from catsclean.reports.questions.picture_facts import PictureFacts

PATHS = [f"{('Cat', 'Dog')[number % 2]}/{number:03}.jpg" for number in range(80)]
ROWS = [
    {"path": path, "label": path[:3], "sha256": f"{number:064x}", "size_bytes": 9, "status": "keep"}
    for number, path in enumerate(PATHS)
]


def known_facts(row):
    sample = Sample(row["path"], label=row["label"], sha256="ab")
    return PictureFacts(sample, known=True, kept=False, leaves=(), aside="", limited=False)


@pytest.fixture
def build(tmp_path):
    def build(findings=(), room=2_000, decided=None, **content):
        audit = audits.make_audit(tmp_path, [dict(row) for row in ROWS], list(findings))
        rankings = Rankings(replace(audit, content=audits.content_of(ROWS, **content)), room)
        known = [known_facts(row) for row in ROWS]
        facts = {one.sample.path: one for one in known}
        asking = AskingCards(decided or {})
        asking.choose(rankings.carried, facts)
        return rankings, rankings.build(facts, asking)

    return build


def paths_of(ranking):
    return [one.card.facts.sample.path for one in ranking.cards]


def test_flagged_labels_come_first_and_only_so_many_as_are_in_doubt(build):
    _, made = build(flagged=[PATHS[9]], doubtful=[PATHS[3], PATHS[5]])
    assert paths_of(made[LABELS]) == [PATHS[9], PATHS[3], PATHS[5]]
    assert made[LABELS].last == 3


def test_all_labels_up_to_the_rank_that_is_named_are_shown(build):
    _, made = build(flagged=PATHS[:2], doubtful=PATHS[2:16])
    assert len(made[LABELS].cards) == made[LABELS].last == 16


def test_a_judge_that_doubts_many_labels_shows_the_first_only(build):
    _, made = build(flagged=PATHS[:30], doubtful=PATHS[30:90])
    assert len(made[LABELS].cards) == made[LABELS].last == 20
    assert made[LABELS].total == 80


def test_a_judge_whose_findings_are_notes_is_weak(build):
    note = audits.find("likely-mislabelled", PATHS[0], "note")
    assert build(flagged=PATHS[:1], findings=[note])[1][LABELS].weak
    assert not build(flagged=PATHS[:1])[1][LABELS].weak


def test_a_judge_that_is_no_better_than_guessing_shows_no_label(build):
    _, made = build(doubtful=PATHS[:9], reliable=False)
    assert made[LABELS].cards == ()


@pytest.mark.parametrize(("worth_seeing", "shown"), [(0, 12), (30, 30), (70, 60)])
def test_the_oddest_are_shown_within_bounds(build, worth_seeing, shown):
    _, made = build(worth_seeing=worth_seeing)
    assert paths_of(made[ODD]) == sorted(PATHS, reverse=True)[:shown]


def test_rankings_take_a_quarter_of_the_thumbnails_at_most(build):
    rankings, _ = build(room=100, flagged=PATHS[:30], worth_seeing=60)
    assert 15 < rankings.cost <= 25


def test_the_finding_of_a_ranked_picture_is_asked_about_there(build):
    finding = audits.find("likely-mislabelled", PATHS[4])
    _, made = build([finding], flagged=[PATHS[4]])
    (one,) = made[LABELS].cards
    assert (one.card.finding, one.card.asks) == (finding, "question")
    assert made[LABELS].validator == "likely-mislabelled"


def test_a_ranked_picture_without_a_finding_may_be_decided_and_is_not_counted(build):
    _, made = build(doubtful=[PATHS[4]])
    (one,) = made[LABELS].cards
    assert one.card.asks == "offer"
    assert made[LABELS].asks == 0


def test_a_ranked_picture_that_is_asked_about_elsewhere_leads_there(build):
    _, made = build(decided={PATHS[4]: "v-blurry"}, doubtful=[PATHS[4]])
    (one,) = made[LABELS].cards
    assert (one.card.asks, one.card.decided_at) == ("", "v-blurry")


def test_without_content_nothing_is_ranked(tmp_path):
    rankings = Rankings(audits.make_audit(tmp_path, [], []), 400)
    assert rankings.cost == 0
    assert rankings.build({}, AskingCards({}))[ODD].cards == ()
