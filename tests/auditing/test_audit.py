"""The audit as a library function."""

import os
import pickle

import pytest
from pictures import draw, encode, jpeg, make_dataset

import catsclean
from catsclean.auditing.no_pictures import explain_no_pictures
from catsclean.core.evidence import Dataset
from catsclean.core.limits import Limits
from catsclean.core.model import Fix, Severity
from catsclean.errors import CatscleanError, DatasetError, StateError
from catsclean.validators.base import Validator
from catsclean.validators.judge import judge


def test_a_loaded_audit_equals_the_one_that_was_saved(tmp_path):
    root = make_dataset(tmp_path / "set")
    (root / "Cat" / "empty.jpg").touch()
    made = catsclean.audit(root)
    loaded = catsclean.load_audit(root)
    assert loaded.findings == made.findings
    assert loaded.dataset == made.dataset
    assert loaded.manifest.table.equals(catsclean.Manifest.load(made.state.manifest).table)


def test_an_audit_changes_nothing_in_the_data_set(tmp_path):
    root = make_dataset(tmp_path / "set")
    before = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in root.rglob("*.jpg")}
    catsclean.audit(root)
    assert {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in root.rglob("*.jpg")} == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"layout": "folders"},
        {"probe": "opencv"},
        {"workers": 0},
        {"select": "nothing"},
        {"against": "nowhere"},
        {"prefer": 5},
        {"exclude": 5},
        {"limits": {}},
        {"follow_links_to": "nowhere"},
        {"per_path_ignores": {"*": ["nothing"]}},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_wrong_argument_is_refused_before_anything_is_written(tmp_path, wrong):
    root = make_dataset(tmp_path / "set")
    with pytest.raises(CatscleanError):
        catsclean.audit(root, **wrong)
    assert list(tmp_path.iterdir()) == [root]


@pytest.mark.parametrize("select", ["zero-length", "zero-length, truncated", ["zero-length"]])
def test_validators_are_named_by_a_text_or_a_list(tmp_path, select):
    root = make_dataset(tmp_path / "set")
    (root / "Cat" / "empty.jpg").touch()
    audit = catsclean.audit(root, select=select)
    assert audit.counts() == {"zero-length": 1}
    assert catsclean.plan_cleaning(audit, select=select).count == 1
    assert not catsclean.audit(root, select="file", ignore="zero-length").findings


def test_the_manifest_has_one_row_a_sample_and_says_what_to_drop(tmp_path):
    root = make_dataset(tmp_path / "set", {"Cat": 3, "Dog": 3})
    (root / "Cat" / "empty.jpg").touch()
    (root / "notes.txt").write_text("not a sample")
    table = catsclean.audit(root).manifest.table.set_index("path")
    assert len(table) == 7
    assert table.loc["Cat/empty.jpg", ["status", "reason"]].tolist() == ["drop", "zero-length"]
    assert table.loc["Cat/0.jpg", ["status", "label", "width_px"]].tolist() == ["keep", "Cat", 160]


def test_labels_and_splits_come_from_the_folders(tmp_path):
    make_dataset(tmp_path / "set" / "train")
    make_dataset(tmp_path / "set" / "val")
    audit = catsclean.audit(tmp_path / "set")
    assert audit.dataset.layout == "splits"
    assert set(audit.manifest.table["split"]) == {"train", "val"}
    assert audit.manifest.labels == ["Cat", "Dog"]


def test_a_flat_folder_has_no_labels_and_no_label_findings(tmp_path):
    root = tmp_path / "set"
    root.mkdir()
    for number in range(3):
        (root / f"{number}.jpg").write_bytes(jpeg(number))
    audit = catsclean.audit(root)
    assert audit.dataset.layout == "flat"
    assert audit.manifest.labels == []
    assert not {"small-class", "empty-class", "mixed-layout"} & set(audit.counts())


def test_a_property_of_most_pictures_is_one_note(tmp_path):
    root = tmp_path / "set" / "Cat"
    root.mkdir(parents=True)
    for number in range(12):
        (root / f"{number}.png").write_bytes(encode(draw(number).convert("RGBA"), "PNG"))
    findings = [
        f for f in catsclean.audit(root.parent).findings if f.validator == "unusual-colour-mode"
    ]
    assert [(f.path, f.severity, f.fix) for f in findings] == [(None, Severity.NOTE, Fix.NONE)]


