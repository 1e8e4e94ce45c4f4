import errno
import json
import os
import random
import re
import shutil

import pytest
from filelock import FileLock
from packed import files_of, make_zip
from pictures import make_dataset
from PIL import Image

import catsclean
from catsclean import cli
from catsclean.core.manifest import Manifest
from catsclean.core.safe_folder import Folder
from catsclean.splitting.shard_plan import MOST_BYTES, MOST_SAMPLES


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """Forty small pictures of noise, and one empty file."""
    root = tmp_path_factory.mktemp("cli") / "Pets"
    noise = random.Random(0)
    for label in ("Cat", "Dog"):
        (root / label).mkdir(parents=True)
        for number in range(20):
            data = noise.randbytes(64 * 64 * 3)
            Image.frombytes("RGB", (64, 64), data).save(root / label / f"{number}.jpg")
    (root / "Cat" / "666.jpg").write_bytes(b"")
    cli.run(["audit", str(root), "-q", "-j", "1"])
    return root


@pytest.fixture
def pets(audited, tmp_path):
    shutil.copytree(audited, tmp_path / "Pets")
    shutil.copytree(audited.with_name("Pets.catsclean"), tmp_path / "Pets.catsclean")
    return tmp_path / "Pets"


def names(root):
    return {p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()}


def test_clean_is_a_dry_run_until_it_is_told_to_apply(pets, run):
    before = names(pets)
    done = run("clean")
    assert done.returncode == 0
    out = done.stdout
    assert "Would move: zero-length" in out
    assert "Nothing was changed" in out
    assert f"Data set: {pets}" in out
    assert names(pets) == before


def test_clean_undo_and_log_work_together(pets, run):
    before = names(pets)
    assert run("clean", "Pets", "--apply").returncode == 0
    assert names(pets) < before
    assert "done" in run("log").stdout
    assert run("undo").returncode == 0
    assert names(pets) == before
    assert run("undo").returncode == 2
    assert run("undo", "20200101-000000").returncode == 2


@pytest.mark.parametrize("form", ["positional", "alone", "option"])
def test_decisions_can_be_given_in_three_ways(pets, run, form):
    table = Manifest.load(pets.with_name("Pets.catsclean") / "manifest.parquet", pets).table
    row = table[(table["status"] == "keep")].iloc[0]
    entry = {"path": row["path"], "action": "quarantine", "sha256": row["sha256"]}
    document = {"schema_version": 1, "kind": "catsclean-decisions", "root": "Pets"}
    decisions = [entry, entry | {"path": "../x"}]
    pets.with_name("decisions.json").write_text(json.dumps(document | {"decisions": decisions}))
    arguments = {
        "positional": ["clean", "Pets", "--apply", "decisions.json"],
        "alone": ["clean", "--apply", "decisions.json"],
        "option": ["clean", "Pets", "--apply", "--decisions", "decisions.json"],
    }[form]
    done = run(*arguments)
    assert done.returncode == 1  # one entry was refused
    assert "entry 2 (../x)" in done.stdout
    assert not (pets / row["path"]).exists()


def test_split_prints_the_table_and_writes_folders_and_manifest(pets, run):
    out = run("split", "--val", "0.2", "--test", "0.1", "--link", "copy").stdout
    assert "val\t" in out
    assert "No groups of copies." in out
    assert (pets.parent / "Pets-split" / "train").is_dir()
    kept = Manifest.load(pets.with_name("Pets.catsclean") / "manifest.parquet", pets).table
    assert set(kept["split"].dropna()) == {"train", "val", "test"}


