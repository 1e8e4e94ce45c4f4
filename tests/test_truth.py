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
}


@pytest.mark.parametrize("validator", KNOWN)
def test_the_known_defects_of_the_real_pictures_are_found_and_no_other(pets, validator):
    assert paths(pets, validator) == KNOWN[validator]


@pytest.mark.skipif(
    int(PIL.__version__.partition(".")[0]) < 13, reason="Pillow before 13 reads 14 of them"
)
def test_the_fifteen_invalid_orientations_are_named(pets):
    messages = [f.message for f in pets.findings if f.validator == "exif-warning"]
    assert len([m for m in messages if "orientation" in m.lower()]) == 15


def test_no_real_picture_is_called_damaged(pets):
    assert not paths(pets, "undecodable") | paths(pets, "truncated") | paths(pets, "corrupt-data")
