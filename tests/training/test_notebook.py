"""The course's notebooks run from top to bottom, and show what their text says."""

import json
import math
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from patience import HANG_S

import catsclean

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]
ROOT = Path(__file__).parents[2]
# notebook → its runs, and other names whose values its tests want
NOTEBOOKS = {
    "cats_and_dogs": ("run", "changed"),
    "augmentation": ("plain", "augmented"),
    "transfer_learning": ("probe", "course", "cleaned", "suggested", "wrong"),
    "rock_paper_scissors": ("run",),
    "leaks": ("leaky", "honest", "random_run", "grouped_run"),
}
# what a name is worth: of a run the scores of its last epochs, of anything else the length
_TELL = """
import json

def _tell(value):
    if not isinstance(value, catsclean.training.Run):
        return len(value)
    last = value.history[["accuracy", "val_accuracy"]].iloc[-3:].mean()
    return {
        "training": last["accuracy"], "validation": last["val_accuracy"],
        "pictures": value.validation.pictures, "classes": len(value.labels),
    }

print(json.dumps({name: _tell(globals()[name]) for name in NAMES}))
"""


def path_of(name):
    return ROOT / "examples" / f"{name}.ipynb"


def read(name):
    nbformat = pytest.importorskip("nbformat")
    return nbformat.read(path_of(name), as_version=4)


@cache
def execute(name):
    """Run a notebook, and return its cells and what is worth knowing of its values."""
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    notebook = read(name)
    names = NOTEBOOKS[name]
    notebook.cells.append(nbformat.v4.new_code_cell(f"NAMES = {names!r}\n{_TELL}"))
    nbclient.NotebookClient(notebook, timeout=HANG_S, kernel_name="python3").execute()
    [told] = notebook.cells.pop().outputs
    return notebook.cells, json.loads(told["text"])


@pytest.fixture
def executed():
    pytest.importorskip("tensorflow")
    pytest.importorskip("ipykernel")
    pytest.importorskip("anywidget")
    pytest.importorskip("onnxruntime")

    def run(name):
        return execute(name)

    return run


quietly = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
    pytest.mark.filterwarnings(
        "ignore::RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
    ),
]


def running(test):
    for mark in quietly:
        test = mark(test)
    return test


each = pytest.mark.parametrize("name", NOTEBOOKS)


def test_these_are_all_notebooks():
    assert {path.stem for path in (ROOT / "examples").glob("*.ipynb")} == set(NOTEBOOKS)


@each
def test_a_notebook_is_kept_without_outputs(name):
    cells = [cell for cell in read(name).cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in cells)


@each
def test_a_notebook_opens_in_colab_with_the_version_that_it_was_tested_with(name):
    first, second = (cell.source for cell in read(name).cells[:2])
    [opened] = re.findall(
        r"\(https://colab\.research\.google\.com/github/catsclean/catsclean/blob/([^/]+)/(.*?)\)",
        first,
    )
    assert opened[1] == f"examples/{name}.ipynb"
    assert f'VERSION = "{catsclean.__version__}"' in second
    [installed] = re.findall(r"github\.com/catsclean/catsclean@(\S+?)\"", second)
    # until there is a release, no tag can be named
    assert opened[0] == installed == "main"


@each
def test_a_notebook_installs_extras_that_exist(name):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    sources = "".join(cell.source for cell in read(name).cells[:2])
    found = re.findall(r"\[([a-z,]+)\]", sources)
    assert len(found) == 2
    for extras in found:
        assert set(extras.split(",")) <= set(project["project"]["optional-dependencies"])


@each
def test_a_notebook_is_listed_and_links_to_files_that_exist(name):
    assert f"{name}.ipynb" in (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    for cell in read(name).cells:
        for target in re.findall(r"\]\(([^):]+)\)", cell.source):
            assert (ROOT / "examples" / target).exists(), target


@each
@running
def test_the_networks_of_a_notebook_are_better_than_guessing_by_five_standard_errors(
    executed, name
):
    _, told = executed(name)
    runs = {key: value for key, value in told.items() if isinstance(value, dict)}
    assert runs
    for run in runs.values():
        chance = 1 / run["classes"]
        spread = math.sqrt(chance * (1 - chance) / run["pictures"])
        assert run["validation"] - chance > 5 * spread, runs


@each
@running
def test_a_notebook_shows_no_noise(executed, name):
    cells, _ = executed(name)
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    assert not [o["text"] for o in outputs if o.output_type == "stream" and o.name == "stderr"]
    assert not [o for o in outputs if o.output_type == "error"]


@each
@running
def test_each_training_leaves_one_drawing_of_its_curves(executed, name):
    cells, _ = executed(name)
    for cell in cells:
        trainings = len(re.findall(r"train_baseline\((?!.*probe)", cell.source))
        drawn = [o for o in cell.get("outputs", ()) if "<Training:" in str(o.get("data", ""))]
        if cell.cell_type == "code" and "probe" not in cell.source:
            assert len(drawn) == trainings


@running
def test_the_first_notebook_overfits_and_a_crop_changes_its_answers(executed):
    cells, told = executed("cats_and_dogs")
    assert told["run"]["training"] > told["run"]["validation"]
    assert told["changed"] >= 1
    [maps] = [cell for cell in cells if "feature_maps" in cell.source]
    assert "image/png" in maps.outputs[-1]["data"]


@running
def test_augmentation_closes_the_gap(executed):
    _, told = executed("augmentation")
    gaps = {key: run["training"] - run["validation"] for key, run in told.items()}
    assert gaps["plain"] > gaps["augmented"] + 0.05


@running
def test_what_the_audit_doubts_is_wrong_and_cleaning_it_raises_the_score(executed):
    cells, told = executed("transfer_learning")
    [counted] = [c.outputs[-1]["text"] for c in cells if "false alarms" in c.source]
    wrong, found, alarms = map(int, re.findall(r"\d+", counted))
    assert (wrong, found + alarms) == (told["wrong"], told["suggested"])
    assert found > wrong / 2
    assert alarms < found / 4
    assert told["cleaned"]["validation"] > told["probe"]["validation"]


@running
def test_a_network_that_knows_photographs_needs_fewer_pictures(executed):
    _, told = executed("transfer_learning")
    assert told["cleaned"]["validation"] > told["course"]["validation"] + 0.05


@running
def test_leaks_make_a_score_too_good(executed):
    _, told = executed("leaks")
    assert told["leaky"]["validation"] > told["honest"]["validation"]
    assert told["random_run"]["validation"] > told["grouped_run"]["validation"] + 0.05