def test_a_validator_that_raises_costs_one_finding_and_spoils_no_other(tmp_path):
    class Broken(Validator):
        """Raises."""

        name = "broken"
        family = "file"

        def judge(self, evidence):
            raise ZeroDivisionError("oh")

    root = make_dataset(tmp_path / "set")
    (root / "Cat" / "empty.jpg").touch()
    evidence = catsclean.audit(root).evidence
    from catsclean.validators.zero_length import ZeroLength

    findings = judge(evidence, [Broken(), ZeroLength()])
    assert [f.validator for f in findings] == ["zero-length", "validator-failed"]
    line = Broken.judge.__code__.co_firstlineno + 1
    place = f"test_audit.py:{line}"
    assert findings[1].message == f"broken: ZeroDivisionError: oh ({place})"


def test_a_broken_validator_keeps_its_traceback_in_the_state_folder(tmp_path):
    class Broken(Validator):
        """Breaks on every picture, and then again."""

        name = "broken"
        family = "pixels"
        columns = {"broken": 0}  # noqa: RUF012 - as short as an author would write it

        def inspect(self, image):
            return {"broken": self.deeper(image.path)}

        def deeper(self, path):
            raise LookupError(f"nothing at \x1b[31m{path}")

        def judge(self, evidence):
            return ()

    root = make_dataset(tmp_path / "set")
    catsclean.audit(root, validators=[Broken])
    audit = catsclean.load_audit(root)
    trace = audit.summary["validator_tracebacks"]["broken"]
    assert trace.startswith("Cat/0.jpg\nTraceback (most recent call last):\n")
    assert "in deeper" in trace
    assert trace.endswith(r"LookupError: nothing at \x1b[31mCat/0.jpg")
    line = Broken.deeper.__code__.co_firstlineno + 1
    assert f"(test_audit.py:{line})" in audit.findings[0].message


def test_another_threshold_is_judged_without_reading_a_file(tmp_path):
    import os
    import time

    root = make_dataset(tmp_path / "set")
    for path in root.rglob("*.jpg"):
        os.utime(path, (time.time() - 60, time.time() - 60))
    catsclean.audit(root)
    again = catsclean.audit(root, options={"blurry": {"max_softness_percent": 0.01}})
    assert again.summary["files_read"] == 0
    assert again.summary["workers"] == 0
    assert again.counts()["blurry"] >= 1


def test_a_stray_picture_in_a_split_folder_makes_no_class_of_it(tmp_path):
    root = tmp_path / "set"
    for split in ("train", "val"):
        make_dataset(root / split)
    (root / "train" / "stray.jpg").write_bytes(jpeg(99))
    audit = catsclean.audit(root)
    assert audit.dataset.layout == "splits"
    assert audit.manifest.labels == ["Cat", "Dog"]


def test_a_picture_outside_of_every_class_is_left_out_of_a_split(tmp_path):
    root = make_dataset(tmp_path / "set", {"Cat": 10, "Dog": 10})
    (root / "stray.jpg").write_bytes(jpeg(99))
    split = catsclean.split(catsclean.audit(root).manifest, {"val": 0.5})
    table = split.manifest.table.set_index("path")
    assert table["split"].isna().sum() == 1
    assert table["split"].isna()["stray.jpg"]


@pytest.mark.skipif(os.name == "nt", reason="names are text on Windows")
def test_a_data_set_whose_own_name_is_no_utf_8_goes_the_whole_way(tmp_path):
    root = make_dataset(tmp_path / os.fsdecode(b"caf\xe9"))
    (root / "Cat" / "empty.jpg").touch()
    audit = catsclean.audit(root)
    assert catsclean.audit(root).findings == audit.findings
    assert catsclean.load_audit(root).manifest.root == root
    catsclean.plan_cleaning(audit).apply()
    assert not (root / "Cat" / "empty.jpg").exists()
    catsclean.undo(root)
    assert (root / "Cat" / "empty.jpg").exists()
    split = catsclean.split(audit.manifest, {"train": 0.5, "val": 0.5})
    split.write(tmp_path / os.fsdecode(b"split-\xe9"))
    audit.manifest.save(tmp_path / os.fsdecode(b"\xe9.csv"))
    assert len(catsclean.Manifest.load(tmp_path / os.fsdecode(b"\xe9.csv"), root)) == 13


