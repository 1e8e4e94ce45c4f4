import pytest
from pictures import jpeg

import catsclean
from catsclean.core.label_source import TABLE_ENDINGS
from catsclean.errors import UsageError

HOSTILE = ["../up", "=cmd()", "a\x1b[2J", "back\\slash", "x" * 300, "a,b\t\"c'", None]


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    root = tmp_path_factory.mktemp("one") / "Pets"
    root.mkdir()
    labels = {}
    for number, label in enumerate(HOSTILE):
        name = f"={number}\x07 ä.jpg"
        (root / name).write_bytes(jpeg(number, (24, 24)))
        labels[name] = label
    return catsclean.audit(root, labels=labels, workers=1, content=False)


@pytest.mark.parametrize("ending", TABLE_ENDINGS)
def test_what_is_exported_is_read_back_exactly(audited, tmp_path, ending):
    file = tmp_path / f"labels{ending}"
    assert audited.save_labels(file) == 6
    again = catsclean.audit(audited.root, labels=file, workers=1, content=False, save=False)
    before, after = audited.manifest.table, again.manifest.table
    assert after["label"].fillna("").tolist() == before["label"].fillna("").tolist()
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    if ending != ".parquet":
        assert all(line.isprintable() for line in file.read_text().replace("\t", "").splitlines())


def test_nothing_is_ever_overwritten(audited, tmp_path):
    (tmp_path / "labels.csv").touch()
    (tmp_path / "link.csv").symlink_to(tmp_path / "nothing.csv")
    wrong = [tmp_path / "labels.csv", tmp_path / "link.csv", tmp_path / "labels.xlsx"]
    for file in [*wrong, audited.root / "new.csv", tmp_path / "no/labels.csv"]:
        with pytest.raises(UsageError):
            audited.save_labels(file)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["labels.csv", "link.csv"]
    assert not (tmp_path / "labels.csv").read_bytes()


def test_renamed_labels_are_those_that_a_person_reads(audited, tmp_path):
    file = tmp_path / "labels.csv"
    audited.save_labels(file, rename={"back\\slash": "../up", "a\x1b[2J": " esc\x1b "})
    again = catsclean.audit(audited.root, labels=file, workers=1, content=False, save=False)
    labels = again.manifest.table["label"].fillna("").tolist()
    assert (labels.count("../up"), labels.count("esc\\x1b")) == (2, 1)


def test_renamed_labels_may_be_written_as_in_the_manifest(audited, tmp_path):
    file = tmp_path / "labels.csv"
    audited.save_labels(file, rename={"a\\x1b[2J": "back\\\\slash"})
    again = catsclean.audit(audited.root, labels=file, workers=1, content=False, save=False)
    assert again.manifest.table["label"].fillna("").tolist().count("back\\\\slash") == 2
