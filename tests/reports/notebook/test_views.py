"""What holds for every view of a notebook."""

import re
from html.parser import HTMLParser

import pytest

from catsclean.reports.notebook import _VIEWS

VOID = {"br", "img"}
TAGS = {
    "div", "p", "strong", "bdi", "table", "thead", "tbody", "tr", "th", "td", "code", "figure",
    "img", "figcaption", "br", "span", "details", "summary", "svg", "g", "path", "text", "polyline",
}  # fmt: skip


class Checker(HTMLParser):
    """Notes all tags and attributes, and every one that is closed out of turn."""

    def __init__(self, text):
        super().__init__()
        self.open, self.wrong, self.tags, self.attributes = [], [], set(), []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


@pytest.fixture(params=sorted(_VIEWS))
def text(request, values):
    return values[request.param]


def test_every_tag_is_closed_in_turn(text):
    checker = Checker(text)
    assert checker.wrong == checker.open == []


def test_there_is_no_script_no_style_sheet_and_no_form(text):
    assert Checker(text).tags <= TAGS


def test_no_attribute_acts_or_loads_anything(text):
    attributes = Checker(text).attributes
    assert not [name for name, _ in attributes if name.startswith("on") or name in {"href", "id"}]
    sources = {value.partition(",")[0] for name, value in attributes if name == "src"}
    assert sources <= {"data:image/webp;base64"}
    assert not [value for name, value in attributes if name == "style" and "url(" in value]


def test_no_control_character_is_left(text):
    assert all(c.isprintable() or c == "\n" for c in text)


def test_hostile_names_are_text(text):
    assert "<b onclick" not in text
    assert "1337" not in re.sub(r'(src|points|d)="[^"]*"', "", text)


def test_it_is_small_enough_to_stay_in_the_notebook(text):
    assert len(text.encode()) < 200_000


def test_it_names_no_folder_of_this_machine(text, tmp_path):
    assert str(tmp_path.parents[2]) not in text


def page_of(values):
    cells = "".join(f"<div>{text}</div>" for text in values.values())
    style = "body.dark { background: #111; color: #e0e0e0 } body { background: #fff; color: #111 }"
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Notebook</title>'
        f"<style>{style}</style><body><main><h1>Notebook</h1>{cells}</main></body></html>"
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_violation(visit, values, tmp_path, theme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    path = tmp_path / "notebook.html"
    path.write_text(page_of(values), encoding="utf-8")
    visited = visit(path)
    visited.page.evaluate("theme => { document.body.className = theme; }", theme)
    for details in visited.page.query_selector_all("details"):
        details.evaluate("element => { element.open = true; }")
    result = axe.Axe().run(visited.page)
    assert result.violations_count == 0, result.generate_report()
    assert visited.complaints == visited.foreign_requests == []
