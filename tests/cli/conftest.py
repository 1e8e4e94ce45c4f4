"""Runs the command line, in this process where that is enough, else in one of its own."""

import math
import os
import signal
import subprocess
import sys
from dataclasses import dataclass

import pytest
from patience import HANG_S

from catsclean import cli
from catsclean.cli import progress_bars


@dataclass
class Done:
    """What a call of the command line ended with."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Call ``run("audit", "set")`` in this process; the working folder is `tmp_path`."""
    monkeypatch.chdir(tmp_path)
    # on a slow machine a command would say how far it has come, between lines that a test reads
    monkeypatch.setattr(progress_bars, "_LINE_SECONDS", math.inf)
    handler = signal.getsignal(signal.SIGTERM)

    def call(*arguments):
        code = cli.run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Done(code, out, err)

    yield call
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture
def run_process(tmp_path):
    """Call ``run_process("audit", "set", env={...})`` in a process of its own."""

    def call(*arguments, env=None, timeout=HANG_S):
        return subprocess.run(
            [sys.executable, "-m", "catsclean", *map(str, arguments)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
            env={**os.environ, **(env or {})},
        )

    return call
