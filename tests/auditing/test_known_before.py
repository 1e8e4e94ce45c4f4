"""A copy that the last audit had stays, and one that is new or changed does not take its place."""

import pytest
from pictures import jpeg, make_dataset

import catsclean


@pytest.fixture
def pets(tmp_path):
    """An audited set in which one picture has a long name."""
    root = make_dataset(tmp_path / "Pets", {"Cat": 3, "Dog": 3})
    (root / "Cat/2.jpg").rename(root / "Cat/have5.jpg")
    found(root)
    return root


def found(root):
    """The copies that an audit finds, each with what it says."""
    audit = catsclean.audit(root, select="exact-duplicate", workers=1)
    return {finding.path: finding.message for finding in audit.findings}


def deliver(root, old, new):
    (root / new).write_bytes((root / old).read_bytes())


def test_a_new_delivery_replaces_nothing_audit_after_audit(pets):
    deliver(pets, "Cat/have5.jpg", "Cat/n.jpg")
    said = {"Cat/n.jpg": "same bytes as Cat/have5.jpg, the original (known before)"}
    assert [found(pets) for _ in range(3)] == [said] * 3
    [move] = catsclean.plan_cleaning(pets).moves["exact-duplicate"]
    assert (move.path, move.keeper) == ("Cat/n.jpg", "Cat/have5.jpg")


def test_a_copy_that_was_reported_does_not_become_known(pets):
    deliver(pets, "Cat/have5.jpg", "Cat/long name.jpg")
    found(pets)
    deliver(pets, "Cat/have5.jpg", "Cat/n.jpg")
    assert found(pets).keys() == {"Cat/long name.jpg", "Cat/n.jpg"}


def test_a_file_with_other_bytes_than_before_is_not_known(pets):
    (pets / "Cat/have5.jpg").write_bytes(jpeg(77))
    deliver(pets, "Cat/have5.jpg", "Cat/n.jpg")
    assert found(pets) == {"Cat/have5.jpg": "same bytes as Cat/n.jpg, the original (shortest name)"}


def test_nothing_is_known_without_a_readable_manifest(pets):
    (pets.with_name("Pets.catsclean") / "manifest.parquet").write_bytes(b"damaged")
    deliver(pets, "Cat/have5.jpg", "Cat/n.jpg")
    assert found(pets) == {"Cat/have5.jpg": "same bytes as Cat/n.jpg, the original (shortest name)"}
