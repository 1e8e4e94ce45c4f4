"""The whole way on real pictures: audit, clean, split, read with Keras, undo."""

import hashlib
import shutil

import pytest

from catsclean.auditing.audit import audit
from catsclean.cleaning import plan_cleaning, undo
from catsclean.splitting import split


def digests(root):
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.mark.slow
@pytest.mark.tensorflow
@pytest.mark.filterwarnings("default::DeprecationWarning")
def test_keras_reads_what_was_cleaned_and_split_to_the_last_picture(
    shared_data, tmp_path, capfd, recwarn
):
    pytest.importorskip("tensorflow")
    import keras

    root = tmp_path / "PetImages"
    shutil.copytree(shared_data / "PetImages", root)
    for path in (root, *root.rglob("*")):
        path.chmod(path.stat().st_mode | 0o200)
    before = digests(root)
    found = audit(root, content=False)
    result = plan_cleaning(found).apply()
    assert "Cat/666.jpg" in result.moved
    assert result.refused == ()
    divided = split(found.manifest, {"val": 0.1})
    written = divided.write(tmp_path / "out")
    capfd.readouterr()
    recwarn.clear()
    read = 0
    for name in ("train", "val"):
        pictures = keras.utils.image_dataset_from_directory(
            tmp_path / "out" / name, image_size=(150, 150), batch_size=64, verbose=False
        )
        assert pictures.class_names == ["Cat", "Dog"]
        read += sum(len(labels) for _, labels in pictures)
    assert read == len(written.manifest.table) == len(before) - len(result.moved)
    printed = capfd.readouterr()
    told = (printed.out + printed.err).lower()
    assert "corrupt" not in told
    assert "extraneous" not in told
    assert "error" not in told
    assert not [w for w in recwarn if "image" in str(w.message).lower()]
    undo(root)
    assert digests(root) == before