def test_an_interrupted_comparison_is_taken_up_where_it_stopped(tmp_path):
    root = tmp_path / "set"
    root.mkdir()
    for number in range(8):
        (root / f"{number}.jpg").write_bytes(jpeg(number))
        (root / f"{number}-again.jpg").write_bytes(jpeg(number, quality=60))
    looks = []

    def count(progress):
        if progress.stage == "comparing" and progress.done_pairs:
            looks.append(progress.done_pairs)
            if len(looks) == 3:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        catsclean.audit(root, progress=count)
    catsclean.audit(root, progress=count)
    assert sorted(looks) == list(range(1, 9))


def test_pictures_that_take_the_place_of_what_had_no_hash_are_compared(tmp_path):
    root = tmp_path / "set"
    root.mkdir()
    for name in ("a.jpg", "b.jpg"):
        (root / name).write_bytes(jpeg(1)[:300])
    assert set(catsclean.audit(root).counts()) == {"truncated"}
    for name in ("a.jpg", "b.jpg"):
        (root / name).write_bytes(jpeg(1))
    assert "exact-duplicate" in catsclean.audit(root).counts()


def test_an_audit_goes_to_another_process_and_back(tmp_path):
    root = make_dataset(tmp_path / "set")
    audit = catsclean.audit(root)
    copy = pickle.loads(pickle.dumps(audit))
    assert copy.findings == audit.findings
    assert copy.manifest.table.equals(audit.manifest.table)


def test_a_picture_under_both_classes_conflicts_where_the_test_has_no_labels(tmp_path):
    root = tmp_path / "set"
    make_dataset(root / "train", {"Cat": 2, "Dog": 2})
    for label in ("Cat", "Dog"):
        (root / "train" / label / "same.jpg").write_bytes(jpeg(7))
    (root / "test").mkdir()
    (root / "test/1.jpg").write_bytes(jpeg(8))
    audit = catsclean.audit(root, select="duplicates")
    assert {f.path for f in audit.findings} == {"train/Cat/same.jpg", "train/Dog/same.jpg"}


def test_an_audit_says_what_it_recognised(tmp_path):
    audit = catsclean.audit(make_dataset(tmp_path / "set" / "data").parent, select="file")
    assert repr(audit).startswith("<Audit of 'set': ")
    assert "layout 'classes' with 1 class, 0 errors" in repr(audit)
    audit.save_html(tmp_path / "page.html")
    assert "a data set of its own, not a class?" in (tmp_path / "page.html").read_text("utf-8")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every folder")
def test_where_nothing_could_be_listed_the_reason_is_named(tmp_path):
    root = make_dataset(tmp_path / "set", {"Cat": 2})
    (root / "Cat").chmod(0)
    try:
        with pytest.raises(DatasetError, match=r"'Cat' could not be listed \(Permission denied\)"):
            catsclean.audit(root)
    finally:
        (root / "Cat").chmod(0o700)


def test_of_several_folders_that_could_not_be_listed_the_first_is_named(tmp_path):
    closed = (("Cat", "Permission denied"), ("Dog", "Permission denied"))
    said = explain_no_pictures(tmp_path, Dataset(tmp_path, "classes", unreadable_folders=closed))
    assert "'Cat' could not be listed (Permission denied), nor could 1 more" in said


def test_the_table_of_findings_is_ordered_by_severity(tmp_path):
    root = make_dataset(tmp_path / "set")
    (root / "Cat" / "empty.jpg").touch()
    audit = catsclean.audit(root)
    table = audit.to_pandas()
    grave = table[table["severity"] >= "warning"]
    assert "zero-length" in set(grave["validator"])
    assert table.sort_values("severity")["severity"].iloc[-1] == "error"
    assert table["severity"].max() == max(f.severity for f in audit.findings) == "error"


def test_copies_are_compared_within_the_limits_of_the_audit(tmp_path):
    root = tmp_path / "set"
    root.mkdir()
    picture = draw(1).resize((7200, 7200))
    for name, quality in (("a.jpg", 90), ("b.jpg", 70)):
        (root / name).write_bytes(encode(picture, quality=quality))
    audit = catsclean.audit(root, limits=Limits(max_pixels=60_000_000))
    assert audit.counts()["near-duplicate"] == 1


def test_an_audit_that_is_not_saved_needs_no_state_folder(tmp_path):
    root = make_dataset(tmp_path / "set")
    (tmp_path / "set.catsclean").write_text("in the way")
    with pytest.raises(StateError, match="cannot make the state folder"):
        catsclean.audit(root)
    assert len(catsclean.audit(root, save=False).manifest)
    assert (tmp_path / "set.catsclean").read_text() == "in the way"
