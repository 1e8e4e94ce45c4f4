import helpers
import pictures

from catsclean.core.evidence import Outcome
from catsclean.core.model import Fix, Severity
from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.junk_class import JunkClass


def test_finds_every_file_below_a_junk_folder(pets):
    pictures.make_dataset(pets, {".ipynb_checkpoints": 1, "__MACOSX/Dog": 1, "Cat/@eaDir": 1})
    found = assert_finds(
        JunkClass(),
        pets,
        ".ipynb_checkpoints/0.jpg",
        "Cat/@eaDir/0.jpg",
        "__MACOSX/Dog/0.jpg",
    )
    assert {finding.fix for finding in found} == {Fix.SAFE}
    assert found[1].message == "inside 'Cat/@eaDir', which loaders take for a class"


def test_names_a_junk_folder_without_pictures_once(pets):
    (pets / "__MACOSX").mkdir()
    (pets / "__MACOSX/notes.txt").write_text("x")
    [finding] = assert_finds(JunkClass(), pets, "__MACOSX")
    assert finding.fix is Fix.NONE


def test_names_a_version_control_store_once_and_lets_it_be(pets):
    (pets / ".git/objects").mkdir(parents=True)
    (pets / ".git/objects/0.jpg").write_bytes(pictures.jpeg(1))
    [finding] = assert_finds(JunkClass(), pets, ".git")
    assert (finding.fix, finding.severity) == (Fix.NONE, Severity.WARNING)


def test_what_was_not_read_is_not_moved():
    evidence = helpers.make_evidence(
        [{"path": "__MACOSX/1.jpg", "label": "", "outcome": Outcome.OVER_LIMIT}]
    )
    [finding] = JunkClass().judge(evidence)
    assert finding.fix is Fix.NONE


def test_classes_are_clean(pets):
    pictures.make_dataset(pets, {"macosx": 1, "trash": 1})
    assert_clean(JunkClass(), pets)
