import pandas as pd
import pytest
from PIL import Image

pytest.importorskip("matplotlib")

from catsclean.training import plots
from catsclean.training.plots import plot_confusion, plot_curves


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
