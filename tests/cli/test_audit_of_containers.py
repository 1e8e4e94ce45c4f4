"""``catsclean audit`` of containers on the command line."""

from packed import files_of, make_tar
from pictures import make_dataset


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
