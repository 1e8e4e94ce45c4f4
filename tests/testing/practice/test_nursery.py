import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from catsclean.testing.practice import file_defects, metadata_defects, pixel_defects
from catsclean.testing.practice.content_defects import plant_content_defects
from catsclean.testing.practice.nursery import LABELS, Nursery

TINTS = {"Cat": (255, 110, 60), "Dog": (60, 110, 255)}


def draw_tinted(label, rng):
    """Red noise for a cat, blue noise for a dog: what a picture shows can be read from it."""
    noise = rng.integers(40, 200, (12, 16, 1)) / 255
    small = Image.fromarray((noise * TINTS[label]).astype(np.uint8))
    return small.resize((480, 360), Image.Resampling.NEAREST)


def shown_in(path: Path) -> str:
    """The label of the drawing in a file; empty if nothing of it can be seen."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path) as picture:
            if picture.width * picture.height > 1e7 or picture.mode.startswith("I"):
                return ""
            red, _, blue = np.asarray(picture.convert("RGB"), float)[:30].mean((0, 1))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return ""
    return "" if abs(red - blue) < 5 else "Cat" if red > blue else "Dog"


@pytest.mark.parametrize(
    "plant",
    [
        file_defects.plant_file_defects,
        metadata_defects.plant_metadata_defects,
        pixel_defects.plant_pixel_defects,
        plant_content_defects,
    ],
)
def test_a_picture_with_a_defect_shows_its_label(plant, tmp_path):
    nursery = Nursery(tmp_path, 3, dict.fromkeys(LABELS, 0), 200, draw_tinted)
    plant(nursery)
    drawn = ["solid-colour", "low-information", "placeholder"]  # drawn by the defect itself
    shown = {
        row.path: shown_in(tmp_path / row.path)
        for row in nursery.rows
        if row.expected == "primary" and row.validator not in drawn
    }
    told = {path: label for path, label in shown.items() if label}
    assert len(told) >= 3
    assert told == {path: path.split("/")[0] for path in told}
