"""The map of the pictures."""

import audits
from hypothesis import given
from hypothesis import strategies as st

from catsclean.core.content_evidence import ContentEvidence
from catsclean.reports.html.content_map import HEIGHT, WIDTH, draw_map


def rows_of(classes, number):
    return [
        {"path": f"c{n % classes:04}/{n:05}.jpg", "label": f"c{n % classes:04}" if classes > 1 else ""}
        for n in range(number)
    ]  # fmt: skip


@given(classes=st.integers(1, 40), number=st.integers(1, 80), most=st.integers(1, 100))
def test_every_point_lies_within_and_has_a_kind_of_the_legend(classes, number, most):
    drawn = draw_map(audits.content_of(rows_of(classes, number)), {}, most)
    assert len(drawn.points) == min(number, most)
    assert drawn.total == sum(size for _, size in drawn.legend) == number
    assert len(drawn.legend) <= 7
    for point in drawn.points:
        assert 0 <= point.x <= WIDTH
        assert 0 <= point.y <= HEIGHT
        assert point.kind < len(drawn.legend)


def test_pictures_with_a_card_are_drawn_in_any_case_and_on_top():
    rows = rows_of(3, 50)
    number = {rows[30]["path"]: 0, rows[7]["path"]: 1}
    drawn = draw_map(audits.content_of(rows), number, 10)
    assert [point.number for point in drawn.points] == [None] * 8 + [0, 1]


def test_the_sample_is_the_same_each_time():
    content = audits.content_of(rows_of(2, 90))
    assert draw_map(content, {}, 20) == draw_map(content, {}, 20)


def test_the_smallest_of_many_classes_share_a_kind():
    drawn = draw_map(audits.content_of(rows_of(30, 90)), {})
    assert drawn.legend[-1] == ("24 other classes", 72)


def test_without_places_there_is_no_map():
    assert draw_map(None, {}) is None
    assert draw_map(ContentEvidence("too few"), {}) is None


def test_a_picture_that_only_another_card_shows_is_no_reason_to_draw_it_on_top():
    rows = rows_of(2, 5)
    drawn = draw_map(audits.content_of(rows), {}, 5, beside={rows[1]["path"]: 7})
    found = {point.path: (point.number, point.beside) for point in drawn.points}
    assert found == {row["path"]: (None, 7 if row is rows[1] else None) for row in rows}
