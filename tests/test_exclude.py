"""What a user leaves out is not looked at, not listed and never touched; how much is said."""

import json

import pictures
import pytest

import catsclean
from catsclean.cli import run
from catsclean.core.path_patterns import exclusion
from catsclean.errors import ConfigError, DatasetError
from catsclean.scan.discover import discover


@pytest.fixture
def pets(tmp_path, monkeypatch):
    root = pictures.make_dataset(tmp_path / "Pets", {"Cat": 3, "Dog": 3})
    for path in ("Cat/0_mask.png", "Cat/raw/1.jpg", "Dog/raw/2.jpg", "Bird/3.jpg", "Dog/raw.jpg"):
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).touch()
    monkeypatch.chdir(tmp_path)
    return root


def empty(audit):
    return [f.path for f in audit.findings if f.validator == "zero-length"]


@pytest.mark.parametrize(
    ("patterns", "left", "number"),
    [
        ((), "Bird/3.jpg Cat/0_mask.png Cat/raw/1.jpg Dog/raw.jpg Dog/raw/2.jpg", 0),
        ("*_mask.png", "Bird/3.jpg Cat/raw/1.jpg Dog/raw.jpg Dog/raw/2.jpg", 1),
        (["raw/"], "Bird/3.jpg Cat/0_mask.png Dog/raw.jpg", 2),
        (["raw"], "Bird/3.jpg Cat/0_mask.png Dog/raw.jpg", 2),
        (["/Dog/raw", "Bird/"], "Cat/0_mask.png Cat/raw/1.jpg Dog/raw.jpg", 2),
        (["Cat/*", "!Cat/*.png"], "Bird/3.jpg Cat/0_mask.png Dog/raw.jpg Dog/raw/2.jpg", 4),
    ],
)
def test_patterns_are_those_of_a_gitignore(pets, patterns, left, number):
    audit = catsclean.audit(pets, exclude=patterns, workers=1)
    assert empty(audit) == left.split()
    assert audit.dataset.excluded == number
    assert catsclean.load_audit(pets).dataset == audit.dataset


def test_a_class_that_is_left_out_is_no_class(pets):
    audit = catsclean.audit(pets, exclude="Bird/", workers=1)
    assert audit.dataset.labels == ["Cat", "Dog"]
    assert "empty-class" not in audit.counts()


def test_an_excluded_folder_is_not_even_listed(pets):
    folder = pets / "Cat/raw"
    listing = discover(pets, exclusion(["raw/"]))
    assert "Cat/raw" not in listing.folders
    assert not any(path.startswith("Cat/raw/") for path in listing.paths)
    assert folder.is_dir()


def test_what_is_excluded_is_in_no_manifest_and_no_clean_touches_it(pets):
    junk = pets / "__MACOSX"
    junk.mkdir()
    for name in ("._0.jpg", "mine.jpg"):
        (junk / name).touch()
    audit = catsclean.audit(pets, exclude=["raw/", "mine.jpg"], workers=1)
    assert not audit.manifest.table["path"].str.contains("raw/|mine").any()
    assert catsclean.plan_cleaning(audit).apply().moved
    assert not (junk / "._0.jpg").exists()
    assert (junk / "mine.jpg").exists()
    assert (pets / "Cat/raw/1.jpg").exists()


def test_the_other_data_set_is_compared_as_a_whole(pets, tmp_path):
    other = pictures.make_dataset(tmp_path / "Other", {"raw": 1})
    (pets / "Cat/9.jpg").write_bytes((other / "raw/0.jpg").read_bytes())
    audit = catsclean.audit(pets, exclude="raw/", against=other, workers=1)
    assert audit.counts()["in-other-set"] >= 1


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("!", "exclude must hold .gitignore patterns"),
        (3, "a list of texts"),
        (None, "a list of texts"),
    ],
)
def test_what_is_no_pattern_is_refused(pets, pattern, why):
    with pytest.raises(ConfigError, match=why):
        catsclean.audit(pets, exclude=[pattern], workers=1)


def test_where_everything_is_left_out_it_is_said(pets):
    with pytest.raises(DatasetError, match=r"no pictures in this folder \(3 excluded\)"):
        catsclean.audit(pets, exclude="*", workers=1)


def test_the_command_adds_to_the_settings_and_says_how_much_was_left_out(pets, capsys):
    (pets.parent / "catsclean.toml").write_text('exclude = ["raw/"]')
    command = ["audit", "Pets", "--select", "zero-length", "-j", "1"]
    assert run([*command, "--exclude", "*_mask.png", "--exclude", "Bird/"]) == 1
    told = capsys.readouterr()
    assert told.out == "Dog/raw.jpg: zero-length: 0 bytes\n"
    assert "4 files and folders skipped (--exclude)." in told.err
    run([*command, "--format", "table"])
    assert "2 files and folders skipped" in capsys.readouterr().out
    run([*command, "--json"])
    assert json.loads(capsys.readouterr().out)["dataset"]["excluded"] == 2


def test_the_report_says_how_much_was_left_out(pets, tmp_path):
    catsclean.audit(pets, exclude="raw/", workers=1).save_html(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "2 files and folders skipped" in page


def test_patterns_that_match_nothing_are_noted(tmp_path, capsys):
    root = pictures.make_dataset(tmp_path / "Pets", {"Cat": 2, "Dog": 2})
    run(["audit", str(root), "--no-content", "--exclude", "Cta/", "-j", "1"])
    assert "Note: nothing here matches the pattern 'Cta/' (--exclude)." in capsys.readouterr().err
    run(["audit", str(root), "--no-content", "--exclude", "Cat/", "-j", "1"])
    assert "nothing here matches" not in capsys.readouterr().err
