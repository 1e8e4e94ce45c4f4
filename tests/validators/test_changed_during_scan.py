import helpers

from catsclean.core.evidence import Outcome
from catsclean.testing import assert_clean
from catsclean.validators.changed_during_scan import ChangedDuringScan


def test_finds_files_that_changed_while_they_were_read():
    evidence = helpers.make_evidence(
        [{"path": "Cat/1.jpg", "outcome": Outcome.CHANGED}, {"path": "Cat/2.jpg"}]
    )
    [finding] = ChangedDuringScan().judge(evidence)
    assert (finding.path, finding.message) == ("Cat/1.jpg", "changed while it was read")


def test_a_folder_at_rest_is_clean(pets):
    assert_clean(ChangedDuringScan(), pets)
