"""A split of a data set in a bucket is that of the same files in a folder."""

import hashlib
import json
import subprocess
import sys
import time

import buckets
import pytest
from pictures import jpeg, make_dataset

import catsclean
from catsclean.errors import SplitError, UsageError
from catsclean.objects import bucket_state
from catsclean.splitting import forget_split

QUICK = {"content": False, "workers": 1}
SHARES = {"train": 0.5, "val": 0.5}
# these have the times of the files, directly or as a digest
HAVE_TIMES = {"split.json", "manifest.parquet", "manifest.csv", "croissant.json"}


@pytest.fixture(autouse=True)
def environment(moto, monkeypatch, tmp_path):
    buckets.use(monkeypatch, moto.url)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user-cache"))
    yield
    bucket_state.close_all()


@pytest.fixture(scope="module")
def pets(tmp_path_factory):
    root = tmp_path_factory.mktemp("local") / "PetImages"
    make_dataset(root, {"Cat": 6, "Dog": 6})
    (root / "Cat/0.txt").write_text("a cat")
    (root / "Cat/Käse \\n.jpg").write_bytes(jpeg(seed=99))
    (root / "Dog/text.jpg").write_bytes(b"hello")
    return root


@pytest.fixture
def store(moto, pets, tmp_path):
    """A bucket with the data set, whose state is empty."""
    made = moto.make()
    made.put_folder(pets, "PetImages")
    moto.log.clear()
    return made


def files_of(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in HAVE_TIMES
    }


def test_the_folders_are_those_of_the_same_files_in_a_folder(moto, store, pets, tmp_path):
    url = f"s3://{store.name}/PetImages"
    catsclean.audit(pets, **QUICK)
    catsclean.audit(url, **QUICK)
    catsclean.split(pets, SHARES).write(tmp_path / "local/S")
    moto.log.clear()
    result = catsclean.split(url, SHARES)
    written = result.write(tmp_path / "there/S")
    assert written.sidecars == 1
    found = files_of(tmp_path / "there/S")
    assert found == files_of(tmp_path / "local/S")
    assert sum(name.endswith((".jpg", ".txt")) for name in found) == 14
    # each picture is fetched once; a caption has no digest in the manifest, and is fetched twice
    data = [path for method, path in moto.log if method == "GET" and ".catsclean" not in path]
    pictures = [path for path in data if path.endswith(".jpg")]
    assert len(pictures) == len(set(pictures)) == 13
    assert len(data) == 15
    result.save()
    again = catsclean.split(url, SHARES).manifest.table
    assert again["split"].equals(result.manifest.table["split"])
    assert catsclean.load_audit(url).manifest.table["split"].notna().sum() == 13
    assert any(key.endswith("PetImages.catsclean/split.parquet") for key in store.all_keys())
    reused = catsclean.split(url, SHARES).write(tmp_path / "there/S")
    assert reused.reused
    root = json.loads((tmp_path / "there/S/split.json").read_text())["root"]
    assert root == url


def test_shards_are_those_of_the_same_files_in_a_folder(moto, store, pets, tmp_path):
    url = f"s3://{store.name}/PetImages"
    catsclean.audit(pets, **QUICK)
    catsclean.audit(url, **QUICK)
    catsclean.split(pets, SHARES).write_shards(tmp_path / "local/S")
    result = catsclean.split(url, SHARES)
    moto.log.clear()
    result.write_shards(tmp_path / "there/S")
    data = [path for method, path in moto.log if method == "GET" and path.endswith(".jpg")]
    assert len(data) == len(set(data)) == 13
    found = {path.name: path.read_bytes() for path in (tmp_path / "there/S").glob("*.tar")}
    assert found == {path.name: path.read_bytes() for path in (tmp_path / "local/S").glob("*.tar")}
    assert len(found) == 2


