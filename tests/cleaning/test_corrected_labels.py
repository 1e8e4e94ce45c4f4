"""Decisions about labels follow repaired and renamed pictures, and yield to later changes."""

import hashlib

import pytest
from cleaning.conftest import tree
from pictures import draw, encode, jpeg

import catsclean
from catsclean.auditing.kept_view import read_kept
from catsclean.cleaning import plan_cleaning, plan_repairs, undo
from catsclean.core.state import StateFolder


def audit_of(root, **options):
    return catsclean.audit(root, select="+trailing-data", content=False, workers=1, **options)


def labels_of(audit):
    table = audit.manifest.table
    return dict(zip(table["path"], table["label"], strict=True))


def runs_of(root):
    return sorted(path.name for path in (StateFolder.of(root).path / "quarantine").iterdir())


def write_table(root, rows):
    (root / "labels.csv").write_text("id,label\n" + "".join(f"{a},{b}\n" for a, b in rows.items()))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Pictures whose names give the labels: one is a PNG in disguise, one has trailing bytes."""
    root = tmp_path_factory.mktemp("named") / "Pets"
    root.mkdir()
    for number in range(8):
        (root / f"{'cat' if number % 2 else 'dog'}.{number}.jpg").write_bytes(jpeg(number))
    (root / "cat.1.jpg").write_bytes(encode(draw(1), "PNG"))
    (root / "cat.3.jpg").write_bytes(jpeg(3) + b"hidden")
    return tree(root)


@pytest.fixture
def root(made, tmp_path):
    (tmp_path / "Pets").mkdir()
    for path, data in made.items():
        (tmp_path / "Pets" / path).write_bytes(data)
    audit_of(tmp_path / "Pets", labels="names")
    return tmp_path / "Pets"


@pytest.fixture
def with_table(made, tmp_path):
    """The same pictures, whose labels stand in a table of ids in the data set."""
    (tmp_path / "Pets").mkdir()
    for path, data in made.items():
        (tmp_path / "Pets" / path).write_bytes(data)
    rows = {path.removesuffix(".jpg"): path[:3] for path in made}
    write_table(tmp_path / "Pets", rows)
    audit_of(tmp_path / "Pets", labels=f"{tmp_path}/Pets/labels.csv:id,label")
    return tmp_path / "Pets", rows


CORRECTED = {"cat.1.jpg": "dog", "cat.3.jpg": "fox"}


def test_corrections_follow_a_repair_and_return_with_its_undo(root):
    before = tree(root)
    plan_cleaning(root, relabel=CORRECTED, select=[]).apply()
    recorded = read_kept(StateFolder.of(root))
    result = plan_repairs(root).apply()
    assert dict(result.changed) == {"cat.1.jpg": "cat.1.png", "cat.3.jpg": "cat.3.jpg"}
    labels = labels_of(audit_of(root))
    assert (labels["cat.1.png"], labels["cat.3.jpg"]) == ("dog", "fox")
    undo(root)
    assert tree(root) == before
    assert read_kept(StateFolder.of(root)) == recorded
    labels = labels_of(audit_of(root))
    assert (labels["cat.1.jpg"], labels["cat.3.jpg"]) == ("dog", "fox")


def test_a_picture_that_moved_to_its_new_class_is_repaired_without_another_audit(tmp_path, made):
    root = tmp_path / "Pets"
    for path, data in made.items():
        (root / path[:3]).mkdir(parents=True, exist_ok=True)
        (root / path[:3] / path).write_bytes(data)
    audit_of(root)
    before = tree(root)
    relabel = {"cat/cat.1.jpg": "dog", "cat/cat.3.jpg": "dog"}
    plan_cleaning(root, relabel=relabel, select=[]).apply()
    result = plan_repairs(root).apply()
    assert dict(result.changed) == {
        "dog/cat.1.jpg": "dog/cat.1.png",
        "dog/cat.3.jpg": "dog/cat.3.jpg",
    }
    audit = audit_of(root)
    assert {"dog/cat.1.png", "dog/cat.3.jpg"} <= audit.kept
    undo(root)
    undo(root)
    assert tree(root) == before
    assert read_kept(StateFolder.of(root)) == {}


def test_undoing_a_correction_revokes_it_after_a_repair_too(root):
    plan_cleaning(root, relabel=CORRECTED, select=[]).apply()
    plan_repairs(root).apply()
    undo(root, runs_of(root)[0])
    manifest = labels_of(catsclean.load_audit(root))
    assert (manifest["cat.1.png"], manifest["cat.3.jpg"]) == ("cat", "cat")
    assert read_kept(StateFolder.of(root)) == {}
    undo(root)
    assert read_kept(StateFolder.of(root)) == {}


def test_a_correction_that_was_undone_does_not_return_with_a_later_undo(root):
    for label in ("dog", "fox"):
        plan_cleaning(root, relabel={"cat.5.jpg": label}, select=[]).apply()
    first, second = runs_of(root)
    undo(root, first)
    undo(root, second)
    assert read_kept(StateFolder.of(root)) == {}


def test_the_correction_before_holds_again_at_the_new_name(root):
    for label in ("dog", "fox"):
        plan_cleaning(root, relabel={"cat.1.jpg": label}, select=[]).apply()
    plan_repairs(root).apply()
    undo(root, runs_of(root)[1])
    assert labels_of(audit_of(root))["cat.1.png"] == "dog"


def test_a_picture_that_was_set_aside_and_returned_keeps_its_correction(root):
    plan_cleaning(root, relabel={"cat.5.jpg": "fox"}, select=[]).apply()
    plan_cleaning(root, quarantine=["cat.5.jpg"], select=[]).apply()
    assert "cat.5.jpg" not in labels_of(audit_of(root))
    plan_cleaning(root, keep=["cat.5.jpg"], select=[]).apply()
    assert labels_of(audit_of(root))["cat.5.jpg"] == "fox"


def test_a_picture_that_was_decided_to_be_kept_is_not_repaired(root):
    plan_cleaning(root, keep=["cat.3.jpg"], select=[]).apply()
    plan = plan_repairs(root)
    assert [one.path for one in plan.repairs] == ["cat.1.jpg"]
    plan.apply()
    audit = audit_of(root)
    assert "cat.3.jpg" in audit.kept


def test_a_free_name_keeps_the_label_that_it_gives(root):
    (root / "cat.1.png").write_bytes(encode(draw(50), "PNG"))
    audit_of(root)
    result = plan_repairs(root, select="wrong-extension").apply()
    assert result.changed == (("cat.1.jpg", "cat.1-2.png"),)
    assert labels_of(audit_of(root))["cat.1-2.png"] == "cat"


def test_a_name_is_kept_if_another_would_give_no_label(root):
    audit_of(root, labels=r"name:^([a-z]+)\.\d+\.jpg$")
    plan = plan_repairs(root, select="wrong-extension")
    assert not plan.repairs
    assert "gives it another label" in plan.kept_back[0].why


def test_a_picture_that_a_table_names_by_id_may_get_another_extension(with_table):
    root, _ = with_table
    result = plan_repairs(root, select="wrong-extension").apply()
    assert result.changed == (("cat.1.jpg", "cat.1.png"),)
    audit = audit_of(root)
    assert labels_of(audit)["cat.1.png"] == "cat"
    assert not [f for f in audit.findings if f.validator in {"unlabelled", "label-table-mismatch"}]


def test_a_picture_that_a_table_names_by_id_gets_no_number(with_table):
    root, _ = with_table
    (root / "cat.1.png").write_bytes(encode(draw(50), "PNG"))
    audit_of(root)
    plan = plan_repairs(root, select="wrong-extension")
    assert not plan.repairs
    assert "table of labels" in plan.kept_back[0].why


@pytest.mark.parametrize(("later", "label"), [("cat", "dog"), ("dog", "dog"), ("fox", "fox")])
def test_a_later_change_of_the_table_counts(with_table, later, label):
    root, rows = with_table
    plan_cleaning(root, relabel={"cat.5.jpg": "dog"}, select=[]).apply()
    write_table(root, rows | {"cat.5": later})
    audit = audit_of(root)
    assert labels_of(audit)["cat.5.jpg"] == label
    superseded = label != "dog"
    assert ("cat.5.jpg" in audit.kept) is not superseded
    assert ("has another label here now" in audit.dataset.label_source.note) is superseded


def test_a_label_can_be_corrected_again_after_the_table_was(with_table):
    root, rows = with_table
    plan_cleaning(root, relabel={"cat.5.jpg": "dog"}, select=[]).apply()
    for later in ("dog", "fox"):
        write_table(root, rows | {"cat.5": later})
        audit = audit_of(root)
        plan_cleaning(audit, relabel={"cat.5.jpg": "cat"}, select=[]).apply()
        assert labels_of(audit_of(root))["cat.5.jpg"] == "cat"
        undo(root)


def test_a_picture_whose_correction_was_superseded_can_be_kept(with_table):
    root, rows = with_table
    plan_cleaning(root, relabel={"cat.5.jpg": "dog"}, select=[]).apply()
    write_table(root, rows | {"cat.5": "fox"})
    audit_of(root)
    plan_cleaning(root, keep=["cat.5.jpg"], select=[]).apply()
    audit = audit_of(root)
    assert (labels_of(audit)["cat.5.jpg"], "cat.5.jpg" in audit.kept) == ("fox", True)
    assert audit.dataset.label_source.note == ""


def test_other_bytes_under_a_renamed_picture_s_old_name_get_no_correction(root):
    plan_cleaning(root, relabel=CORRECTED, select=[]).apply()
    plan_repairs(root).apply()
    (root / "cat.1.jpg").write_bytes(jpeg(99))
    labels = labels_of(audit_of(root))
    assert (labels["cat.1.jpg"], labels["cat.1.png"]) == ("cat", "dog")
    kept = read_kept(StateFolder.of(root))["cat.1.png"]
    assert kept.sha256 == hashlib.sha256((root / "cat.1.png").read_bytes()).hexdigest()