def test_many_classes_take_one_row_of_a_split_on_a_terminal(pets, run, monkeypatch):
    wishes = ["split", "Pets", "--val", "0.5", "--no-files"]
    for name in ("manifest.parquet", "findings.parquet"):
        assert (pets.with_name("Pets.catsclean") / name).exists()
    path = pets.with_name("Pets.catsclean") / "manifest.parquet"
    manifest = Manifest.load(path, pets)
    table = manifest.table.assign(label=[f"class {n % 10}" for n in range(len(manifest))])
    manifest.with_table(table.astype({"label": "string"})).save(path)
    assert run(*wishes).stdout.count("\nval\t") == 10
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    shown = run(*wishes).stdout
    assert "Per class (10)" in shown
    assert shown.count(" val ") == 1
    assert "class 3" not in shown


def test_split_without_files_and_with_a_group_column(pets, run):
    table = Manifest.load(pets.with_name("Pets.catsclean") / "manifest.parquet", pets).table
    table.assign(owner=[f"o{i // 3}" for i in range(len(table))])[["path", "owner"]].to_csv(
        pets.with_name("owners.csv"), index=False
    )
    for arguments in (
        ["--groups", "owners.csv", "--group-by", "owner"],
        ["--group-by", "owners.csv:owner"],
    ):
        done = run("split", "Pets", "--val", "0.2", "--no-files", *arguments)
        assert done.returncode == 0
        assert "groups of copies or of your own, none divided." in done.stdout
    assert not (pets.parent / "Pets-split").exists()


def test_split_says_that_copies_are_not_kept_together_and_counts_other_groups(pets, run):
    wish = ["split", "Pets", "--val", "0.2", "--no-files", "--groups", "none"]
    apart = "Copies are not kept together, as asked: they may be in two splits."
    alone, grouped = run(*wish).stdout, run(*wish, "--group-by", "name:^(.)").stdout
    assert apart in alone
    assert "No groups" not in alone
    assert f" groups, none divided. {apart}" in grouped


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--val", "1.5"],
        ["--val", "0.6", "--test", "0.6"],
        ["--val", "999999"],
        ["--folds", "1"],
        ["--val", "0.1", "--groups", "x.csv"],
        ["--val", "0.1", "--groups", "x.csv", "--group-by", "y"],
        ["--val", "0.1", "--link", "magic"],
        ["--val", "0.1", "-o", "Pets/inside"],
        ["--keep-split"],
    ],
)
def test_what_cannot_be_split_so_ends_with_2(pets, run, arguments):
    assert run("split", "Pets", *arguments).returncode == 2


@pytest.mark.parametrize(
    "options",
    [
        ["--shards", "--link", "copy"],
        ["--shards", "--link", "auto"],
        ["--shards", "--no-files"],
        ["--shard-samples", "5"],
        ["--shard-bytes", "5"],
        ["--shards", "--shard-samples", "0"],
        ["--shards", "--shard-bytes", "-1"],
        ["--shards", "--shard-bytes", "1GB"],
        ["--shards", "-o", "Pets/inside"],
    ],
)
def test_what_cannot_be_written_as_shards_ends_with_2_and_a_line(pets, run, options):
    before = names(pets.parent)
    done = run("split", "Pets", "--val", "0.1", *options)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1 or "1GB" in options
    assert options[-2].removeprefix("-o") in done.stderr
    assert names(pets.parent) == before


def test_split_writes_shards(pets, run):
    wishes = ["split", "Pets", "--val", "0.2", "-o", "out", "--shards", "--shard-samples", "20"]
    before = names(pets.parent)
    assert "Nothing was written" in run(*wishes, "--dry-run").stdout
    assert names(pets.parent) == before
    done = run(*wishes)
    assert done.returncode == 0
    assert "out: written (3 shards, " in done.stdout
    assert {name for name in names(pets.with_name("out")) if name.endswith(".tar")} == {
        "train-000000.tar", "train-000001.tar", "val-000000.tar",
    }  # fmt: skip
    assert "already up to date" in run(*wishes).stdout
    assert run(*wishes, "--dry-run").returncode == 0
    assert run(*wishes, "--seed", "1").returncode == 1  # another order is another split
    done = run("audit", "out")
    assert "recorded beside the pictures: Cat, Dog" in done.stdout + done.stderr


