"""Repair files and relabel pictures from the command line."""

import json

import pytest
from pictures import draw, encode, jpeg

import catsclean


@pytest.fixture
def pets(tmp_path):
    root = tmp_path / "Pets"
    for number in range(6):
        path = root / ("Cat", "Dog")[number % 2] / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg(number))
    (root / "Cat/wrong.jpg").write_bytes(encode(draw(9), "PNG"))
    (root / "Dog/scan.tif").write_bytes(encode(draw(10), "TIFF"))
    catsclean.audit(root, ignore="content")
    return root


def names(root):
    return {path.relative_to(root).as_posix() for path in root.rglob("*.*")}


def test_fix_is_a_dry_run_until_it_is_told_to_apply(pets, run):
    before = names(pets)
    done = run("fix", "Pets")
    assert done.returncode == 0
    assert "2 files would be repaired (2 without loss). Nothing was changed." in done.stdout
    assert "Cat/wrong.jpg\tCat/wrong.png\tcorrect-extension: lossless" in done.stdout
    assert "correct-extension\t1\trename the file to the extension of its format" in done.stdout
    assert names(pets) == before
    assert not (pets.parent / "Pets.catsclean/quarantine").exists()


def test_fix_repairs_and_undo_restores(pets, run):
    before = names(pets)
    done = run("fix", "Pets", "--apply")
    assert "2 files repaired (run " in done.stdout
    assert names(pets) == before - {"Cat/wrong.jpg", "Dog/scan.tif"} | {
        "Cat/wrong.png", "Dog/scan.png",
    }  # fmt: skip
    assert "now Dog/scan.png" in run("log", "Pets", "--files").stdout
    assert "2 files restored" in run("undo", "Pets").stdout
    assert names(pets) == before


def test_undo_says_that_a_repaired_file_was_changed_since(pets, run):
    run("fix", "Pets", "--select", "wrong-extension", "--apply")
    run("fix", "Pets", "--apply")
    (pets / "Dog/scan.png").write_bytes(b"drawn over")
    done = run("undo", "Pets")
    assert "Changed since the repair, so set aside (1)" in done.stdout
    assert "1 changed file is in Pets.catsclean/quarantine/" in done.stdout.replace(
        str(pets.parent) + "/", ""
    )


def test_select_and_ignore_choose_what_is_repaired(pets, run):
    assert "scan" not in run("fix", "Pets", "--select", "wrong-extension").stdout
    assert "wrong" not in run("fix", "Pets", "--ignore", "wrong-extension").stdout


@pytest.mark.parametrize(
    "wrong",
    [("--strip", "all"), ("--for", "jax"), ("--salvage", "101"), ("--select", "nothing-like-it")],
)
def test_wrong_usage_ends_with_2_and_one_line_before_anything_is_written(pets, run, wrong):
    done = run("fix", "Pets", "--apply", *wrong)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert not (pets.parent / "Pets.catsclean/quarantine").exists()


def test_the_audit_on_a_terminal_offers_repairs_next_to_the_quarantine(pets):
    from io import StringIO

    from rich.console import Console

    from catsclean.reports.terminal import show

    out = StringIO()
    show(catsclean.load_audit(pets), Console(file=out, width=80))
    assert "try to repair 2 files" in out.getvalue()


def test_a_suggested_label_needs_content(pets, run):
    done = run("clean", "Pets", "--relabel-suggested")
    assert done.returncode == 0
    assert "0 files would move" in done.stdout


def relabel_one(folder, path, label):
    audit = catsclean.load_audit(folder / "Pets")
    table = audit.manifest.table.set_index("path")
    entry = {"path": path, "action": "relabel", "sha256": table.loc[path, "sha256"], "label": label}
    document = {"schema_version": 2, "kind": "catsclean-decisions", "root": "Pets"}
    (folder / "d.json").write_text(json.dumps(document | {"decisions": [entry]}))


