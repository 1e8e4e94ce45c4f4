import numpy as np
import pandas as pd
import pytest
from PIL import Image

pytest.importorskip("matplotlib")

from catsclean.training import plots
from catsclean.training.plots import caption_mistake, plot_confusion, plot_curves, plot_grid


def test_a_confusion_matrix_shows_the_names_of_its_classes(tmp_path):
    drawn = []
    for labels in (["Cat", "Dog"], ["$x$", "$y"]):
        plot_confusion(pd.DataFrame([[3, 1], [0, 4]], labels, labels), tmp_path / "confusion.png")
        drawn.append(Image.open(tmp_path / "confusion.png").convert("L").tobytes())
    assert drawn[0] != drawn[1]


def test_a_single_epoch_can_be_seen(tmp_path):
    row = {"epoch": 1, "loss": 0.7, "accuracy": 0.5, "val_loss": 0.6, "val_accuracy": 0.6}
    plot_curves([row], 1, tmp_path / "curves.png")
    picture = Image.open(tmp_path / "curves.png").convert("RGB")
    assert sum(n for n, c in picture.getcolors(2**24) if c == (0xD5, 0x5E, 0x00)) > 100


def test_the_curves_of_folds_are_drawn_beside_their_mean(tmp_path):
    row = {"loss": 0.7, "accuracy": 0.5, "val_loss": 0.6, "val_accuracy": 0.6}
    mean, fold = ([{"epoch": epoch, **row} for epoch in (1, 2)] for _ in range(2))
    fold[1] |= {"val_accuracy": 0.9}
    plot_curves(mean, 1, tmp_path / "mean.png")
    plot_curves(mean, 1, tmp_path / "folds.png", [fold])
    drawn = [(tmp_path / name).read_bytes() for name in ("mean.png", "folds.png")]
    assert drawn[0] != drawn[1]


def test_names_that_no_font_has_are_drawn_as_boxes_without_a_warning(tmp_path):
    labels = ["\u732b", "\U000f0000"]
    plot_confusion(pd.DataFrame([[3, 1], [0, 4]], labels, labels), tmp_path / "confusion.png")
    assert (tmp_path / "confusion.png").stat().st_size > 1000


def test_a_name_is_drawn_with_an_installed_font_that_has_its_letters():
    assert plots._fonts_for(["Cat"]) == ["DejaVu Sans"]
    assert plots._fonts_for(["Cat", "\u24b6"])[1:]  # a letter in a circle: several fonts have it
    assert plots._fonts_for(["\U000f0000"]) == ["DejaVu Sans"]


@pytest.fixture
def drawn(monkeypatch):
    """The figures that are saved."""
    figures = []
    monkeypatch.setattr(plots, "_save", lambda figure, _: figures.append(figure))
    return figures


def test_the_curves_say_what_they_show(drawn, tmp_path):
    row = {"epoch": 1, "loss": 0.7, "accuracy": 0.5, "val_loss": 0.6, "val_accuracy": 0.6}
    plot_curves([row], 1, tmp_path / "curves.png")
    left, right = drawn[0].axes
    assert left.get_title() == "Training and validation accuracy by epoch"
    assert right.get_title() == "Training and validation loss by epoch"
    assert (left.get_xlabel(), left.get_ylabel()) == ("epoch", "share of right answers")
    assert (right.get_xlabel(), right.get_ylabel()) == ("epoch", "loss (lower is better)")


def test_the_confusion_matrix_says_which_side_is_the_model(drawn, tmp_path):
    plot_confusion(pd.DataFrame([[3, 1], [0, 4]], ["Cat", "Dog"], ["Cat", "Dog"]), tmp_path / "c")
    [axes] = drawn[0].axes
    assert axes.get_title() == "Pictures by label and answer"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("what the model says", "label")


@pytest.mark.parametrize(("count", "places"), [(1, 1), (3, 3), (8, 12)])
def test_a_grid_has_a_title_and_a_caption_at_each_picture(drawn, tmp_path, count, places):
    squares = np.zeros((count, 8, 8, 3), np.uint8)
    plot_grid(squares, [f"number {n}" for n in range(count)], "All of them", tmp_path / "g.png")
    assert drawn[0].get_suptitle() == "All of them"
    captions = [axes.get_title() for axes in drawn[0].axes]
    assert captions == [f"number {n}" for n in range(count)] + [""] * (places - count)


@pytest.mark.parametrize(
    ("mistake", "lines"),
    [
        (
            ("Cat/1.jpg", "Dog", "Cat", 0.784),
            ["Cat/1.jpg", "labelled Dog,", "model says Cat 0.78"],
        ),
        (
            ("a/" + "b" * 50, "c" * 50, "d" * 50, 0.999),
            ["…" + "b" * 26, f"labelled {'c' * 16}…,", f"model says {'d' * 11}… 1.00"],
        ),
    ],
)
def test_a_mistake_is_captioned_with_its_label_and_the_answer(mistake, lines):
    assert caption_mistake(*mistake).split("\n") == lines
    assert all(len(line) <= 28 for line in lines)
