"""Views and bars in a real kernel, as a notebook keeps them."""

import pytest
from patience import HANG_S
from pictures import make_dataset

CELLS = (
    "import catsclean\nfrom catsclean.core import progress_bar\nprogress_bar._HIDDEN_SECONDS = 0",
    "audit = catsclean.audit('Pets', workers=1, content=False)\naudit",
    "catsclean.audit('Pets', workers=1, content=False, progress=lambda told: None).manifest",
    "plan = catsclean.plan_cleaning(audit, quarantine='Cat/1.jpg')\nplan",
    "catsclean.find_duplicates({'a': 3, 'b': 1})",
    """
from catsclean.training import TrainingProgress
from catsclean.training.fit import Step
from catsclean.training.live_curves import showing_curves

@progress_bar.with_bar("", "epochs", beside=showing_curves)
def train(progress=None):
    row = {"loss": 0.5, "accuracy": 0.8, "val_loss": 0.6, "val_accuracy": 0.7}
    for epoch in (1, 2, 3):
        for done in (None, row | {"epoch": epoch}):
            progress(TrainingProgress("training", step=Step(epoch, 9, 4, 4, 0.5, 0.8, done)))

train()""",
    "train(progress=lambda told: None)",
)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """The outputs of each cell."""
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    home = tmp_path_factory.mktemp("kernel")
    make_dataset(home / "Pets", {"Cat": 3, "Dog": 3})
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells)
    resources = {"metadata": {"path": str(home)}}
    client = nbclient.NotebookClient(
        notebook, timeout=HANG_S, kernel_name="python3", resources=resources
    )
    client.execute()
    return [cell.outputs for cell in notebook.cells]


pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
    pytest.mark.filterwarnings(
        "ignore::RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
    ),
]


def result_of(cell):
    [data] = [output.data for output in cell if output.output_type == "execute_result"]
    return data


def test_a_cell_keeps_the_view_beside_the_plain_text(outputs):
    for cell, text in (
        (outputs[1], "<Audit of"),
        (outputs[2], "<Manifest of"),
        (outputs[3], "<CleaningPlan"),
        (outputs[4], "(DuplicateGroup"),
    ):
        data = result_of(cell)
        assert data["text/plain"].startswith(text)
        assert data["text/html"].startswith("<div")
    assert result_of(outputs[2])["text/html"].count("<img ") == 6


def test_a_long_call_shows_a_bar_without_being_asked(outputs):
    drawn = [o for o in outputs[1] if o.output_type in {"stream", "display_data"}]
    assert "reading" in str(drawn)
    assert "0/6" in str(drawn)


def test_nobody_is_told_to_install_anything(outputs):
    assert "ipywidgets" not in str(outputs)


def test_a_call_with_progress_of_its_own_shows_none(outputs):
    assert [o.output_type for o in outputs[2]] == ["execute_result"]


def test_the_curves_of_a_training_are_drawn_once_and_replaced(outputs):
    drawn = [o.data for o in outputs[5] if "text/html" in o.get("data", {})]
    assert len(drawn) == 1
    assert "epoch 3 of 9" in drawn[0]["text/html"]
    assert drawn[0]["text/plain"] == "<Training: epoch 3 of 9, validation accuracy 0.700>"


def test_a_training_with_progress_of_its_own_draws_none(outputs):
    assert outputs[6] == []
