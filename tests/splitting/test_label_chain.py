"""Audit, relabel, repair, audit again and split: every loader reads the corrected labels."""

import hashlib

import pytest
from pictures import draw, encode
from published import (
    Published,
    check,
    class_folders_in_splits,
    competition,
    hugging_face,
    imagenet,
    kaggle,
    nested_ids,
    read_by_hugging_face,
    read_by_keras,
    read_by_torchvision,
)

import catsclean

KINDS = (competition, kaggle, hugging_face, imagenet, nested_ids, class_folders_in_splits)
EVERY = {"select": "+trailing-data,+unusual-colour-mode", "content": False, "workers": 1}
#: A row of the table names the file with its extension, so it keeps its name.
KEEPS_NAMES = {hugging_face}


def harm(one):
    """Give three labelled pictures a fault each; return their paths."""
    misnamed, tail, ink = [path for path, label in one.paths.items() if label][:3]
    (one.root / misnamed).write_bytes(encode(draw(100, (24, 24)), "PNG"))
    with (one.root / tail).open("ab") as stream:
        stream.write(b"hidden")
    (one.root / ink).write_bytes(encode(draw(101, (24, 24)).convert("CMYK"), "JPEG"))
    return misnamed, tail, ink


def chain(one, out):
    """Carry it all out; return the last audit and the findings of the first that are left."""
    faulty = harm(one)
    misnamed, tail, _ = faulty
    classes = sorted({label for label in one.paths.values() if label})
    new = {path: next(c for c in classes if c != one.paths[path]) for path in (misnamed, tail)}
    audit = catsclean.audit(one.root, labels=one.labels, **EVERY)
    moved = catsclean.plan_cleaning(audit, relabel=new, select=[]).apply()
    assert (moved.refused, len(moved.relabelled)) == ((), 2)
    now = {path: dict(moved.changed).get(path, path) for path in one.paths}
    mended = catsclean.plan_repairs(one.root).apply()
    assert mended.refused == ()
    changed = dict(mended.changed)
    now = {path: changed.get(place, place) for path, place in now.items()}
    assert {tail, faulty[2]} <= {path for path, place in now.items() if place in changed.values()}
    # as a next session would: the labels are read as in the last audit
    again = catsclean.audit(one.root, **EVERY)
    one.paths |= new
    rows = again.manifest.table.set_index("path")["label"].astype(object)
    labels = rows.where(rows.notna(), None).to_dict()
    assert labels == {now[path]: label for path, label in one.paths.items()}
    one.right = {hashed(one, now[path]): label for path, label in one.paths.items()}
    catsclean.split(again, {"val": 0.25}).write(out)
    one.written = out
    return again, now, faulty


def hashed(one, path):
    return hashlib.sha256((one.root / path).read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def chained(tmp_path_factory):
    """The sets after the chain, each made when it is first asked for."""
    made = {}

    def get(kind):
        if kind not in made:
            folder = tmp_path_factory.mktemp(kind.__name__)
            one = Published(folder / "set", right={})
            kind(one)
            made[kind] = (one, *chain(one, folder / "out"))
        return made[kind]

    return get


@pytest.mark.parametrize("kind", KINDS)
def test_corrected_labels_reach_torchvision_after_a_repair(chained, kind):
    one, again, now, (misnamed, tail, ink) = chained(kind)
    left = {f.validator for f in again.findings if f.path in {now[tail], now[ink]}}
    assert not left & {"trailing-data", "unusual-colour-mode"}
    assert now[misnamed].endswith(".jpg" if kind in KEEPS_NAMES else ".png")
    check(one, read_by_torchvision(one.written))


@pytest.mark.tensorflow
@pytest.mark.filterwarnings("default")
def test_corrected_labels_reach_keras_after_a_repair(chained):
    one = chained(kaggle)[0]
    check(one, read_by_keras(one.written))


@pytest.mark.filterwarnings("default")
def test_corrected_labels_reach_hugging_face_after_a_repair(chained, tmp_path, monkeypatch):
    one = chained(kaggle)[0]
    check(one, read_by_hugging_face(one.written, tmp_path, monkeypatch))
