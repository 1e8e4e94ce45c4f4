"""The shell completes names of validators, and loads none of them for it."""

import sys

import pytest

from catsclean.cli.options import complete_names
from catsclean.validators.installed import list_names
from catsclean.validators.registry import all_validators


def test_every_validator_and_family_is_listed_without_loading_it():
    assert set(all_validators()) < set(list_names())


@pytest.mark.parametrize(
    ("begun", "whole"),
    [
        ("near", ["near-duplicate"]),
        ("pix", ["pixels"]),
        ("+too-d", ["+too-dark"]),
        ("file,tru", ["file,truncated"]),
        ("nothing-of-the-kind", []),
    ],
)
def test_the_last_of_the_names_is_completed(begun, whole):
    assert complete_names(begun) == whole


@pytest.mark.parametrize(
    "words", ["explain near", "audit --select near", "check --ignore near", "clean --select near"]
)
def test_the_shell_completes_names_where_names_are_wanted(run_process, words):
    done = run_process(
        env={
            "_CATSCLEAN_COMPLETE": "complete_bash",
            "COMP_WORDS": f"catsclean {words}",
            "COMP_CWORD": str(len(words.split())),
            "PYTHONPATH": ":".join(sys.path),
            "PYTHONPROFILEIMPORTTIME": "1",
        }
    )
    assert done.stdout.split() == ["near-duplicate"]
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "catsclean.validators.installed" in loaded
    assert not loaded & {"pandas", "numpy", "pyarrow", "tensorflow"}
