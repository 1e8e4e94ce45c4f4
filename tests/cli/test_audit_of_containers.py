"""``catsclean audit`` of containers on the command line."""

import json

from packed import files_of, make_tar
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
