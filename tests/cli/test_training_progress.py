import io
import os
import sys

import pytest
from rich.cells import cell_len

from catsclean.cli.training_progress import showing_training
from catsclean.training import TrainingProgress
from catsclean.training.fit import Step

BLOCKS = set("▁▂▃▄▅▆▇█")


class Terminal(io.TextIOWrapper):
    """A terminal, as far as a program can tell."""

    def isatty(self):
        return True


def shown(monkeypatch, epochs, columns=80, encoding="utf-8", stream=Terminal, folds=0):
    """What a training run leaves on standard error, with what stood there for a while."""
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    buffer = io.BytesIO()
    with stream(buffer, encoding) as target:
        monkeypatch.setattr(sys, "stderr", target)
        with showing_training(hidden=False, bar=True) as show:
            for fold in range(1, max(folds, 1) + 1):
                for epoch in range(1, epochs + 1):
                    row = {
                        "accuracy": 0.5, "val_accuracy": round(0.5 + 0.4 * epoch / epochs, 3),
                        "loss": 0.5, "val_loss": 0.5, "seconds": 0.1,
                    }  # fmt: skip
                    step = Step(epoch, epochs, 3, 3, 0.5, 0.5, row)
                    fold_of = {"fold": fold, "folds": folds} if folds else {}
                    show(TrainingProgress("training", step=step, **fold_of))
                    if show._bar is not None:
                        show._bar.refresh()
            show(TrainingProgress("evaluating"))
        target.flush()
        return buffer.getvalue().decode(encoding)


def curves(text):
    return [line for line in text.splitlines() if line.startswith("val accuracy")]


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("epochs", [2, 15, 300])
def test_a_terminal_shows_the_validation_accuracy_as_a_curve(monkeypatch, columns, epochs):
    text = shown(monkeypatch, epochs, columns)
    line = curves(text)[-1]
    assert line.endswith("to 0.900, best 0.900")
    blocks = [letter for letter in line if letter in BLOCKS]
    assert blocks == sorted(blocks)
    assert (blocks[0], blocks[-1]) == ("▁", "█")
    assert len(blocks) == min(epochs, 60, columns - 43)
    assert all(cell_len(line) <= columns for line in curves(text))


def test_each_fold_has_a_curve_of_its_own(monkeypatch):
    lines = curves(shown(monkeypatch, 3, folds=2))
    assert sum("▁▅█" in line and "0.633 to 0.900" in line for line in lines) >= 2
    assert not any("▁▅█▁" in line for line in lines)


def test_a_terminal_that_only_has_ascii_shows_figures(monkeypatch):
    text = shown(monkeypatch, 3, encoding="ascii")
    assert "val 0.900" in text
    assert not curves(text)


def test_without_colour_the_curve_is_plain(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert "val accuracy  ▁▅█  0.633 to 0.900, best 0.900" in shown(monkeypatch, 3)
    assert "\x1b[3" not in shown(monkeypatch, 3)


def test_a_pipe_gets_one_line_of_figures_an_epoch(monkeypatch):
    text = shown(monkeypatch, 3, stream=io.TextIOWrapper)
    assert [line[:11] for line in text.split(os.linesep) if line] == [
        "epoch   1/3", "epoch   2/3", "epoch   3/3",
    ]  # fmt: skip
    assert not BLOCKS & set(text)
