import io
from dataclasses import replace

import audits
import pytest
from rich.console import Console

from catsclean.core.evidence import Dataset
from catsclean.reports.concise_format import render, render_short
from catsclean.reports.terminal import show


def shown(tmp_path, layout, folders):
    """The lines that are drawn of an audit of one picture in a set with these folders."""
    root = tmp_path / "set"
    audits.write_jpeg(root / "train/Cat/a.jpg", 1)
    audit = audits.make_audit(root, [audits.row_of(root, "train/Cat/a.jpg")], [])
    dataset = Dataset(root, layout, {folder: folder.rpartition("/")[2] for folder in folders})
    state = replace(audit.state, named=("set", None))
    audit = replace(audit, dataset=dataset, state=state)
    console = Console(file=io.StringIO(), width=120)
    show(audit, console)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("layout", "folders", "command"),
    [
        ("classes", ["Cat", "Dog"], "split set --val 0.1 "),
        ("splits", ["train/Cat", "val/Cat"], "split set --keep-split "),
        ("splits", ["training/Cat", "testing/Cat"], "split set --keep-split --val 0.1 "),
        ("splits", ["here/Cat", "there/Cat"], "split set --val 0.1 "),
    ],
)
def test_the_split_that_comes_next_keeps_what_is_held_out(tmp_path, layout, folders, command):
    assert command in shown(tmp_path, layout, folders)


@pytest.mark.parametrize(("width", "columns"), [(100, "Cat"), (60, "Severity"), (40, "Validator")])
def test_a_narrow_terminal_has_fewer_columns_and_no_cut_ones(tmp_path, width, columns):
    root = tmp_path / "set"
    rows = []
    for path in ("Cat/a.jpg", "Dog/b.jpg"):
        audits.write_jpeg(root / path, len(rows))
        rows.append(audits.row_of(root, path))
    name = "unsupported-by-tensorflow"
    audit = audits.make_audit(root, rows, [audits.find(name, "Cat/a.jpg", "error")])
    console = Console(file=io.StringIO(), width=width)
    show(audit, console)
    heading, _, *rest = console.file.getvalue().split("\n\n")[1].splitlines()
    assert columns in heading
    assert "Total" in heading
    for said in (name, "error", "review"):
        assert said in "\n".join(rest)


def drawn(audit):
    console = Console(file=io.StringIO(), width=200)
    show(audit, console)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("others", "said"),
    [
        (("a.txt",), "1 other file ignored (a.txt)"),
        (("a.txt", "b", "c.md", "d"), "4 other files ignored (a.txt, b, c.md, …)"),
    ],
)
def test_other_files_are_named(tmp_path, others, said):
    audits.write_jpeg(tmp_path / "set/Cat/a.jpg")
    row = audits.row_of(tmp_path / "set", "Cat/a.jpg")
    audit = audits.make_audit(tmp_path / "set", [row], [])
    audit = replace(audit, dataset=replace(audit.dataset, other_files=others))
    assert said in drawn(audit)


@pytest.mark.parametrize("fix", ["none", "review"])
def test_a_split_that_is_suggested_says_what_nobody_decided(tmp_path, fix):
    audits.write_jpeg(tmp_path / "set/Cat/a.jpg")
    row = audits.row_of(tmp_path / "set", "Cat/a.jpg")
    found = audits.find("blurry", "Cat/a.jpg", fix=fix)
    text = drawn(audits.make_audit(tmp_path / "set", [row], [found]))
    said = "without leaks (pictures to review or repair are included; --exclude-review skips them)"
    assert (said in " ".join(text.split())) == (fix == "review")


@pytest.fixture(scope="module")
def flooded(tmp_path_factory):
    """An audit with a hundred notes of one validator, and one warning."""
    root = tmp_path_factory.mktemp("flood") / "Pets"
    audits.write_jpeg(root / "Cat/000.jpg", 1)
    first = audits.row_of(root, "Cat/000.jpg")
    rows = [first | {"path": f"{('Cat', 'Dog')[n % 2]}/{n:03}.jpg"} for n in range(100)]
    findings = [audits.find("outlier", row["path"], "note", message="odd " * 9) for row in rows]
    findings.append(audits.find("blurry", rows[0]["path"]))
    audit = audits.make_audit(root, rows, findings)
    content = audits.content_of(rows, flagged=["Cat/004.jpg"], worth_seeing=7)
    state = replace(audit.state, named=("Pets", None))
    return replace(audit, content=content, state=state)


@pytest.mark.parametrize("width", [80, 120])
def test_many_notes_of_one_validator_are_one_line(flooded, width):
    console = Console(file=io.StringIO(), width=width)
    show(flooded, console)
    lines = console.file.getvalue().splitlines()
    assert sum("outlier" in line for line in lines) == 1
    assert len(lines) < 24
    assert max(map(len, lines)) <= width


def test_the_lines_for_a_person_show_all_but_notes_and_say_how_to_see_those(flooded):
    lines = render_short(flooded, 5).splitlines()
    assert sum("blurry" in line for line in lines) == 1
    assert lines[-1] == "outlier: 95 more notes. Add --format concise to see all."
    assert len(lines) == 1 + 5 + 1
    assert len(render(flooded).splitlines()) == 101


def test_the_summary_says_how_far_the_lists_are_worth_the_time(flooded):
    console = Console(file=io.StringIO(), width=120)
    show(flooded, console)
    wanted = "Worth a look in the report: 1 label to check, 7 odd pictures."
    assert wanted in console.file.getvalue()
