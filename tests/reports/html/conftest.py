"""Pages of the tests: one that is long, and one whose names are."""

import audits
import pytest

from catsclean.reports.html import render_html

LONG = "class_{:03}_species_of_a_bird_with_a_name_that_is_quite_long_and_goes_on_and_on_{:03}"


@pytest.fixture(scope="session")
def long_page(tmp_path_factory):
    """The page of 120 pairs of copies and 403 cards, with messages of many lengths."""
    root = tmp_path_factory.mktemp("long") / "Pets"
    rows, findings = [], []
    for number in range(243):
        path = f"Cat/{number:03}.jpg"
        audits.write_jpeg(root / path, number)
        rows.append(audits.row_of(root, path))
    for number in range(0, 240, 2):
        one, other = rows[number]["path"], rows[number + 1]["path"]
        findings.append(audits.find("near-duplicate", other, related=[one], message="m" * number))
    for name in ("blurry", "odd-size", "low-information", "too-dark"):
        findings += [audits.find(name, row["path"], message="n " * 80) for row in rows[:100]]
    findings += [audits.find("unportable-name", row["path"]) for row in rows[240:]]
    findings.append(audits.find("label-conflict", "Cat/000.jpg", "error", related=["Cat/001.jpg"]))
    path = root.parent / "report.html"
    path.write_text(render_html(audits.make_audit(root, rows, findings)), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def wide_page(tmp_path_factory):
    """The page of 300 classes with long names, every one of them too small."""
    root = tmp_path_factory.mktemp("wide") / "Birds"
    names = [LONG.format(number, number) for number in range(300)]
    rows = []
    for number, name in enumerate(names):
        path = f"{name}/{number}.jpg"
        if number < 4:
            audits.write_jpeg(root / path, number)
            rows.append(audits.row_of(root, path))
        else:
            rows.append({**rows[0], "path": path, "label": name, "sha256": f"{number:064x}"})
    findings = [
        audits.find("small-class", name, "warning", "none", "3 usable pictures", name)
        for name in names
    ]
    paths = [row["path"] for row in rows]
    findings += [audits.find("blurry", paths[0]), audits.find("odd-size", paths[1])]
    findings.append(audits.find("near-duplicate", paths[3], related=[paths[2]]))
    path = root.parent / "report.html"
    path.write_text(render_html(audits.make_audit(root, rows, findings)), encoding="utf-8")
    return path
