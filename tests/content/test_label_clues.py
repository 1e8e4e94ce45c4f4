"""Real files whose classes differ in something that is not content."""

import io

import embedders
import numpy as np
import pytest
from PIL import Image, ImageOps

import catsclean

pytest.importorskip("onnxruntime", reason="the extra content is not installed")
PICTURES = 60


def size(picture, seed):
    return picture.resize((72, 54)), {}


def border(picture, seed):
    return ImageOps.expand(picture.crop((6, 6, 58, 42)), 6, "white"), {}


def quality(picture, seed):
    return picture, {"quality": 97}


def date_stamp(picture, seed):
    exif = Image.Exif()
    exif[306] = f"2026:11:{seed % 28 + 1:02} 12:00:00"
    return picture, {"exif": exif}


def write(root, change):
    """Write two classes of the same kind of picture, and change the second one."""
    for number, label in enumerate(("First", "Second")):
        (root / label).mkdir(parents=True)
        for n in range(PICTURES):
            seed = 2 * n + number
            colour = ("Red", "Blue")[seed // 2 % 2]
            picture = Image.open(io.BytesIO(embedders.coloured(colour, seed)))
            options = {}
            if number:
                picture, options = change(picture, seed)
            data = embedders.encode(picture, **options)
            (root / label / f"{n}.jpg").write_bytes(data)
    return root


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (size, {"width", "height"}),
        (border, {"share of one colour", "brightness", "contrast", "detail", "sharpness",
                  "bytes per pixel", "colourfulness"}),
        (quality, {"bytes per pixel"}),
        (date_stamp, {"size of the metadata", "bytes per pixel"}),
    ],
    ids=["size", "border", "quality", "date-stamp"],
)  # fmt: skip
def test_a_difference_that_is_not_content_is_found_and_named(tmp_path, change, named):
    root = write(tmp_path / "set", change)
    audit = catsclean.audit(root, embedder=embedders.MeanColours(), select="shortcut")
    [finding] = audit.findings
    assert finding.severity is catsclean.Severity.WARNING
    assert set(audit.content.facts["label_clues"]["properties"]) <= named


def test_classes_that_differ_in_nothing_are_not_reported(tmp_path):
    root = write(tmp_path / "set", lambda picture, _seed: (picture, {}))
    audit = catsclean.audit(root, embedder=embedders.MeanColours(), select="shortcut")
    assert not audit.findings
    assert np.isfinite(audit.content.rows["map_x"]).all()
