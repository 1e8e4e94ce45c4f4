import os

import pytest

from catsclean.cli.commands import COMMANDS, Commands, _Command


@pytest.mark.parametrize(("name", "threads"), [("audit", "1"), ("train-baseline", None)])
def test_all_but_training_load_numpy_with_one_thread(name, threads, monkeypatch):
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    command = _Command(name, callback=lambda: os.environ.get("OPENBLAS_NUM_THREADS"))
    assert command.main([], standalone_mode=False) == threads
    assert "OPENBLAS_NUM_THREADS" not in os.environ


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_knows_its_name(name):
    assert Commands(name="catsclean").get_command(None, name).name == name
