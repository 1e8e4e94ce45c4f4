import helpers

from catsclean.testing import assert_clean
from catsclean.validators.manifest_mismatch import ManifestMismatch


def test_finds_other_bytes_under_the_same_size_and_time():
    evidence = helpers.make_evidence(
        [
            {"path": "Cat/1.jpg", "sha256": "a" * 64, "recorded_sha256": "b" * 64},
            {"path": "Cat/2.jpg", "sha256": "a" * 64, "recorded_sha256": "a" * 64},
            {"path": "Cat/3.jpg", "sha256": "a" * 64},
            {"path": "Cat/4.jpg", "sha256": "", "recorded_sha256": "a" * 64},
        ]
    )
    [finding] = ManifestMismatch().judge(evidence)
    assert finding.path == "Cat/1.jpg"
    assert finding.message.endswith("sha256 aaaaaaaaaaaa…, was bbbbbbbbbbbb…")


def test_a_first_audit_has_nothing_to_compare(pets):
    assert_clean(ManifestMismatch(), pets)