def test_a_copy_has_the_time_of_its_object(store, tmp_path):
    url = f"s3://{store.name}/PetImages"
    time.sleep(1.1)
    audit = catsclean.audit(url, **QUICK)
    catsclean.split(url, SHARES).write(tmp_path / "there")
    recorded = set(audit.manifest.table["mtime_ns"])
    assert {path.stat().st_mtime_ns for path in tmp_path.glob("there/*/*/*.jpg")} <= recorded


def test_a_picture_that_changed_ends_the_split_and_nothing_is_left(store, tmp_path):
    url = f"s3://{store.name}/PetImages"
    catsclean.audit(url, **QUICK)
    store.put("PetImages/Cat/3.jpg", jpeg(seed=1234))
    with pytest.raises(SplitError, match=r"Cat/3\.jpg changed since the audit"):
        catsclean.split(url, SHARES).write(tmp_path / "there")
    store.delete("PetImages/Cat/3.jpg")
    with pytest.raises(SplitError, match=r"Cat/3\.jpg is missing"):
        catsclean.split(url, SHARES).write(tmp_path / "there")
    assert not list(tmp_path.glob("*there*"))


def test_other_bytes_with_the_same_listing_end_the_split(monkeypatch, tmp_path):
    with buckets.misbehaving() as (server, address):
        buckets.use(monkeypatch, address)
        for number in range(6):
            server.objects[f"P/Cat/{number}.jpg"] = jpeg(seed=number)
        catsclean.audit("s3://any/P", state_dir=tmp_path / "state", **QUICK)
        key = "P/Cat/4.jpg"
        same_size = bytearray(server.objects[key])
        same_size[-3] ^= 1
        server.rules[key] = buckets.Rule(data=bytes(same_size))
        result = catsclean.split("s3://any/P", SHARES, state_dir=tmp_path / "state")
        with pytest.raises(SplitError, match=r"Cat/4\.jpg changed since the audit: its bytes"):
            result.write(tmp_path / "there")
        server.rules[key] = buckets.Rule(403)
        with pytest.raises(SplitError, match=r"Cat/4\.jpg cannot be fetched:.*403"):
            result.write(tmp_path / "there")
        assert not list(tmp_path.glob("*there*"))
        server.rules = {}
        assert result.write(tmp_path / "there").folder == tmp_path / "there"


def test_nothing_but_copies_can_be_made(store, tmp_path):
    url = f"s3://{store.name}/PetImages"
    catsclean.audit(url, **QUICK)
    with pytest.raises(UsageError, match="pictures in a bucket can only be copied"):
        catsclean.split(url, SHARES).write(tmp_path / "there", "hardlink")


def test_a_saved_split_is_forgotten_in_the_bucket_too(store, tmp_path, monkeypatch):
    url = f"s3://{store.name}/PetImages"
    catsclean.audit(url, **QUICK)
    catsclean.split(url, SHARES).save()
    assert forget_split(url) == 13
    # another machine has no copy of the state yet
    bucket_state.close_all()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other-cache"))
    assert catsclean.load_audit(url).manifest.table["split"].isna().all()
    assert not any(key.endswith("split.parquet") for key in store.all_keys())
    assert forget_split(url) == 0
    again = catsclean.split(url, SHARES, seed=2)
    assert not [line for line in again.warnings if "earlier split" in line]


def test_the_command_line_splits(store, tmp_path):
    url = f"s3://{store.name}/PetImages"
    catsclean.audit(url, **QUICK)

    def run(*arguments):
        command = [sys.executable, "-m", "catsclean", "split", url, "--val", "0.5", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    done = run()
    assert done.returncode == 0, done.stderr
    assert f"{url}.catsclean/manifest.parquet: splits recorded" in done.stdout
    assert len(list(tmp_path.glob("PetImages-split/*/*/*.jpg"))) == 13
    done = run("--no-files", "--seed", "3")
    assert done.returncode == 0, done.stderr
    done = run("--dry-run", "-o", "other")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "other").exists()
