"""Labels of a table may contain anything, and drive no output."""

import csv
import io

import pytest
from pictures import jpeg
from rich.console import Console

import catsclean
from catsclean.cli import output_formats
from catsclean.reports import terminal
from catsclean.reports.html import render_html

LABELS = (
    "<script>alert(1)</script>", "[bold]x[/bold]", "\x1b]52;c;x\x07", "%0A::error::x", "=cmd()|' !A0",
    "two\nlines", "right\u202eto-left", "]]>{{7*7}}", "x" * 300, "a\\x1bb", "@everyone|`c`",
)  # fmt: skip


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    root = tmp_path_factory.mktemp("one") / "Pets"
    root.mkdir()
    rows = [("gone\x1b[2J\n.jpg", "x"), ("0.jpg", "<b>other</b>\x1b[1m")]
    for number, label in enumerate(LABELS):
        (root / f"{number}.jpg").write_bytes(jpeg(number, (24, 24)))
        rows.append((f"{number}.jpg", label))
    with (root.parent / "t.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([("path", "label"), *rows])
    return catsclean.audit(root, labels=root.parent / "t.csv", workers=1, content=False)


@pytest.mark.parametrize("name", output_formats.format_names())
def test_no_label_drives_a_format(audited, name):
    text = output_formats.renderer_of(name).render(audited)
    assert all(line.isprintable() for line in text.splitlines())
    assert not any(line.startswith("::error::x") for line in text.splitlines())
    if name in {"markdown", "junit"}:
        assert "<script>" not in text


def test_no_label_drives_a_page_or_a_terminal(audited):
    page = render_html(audited)
    assert "<script>alert(1)" not in page
    assert "<b>other" not in page
    stream = io.StringIO()
    terminal.show(audited, Console(file=stream, width=80))
    assert all(line.isprintable() for line in stream.getvalue().splitlines())
    assert "[bold]x[/bold]" in stream.getvalue()


def test_no_label_is_a_formula_in_a_table(audited):
    for name in ("manifest.csv", "findings.csv", "label-rows.csv"):
        text = (audited.state.path / name).read_text(encoding="utf-8")
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        assert all(cell.isprintable() and not cell.startswith("=") for cell in cells)
