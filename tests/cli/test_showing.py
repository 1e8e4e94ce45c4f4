import io
import sys

import pytest

from catsclean.cli import run
from catsclean.cli.output import say
from catsclean.cli.streams import wrapped


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def narrow(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")


def test_a_sentence_breaks_between_words_on_a_terminal(narrow):
    text = "of the copies of a picture the one with the first name stays"
    lines = wrapped(text, Terminal()).split("\n")
    assert " ".join(lines) == text
    assert max(map(len, lines)) <= 20


def test_a_path_is_never_broken(narrow):
    text = "written: a-folder-with-a-long-name/and-one-more"
    assert wrapped(text, Terminal()).split("\n")[-1] == "a-folder-with-a-long-name/and-one-more"


def test_a_command_at_the_end_of_a_sentence_is_not_broken(narrow):
    text = "'my set' was never audited. Run: catsclean audit 'my set' --state-dir st"
    *lines, command = wrapped(text, Terminal()).split("\n")
    assert command == "  catsclean audit 'my set' --state-dir st"
    assert " ".join(lines) == "'my set' was never audited. Run:"


def test_a_sentence_stays_one_line_in_a_pipe(narrow):
    text = "of the copies of a picture the one with the first name stays"
    assert wrapped(text, io.StringIO()) == text


def test_a_command_to_copy_stays_one_line(narrow, monkeypatch):
    stream = Terminal()
    monkeypatch.setattr("sys.stdout", stream)
    say("  catsclean undo Pets    brings them back")
    assert stream.getvalue() == "  catsclean undo Pets    brings them back\n"


def test_a_table_is_as_wide_as_the_sentences_on_a_plain_terminal_too(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr("sys.stdout", Terminal())
    assert run(["explain", "--all"]) == 0
    assert 80 < max(map(len, sys.stdout.getvalue().splitlines())) <= 120
