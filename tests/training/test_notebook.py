import math
from pathlib import Path

import pytest
from patience import HANG_S

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]
_LEARNED = """
print(
    run.history["val_accuracy"].max(), run.history["accuracy"].iloc[-3:].mean(),
    run.validation.pictures,
)
"""
NOTEBOOK = Path(__file__).parents[2] / "examples" / "cats_and_dogs.ipynb"


def read():
    nbformat = pytest.importorskip("nbformat")
    return nbformat.read(NOTEBOOK, as_version=4)


def test_the_notebook_is_kept_without_outputs():
    cells = [cell for cell in read().cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in cells)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.filterwarnings(
    "ignore::RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_the_notebook_runs_from_top_to_bottom_and_its_model_learns():
    pytest.importorskip("tensorflow")
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    notebook = read()
    notebook.cells.append(nbformat.v4.new_code_cell(_LEARNED))
    nbclient.NotebookClient(notebook, timeout=HANG_S, kernel_name="python3").execute()
    drawn, told = (cell.outputs[-1] for cell in notebook.cells[-2:])
    assert "image/png" in drawn["data"]
    best, training, pictures = map(float, told["text"].split())
    assert best - 0.5 > 5 * math.sqrt(0.25 / pictures)  # what guessing gives, and its spread
    assert training > best  # it shows overfitting
