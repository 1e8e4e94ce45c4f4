"""``catsclean download`` and the manifest that a publisher puts beside the pictures."""

import file_server
import pytest
from packed import files_of, make_zip
from pictures import make_dataset

import catsclean


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A split with its manifest."""
    home = tmp_path_factory.mktemp("publisher")
    make_dataset(home / "Pets", {"Cat": 4, "Dog": 4})
    audit = catsclean.audit(home / "Pets", content=False, workers=1)
    return catsclean.split(audit, {"val": 0.5}).write(home / "published").folder


@pytest.fixture
def serve(monkeypatch, tmp_path):
    """Return a function that offers files as an archive, and gives its address."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    with file_server.serving_files() as server:

        def offer(files):
            path = make_zip(tmp_path / "made.zip", files)
            server.will(file_server.Behaviour(path.read_bytes()))
            path.unlink()
            return server.url("pets.zip")

        yield offer


def test_what_arrives_with_its_manifest_is_compared_with_it(published, serve, run):
    done = run("download", serve(files_of(published)))
    assert done.returncode == 0
    assert "8 files in" in done.stdout
    assert "Nothing is missing, changed or in two splits." in done.stdout


def test_what_differs_from_its_manifest_is_named_and_stays(published, serve, run, tmp_path):
    files = files_of(published)
    name = next(name for name in files if name.endswith(".jpg"))
    files[name] += b"x"
    done = run("download", serve(files))
    assert done.returncode == 1
    assert f"{name}\thas other bytes than the manifest says" in done.stdout
    assert (tmp_path / "pets" / name).exists()


def test_a_manifest_published_elsewhere_can_be_named(published, serve, run, tmp_path):
    files = files_of(published)
    data = files.pop("manifest.parquet")
    del files["manifest.csv"]
    (tmp_path / "theirs.parquet").write_bytes(data)
    address = serve(files)
    done = run("download", address, "--manifest", "theirs.parquet")
    assert (done.returncode, "8 files in" in done.stdout) == (0, True)


def test_a_table_of_something_else_is_said_not_to_be_compared(published, serve, run):
    files = files_of(published) | {"manifest.parquet": b"PAR1 of somebody else"}
    done = run("download", serve(files))
    assert done.returncode == 0
    assert "Not verified: " in done.stdout


def test_a_manifest_that_does_not_exist_ends_it_before_anything_is_downloaded(
    published, serve, run, tmp_path
):
    address = serve(files_of(published))
    done = run("download", address, "--manifest", "nothing.parquet")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert not (tmp_path / "pets").exists()
