"""For authors of validators: run one on real files, and assert its findings."""

from catsclean.testing.validator_checks import (
    assert_clean,
    assert_documented,
    assert_finds,
    gather_evidence,
    judge,
)

__all__ = ["assert_clean", "assert_documented", "assert_finds", "gather_evidence", "judge"]
