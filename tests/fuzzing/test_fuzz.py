"""A minute of coverage-guided fuzzing for each target, from a fixed seed; ``pytest -m fuzz``."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fuzzing.seeds import TARGETS
from patience import HANG_S

SECONDS = 60


def test_every_target_begins_with_seeds():
    # in a process of its own, to which the targets belong
    done = subprocess.run(
        [sys.executable, "-c", "from fuzzing.targets import TARGETS; print(*TARGETS)"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, Path(__file__).parents[1:3]))},
        capture_output=True, text=True, check=True, timeout=HANG_S,
    )  # fmt: skip
    assert tuple(done.stdout.split()) == TARGETS


@pytest.mark.fuzz
@pytest.mark.parametrize("target", TARGETS)
def test_a_minute_of_fuzzing_breaks_no_promise(target, tmp_path):
    fuzz(target, tmp_path, f"-max_total_time={SECONDS}")


@pytest.mark.parametrize("target", TARGETS)
def test_the_inputs_that_fuzzing_begins_with_break_no_promise(target, tmp_path):
    fuzz(target, tmp_path, "-runs=20")


def fuzz(target, folder, option):
    pytest.importorskip("atheris")
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("fuzz.py"), target, "-seed=1", option],
        cwd=folder, env={**os.environ, "TMPDIR": str(folder)},
        capture_output=True, text=True, check=False, timeout=HANG_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
