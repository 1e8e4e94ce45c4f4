"""Links to containers, as the cache of Hugging Face's hub has them."""

import pytest
from packed import files_of, make_parquet, make_tar
from pictures import make_dataset

import catsclean
from catsclean.errors import DatasetError


@pytest.fixture
def cache(tmp_path):
    """Make ``snapshots/data/train-*.parquet``, links to blobs that have no extension."""
    files = files_of(make_dataset(tmp_path / "PetImages", {"Cat": 4, "Dog": 4}))
    blobs, data = tmp_path / "hub/blobs", tmp_path / "hub/snapshots/data"
    blobs.mkdir(parents=True)
    data.mkdir(parents=True)
    for number in range(2):
        rows = list(files.items())[number::2]
        labels = [["Cat", "Dog"].index(name[:3]) for name, _ in rows]
        made = make_parquet(tmp_path / "made.parquet", rows, labels, ["Cat", "Dog"])
        made.rename(blobs / f"abc{number}")
        (data / f"train-0000{number}-of-00002.parquet").symlink_to(f"../../blobs/abc{number}")
    return tmp_path / "hub"


def test_links_to_containers_are_followed_where_the_user_says_so(cache, tmp_path):
    audit = catsclean.audit(
        cache / "snapshots", follow_links_to=cache / "blobs", content=False, workers=2
    )
    assert len(audit.manifest) == 8
    assert audit.dataset.labels == ["Cat", "Dog"]
    split = catsclean.split(
        cache / "snapshots", {"train": 0.5, "val": 0.5}, follow_links_to=cache / "blobs"
    )
    written = files_of(split.write(tmp_path / "out").folder)
    assert sum(name.endswith(".jpg") for name in written) == 8


def test_links_to_containers_that_are_not_followed_leave_the_audit_incomplete(cache):
    audit = catsclean.audit(cache / "snapshots", content=False, save=False, cache=False)
    assert audit.incomplete


def test_a_link_to_a_container_out_of_the_named_folders_is_not_read(tmp_path):
    make_tar(tmp_path / "secret/a.tar", files_of(make_dataset(tmp_path / "PetImages")))
    (tmp_path / "set").mkdir()
    (tmp_path / "set/a.tar").symlink_to("../secret/a.tar")
    audit = catsclean.audit(tmp_path / "set", follow_links=True, save=False, content=False)
    assert audit.incomplete
    assert len(audit.evidence.decoded) == 0


def test_a_container_that_is_a_link_may_be_named(tmp_path):
    made = make_tar(tmp_path / "a.tar", files_of(make_dataset(tmp_path / "PetImages")))
    (tmp_path / "link.tar").symlink_to(made)
    assert len(catsclean.audit(tmp_path / "link.tar", save=False, content=False).manifest) == 12


def test_a_single_folder_of_unread_links_is_no_data_set_without_pictures(cache):
    with pytest.raises(DatasetError, match="no pictures"):
        catsclean.audit(cache / "blobs", save=False, content=False)
