from pathlib import Path

import pytest
from patience import HANG_S

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]
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
def test_the_notebook_runs_from_top_to_bottom():
    pytest.importorskip("tensorflow")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    notebook = read()
    [epochs] = [cell for cell in notebook.cells if cell.source.startswith("epochs = 3")]
    epochs.source = "epochs = 1"
    nbclient.NotebookClient(notebook, timeout=HANG_S, kernel_name="python3").execute()
    last = notebook.cells[-1].outputs[-1]
    assert "image/png" in last["data"]
