"""What an addition costs, tried on a copy of the tree: no second package is edited."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pictures
import pytest

ROOT = Path(__file__).parents[1]

SQUARE = '''"""The validator ``square``."""

from collections.abc import Iterable
from typing import ClassVar

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator


class Square(Validator):
    """Finds pictures that are as high as they are wide.

    ## Why it matters

    It does not.

    ## Example

        Cat/1.jpg: square: 64 x 64 pixels

    ## What to do

    Nothing.

    ## False alarms

    None.
    """

    name: ClassVar[str] = "square"
    family: ClassVar[str] = "pixels"
    severity: ClassVar[Severity] = Severity.NOTE
    fix: ClassVar[Fix] = Fix.NONE

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Compare width and height."""
        rows = evidence.decoded
        rows = rows.where(rows["width_px"] == rows["height_px"])
        return self.findings(rows, [f"{side} x {side} pixels" for side in rows["width_px"]])
'''
TEST = """import pictures

from catsclean.testing import assert_finds
from catsclean.validators.square import Square


def test_finds_a_square(pets):
    (pets / "Cat/square.jpg").write_bytes(pictures.jpeg(9, (64, 64)))
    assert_finds(Square(), pets, "Cat/square.jpg")
"""
ROW = """    Column("bytes_per_pixel", "float32", _NAN, _READING, "bytes of the file", _STATED),
"""
CODE = """    if image.width_px and image.height_px:
        values["bytes_per_pixel"] = len(image.data) / image.width_px / image.height_px
"""

COMMAND = '''"""List the labels of an audited data set.

Examples:
  catsclean list-labels PetImages

Docs: https://github.com/catsclean/catsclean/blob/main/docs/command-line.md
"""

import catsclean
from catsclean.cli import options, output


def command(path: options.OptionalRoot = None, state_dir: options.StateDir = None) -> None:
    state = output.find_state(path, state_dir)
    for label in catsclean.load_audit(state.root, state.path).dataset.labels:
        output.say(label)
'''


@pytest.fixture
def tree(tmp_path):
    """A copy of the package, of its docs, and of the tests that an addition has to pass."""
    tree = tmp_path / "tree"
    leave_out = shutil.ignore_patterns("__pycache__")
    for folder in ("catsclean", "docs", "website", "tests/core", "tests/validators"):
        shutil.copytree(ROOT / folder, tree / folder, ignore=leave_out)
    for file in ("pyproject.toml", *(f"tests/{name.name}" for name in ROOT.glob("tests/*.py"))):
        shutil.copy(ROOT / file, tree / file)
    pets = pictures.make_dataset(tmp_path / "Pets", {"Cat": 2, "Dog": 2})
    (pets / "Cat/square.jpg").write_bytes(pictures.jpeg(9, (64, 64)))
    return tree


def run(tree, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(tree), "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=tree, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def check(tree, *tests):
    return run(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)


def insert(path, text, before):
    whole = path.read_text(encoding="utf-8")
    assert whole.count(before) == 1
    path.write_text(whole.replace(before, text + before), encoding="utf-8")


def test_a_validator_is_one_file_and_its_test(tree):
    (tree / "catsclean/validators/square.py").write_text(SQUARE)
    (tree / "tests/validators/test_square.py").write_text(TEST)
    pages = check(tree, "tests/validators/test_square.py", "tests/validators/test_pages.py")
    assert pages.returncode == 0, pages.stdout
    audit = run(tree, "-m", "catsclean", "audit", "../Pets")
    assert "Cat/square.jpg: square: 64 x 64 pixels" in audit.stdout.splitlines()
    page = run(tree, "-m", "catsclean", "explain", "square")
    assert "as high as they are wide" in page.stdout
    code = "from website import validator_pages; print(validator_pages.render_index())"
    assert "| [square](validators/square.md) | " in run(tree, "-c", code).stdout


def test_a_command_is_one_file(tree):
    (tree / "catsclean/cli/list_labels_command.py").write_text(COMMAND)
    run(tree, "-m", "catsclean", "audit", "../Pets")
    assert run(tree, "-m", "catsclean", "list-labels", "../Pets").stdout == "Cat\nDog\n"
    pages = run(tree, "-m", "catsclean", "--help").stdout
    assert re.search(r"(?m)^  list-labels +List the labels of an audited data set\.$", pages)
    page = run(tree, "-m", "catsclean", "list-labels", "--help").stdout
    assert page.startswith("Usage: catsclean list-labels [OPTIONS] [FOLDER]\n")
    assert "--state-dir FOLDER" in page
    assert page.endswith("/docs/command-line.md\n")


def test_a_column_is_one_row_and_the_code_that_fills_it(tree):
    insert(tree / "catsclean/core/columns.py", ROW, ")  # fmt: skip")
    before = '    values["decoder_warnings"] ='
    insert(tree / "catsclean/images/facts.py", CODE, before)
    run(tree, "-m", "catsclean", "audit", "../Pets")
    header, first, *_ = (tree / "../Pets.catsclean/manifest.csv").read_text().splitlines()
    assert header.endswith(',"bytes_per_pixel"')
    data = (tree / "../Pets/Cat/0.jpg").stat().st_size
    assert float(first.rpartition(",")[2]) == pytest.approx(data / 160 / 120)


def test_a_column_without_a_new_version_fails_a_test(tree):
    insert(tree / "catsclean/core/columns.py", ROW, ")  # fmt: skip")
    failed = check(tree, "tests/core/test_columns.py")
    told = re.findall(
        r"^E +AssertionError: raise (\w+) in (\S+) and add its line here: '(\w+)'",
        failed.stdout,
        re.MULTILINE,
    )
    assert [name for name, *_ in told] == ["SCHEMA_VERSION", "VERSION"]
    for (name, file, digest), table in zip(told, ("MANIFESTS", "CACHES"), strict=True):
        path = tree / "catsclean" / file
        text = path.read_text(encoding="utf-8")
        path.write_text(
            re.sub(rf"^{name}(: Final)? = \d+", f"{name} = 99", text, flags=re.MULTILINE)
        )
        tests = tree / "tests/core/test_columns.py"
        text = tests.read_text(encoding="utf-8")
        tests.write_text(text.replace(f"{table} = {{", f'{table} = {{99: "{digest}", '))
    passed = check(tree, "tests/core/test_columns.py", "-k", "version")
    assert passed.returncode == 0, passed.stdout
