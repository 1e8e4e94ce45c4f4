import pictures
import pytest

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.label_table_mismatch import LabelTableMismatch


@pytest.fixture
def audited(tmp_path):
    root = tmp_path / "Pets"
    root.mkdir()
    for number in range(3):
        (root / f"{number}.jpg").write_bytes(pictures.jpeg(number))

    def with_rows(*rows):
        (tmp_path / "t.csv").write_text("id,label\n" + "\n".join(rows) + "\n")
        return root, tmp_path / "t.csv"

    return with_rows


def test_rows_without_a_file_are_one_finding(audited):
    root, table = audited("0,cat", "1,dog", *[f"gone{n},cat" for n in range(5)])
    [finding] = assert_finds(LabelTableMismatch(), root, None, labels=table)
    assert finding.message == (
        "5 of 7 rows of t.csv name no file: gone0 (row 4), gone1 (row 5), gone2 (row 6), …"
    )


def test_a_contradiction_is_a_finding_of_its_picture(audited):
    root, table = audited("0,cat", "1,dog", "0,dog")
    [finding] = assert_finds(LabelTableMismatch(), root, "0.jpg", labels=table)
    assert finding.message == "rows of t.csv give it several labels: cat (row 2), dog (row 4)"
    assert (finding.severity, finding.label) == ("error", None)


def test_rows_that_say_the_same_again_are_a_note(audited):
    root, table = audited("0,cat", "1,dog", "0,cat")
    [finding] = assert_finds(LabelTableMismatch(), root, None, labels=table)
    assert finding.message == "1 row of t.csv says again what another row says"
    assert finding.severity == "note"


def test_hostile_rows_are_shown_safely_and_shortly(audited):
    root, table = audited("0,cat", "/etc/passwd\x1b[2J" + "x" * 500 + ",=cmd()")
    [finding] = assert_finds(LabelTableMismatch(), root, None, labels=table)
    assert finding.message.isprintable()
    assert len(finding.message) < 200


def test_a_table_that_fits_and_a_set_without_one_are_clean(audited, pets):
    root, table = audited("0,cat", "1,dog", "2,cat")
    assert_clean(LabelTableMismatch(), root, labels=table)
    assert_clean(LabelTableMismatch(), root)