def test_the_help_names_the_defaults_of_shards(run):
    words = " ".join(run("split", "--help").stdout.split())
    assert f"most pictures in a shard [default: {MOST_SAMPLES}]" in words
    assert f"in bytes [default: {MOST_BYTES}]" in words


@pytest.mark.parametrize("output", ["Pets/split", "there"])
def test_a_target_that_is_refused_shows_no_table_of_what_was_not_written(pets, run, output):
    pets.with_name("there").mkdir()
    (pets.with_name("there") / "mine").write_text("mine")
    done = run("split", "Pets", "--val", "0.2", "-o", output)
    assert done.returncode == (1 if output == "there" else 2)
    assert done.stdout == ""
    if output == "there":
        assert "-o OTHER" in done.stderr
        assert "--no-files" in done.stderr


def test_a_split_with_an_empty_part_ends_with_1_and_writes_nothing(pets, run):
    table = Manifest.load(pets.with_name("Pets.catsclean") / "manifest.parquet", pets).table
    table.assign(owner=[f"o{i % 2}" for i in range(len(table))])[["path", "owner"]].to_csv(
        pets.with_name("owners.csv"), index=False
    )
    state = pets.with_name("Pets.catsclean")
    before = {name: (state / name).read_bytes() for name in names(state)}
    done = run("split", "Pets", "--val", "0.1", "--group-by", "owners.csv:owner")
    assert done.returncode == 1
    assert "val would get no picture" in done.stderr
    assert not pets.with_name("Pets-split").exists()
    after = {name: (state / name).read_bytes() for name in names(state)}
    assert {n: b for n, b in after.items() if "lock" not in n} == {
        n: b for n, b in before.items() if "lock" not in n
    }


@pytest.mark.parametrize(
    ("share", "hint"),
    [
        ("10%", "Write --val 0.1."),
        ("0,1", "Write --val 0.1."),
        ("1.0", "Received: '1.0'."),
        ("2500.0", "Received: '2500.0'."),
        ("-0.1", "Received: '-0.1'."),
        ("nan", "Received: 'nan'."),
        ("a tenth", "Received: 'a tenth'."),
    ],
)
def test_a_share_that_is_none_is_told_how_it_is_written(pets, run, share, hint):
    done = run("split", "Pets", "--no-files", "--val", share)
    assert done.returncode == 2
    assert done.stderr.startswith("catsclean: --val is a share below 1 (0.1), a number of pictures")
    assert done.stderr.strip().endswith(hint)
    assert done.stderr.count("\n") == 1


def test_a_whole_number_is_a_number_of_pictures(pets, run):
    done = run("split", "Pets", "--no-files", "--val", "4")
    assert "val\tCat\t2\t" in done.stdout


def test_group_rows_that_match_nothing_are_counted_or_refused(pets, run):
    owners = pets.with_name("owners.csv")
    lines = [f"Pets/Cat/{n}.jpg,o{n}" for n in range(20)]
    owners.write_text("\n".join(["path,owner", *lines, ""]))
    wishes = ["split", "Pets", "--no-files", "--val", "0.2", "--group-by", "owners.csv:owner"]
    done = run(*wishes)
    assert done.returncode == 2
    assert "20 of 20 rows of the group column match no sample, such as 'Pets/Cat/0" in done.stderr
    owners.write_text("\n".join(["path,owner", *lines, "Dog/1.jpg,o1", ""]))
    done = run(*wishes)
    assert done.returncode == 0
    assert "Warning: 20 of 21 rows of the group column match no sample" in done.stdout


def test_no_audited_folder_ends_with_2(run):
    for command in (["clean"], ["split", "--val", "0.1"], ["undo"], ["log"]):
        assert run(*command).returncode == 2


def test_tables_fit_80_columns():
    from io import StringIO

    from rich.console import Console

    from catsclean.cli.output import show_table

    stream = StringIO()
    rows = [("Cat/" + "x" * 200 + ".jpg", "[bold]why[/bold] " * 20)]
    show_table("T", ("File", "Why"), rows, on=Console(file=stream, width=80))
    assert max(map(len, stream.getvalue().splitlines())) <= 80
    assert "[bold]" in stream.getvalue()


