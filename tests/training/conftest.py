"""Small drawn pictures, a manifest of them, and Keras imported once."""

import hashlib
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from catsclean.core.manifest import Manifest

SIZE = 38  # the smallest that the course's network takes


@pytest.fixture(scope="session")
def keras():
    pytest.importorskip("tensorflow")
    from catsclean.training.backend import load_keras

    with warnings.catch_warnings():
        # what TensorFlow and its dependencies deprecate among themselves is not ours to mend
        warnings.simplefilter("ignore")
        return load_keras()


def draw(label: str, number: int) -> Image.Image:
    """A noisy picture whose class can be told: reddish for Cat, bluish for Dog, greenish else."""
    chance = np.random.default_rng([len(label), ord(label[0]), number])
    channel = {"Cat": 0, "Dog": 2}.get(label, 1)
    pixels = chance.integers(40, 140, (48, 60, 3))
    pixels[..., channel] += chance.integers(20, 110)
    return Image.fromarray(pixels.astype(np.uint8))


def make_folder(root: Path, counts: dict[str, int]) -> Path:
    for label, count in counts.items():
        (root / label).mkdir(parents=True)
        for number in range(count):
            draw(label, number).save(root / label / f"{number:03}.jpg", quality=92)
    return root


def make_manifest(root: Path, val: int = 6, test: int = 0) -> Manifest:
    """The first `val` pictures of each class validate, the next `test` ones test."""
    rows = []
    for folder in sorted(p for p in root.iterdir() if p.is_dir()):
        for number, path in enumerate(sorted(folder.iterdir())):
            split = "val" if number < val else "test" if number < val + test else "train"
            status = path.stat()
            rows.append(
                {
                    "path": f"{folder.name}/{path.name}",
                    "label": folder.name,
                    "size_bytes": status.st_size,
                    "mtime_ns": status.st_mtime_ns,
                    "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                    "status": "keep",
                    "split": split,
                    "group": None,
                }
            )
    table = pd.DataFrame(rows).astype(
        dict.fromkeys(("path", "label", "sha256", "status", "split", "group"), "string")
    )
    return Manifest(table, root.resolve())


@pytest.fixture
def pets(tmp_path) -> Manifest:
    """20 pictures in each of two classes, 6 of them for validation."""
    return make_manifest(make_folder(tmp_path / "Pets", {"Cat": 20, "Dog": 20}))


@pytest.fixture(scope="session")
def trained(keras, tmp_path_factory):
    """A run on pictures that are easy to tell apart."""
    from catsclean.training.train import train_baseline

    root = make_folder(tmp_path_factory.mktemp("trained") / "Pets", {"Cat": 20, "Dog": 20})
    return train_baseline(make_manifest(root, test=4), size=SIZE, epochs=4, batch_size=7)


def pytest_collection_modifyitems(items):
    """Let Keras 3.15 hand its variables to NumPy 2.4, which deprecates how it does so."""
    here = Path(__file__).parent
    ignored = pytest.mark.filterwarnings(
        "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
    )
    for item in items:
        if here in item.path.parents:
            item.add_marker(ignored)
