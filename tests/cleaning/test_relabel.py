"""Give pictures another label: they move to the folder of their new class, and back."""

import json
import os
import re

import pytest
from cleaning.conftest import tree
from embedders import MeanColours, make_colours
from pictures import draw, encode, jpeg

import catsclean
from catsclean.auditing.kept_view import read_kept
from catsclean.cleaning import plan_cleaning, undo
from catsclean.core.manifest import Manifest
from catsclean.core.model import Fix
from catsclean.core.state import StateFolder
from catsclean.errors import UsageError
from catsclean.reports.plan_lines import plan_warnings

OLD = 1_600_000_000_123_456_789


@pytest.fixture
def saved(audited):
    for path in audited.root.rglob("*.jpg"):
        os.utime(path, ns=(OLD, OLD))
    return audited.save()


def table(audited):
    return Manifest.load(audited.state.manifest, audited.root).table.set_index("path")


def exact(root):
    return {p.relative_to(root).as_posix(): (p.read_bytes(), p.stat().st_mtime_ns)
            for p in root.rglob("*") if p.is_file()}  # fmt: skip


def test_a_picture_moves_to_the_folder_of_its_new_class_and_back(saved):
    before, rows = exact(saved.root), table(saved)
    result = plan_cleaning(saved.root, relabel={"Cat/1.jpg": "Dog"}, select=[]).apply()
    assert result.changed == (("Cat/1.jpg", "Dog/1-2.jpg"),)
    assert tree(saved.root)["Dog/1-2.jpg"] == saved.files["Cat/1.jpg"]
    assert "Cat/1.jpg" not in tree(saved.root)
    assert table(saved).loc["Dog/1-2.jpg", "label"] == "Dog"
    assert (result.refused, result.unaccounted) == ((), 0)
    undo(saved.root)
    assert exact(saved.root) == before
    assert table(saved).equals(rows)


def test_a_label_that_no_picture_has_is_named_with_the_class_that_is_like_it(saved):
    labels = {"Cat/1.jpg": "Dogs", "Cat/2.jpg": "Zebra", "Dog/1.jpg": "Cat"}
    plan = plan_cleaning(saved.root, relabel=labels, select=[])
    assert plan.new_classes == {"Dogs": "Dog", "Zebra": ""}
    assert plan_warnings(plan) == [
        "Dogs is a new class: no picture had this label. Did you mean Dog?",
        "Zebra is a new class: no picture had this label.",
    ]


def test_a_new_class_gets_a_folder_that_undo_removes(saved):
    plan = plan_cleaning(saved.root, relabel={"Cat/1.jpg": "Fox"}, select=[])
    assert [(one.path, one.target) for one in plan.relabels] == [("Cat/1.jpg", "Fox/1.jpg")]
    assert (plan.count, plan.emptied) == (0, ())
    plan.apply()
    assert (saved.root / "Fox/1.jpg").exists()
    undo(saved.root)
    assert not (saved.root / "Fox").exists()


def test_the_split_stays(tmp_path, make):
    audited = make(tmp_path)
    for path in list(audited.files):
        audited.files[f"train/{path}"] = audited.files.pop(path)
    (tmp_path / "inner").mkdir()
    (audited.root).rename(tmp_path / "inner/train")
    (tmp_path / "inner").rename(audited.root)
    audited.save()
    summary = json.loads((audited.state.path / "audit.json").read_text())
    summary["dataset"]["layout"] = "splits"
    (audited.state.path / "audit.json").write_text(json.dumps(summary))
    plan = plan_cleaning(audited.root, relabel={"train/Cat/1.jpg": "Fox"}, select=[])
    assert plan.relabels[0].target == "train/Fox/1.jpg"


def test_a_picture_beside_the_splits_is_in_no_class_folder_to_leave(audited):
    audited.files["stray.jpg"] = b"of no split"
    (audited.root / "stray.jpg").write_bytes(b"of no split")
    audited.save()
    summary = json.loads((audited.state.path / "audit.json").read_text())
    summary["dataset"]["layout"] = "splits"
    (audited.state.path / "audit.json").write_text(json.dumps(summary))
    plan = plan_cleaning(audited.root, relabel={"stray.jpg": "Fox"}, select=[])
    assert plan.refused == (("stray.jpg", "lies outside of the split folders"),)


def test_sidecar_files_follow(saved):
    (saved.root / "Cat/1.txt").write_bytes(b"a caption")
    (saved.root / "Cat/1.jpg.json").write_bytes(b"{}")
    plan_cleaning(saved.root, relabel={"Cat/1.jpg": "Dog"}, select=[]).apply()
    assert tree(saved.root)["Dog/1-2.txt"] == b"a caption"
    assert tree(saved.root)["Dog/1-2.jpg.json"] == b"{}"
    undo(saved.root)
    assert tree(saved.root)["Cat/1.txt"] == b"a caption"


