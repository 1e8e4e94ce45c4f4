"""An output format is one file: the command line finds it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from pictures import make_dataset

import catsclean
from catsclean.cli.output_formats import format_names

PACKAGE = Path(catsclean.__file__).parent
COUNT = '''"""How many findings there are."""


def render(audit):
    return f"{len(audit.findings)} findings\\n"
'''


def test_the_formats_are_the_files_of_that_name():
    assert set(format_names()) >= {"concise", "json", "github", "junit", "markdown", "sarif"}


def test_a_format_is_added_with_one_file(tmp_path):
    shutil.copytree(PACKAGE, tmp_path / "catsclean", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "catsclean" / "reports" / "count_format.py").write_text(COUNT)
    make_dataset(tmp_path / "Pets", {"Cat": 1})
    done = subprocess.run(
        [sys.executable, "-m", "catsclean", "audit", "Pets", "--format", "count", "--exit-zero"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.endswith(" findings\n"), done.stderr
    # `check` has it, too
    shown = subprocess.run(
        [sys.executable, "-m", "catsclean", "check", "--help"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "count" in shown.stdout


def test_a_format_that_does_not_exist_is_refused_with_the_ones_that_do(run, tmp_path):
    make_dataset(tmp_path / "Pets", {"Cat": 1})
    done = run("audit", "Pets", "--format", "xml")
    assert done.returncode == 2
    assert "'xml' is not one of table, concise, json" in done.stderr
