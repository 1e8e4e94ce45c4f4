"""The audit against known truth: the practice data, and the real pictures' known defects."""

import PIL
import pytest

import catsclean
from catsclean.core.model import Fix
from catsclean.testing.practice import make_practice, read_truth


@pytest.fixture(scope="module")
def practice(tmp_path_factory):
    """A practice set with its audit, every validator on."""
    made = make_practice(tmp_path_factory.mktemp("truth") / "PetImages", count=120, seed=5)
    return read_truth(made.truth), catsclean.audit(made.root, select=["all"])


def test_every_planted_defect_is_found_by_the_validator_that_it_was_planted_for(practice):
    truth, audit = practice
    found = {(f.path, f.validator) for f in audit.findings}
    found |= {(path, f.validator) for f in audit.findings for path in f.related}
    planted = {(row["path"], row["validator"]) for row in truth if row["expected"] == "primary"}
    assert planted - found == set()


def test_no_safe_fix_is_proposed_for_a_healthy_file(practice):
    truth, audit = practice
    damaged = {(row["path"], row["validator"]) for row in truth}
    safe = {(f.path, f.validator) for f in audit.findings if f.fix is Fix.SAFE}
    assert safe - damaged == set()


def test_a_healthy_file_has_no_finding_of_a_default_validator(practice):
    truth, audit = practice
    known = {row["path"] for row in truth}
    # a judge that compares drawn animals may be wrong about some of them
    on = {name for name, kind in registry().items() if kind.default and not kind.uses_content}
    surplus = {str(f) for f in audit.findings if f.path is not None and f.validator in on} - {
        str(f) for f in audit.findings if f.path in known
    }
    assert surplus == set()


def registry():
    from catsclean.validators.registry import all_validators

    return all_validators()


@pytest.fixture(scope="module")
def pets(shared_data, tmp_path_factory):
    """The audit of the real PetImages, with trailing-data beside the default validators."""
    state = tmp_path_factory.mktemp("state")
    return catsclean.audit(
        shared_data / "PetImages", select=["+trailing-data"], content=False, state_dir=state
    )


def paths(audit, validator):
    return {f.path for f in audit.findings if f.validator == validator}


KNOWN = {
    "zero-length": {"Cat/666.jpg"},
    "wrong-extension": {f"Cat/{n}.jpg" for n in (140, 660, 850, 936, 23, 391, 445, 910)}
    | {f"Dog/{n}.jpg" for n in (50, 296, 414, 522, 543, 561, 565, 573, 663, 719)},
    "trailing-data": {f"Cat/{n}.jpg" for n in (117, 631, 780, 840)}
    | {f"Dog/{n}.jpg" for n in (91, 254, 348, 679, 868)},
    "exact-duplicate": {"Dog/180.jpg"},
    "blurry": set(),
}


@pytest.mark.parametrize("validator", KNOWN)
def test_the_known_defects_of_the_real_pictures_are_found_and_no_other(pets, validator):
    assert paths(pets, validator) == KNOWN[validator]


@pytest.mark.skipif(
    int(PIL.__version__.partition(".")[0]) < 13, reason="Pillow before 13 reads 14 of them"
)
def test_the_fifteen_invalid_orientations_are_named(pets):
    messages = [f.message for f in pets.findings if f.validator == "exif-warning"]
    assert messages == ["orientation 0 (valid: 1 to 8)"] * 15


def test_what_lies_behind_the_end_of_nine_real_pictures_is_named(pets):
    messages = [f.message for f in pets.findings if f.validator == "trailing-data"]
    assert {message.rpartition(" ")[2] for message in messages} == {"JPEG"}


def test_the_real_pictures_have_one_pair_of_duplicates_and_no_other(pets):
    assert pets.evidence.pairs[["path", "other", "kind"]].to_numpy().tolist() == [
        ["Dog/180.jpg", "Dog/74.jpg", "identical-bytes"]
    ]


def test_the_only_real_picture_that_was_cut_short_is_found(pets):
    [finding] = [f for f in pets.findings if f.validator == "partly-grey"]
    assert finding.path == "Dog/726.jpg"
    assert finding.message.startswith("noise over the lower 1")


def test_real_pictures_with_a_frame_are_found(pets):
    found = paths(pets, "framed")
    assert found >= {"Dog/900.jpg", "Cat/149.jpg", "Cat/829.jpg", "Cat/853.jpg", "Cat/947.jpg"}
    assert "Cat/835.jpg" not in found
    assert len(found) < 70


def test_no_real_picture_is_called_damaged(pets):
    assert not paths(pets, "undecodable") | paths(pets, "truncated") | paths(pets, "corrupt-data")