def test_a_selection_that_names_no_validator_is_bad_usage(pets, run):
    done = run("clean", pets, "--select", "zero-lenght")
    assert done.returncode == 2
    assert "Did you mean 'zero-length'?" in done.stderr


def test_a_clean_leaves_what_a_baseline_accepted(pets, run):
    run("audit", "Pets", "--write-baseline", "known.json")
    before = names(pets)
    dry = run("clean", "--baseline", "known.json").stdout
    assert "accepted in the baseline" in dry
    assert "catsclean fix" not in dry
    (pets.parent / "catsclean.toml").write_text('baseline = "known.json"\n')
    assert "Nothing to move" in run("clean", "--apply").stdout
    assert names(pets) == before
    (pets.parent / "catsclean.toml").unlink()
    assert run("clean", "--baseline", "none.json").returncode == 2
    assert "1 file moved to quarantine" in run("clean", "--apply").stdout


def test_decisions_to_keep_are_told_by_clean_log_and_undo(pets, run):
    run("clean", "--apply")
    sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    document = {"schema_version": 1, "kind": "catsclean-decisions", "root": "Pets"}
    document["decisions"] = [{"path": "Cat/666.jpg", "action": "keep", "sha256": sha256}]
    (pets.parent / "d.json").write_text(json.dumps(document))
    dry = run("clean", "d.json").stdout
    assert "1 file would be restored from quarantine" in dry
    assert "1 decision to keep would be recorded" in dry
    assert "Add --apply" in dry
    done = run("clean", "--apply", "d.json")
    assert done.returncode == 0
    assert "1 file restored from quarantine" in done.stdout
    assert "1 decision to keep recorded (run" in done.stdout
    assert "0 files" not in done.stdout
    assert (pets / "Cat/666.jpg").is_file()
    assert "decided: keep, in run" in run("clean").stdout
    assert run("log").stdout.count("undone") == 1
    assert "1 decision to keep revoked" in run("undo").stdout
    assert (pets / "Cat/666.jpg").is_file()


@pytest.fixture
def cleaned(pets, run):
    """A set whose one empty file was set aside; gives the name of the run."""
    run("clean", "Pets", "--apply")
    return json.loads(run("log", "Pets", "--json").stdout)["runs"][0]["run"]


def test_the_log_names_the_files_of_a_clean_and_why_they_left(cleaned, run):
    assert "Cat/666.jpg" not in run("log", "Pets").stdout
    for wish in (["Pets", cleaned], [cleaned], ["Pets", "--files"]):
        done = run("log", *wish)
        assert (
            f"Run {cleaned}\nFile\tOutcome\tWhy\nCat/666.jpg\tmoved\tzero-length\n" in done.stdout
        )
        assert "Pets --file FILE   restore and keep one file" in done.stdout
    assert run("log", "Pets", "20200101-000000").returncode == 2


def test_the_log_is_json_as_well(cleaned, run):
    (one,) = json.loads(run("log", "--json").stdout)["runs"]
    assert (one["run"], one["state"], one["kept"]) == (cleaned, "done", [])
    assert [(file["path"], file["outcome"]) for file in one["files"]] == [("Cat/666.jpg", "moved")]


@pytest.mark.parametrize("width", [40, 80])
def test_no_name_of_a_run_is_broken(cleaned, run, monkeypatch, width):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", str(width))
    shown = run("log", "Pets", "--files").stdout
    assert shown.count(cleaned) == 2
    assert "Restored" not in shown
    assert re.search(r"Validators" if width == 80 else r"done: 1 moved", shown)
    assert "set aside already" in " ".join(run("clean", "Pets").stdout.split())
    assert cleaned in run("clean", "Pets").stdout


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_no_word_of_the_log_is_broken(cleaned, run, monkeypatch, width):
    run("undo", "Pets")
    run("clean", "Pets", "--apply")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", str(width))
    shown = run("log", "Pets").stdout
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert all(word in plain.lower() for word in ("undone", "moved", "zero-length"))
    assert all(len(line) <= width for line in plain.splitlines())
    assert len(plain.splitlines()) < 15


