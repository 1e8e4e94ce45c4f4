"""An audit of a bucket says what an audit of the same files in a folder says."""

import contextlib
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import buckets
import pyarrow.parquet as pq
import pytest
from hostile import corpus
from patience import HANG_S
from pictures import jpeg, make_dataset

import catsclean
from catsclean.errors import DatasetError, ManifestError, StateError, UsageError
from catsclean.objects import bucket_state, spool, spool_folder
from catsclean.objects.bucket_client import Bucket, Patience
from catsclean.objects.object_keys import hostile_reason
from catsclean.testing.practice import make_practice

QUICK = {"content": False, "workers": 1}


@pytest.fixture(scope="module")
def pets(tmp_path_factory):
    """A folder with defects that need pixels to be compared."""
    root = tmp_path_factory.mktemp("local") / "PetImages"
    make_dataset(root, {"Cat": 12, "Dog": 12})
    (root / "Cat/zero.jpg").write_bytes(b"")
    (root / "Dog/text.jpg").write_bytes(b"hello")
    whole = (root / "Cat/0.jpg").read_bytes()
    (root / "Dog/copy.jpg").write_bytes(whole)
    (root / "Cat/cut.jpg").write_bytes(whole[: len(whole) // 2])
    (root / "Cat/Käse \\n.jpg").write_bytes(jpeg(seed=99))
    (root / "Thumbs.db").write_bytes(b"x")
    return root


@pytest.fixture(scope="module")
def uploaded(moto, pets):
    """The same files in a bucket, written more than a second ago."""
    store = moto.make()
    store.put_folder(pets, "data/PetImages")
    time.sleep(1.1)
    return store


@pytest.fixture(autouse=True)
def environment(moto, monkeypatch, tmp_path):
    buckets.use(monkeypatch, moto.url)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user-cache"))
    yield
    bucket_state.close_all()


@pytest.fixture
def url(uploaded, moto):
    """The address of the data set; nobody audited it yet."""
    for key in uploaded.all_keys():
        if ".catsclean/" in key:
            uploaded.delete(key)
    moto.log.clear()
    return f"s3://{uploaded.name}/data/PetImages"


def table_of(audit):
    """The manifest without what tells two copies of a file apart."""
    return audit.manifest.to_arrow().drop_columns(["mtime_ns"]).replace_schema_metadata(None)


def test_findings_and_manifest_are_those_of_the_folder(pets, url):
    local = catsclean.audit(pets, save=False, cache=False, **QUICK)
    there = catsclean.audit(url, **QUICK)
    assert there.findings == local.findings
    assert len(there.findings) > 4
    assert table_of(there).equals(table_of(local))
    both = catsclean.audit(url, content=False, workers=2, cache=False)
    assert both.findings == local.findings


def without_what_no_bucket_holds(root):
    """Remove links, pipes and names that no key can have; hard links become copies."""
    for path in sorted(root.rglob("*"), reverse=True):
        plain = path.is_dir() or path.is_file()
        if path.is_symlink() or hostile_reason(path.name) or not plain:
            path.unlink()
        elif path.is_file() and path.stat().st_nlink > 1:
            data = path.read_bytes()
            path.unlink()
            path.write_bytes(data)


@pytest.mark.parametrize("made", ["practice", "disguises"])
def test_defects_of_every_kind_are_those_of_the_folder(moto, tmp_path, made):
    root = tmp_path / made
    if made == "practice":
        make_practice(root, count=24)
    else:
        corpus.make_family(tmp_path, made, most_bytes=50_000)
    without_what_no_bucket_holds(root)
    store = moto.make()
    store.put_folder(root, "P")
    for path in root.rglob("*"):
        if path.is_dir() and not any(path.iterdir()):
            store.put(f"P/{path.relative_to(root).as_posix()}/", b"")
    local = catsclean.audit(root, save=False, cache=False, content=False)
    there = catsclean.audit(f"s3://{store.name}/P", save=False, cache=False, content=False)
    assert there.findings == local.findings
    assert len(there.findings) > 20
    assert table_of(there).equals(table_of(local))


def test_a_warm_audit_reads_no_object(url, moto, pets):
    first = catsclean.audit(url, **QUICK)
    cold = moto.count()
    own = len([path for path in pets.rglob("*") if path.is_file() and path.stat().st_size])
    assert cold["GET"] == own
    moto.log.clear()
    second = catsclean.audit(url, **QUICK)
    assert second.findings == first.findings
    assert second.summary["files_read"] == 0
    # the listings of data and state; the lock twice, and the summary
    assert moto.count() == {"LIST": 2, "PUT": 3}


def test_only_what_changed_is_read_again(moto):
    store = moto.make()
    for number in range(6):
        store.put(f"P/Cat/{number}.jpg", jpeg(seed=number))
    time.sleep(1.1)
    catsclean.audit(f"s3://{store.name}/P", **QUICK)
    moto.log.clear()
    store.put("P/Cat/1.jpg", jpeg(seed=1234))
    audit = catsclean.audit(f"s3://{store.name}/P", **QUICK)
    assert audit.summary["files_read"] == 1
    read = {path for method, path in moto.log if method == "GET"}
    assert f"/{store.name}/P/Cat/1.jpg" in read


def test_another_machine_finds_the_audit_in_the_bucket(url, moto, monkeypatch, tmp_path):
    first = catsclean.audit(url, **QUICK)
    bucket_state.close_all()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another"))
    loaded = catsclean.load_audit(url)
    assert loaded.findings == first.findings
    moto.log.clear()
    catsclean.audit(url, **QUICK)
    assert not [path for method, path in moto.log if method == "GET" and "catsclean" not in path]


def test_nothing_is_written_but_the_state(url, moto, uploaded):
    before = {key: uploaded.get(key) for key in uploaded.all_keys()}
    catsclean.audit(url, **QUICK)
    after = {key: uploaded.get(key) for key in uploaded.all_keys()}
    state = "data/PetImages.catsclean/"
    assert {key for key in after if not key.startswith(state)} == set(before)
    assert {key: after[key] for key in before} == before
    written = {path for method, path in moto.log if method not in {"GET", "LIST", "HEAD"}}
    assert all(path.startswith(f"/{uploaded.name}/{state}") for path in written)
    assert state + "audit.json" in after


def test_only_the_address_is_shown_and_no_secret(url, uploaded, capfd, tmp_path):
    audit = catsclean.audit(url, **QUICK)
    audit.save_html(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "data:image" in page
    root = pq.read_metadata(audit.state.manifest).metadata[b"catsclean"].decode()
    assert f'"root": "{url}"' in root
    state = "".join(
        uploaded.get(key).decode("latin-1") for key in uploaded.all_keys() if ".catsclean/" in key
    )
    copies = "".join(
        path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file()
    )
    shown = "".join([page, state, copies, repr(audit), str(audit.summary), *capfd.readouterr()])
    for secret in (buckets.SECRET, buckets.KEY_ID):
        assert secret not in shown
    for place in ("catsclean-spool-", "/dev/shm"):
        assert place not in shown


def test_the_spool_is_gone_at_the_end(url):
    audit = catsclean.audit(url, **QUICK)
    folder = audit.root.parent.parent
    assert folder.is_dir()
    bucket_state.close_all()
    assert not folder.exists()


def test_a_spool_smaller_than_the_data_gives_the_same(url, pets, monkeypatch):
    made = spool.Spool
    monkeypatch.setattr(
        bucket_state, "Spool", lambda *given: made(*given, window_bytes=20_000, threads=2)
    )
    there = catsclean.audit(url, **QUICK)
    local = catsclean.audit(pets, save=False, cache=False, **QUICK)
    assert there.findings == local.findings


def test_the_second_of_two_audits_is_told_who_works_there(url):
    state = bucket_state.open_data_set(url, writes=True)
    try:
        with pytest.raises(StateError, match=r"another catsclean \(.*is working on 's3://"):
            catsclean.audit(url, **QUICK)
    finally:
        state.lease.release()
    catsclean.audit(url, **QUICK)


def test_the_lock_is_released_when_an_audit_fails(url, uploaded):
    with pytest.raises(catsclean.CatscleanError):
        catsclean.audit(url, labels="name:(nothing)x", **QUICK)
    assert uploaded.get("data/PetImages.catsclean/lock") == b""


@pytest.mark.parametrize("after", range(14))
def test_a_state_that_is_written_in_part_is_never_taken_for_whole(
    url, uploaded, monkeypatch, tmp_path, after
):
    """The first audit dies after some writes; whoever comes next sees the old state, or none."""
    puts = []

    class Dying(Bucket):
        def _put(self, *given):
            if len(puts) >= after:
                raise KeyboardInterrupt  # as a kill: nothing more is written
            puts.append(given[0])
            return super()._put(*given)

    with monkeypatch.context() as dying:
        dying.setattr(bucket_state, "Bucket", Dying)
        with contextlib.suppress(KeyboardInterrupt):
            catsclean.audit(url, **QUICK)
    bucket_state._open.clear()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another"))
    uploaded.put("data/PetImages.catsclean/lock", b"")  # its lease has expired
    try:
        loaded = catsclean.load_audit(url)
    except (StateError, ManifestError):
        loaded = None
    whole = "data/PetImages.catsclean/audit.json" in uploaded.all_keys()
    assert (loaded is not None) == whole
    again = catsclean.audit(url, **QUICK)
    assert catsclean.load_audit(url).findings == again.findings


def test_no_engine_reads_a_bucket_yet(url):
    with pytest.raises(UsageError, match="not by an engine"):
        catsclean.audit(url, engine=ThreadPoolExecutor(1), **QUICK)


def test_the_state_may_lie_on_this_machine(url, moto, tmp_path):
    first = catsclean.audit(url, state_dir=tmp_path / "state", **QUICK)
    assert moto.count()["PUT"] == 0
    assert (tmp_path / "state/audit.json").is_file()
    assert first.state.arguments.startswith(f"{url} --state-dir ")
    moto.log.clear()
    catsclean.audit(url, state_dir=tmp_path / "state", **QUICK)
    assert moto.count() == {"LIST": 1}


def test_an_audit_that_is_not_saved_writes_nothing(url, moto):
    catsclean.audit(url, save=False, **QUICK)
    assert moto.count()["PUT"] == 0


def test_a_whole_bucket_needs_another_place_for_the_state(uploaded, tmp_path):
    with pytest.raises(DatasetError, match="whole bucket"):
        catsclean.audit(f"s3://{uploaded.name}", **QUICK)
    audit = catsclean.audit(f"s3://{uploaded.name}", state_dir=tmp_path / "s", **QUICK)
    assert len(audit.manifest) > 20


def test_labels_are_read_from_a_table_in_the_bucket(moto):
    store = moto.make()
    rows = ["file_name,label"]
    for number in range(4):
        store.put(f"P/train/{number}.jpg", jpeg(seed=number))
        rows.append(f"{number}.jpg,{'cat' if number % 2 else 'dog'}")
    store.put("P/train/metadata.csv", "\n".join(rows).encode())
    audit = catsclean.audit(f"s3://{store.name}/P", **QUICK)
    assert audit.manifest.labels == ["cat", "dog"]


def test_objects_that_fail_in_any_way_become_findings(monkeypatch, tmp_path):
    monkeypatch.setattr(bucket_state, "Bucket", lambda at: Bucket(at, Patience(tries=0)))
    with buckets.misbehaving() as (server, address):
        buckets.use(monkeypatch, address)
        for number in range(6):
            server.objects[f"P/Cat/{number}.jpg"] = jpeg(seed=number)
        server.rules["P/Cat/1.jpg"] = buckets.Rule(403)
        server.rules["P/Cat/2.jpg"] = buckets.Rule(data=jpeg(seed=77))
        server.rules["P/Cat/3.jpg"] = buckets.Rule(sends=100)
        server.rules["P/Cat/4.jpg"] = buckets.Rule(500)
        server.rules["P/Cat/5.jpg"] = buckets.Rule(503)
        audit = catsclean.audit("s3://any/P", state_dir=tmp_path / "state", **QUICK)
        found = {(f.path, f.validator): f.message for f in audit.findings}
        assert "403" in found["Cat/1.jpg", "unreadable"]
        assert ("Cat/2.jpg", "changed-during-scan") in found
        assert "cut short" in found["Cat/3.jpg", "unreadable"]
        assert "500" in found["Cat/4.jpg", "unreadable"]
        assert "503" in found["Cat/5.jpg", "unreadable"]
        assert audit.incomplete
        server.rules = {}
        again = catsclean.audit("s3://any/P", state_dir=tmp_path / "state", **QUICK)
        assert not again.incomplete
        assert again.summary["files_read"] == 5


def test_the_pictures_of_a_report_are_fetched_several_at_a_time(monkeypatch, tmp_path):
    with buckets.misbehaving() as (server, address):
        buckets.use(monkeypatch, address)
        for number in range(6):
            for copy in "ab":
                server.objects[f"P/Cat/{number}{copy}.jpg"] = jpeg(seed=number)
        catsclean.audit("s3://any/P", state_dir=tmp_path / "state", **QUICK)
        bucket_state.close_all()
        server.rules = {key: buckets.Rule(waits_s=0.05) for key in server.objects}
        server.log.clear()
        server.most_at_once = 0
        audit = catsclean.load_audit("s3://any/P", state_dir=tmp_path / "state")
        audit.save_html(tmp_path / "report.html")
        assert (tmp_path / "report.html").read_text().count("data:image") >= 12
        assert sorted(server.log) == sorted(("GET", key) for key in server.objects)
        assert server.most_at_once > 2


class _Late(dict):
    """Rules that are asked for only when something was read."""

    def __init__(self, rules):
        super().__init__(rules)
        self.read = threading.Event()

    def get(self, key, default=None):
        if key in self:
            self.read.wait(HANG_S)
        return super().get(key, default)


def test_a_bucket_that_breaks_down_ends_the_audit_and_keeps_what_was_read(monkeypatch, tmp_path):
    monkeypatch.setattr(bucket_state, "Bucket", lambda at: Bucket(at, Patience(tries=0)))
    with buckets.misbehaving() as (server, address):
        buckets.use(monkeypatch, address)
        pictures = [jpeg(seed=number) for number in range(10)]
        keys = [f"P/Cat/{number:03}.jpg" for number in range(500)]
        server.objects |= {key: pictures[at % 10] for at, key in enumerate(keys)}
        server.rules = _Late({key: buckets.Rule(503) for key in keys[401:]})

        def note(told):
            if told.done_files:
                server.rules.read.set()

        with pytest.raises(DatasetError, match=r"cannot read 's3://any/P'.*503"):
            catsclean.audit("s3://any/P", state_dir=tmp_path / "state", progress=note, **QUICK)
        server.rules = {}
        audit = catsclean.audit("s3://any/P", state_dir=tmp_path / "state", **QUICK)
        assert audit.summary["files_reused"] > 0


COMMAND = [sys.executable, "-m", "catsclean"]


def test_commands_that_need_a_folder_say_so(url):
    for name in ("plan", "check", "train-baseline"):
        done = subprocess.run([*COMMAND, name, url], capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert done.stderr.count("\n") <= 3
        assert "does not work on a bucket" in done.stderr.replace("\n", " ")
        assert url in done.stderr


def test_the_command_line_audits_and_reports(url, tmp_path):
    def run(*arguments):
        return subprocess.run(
            [*COMMAND, *arguments], capture_output=True, text=True, check=False, cwd=tmp_path
        )

    done = run("audit", url, "--no-content", "-q")
    assert done.returncode == 1
    assert "Cat/zero.jpg: zero-length" in done.stdout
    done = run("report", url)
    assert done.returncode == 0, done.stderr
    assert "data:image" in (tmp_path / "PetImages-report.html").read_text()
    assert buckets.SECRET not in done.stdout + done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no locks that end with a process")
def test_after_a_kill_the_next_audit_goes_on_and_tidies(monkeypatch, tmp_path):
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(spool_folder, "_MEMORY", tmp_path / "none")
    monkeypatch.setattr(spool_folder.tempfile, "tempdir", str(tmp_path / "tmp"))
    patched = "from catsclean.objects import spool_folder as s; s._MEMORY = s.Path('/none')"
    with buckets.misbehaving() as (server, address):
        buckets.use(monkeypatch, address)
        for number in range(8):
            server.objects[f"P/Cat/{number}.jpg"] = jpeg(seed=number)
        server.rules["P/Cat/7.jpg"] = buckets.Rule(waits_s=5, times=1)
        command = f"{patched}; from catsclean.cli import run; run()"
        arguments = ["audit", "s3://any/P", "--state-dir", str(tmp_path / "s"), "--no-content"]
        with subprocess.Popen([sys.executable, "-c", command, *arguments]) as process:
            while ("GET", "P/Cat/7.jpg") not in server.log:
                time.sleep(0.01)
            process.kill()
        left = {path.name for path in (tmp_path / "tmp").glob("catsclean-spool-*")}
        assert len(left) == 1
        audit = catsclean.audit("s3://any/P", state_dir=tmp_path / "s", **QUICK)
        assert len(audit.manifest) == 8
        now = {path.name for path in (tmp_path / "tmp").glob("catsclean-spool-*")}
        assert now == {audit.root.parent.parent.name}
        assert not now & left
