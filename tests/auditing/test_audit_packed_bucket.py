"""Containers in a bucket have the verdicts of the same containers on this machine."""

import subprocess
import sys
import time

import buckets
import pytest
from packed import files_of, make_parquet, make_tar, make_zip
from pictures import jpeg, make_dataset

import catsclean
from catsclean.errors import DatasetError
from catsclean.objects import bucket_client, bucket_state, spool

QUICK = {"content": False, "workers": 1}
SHARES = {"train": 0.5, "val": 0.5}


@pytest.fixture(autouse=True)
def environment(moto, monkeypatch, tmp_path):
    buckets.use(monkeypatch, moto.url)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user-cache"))
    yield
    bucket_state.close_all()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = make_dataset(tmp_path_factory.mktemp("set") / "PetImages", {"Cat": 5, "Dog": 5})
    (root / "Cat/empty.jpg").touch()
    (root / "Cat/cut.jpg").write_bytes(jpeg(50)[:900])
    (root / "Dog/copy.jpg").write_bytes((root / "Cat/1.jpg").read_bytes())
    (root / "Dog/text.jpg").write_text("not a picture")
    return root


@pytest.fixture(scope="module")
def packed(folder, tmp_path_factory):
    """The same pictures as shards, tables and one archive, on this machine."""
    place = tmp_path_factory.mktemp("packed")
    for kind in ("shards", "tables"):
        (place / kind).mkdir()
    files = files_of(folder)
    for number in range(2):
        half = {name: files[name] for name in sorted(files)[number::2]}
        make_tar(place / f"shards/{number}.tar", half)
        labels = [["Cat", "Dog"].index(name[:3]) for name in half]
        make_parquet(place / f"tables/{number}.parquet", half.items(), labels, ["Cat", "Dog"])
    make_zip(place / "photos.zip", {f"PetImages/{name}": data for name, data in files.items()})
    return place


@pytest.fixture(scope="module")
def uploaded(moto, packed):
    """The same containers in a bucket, written more than a second ago."""
    store = moto.make()
    store.put_folder(packed, "data")
    time.sleep(1.1)
    return store


def clear(store):
    for key in store.all_keys():
        if ".catsclean/" in key:
            store.delete(key)


def reads_of(moto):
    """Requests for objects of the data."""
    return [path for method, path in moto.log if method == "GET" and ".catsclean" not in path]


def table_of(audit):
    return audit.manifest.to_arrow().drop_columns(["mtime_ns"]).replace_schema_metadata(None)


@pytest.mark.parametrize("name", ["shards", "tables", "photos.zip"])
def test_the_verdicts_are_those_of_the_container_on_this_machine(moto, packed, uploaded, name):
    clear(uploaded)
    local = catsclean.audit(packed / name, save=False, cache=False, **QUICK)
    url = f"s3://{uploaded.name}/data/{name}"
    there = catsclean.audit(url, **QUICK)
    assert there.findings == local.findings
    assert len(there.findings) > 3
    assert table_of(there).equals(table_of(local))
    assert there.dataset.containers == local.dataset.containers
    both = catsclean.audit(url, content=False, workers=2, cache=False)
    assert both.findings == local.findings


@pytest.mark.parametrize("name", ["shards", "photos.zip"])
def test_an_unchanged_container_is_fetched_once_and_never_again(moto, uploaded, name):
    clear(uploaded)
    url = f"s3://{uploaded.name}/data/{name}"
    moto.log.clear()
    first = catsclean.audit(url, **QUICK)
    assert len(reads_of(moto)) == len(set(reads_of(moto))) == len(first.dataset.containers)
    bucket_state.close_all()
    moto.log.clear()
    warm = catsclean.audit(url, **QUICK)
    assert reads_of(moto) == []
    assert warm.findings == first.findings
    assert table_of(warm).equals(table_of(first))
    assert warm.summary["files_read"] == 0


def test_only_a_container_that_changed_is_fetched(moto, folder, tmp_path):
    store = moto.make()
    make_tar(tmp_path / "0.tar", {f"Cat/{n}.jpg": jpeg(n) for n in range(3)})
    make_tar(tmp_path / "1.tar", {f"Dog/{n}.jpg": jpeg(9 + n) for n in range(3)})
    for number in "01":
        store.put(f"shards/{number}.tar", (tmp_path / f"{number}.tar").read_bytes())
    time.sleep(1.1)
    catsclean.audit(f"s3://{store.name}/shards", **QUICK)
    make_tar(tmp_path / "1.tar", {f"Dog/{n}.jpg": jpeg(9 + n) for n in range(4)})
    store.put("shards/1.tar", (tmp_path / "1.tar").read_bytes())
    moto.log.clear()
    again = catsclean.audit(f"s3://{store.name}/shards", **QUICK)
    assert [path.rpartition("/")[2] for path in reads_of(moto)] == ["1.tar"]
    assert len(again.manifest) == 7