def test_one_file_comes_back_and_stays(cleaned, pets, run):
    assert run("undo", "Pets", "--file", "Cat/1.jpg").returncode == 2
    assert run("undo", "Pets", cleaned, "--file", "Cat/666.jpg").returncode == 2
    done = run("undo", "Pets", "--file", "Cat/666.jpg")
    assert done.returncode == 0
    assert "1 file restored, kept from now on" in done.stdout
    assert (pets / "Cat/666.jpg").exists()
    run("audit", "Pets", "-j", "1")
    assert run("clean", "Pets", "--apply").stdout.count("decided: keep") == 1
    assert (pets / "Cat/666.jpg").exists()


def test_one_file_whose_place_is_taken_stays_in_the_quarantine(cleaned, pets, run):
    (pets / "Cat/666.jpg").write_bytes(b"mine")
    done = run("undo", "Pets", "--file", "Cat/666.jpg")
    assert done.returncode == 1
    assert "another file has its name" in done.stdout
    assert (pets / "Cat/666.jpg").read_bytes() == b"mine"


def test_every_step_names_the_next_one(pets, run):
    said = "  catsclean audit Pets   check the remaining files"
    assert said in run("clean", "Pets", "--apply").stdout
    run("audit", "Pets", "-j", "1")
    nothing = run("clean", "Pets").stdout
    assert "0 files would move" in nothing
    assert "  catsclean split Pets --val 0.1" in nothing
    assert "  catsclean train-baseline Pets" in run("split", "Pets", "--val", "0.2").stdout


def test_a_split_without_labels_does_not_lead_to_training(tmp_path, run):
    for number in range(8):
        (tmp_path / "Loose").mkdir(exist_ok=True)
        Image.new("RGB", (64, 64), (30 * number, 9, 90)).save(tmp_path / f"Loose/{number}.png")
    run("audit", "Loose", "-j", "1")
    done = run("split", "Loose", "--val", "0.2")
    assert "splits recorded" in done.stdout
    assert "train-baseline" not in done.stdout


def test_a_plan_that_moves_nothing_leads_to_what_waits_for_a_decision(pets, run):
    (pets / "Cat/666.jpg").unlink()
    Image.new("RGB", (64, 64)).save(pets / "Cat/black.jpg")
    run("audit", "Pets", "-j", "1")
    assert "  catsclean review Pets          decide about 1 file, " in run("clean", "Pets").stdout


def test_clean_says_which_folders_and_sidecar_files_go_along(pets, run):
    (pets / "Cat/666.txt").write_text("boxes")
    (pets / "Cat/deep").mkdir()
    (pets / "Cat/deep/0.jpg").write_bytes(b"")
    (pets / "sock").mkdir()
    (pets / "sock/1.jpg").write_bytes(b"")
    run("audit", "Pets", "-j", "1")
    dry = run("clean", "Pets").stdout
    assert "Cat/666.txt\tbelongs to Cat/666.jpg" in dry
    assert "2 folders would be empty and removed: Cat/deep, sock." in dry
    assert "1 class has no pictures left: sock." in dry
    done = run("clean", "Pets", "--apply").stdout
    assert "2 folders left empty and removed: Cat/deep, sock." in done
    assert not (pets / "sock").exists()
    assert "2 folders made again" in run("undo", "Pets").stdout
    assert (pets / "sock/1.jpg").exists()
    (pets.parent / "catsclean.toml").write_text("sidecars = []\n")
    assert "Cat/666.txt" not in run("clean", "Pets").stdout