def test_copies_in_the_class_go_along_instead_of_leaving(audited):
    for path in ("Cat/1.jpg", "Cat/2.jpg"):
        audited.files[path] = b"the same"
        (audited.root / path).write_bytes(b"the same")
    audited.find("Cat/2.jpg", "exact-duplicate", related=("Cat/1.jpg",)).save()
    plan = plan_cleaning(audited.root, relabel={"Cat/1.jpg": "Fox"})
    assert [(one.path, one.owner) for one in plan.relabels] == [
        ("Cat/1.jpg", None), ("Cat/2.jpg", "Cat/1.jpg"),
    ]  # fmt: skip
    assert plan.count == 0
    plan.apply()
    assert sorted(path for path in tree(audited.root) if path.startswith("Fox")) == [
        "Fox/1.jpg", "Fox/2.jpg",
    ]  # fmt: skip


def test_an_emptied_class_folder_goes_and_comes_back(audited):
    audited.save()
    everything = {path: "Dog" for path in audited.files if path.startswith("Cat/")}
    result = plan_cleaning(audited.root, relabel=everything, select=[]).apply()
    assert result.emptied == ("Cat",)
    undo(audited.root)
    assert tree(audited.root) == audited.files


def test_the_decision_is_kept_with_its_label_and_undo_revokes_it(saved):
    plan_cleaning(saved.root, relabel={"Cat/1.jpg": "Dog"}, select=[]).apply()
    (kept,) = read_kept(saved.state).values()
    assert (kept.path, kept.label) == ("Dog/1-2.jpg", "Dog")
    undo(saved.root)
    assert read_kept(saved.state) == {}


def test_decisions_files_hold_new_labels(saved, tmp_path):
    entries = [saved.entry("Cat/1.jpg", "relabel", label="Dog"),
               saved.entry("Cat/2.jpg", "quarantine")]  # fmt: skip
    plan_cleaning(saved.root, saved.decide(tmp_path, entries, schema_version=2)).apply()
    assert table(saved).loc["Dog/1-2.jpg", "label"] == "Dog"
    assert "Cat/2.jpg" not in tree(saved.root)


@pytest.mark.parametrize(
    "label", ["", "../up", "a/b", "/root", ".", "..", None, 7, "a\\x00b", "x" * 5000, "\\bad"]
)
def test_a_hostile_label_is_refused_and_the_other_entries_are_carried_out(saved, tmp_path, label):
    entries = [saved.entry("Cat/1.jpg", "relabel", label=label),
               saved.entry("Cat/2.jpg", "relabel", label="Dog")]  # fmt: skip
    plan = plan_cleaning(saved.root, saved.decide(tmp_path, entries))
    assert len(plan.refused) == 1
    assert [one.path for one in plan.relabels] == ["Cat/2.jpg"]


@pytest.mark.parametrize(
    ("label", "why"),
    [("CAT", "differs from the class Cat"), ("con", "device on Windows"),
     (".git", "loaders skip"), ("val", "name of a split"), ("__MACOSX", "loaders skip")],
)  # fmt: skip
def test_a_class_that_would_make_trouble_is_refused(saved, tmp_path, label, why):
    decisions = saved.decide(tmp_path, [saved.entry("Dog/1.jpg", "relabel", label=label)])
    plan = plan_cleaning(saved.root, decisions, select=[])
    assert not plan.relabels
    (refused,) = plan.refused
    assert re.search(why, refused[1])
    assert repr(plan).endswith(", 1 refused>")
    row = plan.to_pandas().set_index("path").loc["Dog/1.jpg"]
    assert (row["action"], row["why"]) == ("refused", refused[1])
    with pytest.raises(UsageError, match=f"{why}.* Classes: Cat, Dog"):
        plan_cleaning(saved.root, relabel={"Dog/1.jpg": label}, select=[])


def test_a_changed_file_keeps_its_label(saved):
    plan = plan_cleaning(saved.root, relabel={"Cat/1.jpg": "Dog"}, select=[])
    (saved.root / "Cat/1.jpg").write_bytes(b"drawn over")
    result = plan.apply()
    assert [path for path, _ in result.refused] == ["Cat/1.jpg"]
    assert table(saved).loc["Cat/1.jpg", "label"] == "Cat"
    assert read_kept(saved.state) == {}


