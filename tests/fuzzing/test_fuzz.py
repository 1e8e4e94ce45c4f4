"""A minute of coverage-guided fuzzing for each target, from a fixed seed; ``pytest -m fuzz``."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from patience import HANG_S

SECONDS = 60
# named here and not read from the targets, which belong to the fuzzer's own process
TARGETS = (
    "read_picture", "walk_picture", "open_container", "unpack_archive", "read_labels",
    "read_records", "load_manifest", "load_decisions", "load_settings", "show_name",
)  # fmt: skip


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
