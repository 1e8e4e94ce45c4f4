"""More like this: which pictures of the page are most like each other."""

import audits

from catsclean.reports.html.alike import find_alike

ROWS = [{"path": f"Cat/{n}.jpg", "label": "Cat"} for n in range(9)]
NUMBER = {row["path"]: n for n, row in enumerate(ROWS)}


def alike_of(*shown):
    return find_alike(audits.content_of(ROWS), NUMBER, {f"Cat/{n}.jpg" for n in shown})


def test_its_neighbours_come_first_then_those_that_it_is_a_neighbour_of():
    # the three that follow are the neighbours of each
    assert alike_of(*range(9))[3][:6] == [4, 5, 6, 0, 1, 2]


def test_only_pictures_of_the_page_are_named():
    assert alike_of(3, 5, 8)[3] == [5, 8]


def test_a_picture_is_not_like_itself():
    assert all(number not in near for number, near in alike_of(*range(9)).items())


def test_nothing_is_known_without_content():
    assert find_alike(None, NUMBER, set(NUMBER)) == {}
