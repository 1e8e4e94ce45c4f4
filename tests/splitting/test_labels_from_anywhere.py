"""However a published set says its labels, every loader reads the right ones after a split."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pytest
from pictures import jpeg

import catsclean

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
    """A data set, how to read its labels, and the label of each picture by its digest."""

    root: Path
    labels: object = None
    right: dict = None
    written: Path = None

    def add(self, path, label):
        data = jpeg(len(self.right), (24, 24))
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(data)
        self.right[hashlib.sha256(data).hexdigest()] = label


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


KINDS = (competition, kaggle, hugging_face, imagenet, mixed, hostile)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Each set, audited and split once."""
    sets = {}
    for kind in KINDS:
        folder = tmp_path_factory.mktemp(kind.__name__)
        one = Published(folder / "set", right={})
        kind(one)
        audit = catsclean.audit(one.root, labels=one.labels, content=False, workers=1)
        one.written = folder / "out"
        catsclean.split(audit, {"val": 0.25}).write(one.written)
        sets[kind.__name__] = one
    return sets


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


@pytest.mark.parametrize("kind", [kind.__name__ for kind in KINDS])
def test_torchvision_reads_every_picture_with_its_label(published, kind):
    one, found = published[kind], []
    for split in ("train", "val"):
        folder = one.written / split
        classes = sorted(entry.name for entry in folder.iterdir() if entry.is_dir())
        for name in classes:
            found += [
                (path, name)
                for path in (folder / name).rglob("*")
                if path.name.lower().endswith(IMG_EXTENSIONS)
            ]
    names = check(one, found)
    if kind != "hostile":
        assert all(label == name for label, name in names.items())
    inside = [path for path in one.written.rglob("*") if path.is_file()]
    assert len(inside) == len(found) + 4  # the descriptions
    assert {path.name for path in one.written.parent.iterdir()} <= {"set", "set.catsclean", "out"}


@pytest.mark.parametrize("kind", ["kaggle", "hostile"])
@pytest.mark.filterwarnings("default")
def test_hugging_face_reads_every_picture_with_its_label(published, kind, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "hf")
    datasets.disable_progress_bars()
    one, found = published[kind], []
    read = datasets.load_dataset(
        "imagefolder",
        data_files={"train": str(one.written / "train/**"), "val": str(one.written / "val/**")},
    )
    for rows in read.values():
        label = rows.features["label"]
        undecoded = rows.cast_column("image", datasets.Image(decode=False))
        found += [(row["image"]["path"], label.int2str(row["label"])) for row in undecoded]
    check(one, found)


@pytest.mark.tensorflow
@pytest.mark.filterwarnings("default")
def test_keras_reads_every_picture_with_its_label(published):
    keras = pytest.importorskip("keras")
    pytest.importorskip("tensorflow")
    for one in published.values():
        found = []
        for split in ("train", "val"):
            read = keras.utils.image_dataset_from_directory(
                one.written / split,
                image_size=(8, 8),
                shuffle=False,
                batch_size=None,
                verbose=False,
            )
            labels = [read.class_names[int(code)] for _, code in read]
            found += list(zip(read.file_paths, labels, strict=True))
        check(one, found)


@pytest.mark.tensorflow
@pytest.mark.filterwarnings("default")
def test_the_trainer_reads_the_labels_of_names(published):
    pytest.importorskip("tensorflow")
    one = published["competition"]
    batches = catsclean.training.dataset(one.root, "train", size=8)
    assert batches.class_names == ["cat", "dog"]


def test_folders_group_pictures_that_names_label(tmp_path):
    one = Published(tmp_path / "set", right={})
    for person in range(6):
        for n in range(2):
            one.add(f"train/p{person}/cat_{person}{n}.jpg", "cat")
            one.add(f"train/p{person}/dog_{person}{n}.jpg", "dog")
    audit = catsclean.audit(one.root, labels="names", content=False, workers=1, save=False)
    table = catsclean.split(audit, {"val": 0.5}, group_by="folder").manifest.table
    assert table.groupby(table["path"].str.split("/").str[1])["split"].nunique().max() == 1
    assert table["split"].nunique() == 2
