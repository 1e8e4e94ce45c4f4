import json
import os

import pandas as pd
import pytest
from pictures import jpeg

import catsclean
from catsclean.auditing.save import load_audit
from catsclean.core.label_source import LabelKind
from catsclean.errors import ConfigError


@pytest.fixture
def flat(tmp_path):
    root = tmp_path / "Pets"
    root.mkdir()
    for number in range(6):
        path = root / f"{number}.jpg"
        path.write_bytes(jpeg(number, (48, 48)))
        os.utime(path, (1e9, 1e9))  # what is younger than the clock's grain is read again
    return root


def table_of(flat, *rows, name="t.csv"):
    path = flat.parent / name
    path.write_text("id,label\n" + "".join(f"{row}\n" for row in rows))
    return path


ROWS = ("0,cat", "1,cat", "2,cat", "3,dog", "4,dog", "5,dog")


def audit(root, **more):
    return catsclean.audit(root, workers=1, content=False, **more)


def labels(result):
    return result.manifest.table["label"].tolist()


def test_the_next_audit_reads_the_same_table(flat):
    audit(flat, labels=table_of(flat, *ROWS))
    again = audit(flat)
    assert labels(again) == ["cat"] * 3 + ["dog"] * 3
    assert again.dataset.label_source.forced
    assert load_audit(flat).dataset.label_source == again.dataset.label_source
    assert load_audit(flat).dataset.labels == ["cat", "dog"]
    assert audit(flat, labels="auto").dataset.labels == []


def test_a_changed_table_is_judged_again_without_opening_a_picture(flat):
    table = table_of(flat, *ROWS, name="Pets/labels.csv")
    first = audit(flat, labels=table)
    assert first.dataset.other_files == ()
    table_of(flat, "0,dog", *ROWS[1:], name="Pets/labels.csv")
    again = audit(flat)
    assert labels(again)[:2] == ["dog", "cat"]
    assert (again.summary["files_read"], again.summary["files_recognised"]) == (0, 0)


def test_labels_that_were_passed_in_python_are_kept_too(flat):
    audit(flat, labels={f"{n}.jpg": ("cat", "dog")[n % 2] for n in range(6)})
    again = audit(flat)
    assert labels(again) == ["cat", "dog"] * 3
    assert again.dataset.label_source.kind is LabelKind.GIVEN
    (flat.parent / "Pets.catsclean/labels.parquet").unlink()
    with pytest.raises(ConfigError, match="Pass labels= again"):
        audit(flat)


def test_recognised_names_are_kept_though_a_few_strays_were_added(flat):
    for path in flat.iterdir():
        path.rename(flat / f"{('cat', 'dog')[int(path.stem) % 2]}_{path.name}")
    assert audit(flat).dataset.labels == ["cat", "dog"]
    (flat / "stray.jpg").write_bytes(jpeg(9, (48, 48)))
    again = audit(flat)
    assert again.dataset.labels == ["cat", "dog"]
    assert [f.path for f in again.findings if f.validator == "unlabelled"] == ["stray.jpg"]


def test_a_table_elsewhere_is_not_read_because_a_state_folder_names_it(flat, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "t.csv"
    elsewhere.write_text("id,label\n" + "\n".join(ROWS))
    audit(flat, labels=elsewhere)
    with pytest.raises(ConfigError, match=r"lies elsewhere.*Name it again"):
        audit(flat)
    assert labels(audit(flat, labels=elsewhere))


def test_a_table_that_is_gone_is_one_line(flat):
    table = table_of(flat, *ROWS)
    audit(flat, labels=table)
    table.unlink()
    with pytest.raises(ConfigError, match=r"'.*t.csv', which is gone"):
        audit(flat)


@pytest.mark.parametrize(
    "source",
    [
        {"kind": "table", "forced": True, "tables": [{"file": "/etc/passwd", "match": "path"}]},
        {"kind": "table", "forced": True, "tables": [{"file": 7, "match": "path"}]},
        {"kind": "table", "forced": True, "tables": []},
        {"kind": "names", "forced": True, "pattern": "(", "tables": []},
        {"kind": "x"},
        [],
        "names",
    ],
)
def test_a_forged_record_reads_no_other_file(flat, source):
    audit(flat)
    path = flat.parent / "Pets.catsclean/audit.json"
    summary = json.loads(path.read_text())
    summary["dataset"]["label_source"] = source
    path.write_text(json.dumps(summary))
    try:
        said = str(audit(flat).dataset.labels)
    except ConfigError as error:
        said = str(error)
    assert "root:" not in said


def test_a_manifest_gives_its_labels_back(flat):
    hostile = ["../up", "=cmd()", "a\x1b[2J", "back\\slash", "x" * 300, "CON"]
    first = audit(flat, labels={f"{n}.jpg": label for n, label in enumerate(hostile)})
    for name in ("manifest.parquet", "manifest.csv"):
        again = audit(flat, labels=first.state.path / name)
        assert labels(again) == labels(first)


def test_a_table_of_pandas_and_of_arrow_give_labels(flat):
    frame = pd.DataFrame({"file": [f"{n}.jpg" for n in range(6)], "label": [1, 2, None, 1, 2, 1]})
    assert audit(flat, labels=frame, save=False).dataset.labels == ["1", "2"]
    assert labels(audit(flat, labels=frame.set_index("file")["label"], save=False))[0] == "1"


def test_rows_that_do_not_fit_are_listed_in_the_state_folder(flat):
    listed = flat.parent / "Pets.catsclean/label-rows.csv"
    audit(flat, labels=table_of(flat, *ROWS, "gone,=cmd()", "0,dog"))
    rows = pd.read_csv(listed)
    assert rows["problem"].tolist() == ["contradiction", "no file", "contradiction"]
    assert rows["label"][1] == "\\x3dcmd()"
    audit(flat, labels="folders")
    assert not listed.exists()


@pytest.mark.parametrize("wrong", ["name:(", "names", "gone.csv", "metadata"])
def test_a_wrong_request_writes_nothing(flat, wrong):
    before = sorted(flat.parent.rglob("*"))
    with pytest.raises(ConfigError):
        audit(flat, labels=wrong)
    assert sorted(flat.parent.rglob("*")) == before


def test_two_classes_that_are_no_folders_are_two_findings_of_a_baseline(flat, tmp_path):
    first = audit(flat, labels=table_of(flat, *ROWS))
    one = [f for f in first.findings if f.validator == "small-class"][:1]
    catsclean.auditing.baseline.write_baseline(tmp_path / "known.json", first.manifest, one)
    known = catsclean.auditing.baseline.read_baseline(tmp_path / "known.json")
    left = [f.label for f in first.without(known).findings if f.validator == "small-class"]
    assert left == ["dog"]


def test_a_folder_that_is_emptied_is_no_class_if_a_table_gives_the_labels(flat):
    (flat / "cat").mkdir()
    (flat / "cat/x.jpg").write_bytes(b"")
    audit(flat, labels={**{f"{n}.jpg": "cat" for n in range(6)}, "cat/x.jpg": "cat"})
    plan = catsclean.plan_cleaning(flat)
    assert (plan.emptied, plan.emptied_classes) == (("cat",), ())
