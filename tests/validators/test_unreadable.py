import os

import helpers
import pytest

from catsclean.core.evidence import Outcome
from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.unreadable import Unreadable


def test_finds_files_without_permission(pets):
    (pets / "Cat/0.jpg").chmod(0)
    if os.access(pets / "Cat/0.jpg", os.R_OK):
        pytest.skip("this user reads everything")
    assert_finds(Unreadable(), pets, "Cat/0.jpg")


def test_finds_files_that_killed_their_reader_and_folders_that_cannot_be_listed():
    evidence = helpers.make_evidence(
        [
            {"path": "Cat/1.jpg", "outcome": Outcome.CRASHED},
            {"path": "Cat/2.jpg", "outcome": Outcome.UNREADABLE, "outcome_detail": "I/O error"},
            {"path": "Cat/3.jpg"},
        ],
        unreadable_folders=(("Dog", "Permission denied"), (".", "Permission denied")),
    )
    assert [str(finding) for finding in Unreadable().judge(evidence)] == [
        "Cat/1.jpg: unreadable: crashed the decoder",
        "Cat/2.jpg: unreadable: I/O error",
        "Dog: unreadable: this folder cannot be listed: Permission denied",
        ".: unreadable: this folder cannot be listed: Permission denied",
    ]


def test_a_readable_folder_is_clean(pets):
    assert_clean(Unreadable(), pets)
