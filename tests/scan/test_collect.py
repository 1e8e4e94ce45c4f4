"""Evidence of a data set: the listing, the labels and what the files say, row by row."""

import buckets
import pytest
from pictures import make_dataset

from catsclean.core import stored_table
from catsclean.core.bucket_address import Address
from catsclean.core.state import StateFolder
from catsclean.core.stored_table import StoredTable
from catsclean.errors import UsageError
from catsclean.objects.bucket_state import OpenBucket
from catsclean.scan import collect
from catsclean.scan.collect import scan_folder
from catsclean.scan.labels import check_labels
from catsclean.scan.scan_options import ScanOptions


def evidence_of(root):
    return scan_folder(StateFolder.of(root), ScanOptions(workers=1))[0]


@pytest.fixture
def root(tmp_path):
    """Pictures, another file, a table of labels, and a file that is listed out of order."""
    root = make_dataset(tmp_path / "set", {"train": 3, "Cat": 2})
    (root / "Cat" / "notes.txt").write_text("about cats")
    (root / "train-0.jpg").write_bytes((root / "Cat" / "0.jpg").read_bytes())
    return root


def test_rows_are_sorted_by_path_and_files_that_are_no_pictures_stand_apart(root):
    evidence = evidence_of(root)
    paths = evidence.rows["path"].tolist()
    assert paths == sorted(paths)
    assert len(paths) == 6
    assert evidence.dataset.other_files == ("Cat/notes.txt",)


def test_evidence_that_lies_in_the_cache_is_the_same_as_in_memory(root, monkeypatch):
    held = evidence_of(root)
    monkeypatch.setattr(stored_table, "_SMALLEST_BYTES", 0)
    stored = evidence_of(root)
    assert isinstance(stored.packed, StoredTable)
    assert repr(stored.packed.to_arrow().to_pylist()) == repr(held.packed.to_pylist())


def test_a_table_of_labels_in_the_data_set_is_no_file_of_it(root):
    rows = ["file_name,label", "train/0.jpg,Cat", "train/1.jpg,Dog", "Cat/0.jpg,Cat"]
    (root / "metadata.csv").write_text("\n".join(rows))
    evidence = scan_folder(StateFolder.of(root), _by_metadata())[0]
    assert evidence.dataset.other_files == ("Cat/notes.txt",)
    labels = dict(zip(evidence.rows["path"], evidence.rows["label"], strict=True))
    assert labels["train/1.jpg"] == "Dog"


def _by_metadata():
    return ScanOptions(workers=1, labels=check_labels("metadata"))


def test_a_data_set_in_a_bucket_is_listed_there_and_read_by_no_engine(moto, monkeypatch):
    buckets.use(monkeypatch, moto.url)
    bucket = moto.make()
    for key in ("P/Cat/1.jpg", "P/Dog/1.jpg"):
        bucket.put(key, b"x")
    opened = OpenBucket(Address("s3", bucket.name, "P"))
    monkeypatch.setattr(collect, "open_bucket_of", lambda _root: opened)
    reach, listing = collect.list_files(opened.root, ScanOptions(exclude=("Dog/**",)))
    assert (reach.root, listing.paths, opened.packed) == (opened.root, ["Cat/1.jpg"], False)
    with pytest.raises(UsageError, match="a bucket is read by this machine so far") as told:
        collect.list_files(opened.root, ScanOptions(engine=object()))
    assert f"'s3://{bucket.name}/P'" in str(told.value)
    opened.close()
