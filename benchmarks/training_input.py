"""Pictures a second of the input pipeline: ours beside the two that people use.

    python benchmarks/training_input.py FOLDER_OF_CLASS_FOLDERS

Every pipeline gives float batches of 20 squares of 150 pixels from the same JPEG files, all in one
process, in turn, three rounds; the median is printed.  CPU seconds count, not wall-clock seconds:
the machine may have others to serve.
"""

import argparse
import hashlib
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import keras
import pandas as pd
import tensorflow as tf
from keras.src.legacy.preprocessing import image as legacy

from catsclean.core.manifest import Manifest
from catsclean.training import dataset

BATCH, SIZE = 20, 150


def copy_jpegs(source: Path, target: Path, count: int) -> None:
    """Copy files that all three can read: Keras dies on the empty one of PetImages."""
    for folder in sorted(p for p in source.iterdir() if p.is_dir()):
        (target / folder.name).mkdir()
        files = [f for f in sorted(folder.iterdir()) if f.read_bytes()[:3] == b"\xff\xd8\xff"]
        for file in files[: count // 2]:
            shutil.copy(file, target / folder.name)


def read_manifest(root: Path) -> Manifest:
    rows = [
        (f"{f.parent.name}/{f.name}", f.parent.name, hashlib.sha256(f.read_bytes()).hexdigest())
        for f in sorted(root.glob("*/*"))
    ]
    table = pd.DataFrame(rows, columns=["path", "label", "sha256"]).astype("string")
    table["status"], table["split"] = "keep", pd.array(["train"] * len(rows), dtype="string")
    return Manifest(table, root)


def timed(batches, pictures: int) -> float:
    """Give pictures per CPU second of one pass."""
    began = time.process_time()
    seen = 0
    for squares, _ in batches:
        seen += len(squares)
        if seen >= pictures:
            break
    return seen / (time.process_time() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    rates: dict[str, list[float]] = {}

    def note(name: str, batches, pictures: int) -> None:
        rates.setdefault(name, []).append(timed(batches, pictures))

    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        copy_jpegs(arguments.folder, root, arguments.count)
        manifest = read_manifest(root)
        count = len(manifest)
        generator = legacy.ImageDataGenerator(rescale=1 / 255)
        for _ in range(arguments.rounds):
            stock = keras.utils.image_dataset_from_directory(
                root, image_size=(SIZE, SIZE), batch_size=BATCH, verbose=False
            ).prefetch(tf.data.AUTOTUNE)
            note("keras.utils.image_dataset_from_directory", stock, count)
            flow = generator.flow_from_directory(
                root, target_size=(SIZE, SIZE), batch_size=BATCH, class_mode="binary"
            )
            note("ImageDataGenerator.flow_from_directory", flow, count)
            for dtype in ("float32", "uint8"):
                ours = dataset(manifest, "train", size=SIZE, batch_size=BATCH, dtype=dtype)
                note(f"catsclean, first epoch, {dtype}", ours, count)
                note(f"catsclean, from the second on, {dtype}", ours, count)
    medians = {name: statistics.median(values) for name, values in rates.items()}
    base = medians["keras.utils.image_dataset_from_directory"]
    print(f"{count} pictures, {arguments.rounds} rounds, pictures per CPU second")
    for name, rate in medians.items():
        spread = f"{min(rates[name]):,.0f} to {max(rates[name]):,.0f}"
        print(f"{name:45} {rate:9,.0f}   {rate / base:6.1f} x   ({spread})")


if __name__ == "__main__":
    main()
