"""What mypy tells a user of the library: nothing about right calls, and all about wrong ones."""

import dataclasses
import re
import subprocess
import sys
from importlib.machinery import PathFinder
from pathlib import Path
from typing import get_args

import pytest

import catsclean
from catsclean.cleaning.loaders import LOADERS, LoaderName
from catsclean.cleaning.repair_choice import STRIPS, StripName
from catsclean.splitting.linking import LinkMode, LinkName
from catsclean.testing import practice
from catsclean.training.recipes import ProbeRecipe, Recipe, RecipeChanges, RecipeName

ROOT = Path(__file__).parents[1]
# a line that ends with `# wrong` is one that mypy has to report
SCRIPT = """\
import catsclean
from catsclean.training import Recipe

audit = catsclean.audit("Pets", layout="classes", ignore=["pixels"], engine="local")
catsclean.audit("Pets", layout="clases")  # wrong
catsclean.audit("Pets", probe="torch")  # wrong
catsclean.audit("Pets", engine="spark")  # wrong
catsclean.audit("Pets", workers="4")  # wrong
catsclean.audit("Pets", lables="names")  # wrong
paths: list[str] = [finding.path or "" for finding in audit.findings if finding.severity >= "warning"]
rows: int = len(audit.to_pandas())
audit.findings[0].sevirity  # wrong
audit.findings[0].path.upper()  # wrong
counts: dict[str, int] = audit.counts()
names: list[int] = audit.counts()  # wrong

catsclean.check_files(["a.jpg"], since="main")
catsclean.check_files(3)  # wrong
plan = catsclean.plan_cleaning(audit, keep=["Cat/1.jpg"])
plan.aply()  # wrong
catsclean.plan_repairs(audit, strip="gps", loader="torch")
catsclean.plan_repairs(audit, strip="all")  # wrong
catsclean.plan_repairs(audit, loader="jax")  # wrong

split = catsclean.split(audit, {"train": 0.9, "val": 0.1}, groups="exact")
catsclean.split(audit, groups="nearly")  # wrong
split.write("out", link="hardlink")
split.write("out", link="softlink")  # wrong

run = catsclean.train_baseline(split, recipe="probe", C=0.1, epochs=3, optimizer="sgd")
catsclean.train_baseline(split, epochz=3)  # wrong
catsclean.train_baseline(split, epochs="3")  # wrong
catsclean.train_baseline(split, recipe="resnet")  # wrong
catsclean.train_baseline(split, optimizer="adamw")  # wrong
catsclean.train_baseline(split, fit="squash")  # wrong
catsclean.train_baseline(split, precision="float8")  # wrong
catsclean.train_baseline(split, device="tpu")  # wrong
Recipe(optimizer="adamw")  # wrong
Recipe().with_changes(epochs=3)
Recipe().with_changes(epoch=3)  # wrong

catsclean.make_practice("Pets", subject="hands")
catsclean.make_practice("Pets", subject="feet")  # wrong
catsclean.json_schema("audit")
catsclean.json_schema("manifest")  # wrong
catsclean.find_settings()["fail-on"].source == "file"
catsclean.find_settings()["fail-on"].source == "cloud"  # wrong
"""


@pytest.mark.slow
@pytest.mark.skipif(not PathFinder.find_spec("mypy"), reason="needs mypy")
def test_mypy_reports_every_wrong_line_of_a_script_and_no_other(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    link = tmp_path / "catsclean"
    link.symlink_to(ROOT / "catsclean", target_is_directory=True)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--ignore-missing-imports",
         "--follow-imports=silent", "--cache-dir", tmp_path / "cache", "script.py"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    reported = {
        int(line) for line in re.findall(r"^script\.py:(\d+): error", done.stdout, re.MULTILINE)
    }
    wrong = {n for n, line in enumerate(SCRIPT.splitlines(), 1) if line.endswith("# wrong")}
    assert reported == wrong, done.stdout


def test_the_words_of_a_type_are_those_that_the_code_takes():
    assert set(get_args(LinkName)) == set(LinkMode)
    assert set(get_args(StripName)) == set(STRIPS)
    assert set(get_args(LoaderName)) == set(LOADERS)
    assert set(get_args(practice.SubjectName)) == set(practice._SUBJECTS)
    assert set(get_args(RecipeName)) == set(catsclean.training.RECIPES)


def test_the_changes_of_a_recipe_are_its_values():
    values = {field.name for kind in (Recipe, ProbeRecipe) for field in dataclasses.fields(kind)}
    assert RecipeChanges.__annotations__.keys() == values - {"name"}


def test_the_package_says_that_it_is_typed():
    assert (Path(catsclean.__file__).parent / "py.typed").is_file()
