"""``python -m benchmarks`` itself; what it measures is too slow for a test."""

import pytest

from benchmarks import __main__ as command
from benchmarks import peers, sections
from benchmarks.measuring import CommandFailedError
from benchmarks.results import Results, Row


class Made:
    TITLE, METHOD, PEERS = "Made", "Made up.", ()

    def __init__(self, *figures):
        self.figures = figures

    def measure(self, _workshop):
        for figure in self.figures:
            yield Row(f"figure {figure}", "s", (figure,), plot="Made")


@pytest.fixture
def made(monkeypatch):
    monkeypatch.setattr(sections, "find", lambda name: Made(len(name), 2.0))


def test_a_section_measured_again_leaves_the_others_as_they_were(made, tmp_path):
    output = tmp_path / "performance.md"
    command.main(["--only", "warm,cold", "--output", str(output)])
    first = Results.load(output.with_suffix(".json")).sections
    command.main(["--only", "cold", "--quick", "--output", str(output)])
    second = Results.load(output.with_suffix(".json")).sections
    assert list(second) == ["cold", "warm"]
    assert second["warm"] == first["warm"]
    assert second["cold"].quick
    assert not first["cold"].quick


def test_page_and_plots_are_drawn_again_without_measuring(made, tmp_path, monkeypatch):
    output = tmp_path / "performance.md"
    command.main(["--only", "cold", "--output", str(output)])
    text = output.read_text()
    output.unlink()
    monkeypatch.setattr(sections, "find", lambda _: pytest.fail("measured"))
    command.main(["--redraw", "--output", str(output)])
    assert output.read_text() == text
    assert (tmp_path / "images" / "performance-cold.svg").exists()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            CommandFailedError("python ended with code 1: no such option"),
            "python ended with code 1",
        ),
        (ImportError("cannot import name 'COMMANDS'"), 'ImportError("cannot import name'),
    ],
)
def test_a_section_that_fails_leaves_what_was_measured_before(tmp_path, monkeypatch, error, reason):
    class Failing(Made):
        def measure(self, workshop):
            yield from super().measure(workshop)
            raise error

    monkeypatch.setattr(sections, "find", lambda _: Failing(1.0))
    output = tmp_path / "performance.md"
    command.main(["--only", "cold", "--output", str(output)])
    text = output.read_text()
    assert "| figure 1.0 | 1 s |" in text
    assert f"not measured: {reason}" in text


def test_an_unknown_section_is_named_with_those_that_there_are(capsys):
    with pytest.raises(SystemExit):
        command.main(["--only", "cold,hot"])
    message = capsys.readouterr().err
    assert "no such section: hot" in message
    assert "startup" in message


@pytest.mark.parametrize("name", sections.NAMES)
def test_every_section_says_what_it_is_and_which_peers_it_asks(name):
    section = sections.find(name)
    assert section.TITLE
    assert section.METHOD.endswith(".")
    assert set(section.PEERS) <= set(peers.WANTED)
