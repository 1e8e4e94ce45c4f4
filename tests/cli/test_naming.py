"""Which data set a command is about, and the commands that it tells of: they can be pasted."""

import shlex

import pytest
from pictures import make_dataset


@pytest.fixture
def named(tmp_path):
    """A data set whose name a shell would take apart."""
    root = make_dataset(tmp_path / "deep" / "my set")
    (root / "Cat" / "empty.jpg").touch()
    return root


AUDIT = ("audit", "deep/my set", "--state-dir", "my st", "--select", "file")


def test_the_commands_that_come_next_can_be_pasted(run, named):
    out = run(*AUDIT, "--format", "table").stdout
    told = [line.split("   ")[0] for line in out.splitlines() if line.startswith("  catsclean ")]
    assert len(told) == 3
    for line in told:
        words = shlex.split(line)[1:]
        assert words[1:4] == ["deep/my set", "--state-dir", "my st"]
        assert run(*[word for word in words if word != "--open"], "-q").returncode == 0


def test_a_clean_and_its_undo_tell_commands_that_can_be_pasted(run, named):
    run(*AUDIT)
    told = ["clean", "deep/my set", "--state-dir", "my st", "--apply"]
    for _ in range(2):
        out = run(*told).stdout
        line = next(line for line in out.splitlines() if line.startswith("  catsclean "))
        told = shlex.split(line.strip().split("   ")[0])[1:]
        assert told[1:] == ["deep/my set", "--state-dir", "my st"]
    assert (named / "Cat" / "empty.jpg").exists()


@pytest.mark.parametrize("command", ["report", "clean", "split --val 0.2", "log"])
def test_what_was_not_audited_says_how_to_audit_it(run, named, command):
    first, *rest = command.split()
    done = run(first, "deep/my set", "--state-dir", "my st", *rest)
    if first == "log":
        assert done.stdout == "Never cleaned.\n"
        return
    assert done.returncode == 2
    assert done.stderr.endswith("Run: catsclean audit 'deep/my set' --state-dir 'my st'\n")


@pytest.mark.parametrize(
    "command",
    ["report", "clean", "clean --apply", "split --val 0.2 --no-files", "log", "cache info"],
)
def test_a_state_folder_alone_names_its_data_set(run, named, tmp_path, command):
    run(*AUDIT)
    run("audit", make_dataset(tmp_path / "near"), "--select", "file")
    before = sorted((tmp_path / "near.catsclean").rglob("*"))
    done = run(*command.split(), "--state-dir", "my st")
    assert done.returncode == 0
    assert "near" not in done.stdout
    assert sorted((tmp_path / "near.catsclean").rglob("*")) == before


def test_names_with_control_characters_reach_no_terminal(run, tmp_path):
    name = "e\x1b[31mRED"
    for one in (name, "other"):
        run("audit", make_dataset(tmp_path / one), "--select", "file")
    for command in ("report", "clean", "undo", "split"):
        done = run(command)
        assert done.returncode == 2
        assert "\x1b" not in done.stderr
    assert "\x1b" not in run("audit", "--colour\x1b").stderr
    (tmp_path / "e\x1b[31m").mkdir()
    assert "\x1b" not in run("report", tmp_path / "e\x1b[31m").stderr
    (tmp_path / "other.catsclean" / "audit.json").unlink()
    for command in ("clean", "log", "report", "cache info", "split --val 0.2"):
        assert "\x1b" not in run(*command.split()).stdout


@pytest.mark.parametrize("command", ["audit", "report", "clean", "practice"])
def test_an_empty_text_is_no_folder(run, tmp_path, command):
    done = run(command, "")
    assert done.returncode == 2
    assert "Received: ''" in done.stderr
    assert list(tmp_path.iterdir()) == []
