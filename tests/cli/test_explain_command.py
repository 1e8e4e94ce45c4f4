import pytest

from catsclean.cli import run
from catsclean.core import site_address
from catsclean.validators.registry import all_validators


def test_prints_the_page_as_it_stands_into_a_pipe(capsys):
    assert run(["explain", "zero-length"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("# zero-length\n")
    assert "\x1b" not in shown


def test_lists_every_validator_one_a_line_into_a_pipe(capsys):
    assert run(["explain", "--all"]) == 0
    header, *lines = capsys.readouterr().out.splitlines()
    assert header == "Validator\tFamily\tSeverity\tFix\tDefault\tFinds"
    assert [line.split("\t")[0] for line in lines] == list(all_validators())


def test_lists_a_family(capsys):
    assert run(["explain", "labels"]) == 0
    families = {line.split("\t")[1] for line in capsys.readouterr().out.splitlines()[1:]}
    assert families == {"labels"}


def test_lists_those_of_a_family_that_are_off_by_default_too(capsys):
    assert run(["explain", "pixels"]) == 0
    assert any(line.startswith("too-dark\t") for line in capsys.readouterr().out.splitlines())


def test_renders_markdown_and_a_table_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert run(["explain", "zero-length"]) == 0
    assert "# zero-length" not in capsys.readouterr().out
    assert run(["explain", "--all"]) == 0
    assert "zero-length" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["zero-lenght"], [], ["zero-length", "--all"]])
def test_bad_usage_is_one_line_and_exit_code_2(arguments, capsys):
    assert run(["explain", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1


def test_a_near_name_is_offered(capsys):
    run(["explain", "zero-lenght"])
    assert "Did you mean 'zero-length'?" in capsys.readouterr().err


@pytest.mark.parametrize("published", [False, True])
def test_the_page_on_the_web_is_named_once_it_is_there(capsys, monkeypatch, published):
    monkeypatch.setattr(site_address, "PUBLISHED", published)
    run(["explain", "zero-length"])
    address = f"More: <{site_address.SITE}validators/zero-length/>"
    assert (address in capsys.readouterr().out.splitlines()) is published


def test_without_a_name_it_says_how_to_give_one(capsys):
    assert run(["explain"]) == 2
    assert "no name given. Name a validator or a family" in capsys.readouterr().err
    assert run(["explain", "blurry", "--all"]) == 2
    assert "but not both" in capsys.readouterr().err
