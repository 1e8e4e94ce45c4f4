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
