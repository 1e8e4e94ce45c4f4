"""What an audit read of a file is found by its path; without a cache, nothing is known."""

import hashlib

import pytest
from pictures import make_dataset

import catsclean
from catsclean.scan.recorded_bytes import RecordedBytes


@pytest.fixture
def audited(tmp_path):
    root = make_dataset(tmp_path / "P", {"Cat": 2, "Dog": 2})
    (root / "Cat/gone.jpg").symlink_to("nowhere")
    return catsclean.audit(root, content=False, workers=1)


def test_each_file_has_its_identity_and_digest(audited):
    recorded = RecordedBytes(audited.state.cache)
    for path in ("Cat/0.jpg", "Dog/1.jpg"):
        file = audited.root / path
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        assert recorded(path) == (file.stat().st_ino, digest)


@pytest.mark.parametrize("path", ["Cat/none.jpg", "A", "Z", "Cat/gone.jpg"])
def test_of_what_was_not_read_nothing_is_known(audited, path):
    assert RecordedBytes(audited.state.cache)(path) is None


def test_a_damaged_or_missing_cache_knows_nothing(audited, tmp_path):
    (audited.state.cache / "evidence.arrow").write_bytes(b"damaged")
    assert RecordedBytes(audited.state.cache)("Cat/0.jpg") is None
    assert RecordedBytes(tmp_path / "none")("Cat/0.jpg") is None
