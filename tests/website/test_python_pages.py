"""The Python reference has every public name, with everything that it gives."""

import dataclasses
import re
from pathlib import Path

import pictures
import pytest

import catsclean
from website import python_pages
from website.python_pages import FUNCTIONS, OBJECTS, find, home_of

PAGE = (Path(__file__).parents[2] / "docs" / "python.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r"```python\n(import catsclean.*?)```", PAGE, re.DOTALL)[1]
KINDS = [(name, module) for objects in OBJECTS.values() for name, module in objects.items()]
NAMES = {*FUNCTIONS, *(name for name, _ in KINDS)}
PAGES = python_pages.render_pages()


def test_every_public_name_is_in_the_reference():
    explained = {*NAMES, "__version__", "training", "errors", "CatscleanError"}
    assert set(catsclean.__all__) <= explained
    in_training = {name.removeprefix("training.") for name in NAMES}
    assert set(catsclean.training.__all__) - {"RECIPES"} <= in_training


def test_every_name_has_an_entry_and_a_row_in_the_list():
    listed, entries = python_pages.render_list(), "\n".join(PAGES.values())
    for name, module in [*((name, "") for name in FUNCTIONS), *KINDS]:
        home = home_of(find(name, module))
        assert f"::: {home}\n" in entries
        assert f"[`{name}`](python/" in listed
        assert f"#{home})" in listed


def test_every_exception_has_an_entry():
    for name, kind in vars(catsclean.errors).items():
        if isinstance(kind, type) and kind.__module__ == "catsclean.errors":
            assert f"::: catsclean.errors.{name}\n" in PAGES["python/errors.md"]


def test_the_navigation_leads_to_each_page():
    assert {path for entry in python_pages.navigation() for path in entry.values()} == set(PAGES)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_a_function_gives_is_in_the_reference(name):
    gives = str(find(name).__annotations__["return"])
    ours = set(re.findall(r"\b[A-Z]\w+", gives)) - {"Any", "DataFrame", "Iterator"}
    assert ours <= NAMES


@pytest.mark.parametrize(("name", "module"), KINDS)
def test_every_public_attribute_is_described(name, module):
    kind = find(name, module)
    if dataclasses.is_dataclass(kind) and name != "StateFolder":
        for field in dataclasses.fields(kind):
            described = f"\n        {field.name}: " in (kind.__doc__ or "")
            assert field.name.startswith("_") or described, field.name


def test_no_mark_of_a_docstring_is_left_in_the_list():
    assert not re.findall(r"(?<!`)``(?!`)|:\w+:`", python_pages.render_list())


def test_the_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    root = pictures.make_dataset(tmp_path / "PetImages", {"Cat": 12, "Dog": 12})
    (root / "Cat/empty.jpg").touch()
    cell = {}
    exec(EXAMPLE, cell)
    assert not (root / "Cat/empty.jpg").exists()
    assert (tmp_path / "PetImages-split/val").is_dir()
