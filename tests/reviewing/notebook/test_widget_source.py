"""The modules of the pages are one module, which asks nobody for anything."""

import re

from catsclean.reviewing.notebook.widget_source import widget_source


def test_it_imports_nothing_and_has_one_export():
    found = re.findall(r"^(?:import|export)\b.*", widget_source(), re.MULTILINE)
    assert found == ["export default { render: $widget.render };"]


def test_every_module_stands_behind_those_that_it_needs():
    known = set()
    for line in widget_source().splitlines():
        if made := re.match(r"const (\$\w+) = \(\(\) => \{$", line):
            known.add(made[1])
        elif needed := re.match(r"const .* = (\$\w+);$", line):
            assert needed[1] in known


def test_it_knows_no_address():
    without_namespace = widget_source().replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|fetch\(|@import|url\(", without_namespace)


def test_styles_follow_the_cell_and_not_the_page_around_it():
    styles = re.search(r'^const styles = "(.*)";$', widget_source(), re.MULTILINE)[1]
    assert not re.search(r"\drem\b|:root|@media \((max|min)-(width|height)", styles)
    assert "@container widget (max-width: 760px)" in styles
