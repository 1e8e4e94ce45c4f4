"""``catsclean audit`` of containers on the command line."""

import json

from packed import files_of, make_tar, make_zip
from pictures import make_dataset

import catsclean


def test_the_command_takes_several_containers(run, tmp_path):
    files = files_of(make_dataset(tmp_path / "PetImages"))
    shards = [tmp_path / "shards/shard-000000.tar", tmp_path / "shards/shard-000001.tar"]
    make_tar(shards[0], files)
    make_tar(shards[1], {"Dog/empty.jpg": b""})
    done = run("audit", *shards, "--no-content")
    assert done.returncode == 1
    assert "shard-000001.tar/Dog/empty.jpg: zero-length" in done.stdout
    assert (tmp_path / "shards.catsclean/audit.json").exists()


def test_a_wholly_damaged_container_is_one_clear_line(run, tmp_path):
    (tmp_path / "a.zip").write_bytes(b"damaged" * 100)
    done = run("audit", tmp_path / "a.zip")
    assert done.returncode == 2
    assert "not a readable zip archive" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_decisions_about_a_container_are_recorded_when_they_are_applied(run, tmp_path):
    made = make_tar(tmp_path / "a.tar", files_of(make_dataset(tmp_path / "PetImages")))
    run("audit", made, "--no-content")
    table = catsclean.load_audit(made).manifest.table.set_index("path")
    entry = {"path": "Cat/1.jpg", "action": "quarantine", "sha256": table["sha256"]["Cat/1.jpg"]}
    head = {"kind": "catsclean-decisions", "schema_version": 2, "root": "a.tar"}
    (tmp_path / "decisions.json").write_text(json.dumps({**head, "decisions": [entry]}))
    dry = run("clean", made, "decisions.json")
    assert "1 picture to leave out" in dry.stdout
    assert catsclean.load_audit(made).manifest.table["status"].eq("keep").all()
    done = run("clean", made, "decisions.json", "--apply")
    assert done.returncode == 0
    table = catsclean.load_audit(made).manifest.table.set_index("path")
    assert table["status"]["Cat/1.jpg"] == "drop"


def test_what_macos_packs_beside_the_files_is_one_warning(run, tmp_path):
    files = files_of(make_dataset(tmp_path / "PetImages"))
    beside = {f"__MACOSX/{name.replace('/', '/._')}": b"\0\5\x16\7" for name in files}
    done = run("audit", make_zip(tmp_path / "a.zip", files | beside), "--no-content")
    said = [line for line in done.stdout.splitlines() if "__MACOSX" in line]
    assert len(said) == 1
    assert said[0].startswith("__MACOSX: junk-class: what macOS packs beside the files")
    assert done.returncode == 0


def test_an_audit_of_some_shards_says_that_it_replaces_one_of_more(run, tmp_path):
    files = files_of(make_dataset(tmp_path / "PetImages"))
    shards = [make_tar(tmp_path / f"shards/{number}.tar", files) for number in range(3)]
    assert "takes its place" not in run("audit", tmp_path / "shards", "--no-content").stderr
    done = run("audit", *shards[:2], "--no-content")
    said = "The last audit also read 1 other archive, such as 2.tar: this one takes its place."
    assert said in done.stderr
    shards[1].unlink()
    assert "takes its place" not in run("audit", tmp_path / "shards", "--no-content").stderr


def test_a_table_of_labels_in_an_archive_is_to_be_copied_out(run, tmp_path):
    files = files_of(make_dataset(tmp_path / "PetImages"))
    flat = {f"{number}.jpg": data for number, data in enumerate(files.values())}
    archive = make_zip(tmp_path / "a.zip", {**flat, "t.csv": b"id,breed"})
    done = run("audit", archive, "--no-content")
    assert "Does t.csv have them? Then copy it out of the archive, and add --labels" in done.stderr


def test_what_cannot_be_cleaned_is_split_without_losing_its_own_splits(run, tmp_path):
    files = files_of(make_dataset(tmp_path / "PetImages"))
    both = {f"{split}/{path}": data for split in ("train", "test") for path, data in files.items()}
    made = make_zip(tmp_path / "a.zip", both)
    run("audit", made, "--no-content")
    for command in ("clean", "fix"):
        said = " ".join(run(command, made).stderr.split())
        assert f"catsclean split {made} --keep-split --val 0.1 -o FOLDER" in said
