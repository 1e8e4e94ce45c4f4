import typer
from typer.testing import CliRunner

from catsclean.cli import practice_command
from catsclean.errors import UsageError

app = typer.Typer()
app.command()(practice_command.command)


def test_the_command_says_what_it_made_and_what_to_do_next(tmp_path):
    result = CliRunner().invoke(app, [str(tmp_path / "my pets"), "--count", "2", "--no-defects"])
    assert result.exit_code == 0
    assert "2 files" in result.output
    assert "my pets.truth.csv" in result.output
    assert result.output.splitlines()[-1].startswith("  catsclean audit ")


def test_the_command_lists_what_was_planted(tmp_path):
    result = CliRunner().invoke(app, [str(tmp_path / "Pets"), "--count", "4", "--seed", "2"])
    assert result.exit_code == 0
    assert "near-duplicate" in result.output


def test_a_folder_that_is_not_empty_is_bad_usage(tmp_path):
    (tmp_path / "mine.txt").write_text("keep me")
    result = CliRunner().invoke(app, [str(tmp_path)])
    assert isinstance(result.exception, UsageError)


def test_the_command_makes_exercises(tmp_path):
    result = CliRunner().invoke(app, [str(tmp_path / "Leaky"), "--count", "8", "--leaky"])
    assert result.exit_code == 0
    assert "Made" in result.output
    assert "10 files, healthy pictures: 4 in Cat, 4 in Dog." in result.output.replace("\n", " ")
    assert "split-leak" in result.output
    options = ["--count", "6", "--subject", "hands", "--mislabel", "0.3"]
    result = CliRunner().invoke(app, [str(tmp_path / "Hands"), *options])
    assert result.exit_code == 0
    assert "2 in paper, 2 in rock, 2 in scissors" in result.output.replace("\n", " ")


def test_an_unknown_subject_is_bad_usage(tmp_path):
    result = CliRunner().invoke(app, [str(tmp_path / "Birds"), "--subject", "birds"])
    assert result.exit_code == 2
