"""docs/python.md has every public name, and says what the docstrings say."""

import dataclasses
import re
import runpy
from pathlib import Path

import pictures
import pytest

import catsclean

DOCS = Path(__file__).parents[1] / "docs"
SCRIPT = runpy.run_path(str(DOCS / "make_python.py"))
FUNCTIONS, OBJECTS, find = SCRIPT["FUNCTIONS"], SCRIPT["OBJECTS"], SCRIPT["find"]
PAGE = (DOCS / "python.md").read_text(encoding="utf-8")
HEADINGS = set(re.findall(r"^### (.+)$", PAGE, re.MULTILINE))
EXAMPLE = re.search(r"```python\n(import catsclean.*?)```", PAGE, re.DOTALL)[1]
KINDS = [(name, module) for objects in OBJECTS.values() for name, module in objects.items()]


def test_the_page_in_docs_is_what_the_docstrings_say():
    assert SCRIPT["render_reference"]() == PAGE, (
        "docs/python.md is stale; run: python docs/make_python.py > docs/python.md"
    )


def test_every_public_name_is_on_the_page():
    explained = {*HEADINGS, "__version__", "training", "errors", "CatscleanError"}
    assert set(catsclean.__all__) <= explained
    in_training = {name.removeprefix("training.") for name in HEADINGS}
    assert set(catsclean.training.__all__) - {"RECIPES"} <= in_training


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_a_function_gives_is_on_the_page(name):
    gives = str(find(name).__annotations__["return"])
    ours = set(re.findall(r"\b[A-Z]\w+", gives)) - {"Any", "DataFrame", "Iterator"}
    assert ours <= HEADINGS


@pytest.mark.parametrize(("name", "module"), KINDS)
def test_every_public_attribute_is_on_the_page(name, module):
    kind = find(name, module)
    part = PAGE.partition(f"\n### {name}\n")[2].partition("\n### ")[0]
    if dataclasses.is_dataclass(kind) and name != "StateFolder":
        for field in dataclasses.fields(kind):
            assert field.name.startswith("_") or f"| `{field.name}` |" in part, field.name


def test_no_mark_of_a_docstring_is_left():
    assert not re.findall(r"(?<!`)``(?!`)|:\w+:`", PAGE)


def test_the_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    root = pictures.make_dataset(tmp_path / "PetImages", {"Cat": 12, "Dog": 12})
    (root / "Cat/empty.jpg").touch()
    cell = {}
    exec(EXAMPLE, cell)
    assert not (root / "Cat/empty.jpg").exists()
    assert (tmp_path / "PetImages-split/val").is_dir()
