"""What is damaged in the cache is found again: an audit says the same as one without a cache."""

import random
import shutil

import pytest
from pictures import jpeg, make_dataset

import catsclean

DAMAGE = ("bit", "bits", "zeros", "cut", "nested", "another file")


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """A data set with findings of several kinds, its state folder, and what an audit says."""
    root = make_dataset(tmp_path_factory.mktemp("set") / "Pets", {"Cat": 4, "Dog": 4})
    (root / "Cat" / "copy.jpg").write_bytes((root / "Cat/0.jpg").read_bytes())
    (root / "Dog" / "same.jpg").write_bytes((root / "Cat/1.jpg").read_bytes())
    (root / "Dog" / "cut.jpg").write_bytes(jpeg(50)[:-200])
    (root / "Dog" / "empty.jpg").touch()
    found = said(root)
    shutil.copytree(root.with_name("Pets.catsclean"), root.with_name("kept"))
    return root, found


def said(root):
    audit = catsclean.audit(root, workers=1, content=False)
    return audit.findings, audit.manifest.to_arrow()


def damaged(rng, how, data, others):
    at = rng.randrange(len(data))
    if how == "bit":
        return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]
    if how == "bits":
        return data[:at] + rng.randbytes(8) + data[at + 8 :]
    if how == "zeros":
        return data[:at] + bytes(len(data[at : at + 512])) + data[at + 512 :]
    if how == "cut":
        return data[:at]
    return b"[" * 100_000 if how == "nested" else rng.choice(others)


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_cache_changes_no_finding(audited, how):
    root, found = audited
    state, kept = root.with_name("Pets.catsclean"), root.with_name("kept")
    paths = sorted(path for path in (kept / "cache").rglob("*") if path.is_file())
    others = [path.read_bytes() for path in paths]
    rng = random.Random(how)
    for path in paths:
        for _ in range(2):
            shutil.rmtree(state)
            shutil.copytree(kept, state)
            target = state / path.relative_to(kept)
            target.write_bytes(damaged(rng, how, path.read_bytes(), others))
            assert said(root) == found, (path.name, how)