@pytest.mark.parametrize("name", ["shards", "photos.zip"])
def test_the_report_and_a_split_read_from_the_container(packed, uploaded, tmp_path, name):
    clear(uploaded)
    url = f"s3://{uploaded.name}/data/{name}"
    catsclean.audit(url, **QUICK)
    catsclean.audit(packed / name, **QUICK, state_dir=tmp_path / "state")
    bucket_state.close_all()
    audit = catsclean.load_audit(url)
    audit.save_html(tmp_path / "page.html")
    assert "data:image" in (tmp_path / "page.html").read_text()
    bucket_state.close_all()
    catsclean.split(url, SHARES).write(tmp_path / "there")
    local = catsclean.split(packed / name, SHARES, state_dir=tmp_path / "state")
    local.write(tmp_path / "local")
    found = {path: data for path, data in files_of(tmp_path / "there").items() if ".jpg" in path}
    assert found == {p: data for p, data in files_of(tmp_path / "local").items() if ".jpg" in p}
    assert len(found) >= 10


def test_a_container_of_many_pieces_is_one_container(moto, packed, uploaded, monkeypatch):
    clear(uploaded)
    for module in (bucket_client, spool):
        monkeypatch.setattr(module, "PIECE_BYTES", 5000)
    local = catsclean.audit(packed / "shards", save=False, cache=False, **QUICK)
    moto.log.clear()
    there = catsclean.audit(f"s3://{uploaded.name}/data/shards", **QUICK)
    assert len(reads_of(moto)) > 4
    assert there.findings == local.findings


def test_a_container_that_is_larger_than_the_room_ends_with_one_line(uploaded, monkeypatch):
    clear(uploaded)
    monkeypatch.setattr(spool, "PIECE_BYTES", 5000)
    monkeypatch.setattr(spool, "_SPARE_BYTES", 2**60)
    with pytest.raises(DatasetError, match=r"shards.*MiB, and there is room for 0 MiB in"):
        catsclean.audit(f"s3://{uploaded.name}/data/shards", **QUICK)


def test_a_spool_with_little_room_brings_one_container_after_the_other(
    moto, packed, uploaded, monkeypatch
):
    clear(uploaded)
    monkeypatch.setattr(bucket_state, "WINDOW_BYTES", 1000)
    monkeypatch.setattr(spool, "MOST_WINDOW_BYTES", 1000)
    local = catsclean.audit(packed / "shards", save=False, cache=False, **QUICK)
    moto.log.clear()
    there = catsclean.audit(f"s3://{uploaded.name}/data/shards", **QUICK)
    assert there.findings == local.findings
    assert len(reads_of(moto)) < 12


def test_a_container_that_is_refused_is_reported_and_the_others_are_judged(
    monkeypatch, packed, tmp_path
):
    with buckets.misbehaving() as (server, address):
        buckets.use(monkeypatch, address)
        for number in "01":
            server.objects[f"S/{number}.tar"] = (packed / f"shards/{number}.tar").read_bytes()
        server.rules["S/1.tar"] = buckets.Rule(403)
        audit = catsclean.audit("s3://any/S", state_dir=tmp_path / "state", **QUICK)
        assert audit.incomplete
        found = [f.message for f in audit.findings if f.path is None or "1.tar" in str(f.path)]
        assert any("403" in message for message in found)
        assert len(audit.manifest) > 4
        server.rules = {}
        again = catsclean.audit("s3://any/S", state_dir=tmp_path / "state", **QUICK)
        assert not again.incomplete


def test_the_command_line_reads_an_archive_in_a_bucket(uploaded, tmp_path):
    clear(uploaded)
    command = [sys.executable, "-m", "catsclean", "audit", f"s3://{uploaded.name}/data/photos.zip"]
    done = subprocess.run(
        [*command, "--no-content"], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 1, done.stderr
    assert "PetImages/Cat/empty.jpg: zero-length" in done.stdout
    assert any(key.startswith("data/photos.zip.catsclean/") for key in uploaded.all_keys())


@pytest.mark.parametrize("name", ["shards", "one.tar"])
@pytest.mark.parametrize("write", ["write", "write_shards"])
def test_a_split_takes_sidecar_files_in_containers_along(moto, tmp_path, name, write):
    files = {f"{label}/{n}.jpg": jpeg(n + 9 * (label == "Dog")) for label in ("Cat", "Dog")
             for n in range(5)}  # fmt: skip
    beside = {path.replace(".jpg", ".txt"): path.encode() for path in files}
    path = tmp_path / "in" / ("shards/0.tar" if name == "shards" else name)
    make_tar(path, files | beside)
    store = moto.make()
    store.put_folder(tmp_path / "in", "data")
    url = f"s3://{store.name}/data/{name}"
    written = []
    for place, state in ((url, {}), (tmp_path / "in" / name, {"state_dir": tmp_path / "state"})):
        catsclean.audit(place, **QUICK, **state)
        bucket_state.close_all()
        split = catsclean.split(place, SHARES, **state)
        moto.log.clear()
        made = getattr(split, write)(tmp_path / f"out-{len(written)}")
        assert (made.sidecars, made.warnings) == (10, ())
        skipped = ("manifest.csv", "manifest.parquet", "croissant.json", "split.json")
        found = files_of(made.folder)
        written.append({path: data for path, data in found.items() if path not in skipped})
        if place == url:
            assert len(reads_of(moto)) <= 1
        bucket_state.close_all()
    assert {path for path in written[0] if path.endswith((".txt", ".tar"))}
    ours, theirs = ({k: v for k, v in one.items() if not k.startswith(".")} for one in written)
    assert ours == theirs
