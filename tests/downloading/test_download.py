"""From a name or an address to a folder that can be audited, or to nothing."""

import hashlib
import io
import json
import multiprocessing
import os
import signal
import tarfile
import time
import zipfile
from dataclasses import replace

import pytest
from file_server import Behaviour
from pictures import jpeg

import catsclean
from catsclean.downloading.download import _alone
from catsclean.downloading.known_sets import KNOWN_SETS, KnownSet, PublishedArchive
from catsclean.downloading.transfer import DownloadPatience
from catsclean.errors import DownloadError, UsageError

PATIENCE = DownloadPatience(connect_s=5, silence_s=5, tries=2, pause_s=0.001)


def zipped(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    data = path.read_bytes()
    path.unlink()
    return data


@pytest.fixture
def pets(tmp_path):
    files = {f"PetImages/{label}/{n}.jpg": jpeg(seed=n) for label in ("Cat", "Dog") for n in (1, 2)}
    return zipped(tmp_path / "pets.zip", {**files, "MSR-LA - 3467.docx": b"licence"})


@pytest.fixture
def place(tmp_path):
    made = tmp_path / "here"
    made.mkdir()
    return made


def get(name, place, **wishes):
    return catsclean.download(name, place, patience=PATIENCE, **wishes)


def left(place):
    return sorted(path.name for path in place.iterdir())


@pytest.fixture
def known(server, monkeypatch):
    """Return a function that publishes a set at the server."""

    def publish(*datas, **about):
        archives = tuple(
            PublishedArchive(
                (server.url(f"{at}.zip"),), len(data), hashlib.sha256(data).hexdigest(), **one
            )
            for at, (data, one) in enumerate(datas)
        )
        own = KnownSet("pets", "some pets", "CC0", "https://example.org", archives, **about)
        monkeypatch.setitem(KNOWN_SETS, "pets", own)
        server.will(*(Behaviour(data) for data, _ in datas))

    return publish


def test_a_known_set_can_be_audited_at_once(known, pets, place):
    known((pets, {}), data="PetImages")
    found = get("pets", place)
    assert found.path == place / "pets" / "PetImages"
    assert (found.files, found.size_bytes, found.is_new) == (5, len(pets), True)
    assert left(place) == ["pets", "pets.download.json"]
    assert len(catsclean.audit(found.path, workers=1, content=False).manifest) == 4


def test_the_archives_of_a_set_lie_in_its_splits(known, tmp_path, place):
    parts = [zipped(tmp_path / "a.zip", {f"{top}/rock/{top}.png": b"x"}) for top in ("rps", "t")]
    known((parts[0], {"into": "train", "strip": "rps"}), (parts[1], {"into": "test", "strip": "t"}))
    get("pets", place)
    files = {p.relative_to(place).as_posix() for p in place.rglob("*.png")}
    assert files == {"pets/train/rock/rps.png", "pets/test/rock/t.png"}


def test_what_is_there_already_is_not_downloaded_again(known, server, pets, place):
    known((pets, {}), data="PetImages")
    first = get("pets", place)
    asked = len(server.asked)
    assert get("pets", place) == replace(first, is_new=False)
    assert len(server.asked) == asked


def test_a_folder_that_no_download_made_is_left_alone(known, pets, place):
    known((pets, {}))
    (place / "pets").mkdir()
    with pytest.raises(UsageError, match="is there already, and this download did not make it"):
        get("pets", place)
    assert left(place) == ["pets"]


def test_a_digest_that_was_never_published_is_recorded_and_compared(server, pets, place):
    server.will(Behaviour(pets))
    found = get(server.url("pets.zip"), place)
    assert found.first_digests == (hashlib.sha256(pets).hexdigest(),)
    (place / "pets").rename(place / "elsewhere")
    server.will(Behaviour(pets[:-1] + b"\1"))
    with pytest.raises(DownloadError, match=r"has changed: on 20\d\d-"):
        get(server.url("pets.zip"), place)
    assert left(place) == ["elsewhere", "pets.download.json"]
    server.will(Behaviour(pets))
    assert get(server.url("pets.zip"), place).is_new


def test_a_set_with_other_bytes_than_published_is_not_kept(known, server, pets, place):
    known((pets, {}))
    server.will(Behaviour(pets[:-1] + b"\1"))
    with pytest.raises(DownloadError, match="were expected"):
        get("pets", place)
    assert left(place) == []


def test_an_archive_that_cannot_be_unpacked_leaves_nothing(server, tmp_path, place):
    server.will(Behaviour(zipped(tmp_path / "x.zip", {"Cat/0.jpg": b"x", "../out.jpg": b"out"})))
    with pytest.raises(DownloadError, match=r"'set\.zip' is not unpacked.*leads out of its folder"):
        get(server.url(), place)
    assert left(place) == []


def test_the_only_folder_inside_is_what_to_audit(server, pets, tmp_path, place):
    inside = {"photos/Cat/1.jpg": b"x", "photos/Dog/1.jpg": b"y", "__MACOSX/._photos": b"z"}
    server.will(Behaviour(zipped(tmp_path / "x.zip", inside)))
    assert get(server.url("photos-v2.zip"), place).path == place / "photos-v2" / "photos"
    server.will(Behaviour(zipped(tmp_path / "x.zip", {"Cat/1.jpg": b"x", "Dog/1.jpg": b"y"})))
    assert get(server.url("flat.zip"), place).path == place / "flat"
    server.will(Behaviour(zipped(tmp_path / "x.zip", {"photos/1.jpg": b"x"})))
    assert get(server.url("one.zip"), place).path == place / "one"


@pytest.mark.parametrize("name", ["flowers.tgz", "flowers.tar.gz", "flowers.TAR.xz"])
def test_a_compressed_tar_archive_is_unpacked(server, tmp_path, place, name):
    kind = name.lower().rpartition(".")[2].replace("tgz", "gz")
    with tarfile.open(tmp_path / "x", f"w:{kind}") as archive:
        for label in ("rose", "tulip"):
            picture = tarfile.TarInfo(f"./flower_photos/{label}/1.jpg")
            data = jpeg(seed=len(label))
            picture.size = len(data)
            archive.addfile(picture, io.BytesIO(data))
    server.will(Behaviour((tmp_path / "x").read_bytes()))
    found = get(server.url(name), place)
    assert (found.path, found.files) == (place / "flowers" / "flower_photos", 2)
    assert left(place) == ["flowers", "flowers.download.json"]
    table = catsclean.audit(found.path, workers=1, content=False).manifest.table
    assert sorted(table["label"]) == ["rose", "tulip"]


def test_a_tar_archive_that_cannot_be_unpacked_leaves_nothing(server, place):
    server.will(Behaviour(b"<html>please sign in</html>"))
    with pytest.raises(DownloadError, match=r"'set\.tar\.gz' is not unpacked: it is damaged"):
        get(server.url("set.tar.gz"), place)
    assert left(place) == []


def test_a_tar_shard_is_kept_whole_and_read_in_place(server, tmp_path, place):
    from packed import make_tar

    shard = make_tar(tmp_path / "x.tar", {"Cat/1.jpg": jpeg(seed=1), "Dog/2.jpg": jpeg(seed=2)})
    server.will(Behaviour(shard.read_bytes()))
    found = get(server.url("shard-000.tar"), place)
    assert left(place) == ["shard-000.tar", "shard-000.tar.download.json"]
    assert len(catsclean.audit(found.path, workers=1, content=False).manifest) == 2


@pytest.mark.parametrize(
    "name",
    ["cats", "", "ftp://x.org/a.zip", "https://", "https://[x/a.zip", "https://x.org/page.html",
     "https://x.org/", "https://me:secret@x.org/a.zip", "https://x.org/.zip"],
)  # fmt: skip
def test_what_names_no_set_is_refused(place, name):
    with pytest.raises(UsageError) as caught:
        get(name, place)
    assert "secret" not in str(caught.value)
    assert left(place) == []


def test_the_folder_to_download_to_must_exist(tmp_path):
    with pytest.raises(UsageError, match="no such folder"):
        get("cats-vs-dogs", tmp_path / "none")


def test_names_from_an_address_stay_below_the_folder(server, pets, place):
    server.will(Behaviour(pets))
    found = get(f"{server.address}/a/%2e%2e%2f..%2fx%00y.zip?v=1", place)
    assert found.path.parent.parent == place or found.path.parent == place
    assert all(name.lstrip(".").isprintable() for name in left(place))


def _download(name, place):
    os.setsid()
    get(name, place)


def test_a_killed_download_goes_on_and_never_looks_complete(server, tmp_path, place):
    big = {f"s/{label}/{n}.jpg": os.urandom(200_000) for label in "ab" for n in range(20)}
    data = zipped(tmp_path / "big.zip", big)
    context = multiprocessing.get_context("spawn")
    for pause_s in (0.05, 0.2, 0.35, 0.5):
        server.will(Behaviour(data, sends=len(data) // 3), Behaviour(data))
        process = context.Process(target=_download, args=(server.url("big.zip"), place))
        process.start()
        while not server.asked and process.is_alive():
            time.sleep(0.01)
        time.sleep(pause_s)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        if (place / "big").exists():
            break
        server.asked.clear()
    server.will(Behaviour(data))
    found = get(server.url("big.zip"), place)
    files = {
        p.relative_to(place / "big").as_posix(): p.read_bytes() for p in found.path.rglob("*.jpg")
    }
    assert files == big
    assert [name for name in left(place) if "lock" not in name] == ["big", "big.download.json"]


def test_two_downloads_of_one_set_do_not_meet(server, pets, place):
    server.will(Behaviour(pets))
    with _alone(place / "pets"), pytest.raises(DownloadError, match="another catsclean"):
        get(server.url("pets.zip"), place)


def test_the_record_says_what_was_downloaded(known, pets, place):
    known((pets, {}))
    record = json.loads(get("pets", place).record.read_text())
    assert record["licence"] == "CC0"
    assert record["archives"][0]["sha256"] == hashlib.sha256(pets).hexdigest()


def test_every_known_set_has_digests_and_sizes():
    for one in KNOWN_SETS.values():
        for archive in one.archives:
            assert len(archive.sha256) == 64
            assert archive.size_bytes > 0
            assert all(url.startswith("https://") for url in archive.urls)