def test_a_label_that_no_folder_gives_leads_to_a_table_of_corrected_labels(tmp_path, run):
    (tmp_path / "Pets").mkdir()
    for number in range(4):
        name = f"{('cat', 'dog')[number % 2]}.{number}.jpg"
        (tmp_path / "Pets" / name).write_bytes(jpeg(number))
    catsclean.audit(tmp_path / "Pets", content=False, workers=1)
    relabel_one(tmp_path, "cat.0.jpg", "dog")
    done = run("clean", "Pets", "--apply", "d.json")
    assert done.returncode == 0
    assert "1 picture relabelled (run " in done.stdout
    assert "to keep recorded" not in done.stdout
    assert (done.stdout + done.stderr).count("catsclean labels export corrected.csv Pets") == 1
    run("labels", "export", "corrected.csv", "Pets")
    assert '"cat.0.jpg","dog"' in (tmp_path / "corrected.csv").read_text()


def test_a_picture_that_moves_to_another_class_folder_needs_no_table(pets, run):
    relabel_one(pets.parent, "Cat/0.jpg", "Dog")
    done = run("clean", "Pets", "--apply", "d.json")
    assert "1 picture relabelled (run " in done.stdout
    assert "labels export" not in done.stdout + done.stderr


@pytest.fixture
def decisions(pets, tmp_path):
    """A decisions file with one entry for clean, and some for fix."""
    table = catsclean.load_audit(pets).manifest.table.set_index("path")

    def write(**changed):
        actions = {"Cat/wrong.jpg": "fix", "Dog/1.jpg": "quarantine"}
        entries = [
            {"path": path, "action": action, "sha256": table.at[path, "sha256"]}
            for path, action in actions.items()
        ]
        entries[0] |= changed
        document = {"kind": "catsclean-decisions", "schema_version": 2, "root": "Pets",
                    "decisions": entries}  # fmt: skip
        (tmp_path / "decisions.json").write_text(json.dumps(document))

    write()
    return write


@pytest.mark.parametrize(
    "arguments",
    [
        ("Pets", "--decided", "decisions.json"),
        ("Pets", "decisions.json"),
        ("decisions.json", "--decided"),
        ("Pets", "--decisions", "decisions.json"),
    ],
)
@pytest.mark.usefixtures("decisions")
def test_fix_carries_out_what_a_decisions_file_leaves_to_it(pets, run, arguments):
    before = names(pets)
    done = run("fix", *arguments, "--apply")
    assert done.returncode == 0
    assert "1 file repaired (run " in done.stdout
    assert names(pets) == before - {"Cat/wrong.jpg"} | {"Cat/wrong.png"}


@pytest.mark.usefixtures("pets", "decisions")
def test_clean_says_how_many_decisions_are_for_fix_and_how_to_carry_them_out(run):
    for applied in ([], ["--apply"]):
        out = run("clean", "Pets", "decisions.json", *applied).stdout
        command = "catsclean fix Pets --decided decisions.json"
        assert f"  {command}   carry out 1 decision for fix\n" in out
        # a repair without the file forgets what it decided
        assert "catsclean fix Pets  " not in out
    assert run("fix", *command.split()[2:], "--apply").returncode == 0


@pytest.mark.usefixtures("pets")
def test_an_entry_for_fix_about_other_bytes_is_refused_by_fix_and_not_by_clean(run, decisions):
    decisions(sha256="0" * 64)
    done = run("fix", "Pets", "--decided", "decisions.json")
    assert done.returncode == 1
    assert "entry 1 (Cat/wrong.jpg)\tthe file has changed since the decision" in done.stdout
    assert run("clean", "Pets", "decisions.json").returncode == 0


