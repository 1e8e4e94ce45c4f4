import hashlib

import pytest
from packed import make_tar, make_zip
from pictures import jpeg

from catsclean.splitting import packed_sidecars
from catsclean.splitting.packed_sidecars import find_packed_files
from catsclean.splitting.places import Item

FILES = {
    "Cat/1.txt": b"one", "Cat/1.jpg": jpeg(1), "Cat/1.CLS": b"Cat", "Cat/1.Boxes.JSON": b"{}",
    "Cat/2.jpg": jpeg(2), "Cat/2.label": b"Cat", "notes.txt": b"nobody's",
}  # fmt: skip


def picture(path, number):
    return Item(path, f"train/{number:09d}.jpg", path, "", 1, None)


def found(root, labelled, endings=None, above=""):
    pictures = [picture(f"{above}Cat/1.jpg", 0), picture(f"{above}Cat/2.jpg", 1)]
    return find_packed_files(root, pictures, {f"{above}{path}" for path in labelled}, endings)


@pytest.mark.parametrize(("make", "ending"), [(make_tar, ".tar"), (make_zip, ".zip")])
def test_files_of_a_sample_go_along_with_its_stem(tmp_path, make, ending):
    (tmp_path / "in").mkdir()
    path = make(tmp_path / f"in/a{ending}", FILES)
    for root, above in ((path, ""), (path.parent, f"a{ending}/")):
        files = found(root, {"Cat/1.jpg"}, above=above)
        # a picture without a label keeps what may be one
        assert {item.place: item.source for item in files.items} == {
            "train/000000000.txt": f"{above}Cat/1.txt",
            "train/000000000.boxes.json": f"{above}Cat/1.Boxes.JSON",
            "train/000000001.label": f"{above}Cat/2.label",
        }
        [text] = [item for item in files.items if item.place.endswith(".txt")]
        assert text.sha256 == hashlib.sha256(b"one").hexdigest()
        assert list(files.ranks) == [above + name for name in FILES]
        assert files.warnings() == ()


def test_only_the_requested_extensions_go_along(tmp_path):
    path = make_tar(tmp_path / "a.tar", FILES)
    files = found(path, {"Cat/1.jpg", "Cat/2.jpg"}, frozenset({".json"}))
    assert [item.source for item in files.items] == ["Cat/1.Boxes.JSON"]
    assert found(path, {"Cat/1.jpg"}, frozenset()).items == []


def test_files_that_cannot_be_taken_along_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(packed_sidecars, "_MOST_BYTES", 10)
    path = make_tar(tmp_path / "a.tar", {**FILES, "Cat/1.npy": b"x" * 11})
    [warning] = found(path, {"Cat/1.jpg", "Cat/2.jpg"}).warnings()
    assert "1 sidecar file is left out, such as 'Cat/1.npy': it is larger than 10" in warning