@pytest.fixture
def by_names(tmp_path):
    root = tmp_path / "Pets"
    root.mkdir()
    for number in range(12):
        (root / f"{'cat' if number % 2 else 'dog'}.{number}.jpg").write_bytes(jpeg(number))
    return catsclean.audit(root, labels="names", content=False)


def labels_of(audit):
    return dict(zip(audit.manifest.table["path"], audit.manifest.table["label"], strict=True))


def test_a_label_that_no_folder_gives_is_corrected_from_audit_to_audit(by_names):
    before = exact(by_names.root)
    plan = plan_cleaning(by_names, relabel={"cat.1.jpg": "dog", "cat.3.jpg": "fox"}, select=[])
    assert [(one.path, one.target) for one in plan.relabels] == [
        ("cat.1.jpg", "cat.1.jpg"), ("cat.3.jpg", "cat.3.jpg"),
    ]  # fmt: skip
    plan.apply()
    assert exact(by_names.root) == before
    assert table(by_names).loc["cat.1.jpg", "label"] == "dog"
    again = catsclean.audit(by_names.root, content=False)
    assert (labels_of(again)["cat.1.jpg"], labels_of(again)["cat.3.jpg"]) == ("dog", "fox")
    assert again.dataset.labels == ["cat", "dog", "fox"]
    assert again.manifest.labels == ["cat", "dog", "fox"]


def test_a_label_that_exists_may_be_any_text_if_it_is_not_a_folder(tmp_path):
    root = tmp_path / "Pets"
    root.mkdir()
    for number in range(4):
        (root / f"{number}.jpg").write_bytes(jpeg(number))
    (root / "t.csv").write_text("id,label\n0,cat/kitten\n1,cat/kitten\n2,..\n3,..\n")
    audit = catsclean.audit(root, labels=f"{root}/t.csv", content=False)
    plan = plan_cleaning(audit, relabel={"0.jpg": "..", "2.jpg": "cat/kitten"}, select=[])
    assert ([one.label for one in plan.relabels], plan.refused) == (["..", "cat/kitten"], ())
    with pytest.raises(UsageError, match="without '/'"):
        plan_cleaning(audit, relabel={"0.jpg": "dog/puppy"}, select=[])


def test_a_corrected_label_is_undone_and_exported(by_names, tmp_path):
    plan_cleaning(by_names, relabel={"cat.1.jpg": "dog"}, select=[]).apply()
    catsclean.audit(by_names.root, content=False).save_labels(tmp_path / "corrected.csv")
    assert '"cat.1.jpg","dog"' in (tmp_path / "corrected.csv").read_text()
    undo(by_names.root)
    assert table(by_names).loc["cat.1.jpg", "label"] == "cat"
    assert labels_of(catsclean.audit(by_names.root, content=False))["cat.1.jpg"] == "cat"


def test_undo_brings_back_the_correction_that_stood_before(by_names):
    for label in ("dog", "fox"):
        plan_cleaning(by_names.root, relabel={"cat.1.jpg": label}, select=[]).apply()
        assert table(by_names).loc["cat.1.jpg", "label"] == label
    undo(by_names.root)
    assert table(by_names).loc["cat.1.jpg", "label"] == "dog"
    assert labels_of(catsclean.audit(by_names.root, content=False))["cat.1.jpg"] == "dog"


def test_undoing_an_earlier_correction_leaves_the_later_one(by_names):
    plan_cleaning(by_names.root, relabel={"cat.1.jpg": "dog"}, select=[]).apply()
    plan_cleaning(by_names.root, relabel={"cat.1.jpg": "fox"}, select=[]).apply()
    undo(
        by_names.root, run=min(path.name for path in (by_names.state.path / "quarantine").iterdir())
    )
    assert table(by_names).loc["cat.1.jpg", "label"] == "fox"
    assert labels_of(catsclean.audit(by_names.root, content=False))["cat.1.jpg"] == "fox"


def test_a_corrected_label_is_that_of_its_bytes_and_not_of_its_name(by_names):
    plan_cleaning(by_names, relabel={"cat.1.jpg": "dog"}, select=[]).apply()
    (by_names.root / "cat.1.jpg").write_bytes(jpeg(77))
    assert labels_of(catsclean.audit(by_names.root, content=False))["cat.1.jpg"] == "cat"


def test_a_label_where_there_are_no_classes_is_refused(tmp_path):
    root = tmp_path / "Pets"
    root.mkdir()
    for number in range(3):
        (root / f"{number:03}.jpg").write_bytes(jpeg(number))
    plan = plan_cleaning(catsclean.audit(root), relabel={"001.jpg": "dog"}, select=[])
    assert "no classes" in plan.refused[0][1]


