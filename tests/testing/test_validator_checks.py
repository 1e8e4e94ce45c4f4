"""The helpers for authors of validators fail where they must."""

import pictures
import pytest

import catsclean
from catsclean import Severity, Validator
from catsclean.testing import assert_clean, assert_documented, assert_finds, gather_evidence, judge


class BlackCorner(Validator):
    """Find pictures whose first pixel is black."""

    name = "black-corner"
    family = "pixels"
    severity = Severity.NOTE
    columns = {"corner_level": -1}  # noqa: RUF012 - as short as an author would write it

    def inspect(self, image):
        return {"corner_level": int(image.grey.getpixel((0, 0)))}

    def judge(self, evidence):
        rows = evidence.samples[evidence.samples["corner_level"] == 0]
        return self.findings(rows, ["black"] * len(rows))


class Broken(BlackCorner):
    def inspect(self, image):
        raise ValueError("no corner")


class Unsafe(BlackCorner):
    def judge(self, evidence):
        yield self.finding("Cat/0.jpg", "two\nlines")


@pytest.fixture
def pets(tmp_path):
    root = pictures.make_dataset(tmp_path / "Pets", {"Cat": 2, "Dog": 2})
    black = pictures.draw(1).point(lambda _: 0)
    (root / "Cat/black.jpg").write_bytes(pictures.encode(black))
    return root


def test_inspect_and_judge_run_on_real_files(pets):
    [finding] = assert_finds(BlackCorner(), pets, "Cat/black.jpg")
    assert (finding.label, finding.message) == ("Cat", "black")


def test_a_missing_and_a_surplus_finding_fail(pets):
    with pytest.raises(AssertionError, match=r"missing: \['Dog/0\.jpg'\]"):
        assert_finds(BlackCorner(), pets, "Cat/black.jpg", "Dog/0.jpg")
    with pytest.raises(AssertionError, match="not wanted"):
        assert_finds(BlackCorner(), pets)
    with pytest.raises(AssertionError, match="was to find nothing"):
        assert_clean(BlackCorner(), pets)


def test_what_inspect_raises_fails_the_test(pets):
    with pytest.raises(AssertionError, match="no corner"):
        judge(Broken(), pets)


def test_a_message_that_could_forge_a_line_fails(pets):
    with pytest.raises(AssertionError, match="one printable line"):
        judge(Unsafe(), pets)


def test_a_page_without_its_sections_fails():
    with pytest.raises(AssertionError, match="no section 'Why it matters'"):
        assert_documented(BlackCorner)


def test_the_evidence_is_that_of_an_audit(pets, tmp_path):
    (pets / "Cat/empty.jpg").touch()
    ours = gather_evidence(pets).samples
    theirs = catsclean.audit(pets, save=False, cache=False, workers=1).evidence.samples
    shared = [name for name in ours if name != "group"]
    assert ours[shared].equals(theirs[shared])


def test_nothing_is_written(pets):
    before = sorted(pets.parent.rglob("*"))
    gather_evidence(pets)
    assert sorted(pets.parent.rglob("*")) == before
