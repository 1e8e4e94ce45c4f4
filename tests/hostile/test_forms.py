"""One hostile file of each verdict: the same in a folder, containers and a bucket, however read."""

import os
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from buckets import serving, use
from hostile import corpus, places
from packed import files_of, make_parquet, make_tar, make_zip
from pictures import draw, encode

import catsclean
from catsclean.scan import read_task

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs names that Windows forbids")
# those that cost seconds to make are compared in test_verdicts.py only
FAMILIES = ("disguises", "metadata", "oddities")
MOST_BYTES = 100_000
# The name of a container is part of the paths in it.
CONTAINER = re.compile(r"\bs\.(tar|parquet)/")
LENGTH = re.compile(r"the path has \d+ characters")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Make the first file of each verdict, and files with hostile names that every form can have."""
    root = tmp_path_factory.mktemp("forms") / "corpus"
    for family in FAMILIES:
        corpus.make_family(root, family, MOST_BYTES)
    golden, seen = corpus.load_golden(), set()
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        verdict = golden[path.relative_to(root).as_posix()]
        if verdict in seen:
            path.unlink()
        seen.add(verdict)
    assert len(seen) > 60
    (root / "names").mkdir()
    for number, name in enumerate(places.NAMES):
        text = name.decode("utf-8", "replace")
        if text.isprintable() and "\ufffd" not in text:
            (root / "names" / text).write_bytes(encode(draw(number, (40, 40))))
    (root / "names/._picture.jpg").write_bytes(b"\0\5\x16\7" + bytes(99))
    (root / "names/empty.jpg").touch()
    (root / "names/Thumbs.db").write_bytes(bytes(99))
    return root


def audit(place, **options):
    return catsclean.audit(
        place, select=["all"], limits=catsclean.Limits(timeout_s=corpus.TIMEOUT_S), content=False,
        **options,
    )  # fmt: skip


def unsaved(place, **options):
    return audit(place, save=False, cache=False, **options)


def plain(text):
    return LENGTH.sub("the path is long", CONTAINER.sub("", text or ""))


def said_of(audit):
    """Return the findings and the manifest, without what names the form."""
    findings = sorted(
        (f.validator, plain(f.path), plain(f.message), f.severity, f.fix, [*map(plain, f.related)])
        for f in audit.findings
    )
    table = audit.manifest.table.drop(columns=["mtime_ns"]).astype(object)
    table["path"] = table["path"].map(plain)
    table = table.sort_values("path", ignore_index=True)
    others = sorted(map(plain, audit.dataset.other_files))
    return findings, table.where(table.notna(), None).to_dict("records"), others


@pytest.fixture(scope="module")
def expected(root):
    return said_of(unsaved(root, workers=1))


def test_two_workers(root, expected):
    assert said_of(unsaved(root, workers=2)) == expected


def test_an_executor(root, expected, monkeypatch):
    monkeypatch.setattr(read_task, "_LEAST_FILES", 20)
    with ThreadPoolExecutor(2) as executor:
        assert said_of(unsaved(root, engine=executor)) == expected


def test_a_tar_file(root, expected, tmp_path):
    make_tar(tmp_path / "tars/s.tar", files_of(root))
    assert said_of(unsaved(tmp_path / "tars")) == expected


def test_a_zip_archive(root, expected, tmp_path):
    assert said_of(unsaved(make_zip(tmp_path / "s.zip", files_of(root)))) == expected


def test_a_parquet_table(root, expected, tmp_path):
    files = files_of(root)
    classes = sorted({name.partition("/")[0] for name in files})
    labels = [classes.index(name.partition("/")[0]) for name in files]
    make_parquet(tmp_path / "tables/s.parquet", files.items(), labels, classes)
    assert said_of(unsaved(tmp_path / "tables")) == expected


def test_a_bucket(root, expected, tmp_path, monkeypatch):
    with serving() as server:
        use(monkeypatch, server.url)
        store = server.make()
        store.put_folder(root, "corpus")
        assert said_of(audit(f"s3://{store.name}/corpus", state_dir=tmp_path / "state")) == expected
