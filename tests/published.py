"""Data sets that say their labels as published ones do, and the rules of the loaders."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pictures import jpeg

# torchvision.datasets.folder.IMG_EXTENSIONS
IMG_EXTENSIONS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")
HOSTILE = [
    "../up",
    "a/b",
    "CON",
    ".hidden",
    "x" * 300,
    "=cmd()",
    "a\x1b[2J",
    "\u0421at",
    "__x",
    "train",
]


@dataclass
class Published:
    """A data set, how to read its labels, and the label of each picture by digest and by path."""

    root: Path
    labels: object = None
    right: dict = None
    written: Path = None
    paths: dict = field(default_factory=dict)

    def add(self, path, label):
        data = jpeg(len(self.right), (24, 24))
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(data)
        self.right[hashlib.sha256(data).hexdigest()] = label
        self.paths[path] = label


def competition(one):
    for n in range(4):
        one.add(f"train/cat.{n}.jpg", "cat")
        one.add(f"train/dog.{n}.jpg", "dog")
        one.add(f"test1/{n}.jpg", None)


def kaggle(one):
    rows = [(f"{n:04}f", ("pug", "beagle", "boxer")[n % 3]) for n in range(12)]
    for name, label in rows:
        one.add(f"train/{name}.jpg", label)
    one.add("test/0000f.jpg", None)
    table = one.root / "labels.csv"
    table.write_text("id,breed\n" + "".join(f"{a},{b}\n" for a, b in rows))
    one.labels = f"{table}:id,breed"


def hugging_face(one):
    for split in ("train", "validation"):
        rows = [(f"{n}.jpg", ("cat", "dog")[n % 2]) for n in range(6)]
        for name, label in rows:
            one.add(f"{split}/{name}", label)
        table = one.root / split / "metadata.csv"
        table.write_text("file_name,label\n" + "".join(f"{a},{b}\n" for a, b in rows))


def imagenet(one):
    for word in ("n01440764", "n01443537"):
        for n in range(4):
            one.add(f"{word}_{n * 37}.JPEG", word)


def mixed(one):
    """Class folders whose names repeat the label, beside a table that was asked for."""
    rows = []
    for n in range(4):
        for folder, label in (("Cat", "tabby"), ("Dog", "terrier")):
            path = f"{folder}/{folder.lower()}_{n}.jpg"
            one.add(path, label)
            rows.append((path, label))
    one.labels = dict(rows)


def hostile(one):
    rows = {}
    for n, label in enumerate(HOSTILE * 4):
        one.add(f"{n}.jpg", label)
        rows[f"{n}.jpg"] = label
    one.labels = rows


def class_folders_in_splits(one):
    for split in ("train", "val"):
        for n in range(4):
            for label in ("Cat", "Dog"):
                one.add(f"{split}/{label}/{split}{n}{label}.jpg", label)


def nested_ids(one):
    """A table of ids, whose pictures lie in folders that say nothing."""
    rows = [(f"{n:04}f", ("pug", "beagle")[n % 2]) for n in range(12)]
    for n, (name, label) in enumerate(rows):
        one.add(f"part{n // 6}/day{n % 3}/{name}.jpg", label)
    table = one.root.parent / "labels.csv"
    table.write_text("id,breed\n" + "".join(f"{a},{b}\n" for a, b in rows))
    one.labels = f"{table}:id,breed"


def right_of(one):
    return sorted(label for label in one.right.values() if label is not None)


def label_of(one, path):
    return one.right[hashlib.sha256(Path(path).read_bytes()).hexdigest()]


def check(one, found):
    """Check (path, class) of all pictures that a loader read."""
    assert sorted(label_of(one, path) for path, _ in found) == right_of(one)
    names = {}
    for path, name in found:
        names.setdefault(label_of(one, path), set()).add(name)
    assert all(len(each) == 1 for each in names.values()), names
    assert len({next(iter(each)) for each in names.values()}) == len(names)
    return {label: next(iter(each)) for label, each in names.items()}


def read_by_torchvision(written, splits=("train", "val")):
    """Return (path, class) of all pictures, by the rule of torchvision's ImageFolder."""
    found = []
    for split in splits:
        folder = written / split
        classes = sorted(entry.name for entry in folder.iterdir() if entry.is_dir())
        for name in classes:
            found += [
                (path, name)
                for path in (folder / name).rglob("*")
                if path.name.lower().endswith(IMG_EXTENSIONS)
            ]
    return found


def read_by_hugging_face(written, folder, monkeypatch):
    """Return (path, class) of all pictures as Hugging Face's imagefolder reads them."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(folder / "hf"))
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", folder / "hf")
    datasets.disable_progress_bars()
    found = []
    read = datasets.load_dataset(
        "imagefolder",
        data_files={"train": str(written / "train/**"), "val": str(written / "val/**")},
    )
    for rows in read.values():
        label = rows.features["label"]
        undecoded = rows.cast_column("image", datasets.Image(decode=False))
        found += [(row["image"]["path"], label.int2str(row["label"])) for row in undecoded]
    return found


def read_by_keras(written):
    """Return (path, class) of all pictures as Keras' image_dataset_from_directory reads them."""
    keras = pytest.importorskip("keras")
    pytest.importorskip("tensorflow")
    found = []
    for split in ("train", "val"):
        read = keras.utils.image_dataset_from_directory(
            written / split,
            image_size=(8, 8),
            shuffle=False,
            batch_size=None,
            verbose=False,
        )
        labels = [read.class_names[int(code)] for _, code in read]
        found += list(zip(read.file_paths, labels, strict=True))
    return found
