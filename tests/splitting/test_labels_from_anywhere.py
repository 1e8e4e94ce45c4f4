"""However a published set says its labels, every loader reads the right ones after a split."""

import pytest
from published import (
    Published,
    check,
    competition,
    hostile,
    hugging_face,
    imagenet,
    kaggle,
    mixed,
    read_by_hugging_face,
    read_by_keras,
    read_by_torchvision,
)

import catsclean

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


@pytest.mark.parametrize("kind", [kind.__name__ for kind in KINDS])
def test_torchvision_reads_every_picture_with_its_label(published, kind):
    one = published[kind]
    found = read_by_torchvision(one.written)
    names = check(one, found)
    if kind != "hostile":
        assert all(label == name for label, name in names.items())
    inside = [path for path in one.written.rglob("*") if path.is_file()]
    assert len(inside) == len(found) + 4  # the descriptions
    assert {path.name for path in one.written.parent.iterdir()} <= {"set", "set.catsclean", "out"}


@pytest.mark.parametrize("kind", ["kaggle", "hostile"])
@pytest.mark.filterwarnings("default")
def test_hugging_face_reads_every_picture_with_its_label(published, kind, tmp_path, monkeypatch):
    one = published[kind]
    check(one, read_by_hugging_face(one.written, tmp_path, monkeypatch))


@pytest.mark.tensorflow
@pytest.mark.filterwarnings("default")
def test_keras_reads_every_picture_with_its_label(published):
    for one in published.values():
        check(one, read_by_keras(one.written))


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