@pytest.mark.parametrize(
    ("options", "wishes"),
    [
        (["--keep-split"], {"keep_split": True}),
        (["--keep-split", "--val", "0.2"], {"keep_split": True, "shares": {"val": 0.2}}),
        (["--val", "0.2"], {"shares": {"val": 0.2, "test": 0}}),
        (["--folds", "3"], {"folds": 3}),
        (["--max-per-class", "9"], {"max_per_class": 9}),
        (["--train", "5/class", "--val", "0/class"], {"shares": {"train": "5/class"}}),
    ],
)
def test_a_split_from_python_is_that_of_the_same_options(run, tmp_path, options, wishes):
    folders = {"train/Cat": 12, "train/Dog": 12, "test/Cat": 4, "test/Dog": 4}
    pets = make_dataset(tmp_path / "Pets", folders)
    run("audit", "Pets", "-q", "-j", "1", "--no-content")
    assert run("split", "Pets", "--no-files", *options).returncode == 0
    state = tmp_path / "Pets.catsclean"
    saved = Manifest.load(state / "split.parquet", pets).columns(["split", "split_asked"])
    result = catsclean.split("Pets", **wishes)
    assert result.manifest.columns(["split", "split_asked"]).equals(saved)
    assert not [warning for warning in result.warnings if "other settings" in warning]


def test_split_takes_numbers_of_each_class(pets, run):
    done = run("split", "Pets", "--no-files", "--train", "4/class", "--val", "2/class")
    assert "train\tCat\t4\t" in done.stdout
    assert "val\tDog\t2\t" in done.stdout
    assert "left over, in no split:" in done.stdout
    assert "left over" in run("split", "Pets", "--no-files", "--max-per-class", "5").stdout
    done = run("split", "Pets", "--no-files", "--train", "4000/class")
    assert done.returncode == 1
    assert done.stderr.startswith("catsclean: too few pictures in a class: 'Cat' has ")
    assert done.stderr.count("\n") == 1


def test_split_groups_by_names_and_folders(pets, run):
    done = run("split", "Pets", "--no-files", "--val", "0.3", "--group-by", r"name:^(\d)")
    assert done.returncode == 0
    assert "none divided" in done.stdout
    for wish, said in (("name:(", "not a regular expression"), ("folder", "no folders below")):
        done = run("split", "Pets", "--no-files", "--val", "0.3", "--group-by", wish)
        assert done.returncode == 2
        assert said in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_large_copy_says_what_would_take_less_space(pets, run, monkeypatch):
    monkeypatch.setattr("catsclean.cli.split_command._LARGE_COPY", 1)
    done = run("split", "Pets", "--val", "0.2", "--link", "copy")
    assert re.search(r"written \(copy, [\d.]+ [kM]B\)", done.stdout)
    assert "--link hardlink takes no space, but then editing" in done.stdout
    assert "--link hardlink" not in run("split", "Pets", "--val", "0.2", "--link", "hardlink",
                                        "-o", "linked").stdout  # fmt: skip


def test_split_says_what_becomes_of_sidecar_files(pets, run):
    for number in range(3):
        (pets / f"Cat/{number}.txt").write_text("boxes")
    assert "3 sidecar files written beside" in run("split", "Pets", "--val", "0.2").stdout
    (pets / "Cat/1.png").write_bytes(b"")
    done = run("split", "Pets", "--val", "0.2", "-o", "other")
    assert "Warning: 1 sidecar file is left out, such as 'Cat/1.txt'" in done.stdout


def test_a_dry_run_names_the_rule_about_copies_and_does_not_print_it(pets, run):
    (pets / "Cat/copy.jpg").write_bytes((pets / "Cat/0.jpg").read_bytes())
    run("audit", "Pets", "-j", "1")
    shown = run("clean", "Pets").stdout
    assert "File\tDetails\nCat/copy.jpg\tcopy of Cat/0.jpg\n" in shown
    assert "  catsclean explain exact-duplicate   which copy of a picture stays\n" in shown
    assert "decodes without warnings" not in shown