@pytest.mark.usefixtures("pets")
def test_an_entry_for_fix_about_a_good_picture_is_named(run, decisions, pets):
    table = catsclean.load_audit(pets).manifest.table.set_index("path")
    decisions(path="Cat/0.jpg", sha256=table.at["Cat/0.jpg", "sha256"])
    out = run("fix", "Pets", "--decided", "decisions.json").stdout
    assert "Cat/0.jpg\tnothing was found in it that fix repairs" in out


@pytest.mark.usefixtures("pets", "decisions")
def test_a_file_that_was_repaired_already_is_no_fault_of_its_entry(run):
    run("fix", "Pets", "--decided", "decisions.json", "--apply")
    done = run("fix", "Pets", "--decided", "decisions.json")
    assert done.returncode == 0
    assert "Cat/wrong.jpg\trepaired or set aside already, by run " in done.stdout


def test_a_dry_run_says_how_many_of_the_files_that_it_tried_can_be_repaired(pets, run):
    (pets / "Cat/cut.jpg").write_bytes(jpeg(7)[:3000])
    catsclean.audit(pets, ignore="content")
    assert "2 of 3 files would be repaired" in run("fix", "Pets").stdout


@pytest.mark.usefixtures("pets")
def test_a_repair_is_called_a_repair(run):
    run("fix", "Pets", "--apply")
    (row,) = run("log", "Pets").stdout.splitlines()[2:]
    assert row.split("\t")[1] == "repair"
    assert json.loads(run("log", "Pets", "--json").stdout)["runs"][0]["kind"] == "repair"
    assert run("undo", "Pets").stdout.startswith("Repair undone: 2 files restored (run ")


def test_new_labels_are_called_a_correction_of_labels(pets, run):
    catsclean.plan_cleaning(pets, relabel={"Cat/0.jpg": "Dog"}).apply()
    assert run("log", "Pets").stdout.splitlines()[2].split("\t")[1] == "correction of labels"
    out = run("undo", "Pets").stdout
    assert out.startswith("Correction of labels undone: 1 file restored, 1 corrected label revoked")


def test_new_labels_and_decisions_to_keep_of_one_run_are_told_apart(pets, run):
    catsclean.plan_cleaning(pets, relabel={"Cat/0.jpg": "Dog"}, keep=["Cat/2.jpg"]).apply()
    heads, row = (line.split("\t") for line in run("log", "Pets").stdout.splitlines()[1:])
    told = dict(zip(heads, row, strict=True))
    assert (told["Relabelled"], told["Kept"]) == ("1", "1")
    (listed,) = json.loads(run("log", "Pets", "--json").stdout)["runs"]
    assert (listed["labels"], listed["kept"]) == ({"Dog/0.jpg": "Dog"}, ["Cat/2.jpg"])
    assert (
        "1 corrected label revoked, 1 decision to keep revoked (run" in run("undo", "Pets").stdout
    )


def test_what_lies_in_the_quarantine_is_not_repaired(pets, run):
    catsclean.plan_cleaning(pets, quarantine=["Cat/wrong.jpg"]).apply()
    out = run("fix", "Pets").stdout
    assert "1 file would be repaired" in out
    assert "Cat/wrong.jpg" not in out


@pytest.mark.usefixtures("pets")
def test_a_dry_run_says_that_files_came_back_since_the_audit(run):
    run("fix", "Pets", "--apply")
    run("audit", "Pets", "-q", "--exit-zero", "--ignore", "content")
    run("undo", "Pets")
    for command in ("clean", "fix"):
        out = run(command, "Pets").stdout
        assert "1 file came back since the last audit, which does not know it; 1 file has" in out
        assert "  catsclean audit Pets   audit again\n" in out


@pytest.mark.usefixtures("pets")
def test_fix_leaves_what_a_baseline_accepted(run):
    run("audit", "Pets", "--write-baseline", "known.json")
    assert "0 files would be repaired" in run("fix", "Pets", "--baseline", "known.json").stdout
    assert "try to repair" in run("clean", "Pets").stdout
    assert "try to repair" not in run("clean", "Pets", "--baseline", "known.json").stdout
