"""An error of our own ends with one line and a report that can be sent as it is."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pictures
import pytest

import catsclean
from catsclean import cli
from catsclean.cli import crash_report


@pytest.fixture
def pets(tmp_path, monkeypatch):
    """A data set below a folder that must not be named, and an audit that breaks."""
    place = tmp_path / "very private" / "clients"
    root = pictures.make_dataset(place / "Pets", {"Cat": 2, "Dog": 2})

    def broken(path, **_):
        raise RuntimeError(f"nothing at {Path(path).resolve() / 'Cat/0.jpg'}\nreally \x1b[31m")

    monkeypatch.setattr(catsclean, "audit", broken)
    monkeypatch.setattr(crash_report.tempfile, "tempdir", str(make(tmp_path / "temporary")))
    monkeypatch.chdir(tmp_path)
    return root


def make(folder):
    folder.mkdir(parents=True)
    return folder


def reported(said):
    return Path(re.search(r"send the report '([^']+)'", " ".join(said.split()))[1])


def test_it_ends_with_70_and_one_line(pets, capsys):
    assert cli.run(["audit", str(pets)]) == 70
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("catsclean: ") == 1
    assert "Traceback" not in err
    assert r"unexpected error, RuntimeError: nothing at" in " ".join(err.split())
    assert "\x1b" not in err


def test_the_report_lies_in_the_state_folder_if_there_is_one(pets, capsys):
    state = make(pets.with_name("Pets.catsclean"))
    cli.run(["audit", str(pets)])
    assert reported(capsys.readouterr().err).parent == state


def test_the_report_lies_in_a_temporary_folder_otherwise(pets, capsys, tmp_path):
    cli.run(["audit", str(pets)])
    cli.run(["audit", str(pets)])
    assert reported(capsys.readouterr().err).parent == tmp_path / "temporary"
    assert len(list((tmp_path / "temporary").iterdir())) == 2


def test_where_nothing_can_be_written_the_line_says_so(pets, capsys, monkeypatch):
    monkeypatch.setattr(crash_report.tempfile, "tempdir", str(pets / "no such folder"))
    assert cli.run(["audit", str(pets)]) == 70
    assert "A report could not be written" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("form", ["absolute", "relative", "option", "dotted"])
def test_the_report_tells_what_happened_and_not_where_the_data_lie(pets, capsys, form, monkeypatch):
    arguments = {
        "absolute": [str(pets)],
        "relative": [os.path.relpath(pets)],
        "option": [str(pets), f"--state-dir={make(pets.parent / 'state of it')}"],
        "dotted": ["../Pets"],
    }[form]
    if form == "dotted":
        monkeypatch.chdir(make(pets.parent / "elsewhere"))
    cli.run(["audit", *arguments, "--select", "blurry"])
    text = reported(capsys.readouterr().err).read_text(encoding="utf-8")
    for part in ("catsclean ", "Python ", "numpy ", "pillow ", "--select blurry", "RuntimeError"):
        assert part in text
    assert "in broken" in text
    assert "<data set>/Cat/0.jpg" in text
    assert "catsclean audit '<data set>'" in text
    for secret in ("very private", "clients", str(Path.home()), str(pets.parents[2])):
        assert secret not in text
    assert all(line.isprintable() for line in text.splitlines())


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("cannot open '/srv/share/other/file.jpg'", "cannot open '<folder>/file.jpg'"),
        (r"cannot open 'D:\clients\acme\a.jpg'", "cannot open '<folder>/a.jpg'"),
        ("1/2 and a/b", "1/2 and a/b"),
        ("Cat/1.jpg", "Cat/1.jpg"),
    ],
)
def test_other_places_are_hidden_too(line, shown):
    assert shown in crash_report.render(ValueError(line), ["audit", "Pets"])


def test_an_error_while_a_process_of_its_own_runs_is_reported(tmp_path):
    root = pictures.make_dataset(tmp_path / "Pets", {"Cat": 1})
    code = (
        "import catsclean as a, catsclean.cli as c\n"
        "def broken(*_, **__): raise LookupError('oh')\n"
        "a.audit = broken\n"
        f"c.main(['audit', {str(root)!r}])"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 70
    assert "LookupError: oh" in done.stderr
    assert "Traceback" not in done.stderr
    assert reported(done.stderr).is_file()


def test_wrong_usage_is_no_crash(tmp_path, capsys):
    assert cli.run(["audit", str(tmp_path / "nowhere")]) == 2
    assert "unexpected" not in capsys.readouterr().err


@pytest.mark.parametrize("at", [11, None, "Cat/0.jpg", b"Cat/0.jpg"])
def test_an_error_of_the_disk_is_one_line_whatever_it_names(pets, capsys, monkeypatch, at):
    def fails(path, **_):
        raise OSError(4, "Interrupted system call", at)

    monkeypatch.setattr(catsclean, "audit", fails)
    assert cli.run(["audit", str(pets)]) == 3
    err = capsys.readouterr().err
    assert "cannot continue: Interrupted system call" in err
    assert ("Cat/0.jpg" in err) == isinstance(at, str | bytes)