def test_undo_counts_what_it_restores_and_the_log_what_a_run_moved(pets, run):
    for number in range(3):
        (pets / f"Dog/empty{number}.jpg").touch()
    run("audit", "Pets", "-q", "-j", "1")
    run("clean", "Pets", "--apply")
    run("undo", "Pets", "--file", "Cat/666.jpg")
    assert "still has 3 files to restore" in run("undo", "Pets").stdout
    assert "3 files restored" in run("undo", "Pets").stdout
    header, row = run("log", "Pets").stdout.splitlines()[1:3]
    shown = dict(zip(header.split("\t"), row.split("\t"), strict=True))
    assert (shown["Moved"], shown["Restored"]) == ("4", "4")


def test_undo_reads_the_quarantine_if_asked_and_restores_nothing(pets, run):
    assert run("undo", "Pets", "--verify").stdout == "The quarantine is empty.\n"
    run("clean", "Pets", "--apply")
    whole = run("undo", "Pets", "--verify")
    assert (whole.returncode, whole.stdout) == (
        0, "1 file in the quarantine (0 bytes) is as it left.\n",
    )  # fmt: skip
    (held,) = (pets.parent / "Pets.catsclean" / "quarantine").glob("*/files/Cat/666.jpg")
    held.write_bytes(b"x")
    broken = run("undo", "Pets", "--verify")
    assert broken.returncode == 1
    assert "Cat/666.jpg" in broken.stdout
    assert "0 of 1 file in the quarantine can be restored." in broken.stdout
    assert not (pets / "Cat/666.jpg").exists()
    refused = run("undo", "Pets", "--verify", "--file", "Cat/666.jpg")
    assert (refused.returncode, "restores nothing" in refused.stderr) == (2, True)


def test_where_nothing_was_moved_there_is_nothing_to_undo(pets, run):
    (pets / "Cat/666.jpg").write_bytes(b"changed since")
    done = run("clean", "Pets", "--apply")
    assert "0 files moved" in done.stdout
    assert "catsclean undo" not in done.stdout