def test_a_link_keeps_its_label(saved):
    (saved.root / "Cat/1.jpg").rename(saved.root.parent / "store.jpg")
    (saved.root / "Cat/1.jpg").symlink_to("../../store.jpg")
    plan = plan_cleaning(saved.root, relabel={"Cat/1.jpg": "Dog"}, select=[])
    assert "is a link" in plan.refused[0][1]


def test_a_picture_over_a_limit_keeps_its_label(audited):
    audited.find("Cat/1.jpg", "over-limit", Fix.NONE).save()
    plan = plan_cleaning(audited.root, relabel={"Cat/1.jpg": "Dog"})
    assert not plan.relabels
    assert "never moved" in plan.refused[0][1]


@pytest.mark.parametrize(
    "relabel", [{"Cat/none.jpg": "Dog"}, {"Cat/1.jpg": "a/b"}, {"Cat/1.jpg": None}, ["Cat/1.jpg"]]
)
def test_a_wrong_wish_is_an_error_before_anything_moves(saved, relabel):
    with pytest.raises(UsageError, match="relabel="):
        plan_cleaning(saved.root, relabel=relabel)


def test_one_file_has_one_decision(saved):
    with pytest.raises(UsageError, match="both in keep= and in relabel="):
        plan_cleaning(saved.root, keep=["Cat/1.jpg"], relabel={"Cat/1.jpg": "Dog"})


def test_swapped_labels_are_found_relabelled_with_one_call_and_not_found_again(tmp_path):
    pytest.importorskip("sklearn")
    swapped = {"red3.jpg", "red17.jpg", "blue5.jpg", "blue21.jpg"}
    root = make_colours(tmp_path / "Colours", swapped=swapped)
    before = exact(root)
    options = {"select": "likely-mislabelled", "embedder": MeanColours()}
    audit = catsclean.audit(root, **options)
    assert {f.path.rpartition("/")[2] for f in audit.findings} == swapped
    wishes = {"select": "likely-mislabelled", "relabel_suggested": True}
    assert plan_cleaning(root, **wishes) == plan_cleaning(audit, **wishes)
    result = plan_cleaning(audit, **wishes).apply()
    assert len(result.changed) == len(swapped)
    again = catsclean.audit(root, **options)
    assert again.findings == ()
    assert len(again.kept) == len(swapped)
    assert plan_cleaning(again, relabel_suggested=True).relabels == ()
    undo(StateFolder.of(root))
    assert exact(root) == before


def test_a_file_that_a_table_of_labels_names_keeps_its_name(tmp_path):
    root = tmp_path / "Pets"
    root.mkdir()
    rows = ["path,label"]
    for number in range(8):
        data = encode(draw(number), "PNG") if not number else jpeg(number)
        (root / f"{number}.jpg").write_bytes(data)
        rows.append(f"{number}.jpg,{'cat' if number % 2 else 'dog'}")
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    audit = catsclean.audit(root, labels=f"{tmp_path / 'labels.csv'}:path,label")
    plan = catsclean.plan_repairs(audit, select="wrong-extension")
    assert not plan.repairs
    assert "table of labels" in plan.kept_back[0].why


def test_a_decisions_file_that_was_carried_out_is_not_refused_the_next_time(saved, tmp_path):
    file = saved.decide(
        tmp_path,
        [
            saved.entry("Cat/1.jpg", "relabel", label="Dog"),
            saved.entry("Cat/2.jpg", "quarantine"),
            saved.entry("Cat/3.jpg", "keep"),
        ],
    )
    assert plan_cleaning(saved.root, file, select=[]).apply().moved == ("Cat/2.jpg",)
    again = plan_cleaning(saved.root, file, select=[])
    assert (again.refused, again.relabels, again.moves) == ((), (), {})
    why = {one.path: one.why for one in again.kept_back}
    (moved,) = (path for path in why if path.startswith("Dog/"))
    assert why[moved] == "has the label Dog already"
    assert why["Cat/2.jpg"].startswith("set aside already, by run ")


def test_a_decision_about_a_relabelled_picture_is_carried_out_at_its_new_place(saved, tmp_path):
    entry = saved.entry("Cat/1.jpg")
    plan_cleaning(saved.root, relabel={"Cat/1.jpg": "Dog"}, select=[]).apply()
    again = plan_cleaning(saved.root, saved.decide(tmp_path, [entry]), select=[])
    assert again.refused == ()
    ((move,),) = again.moves.values()
    assert move.path.startswith("Dog/1")
