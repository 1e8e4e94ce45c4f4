"""How many pictures of one split are in another one, as every report says it."""

import dataclasses
import json
import shutil

import pictures
import pytest

import catsclean
from catsclean import cli
from catsclean.auditing.leaks import Leak
from catsclean.reports import json_format, markdown_format, sarif_format
from catsclean.reports.html import render_html
from catsclean.reports.notebook import render_notebook


def make_split(root, split, seeds, label="rock"):
    folder = root / split / label
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        (folder / f"{split}{seed}.jpg").write_bytes(pictures.jpeg(seed, (96, 72)))


@pytest.fixture
def leaky(tmp_path):
    """Twelve pictures in training, four in testing; three of those are copies of training."""
    root = tmp_path / "hands"
    make_split(root, "training", range(6))
    make_split(root, "training", range(10, 16), "paper")
    make_split(root, "testing", [0, 1, 20])
    make_split(root, "testing", [10], "paper")
    return root


def audit(root):
    return catsclean.audit(root, workers=1, save=False)


def test_the_leak_is_counted_in_the_split_that_gives_the_score(leaky):
    (leak,) = audit(leaky).leaks
    assert leak == Leak("testing", "training", 3, 4)
    assert leak.share == 0.75
    assert str(leak) == ("3 of 4 pictures in testing are also in training: its score means nothing")


def test_pictures_without_copies_elsewhere_are_no_leak(tmp_path):
    root = tmp_path / "hands"
    make_split(root, "train", [1, 2, 3])
    make_split(root, "test", [4, 5])
    shutil.copy(root / "train/rock/train1.jpg", root / "train/rock/again.jpg")
    assert audit(root).leaks == ()


def test_altered_copies_count_and_damaged_files_do_not(tmp_path):
    root = tmp_path / "hands"
    make_split(root, "train", range(8))
    make_split(root, "test", range(20, 23))
    small = pictures.encode(pictures.draw(3, (96, 72)).resize((80, 60)))
    (root / "test/rock/small.jpg").write_bytes(small)
    (root / "test/rock/empty.jpg").write_bytes(b"")
    assert audit(root).leaks == (Leak("test", "train", 1, 4),)


def test_every_pair_of_splits_is_counted_the_worst_first(tmp_path):
    root = tmp_path / "hands"
    make_split(root, "train", range(8))
    make_split(root, "valid", [0, 20, 21, 22])
    make_split(root, "test", [0, 1])
    assert audit(root).leaks == (
        Leak("test", "train", 2, 2),
        Leak("test", "valid", 1, 2),
        Leak("valid", "train", 1, 4),
    )


def test_a_small_leak_is_not_said_to_make_the_score_worthless():
    assert str(Leak("test", "train", 1, 200)) == (
        "1 of 200 pictures in test is also in train: its score is too good"
    )


def test_a_leak_that_is_loaded_is_the_same_after_a_split(leaky, tmp_path):
    before = catsclean.audit(leaky, workers=1).leaks
    catsclean.split(leaky, {"val": 0.25}).save()
    assert catsclean.load_audit(leaky).leaks == before != ()


SENTENCE = "3 of 4 pictures in testing are also in training: its score means nothing."


def test_every_report_says_the_leak_and_what_to_do(leaky, monkeypatch):
    monkeypatch.chdir(leaky.parent)
    found = audit("hands")
    command = "catsclean split hands --keep-split --val 0.1"
    document = json.loads(json_format.render(found))
    assert document["leaks"] == [
        {"split": "testing", "other": "training", "pictures": 3, "of": 4, "share": 0.75,
         "message": SENTENCE}
    ]  # fmt: skip
    run = json.loads(sarif_format.render(found))["runs"][0]
    assert run["properties"]["leaks"] == document["leaks"]
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert f"Leak (75.0%): {SENTENCE} Split again: {command}" in notes[0]["message"]["text"]
    for page in (render_html(found), render_notebook(found)):
        assert SENTENCE in page
        assert command in page
    text = markdown_format.render(found)
    assert text.index(SENTENCE) < text.index("Validator")


def test_a_hostile_name_of_a_split_does_nothing_in_markdown(tmp_path):
    root = tmp_path / "hands"
    make_split(root, "train", range(4))
    make_split(root, "test", [0, 20])
    found = dataclasses.replace(audit(root))
    vars(found)["leaks"] = (Leak("<b>@me", "[x](y)", 1, 2),)
    text = markdown_format.render(found)
    assert "<b>" not in text
    assert "[x]" not in text
    assert "@me" not in text


@pytest.mark.parametrize("form", ["table", "concise", "github"])
def test_the_command_line_says_the_leak_before_its_counts(leaky, monkeypatch, capsys, form):
    monkeypatch.chdir(leaky.parent)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(leaky.parent / "summary.md"))
    monkeypatch.setenv("COLUMNS", "60")
    cli.run(["audit", "hands", "-j", "1", "--format", form])
    out, err = capsys.readouterr()
    if form == "github":
        out = (leaky.parent / "summary.md").read_text(encoding="utf-8")
        assert "3 of 4 pictures in testing are also in training" in out
        return
    said = out if form == "table" else err
    command = "catsclean split hands --keep-split --val 0.1"
    assert f"Split again: {command}\n" in said
    if form == "table":  # its next commands have the same
        assert out.count(command) == 2
    said = " ".join(said.split())
    assert f"{SENTENCE} Split again" in said
    assert said.index(SENTENCE) < said.index("Found ")


def test_the_command_that_is_named_makes_splits_without_a_leak(leaky, monkeypatch):
    monkeypatch.chdir(leaky.parent)
    catsclean.audit("hands", workers=1)
    table = catsclean.split("hands", {"test": 0.1}).manifest.table
    assert table.groupby("sha256")["split"].nunique().max() == 1