def test_clean_says_why_a_file_leaves_and_what_to_do_about_the_others(pets, run):
    data = (pets / "Dog/3.jpg").read_bytes()
    (pets / "Dog/cut.jpg").write_bytes(data[: len(data) // 2])
    Image.new("RGB", (64, 64)).save(pets / "Dog/black.jpg")
    Image.new("RGB", (64, 64), "red").save(pets / "Dog/bitmap.jpg", "BMP")
    run("audit", "Pets", "-q", "-j", "1")
    out = run("clean", "Pets").stdout
    assert "Would move: truncated (1 file)\n" in out
    assert "Dog/cut.jpg\tJPEG of " in out
    assert "Not moved (2 files, each listed once)" in out
    assert "use --unsafe" not in out
    assert "catsclean clean Pets --unsafe --select NAME " in out
    assert re.search(r"catsclean fix Pets +try to repair 2 files", out)


def test_split_says_what_it_leaves_out_and_why(pets, run):
    (pets / "Cat/0.jpg").rename(pets / "0.jpg")
    run("audit", pets)
    said = " ".join(run("split", pets, "--val", "0.2", "--dry-run").stdout.split())
    assert "1 picture skipped: unusable, copies of others, or moved by a clean." in said
    assert "1 picture without a label skipped, because others have one." in said


def test_split_of_an_archive_does_not_speak_of_moves(tmp_path, run):
    files = {**files_of(make_dataset(tmp_path / "P", {"Cat": 9, "Dog": 9})), "Cat/0.jpg": b"x"}
    archive = make_zip(tmp_path / "P.zip", files)
    run("audit", archive, "--no-content")
    said = " ".join(run("split", archive, "--val", "0.2", "--dry-run").stdout.split())
    assert "1 picture skipped: unusable, copies of others, or left out by a decision." in said


@pytest.mark.parametrize("form", [(), ("--shards",)])
def test_a_split_is_read_back_if_that_is_asked_for(pets, run, form):
    done = run("split", "Pets", "--val", "0.2", "-o", "out", "--verify", *form)
    assert done.returncode == 0
    assert "40 files in" in done.stdout
    assert "Nothing is missing, changed or in two splits." in done.stdout


def test_reading_back_finds_what_size_and_time_hide(pets, run):
    assert run("split", "Pets", "--val", "0.2", "-o", "out").returncode == 0
    picture = min((pets.parent / "out").glob("train/Cat/*.jpg"))
    before, data = picture.stat(), bytearray(picture.read_bytes())
    data[-20] ^= 1
    picture.write_bytes(bytes(data))
    os.utime(picture, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert run("split", "Pets", "--val", "0.2", "-o", "out").returncode == 0
    done = run("split", "Pets", "--val", "0.2", "-o", "out", "--verify")
    assert done.returncode == 1
    assert "Changed (1 file)" in done.stdout


@pytest.mark.parametrize("other", [("--no-files",), ("--link", "symlink")])
def test_what_writes_no_pictures_cannot_be_read_back(pets, run, other):
    done = run("split", "Pets", "--val", "0.2", "--verify", *other)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert " ".join(other) in done.stderr


def deny(*_):
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


@pytest.mark.parametrize("command", ["clean", "fix"])
def test_a_set_that_cannot_be_written_names_no_run_and_says_what_to_do(
    pets, run, command, monkeypatch
):
    picture = min((pets / "Cat").iterdir())
    picture.rename(picture.with_suffix(".bmp"))
    run("audit", "Pets", "-q", "--no-content")
    monkeypatch.setattr(Folder, "link_from", deny)
    monkeypatch.setattr(Folder, "rename_from", deny)
    done = run(command, "Pets", "--apply")
    assert done.returncode == 1
    assert "(run " not in done.stdout
    assert "because the data set cannot be written. Make its folders writable." in done.stdout
    assert "  catsclean split Pets --val 0.1 -o OTHER   or copy the good files" in done.stdout


def test_a_split_that_cannot_be_written_says_where_to_write(pets, run, monkeypatch):
    monkeypatch.setattr("catsclean.splitting.target_folder.make_folder", deny)
    done = run("split", "Pets", "--val", "0.2")
    assert done.returncode == 1
    assert done.stderr.endswith("Write to a folder that can be written (-o OTHER).\n")


def test_a_state_folder_that_cannot_be_written_says_so(pets, run, monkeypatch):
    monkeypatch.setattr(FileLock, "acquire", deny)
    done = run("clean", "Pets", "--apply")
    assert done.returncode == 2
    assert "Make it writable, or audit with another --state-dir" in done.stderr


def test_a_split_of_size_zero_is_refused(pets, run):
    assert "Add a size above 0: --val 0.1" in run("split", "Pets", "--val", "0").stderr


def test_several_audited_sets_are_named_with_the_commands_to_run(pets, run):
    shutil.copytree(pets, pets.with_name("Cats"))
    run("audit", "Cats", "-q", "--no-content")
    for command in ("undo", "log"):
        said = f"Run: catsclean {command} Cats, or: catsclean {command} Pets"
        assert said in run(command).stderr
    run("clean", "Pets", "--apply")  # now this one has something to undo
    assert "Run: catsclean undo Pets, or: catsclean undo Cats" in run("undo").stderr


def test_a_saved_split_is_forgotten(pets, run):
    assert run("split", pets, "--forget").stdout == "No split is saved.\n"
    run("split", pets, "--val", "0.25", "--no-files")
    refused = run("split", pets, "--forget", "--val", "0.25")
    assert refused.returncode == 2
    assert "--forget makes no split" in refused.stderr
    done = run("split", pets, "--forget")
    assert done.returncode == 0
    assert "is forgotten. Written folders stay." in done.stdout
    assert run("split", pets, "--forget").stdout == "No split is saved.\n"
