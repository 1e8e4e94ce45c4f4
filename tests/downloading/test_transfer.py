"""A file arrives whole or not at all, whatever the server does."""

import hashlib
import random
from types import SimpleNamespace

import pytest
from file_server import Behaviour

from catsclean.downloading import transfer
from catsclean.downloading.transfer import DownloadPatience, fetch
from catsclean.errors import DownloadError

DATA = random.Random(0).randbytes(300_000)
OTHER = random.Random(1).randbytes(300_000)
SHA256 = hashlib.sha256(DATA).hexdigest()
HURRIED = DownloadPatience(connect_s=5, silence_s=0.3, tries=3, pause_s=0.001)


@pytest.fixture
def get(server, tmp_path):
    def call(*urls, patience=HURRIED, **wishes):
        target = tmp_path / "set.zip"
        return fetch(urls or (server.url(),), target, patience=patience, **wishes)

    return call


def left(folder):
    return sorted(path.name for path in folder.iterdir())


def assert_whole(found, folder, data=DATA):
    assert (folder / "set.zip").read_bytes() == data
    assert (found.size_bytes, found.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert left(folder) == ["set.zip"]


def test_a_file_is_downloaded_and_nothing_else_stays(get, server, tmp_path):
    server.will(Behaviour(DATA))
    seen = []
    assert_whole(get(sha256=SHA256, progress=lambda *told: seen.append(told)), tmp_path)
    assert seen[-1] == (len(DATA), len(DATA))


@pytest.mark.parametrize(
    "short",
    [
        Behaviour(DATA, sends=100_000),
        Behaviour(DATA, sends=100_000, chunked=True),
        Behaviour(DATA[:100_000], etag=Behaviour(DATA).etag, says=len(DATA)),
    ],
    ids=["hangs up", "hangs up in a chunk", "promises more"],
)
def test_a_connection_that_ends_early_is_taken_up_again(get, server, tmp_path, short):
    server.will(short, Behaviour(DATA))
    assert_whole(get(), tmp_path)
    assert "Range" in server.asked[1] or short.data != DATA or short.chunked


def test_what_arrived_is_not_asked_for_again(get, server, tmp_path):
    server.will(Behaviour(DATA, sends=100_000), Behaviour(DATA))
    get()
    assert server.asked[1]["Range"] == "bytes=100000-"


def test_another_call_goes_on_where_one_stopped(get, server, tmp_path):
    server.will(Behaviour(DATA, sends=1_000), Behaviour(status=503))
    with pytest.raises(DownloadError, match=r"503.*3 times in a row; 1,000 bytes arrived and stay"):
        get()
    assert not (tmp_path / "set.zip").exists()
    server.will(Behaviour(DATA))
    assert_whole(get(), tmp_path)
    assert server.asked[-1]["Range"] == "bytes=1000-"


def test_a_file_that_changes_midway_is_begun_again(get, server, tmp_path):
    server.will(Behaviour(DATA, sends=100_000), Behaviour(OTHER))
    assert_whole(get(), tmp_path, OTHER)


def test_a_server_that_refuses_ranges_sends_all_of_it_again(get, server, tmp_path):
    server.will(Behaviour(DATA, sends=100_000), Behaviour(DATA, ranges=False))
    assert_whole(get(), tmp_path)


def test_without_an_etag_a_part_is_not_trusted(get, server, tmp_path):
    server.will(Behaviour(DATA, sends=100_000, etag=None), Behaviour(OTHER, etag=None))
    assert_whole(get(), tmp_path, OTHER)
    assert "Range" not in server.asked[1]


def test_another_range_than_the_wished_one_is_not_taken(get, server, tmp_path):
    server.will(Behaviour(DATA, sends=100_000), Behaviour(DATA, shift=7), Behaviour(DATA))
    assert_whole(get(), tmp_path)


def test_a_part_that_is_longer_than_the_file_is_begun_again(get, server, tmp_path):
    server.will(Behaviour(DATA, sends=200_000), Behaviour(status=503))
    with pytest.raises(DownloadError):
        get()
    server.will(Behaviour(DATA[:1000], etag="x"))
    assert_whole(get(), tmp_path, DATA[:1000])


def test_the_size_of_the_server_must_be_the_known_one(get, server, tmp_path):
    server.will(Behaviour(DATA))
    with pytest.raises(DownloadError, match=r"has 300,000 bytes, where 5 were expected"):
        get(size_bytes=5)
    assert left(tmp_path) == []


def test_a_server_that_sends_more_than_it_says_is_refused(get, server, tmp_path):
    server.will(Behaviour(DATA, chunked=True))
    with pytest.raises(DownloadError, match="more than the 1,000 bytes"):
        get(size_bytes=1000)
    assert left(tmp_path) == []


def test_other_bytes_than_published_are_not_kept(get, server, tmp_path):
    server.will(Behaviour(OTHER))
    with pytest.raises(DownloadError, match=f"sha256 {SHA256} were expected"):
        get(sha256=SHA256)
    assert left(tmp_path) == []


def test_the_next_address_is_tried(get, server, tmp_path):
    server.will(Behaviour(status=404), Behaviour(OTHER), Behaviour(DATA))
    urls = [server.url(f"{number}.zip") for number in range(3)]
    found = get(*urls, sha256=SHA256)
    assert_whole(found, tmp_path)
    assert found.url == urls[2]


def test_another_address_goes_on_with_a_part_if_the_digest_is_known(get, server, tmp_path):
    server.will(
        Behaviour(DATA, sends=100_000), *[Behaviour(status=503)] * 3, Behaviour(DATA, etag="x")
    )
    assert_whole(get(server.url("a.zip"), server.url("b.zip"), sha256=SHA256), tmp_path)
    assert server.asked[-1]["Range"] == "bytes=100000-"


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_refusal_is_not_repeated(get, server, status):
    server.will(Behaviour(status=status))
    with pytest.raises(DownloadError, match=str(status)):
        get()
    assert len(server.asked) == 1


def test_a_server_that_is_busy_is_asked_again(get, server, tmp_path):
    server.will(Behaviour(status=429, retry_after="0"), Behaviour(status=500), Behaviour(DATA))
    assert_whole(get(), tmp_path)


def test_a_server_that_falls_silent_is_given_up(get, server, tmp_path):
    server.will(Behaviour(DATA, drips_s=2.0))
    with pytest.raises(DownloadError, match=r"stopped sending|does not answer"):
        get()
    assert not (tmp_path / "set.zip").exists()


def test_a_server_that_hardly_sends_anything_is_given_up(get, server):
    server.will(Behaviour(DATA, drips_s=0.05))
    with pytest.raises(DownloadError, match="hardly anything, 3 times in a row"):
        get()


def test_a_server_that_is_not_there_is_said_so(get, server):
    with pytest.raises(DownloadError, match="the connection failed"):
        get("http://127.0.0.1:9/set.zip")


def test_redirects_are_followed_but_not_for_ever(get, server, tmp_path):
    server.will(Behaviour(to=server.url("there.zip")), Behaviour(DATA))
    assert_whole(get(), tmp_path)
    server.will(Behaviour(to=server.url()))
    (tmp_path / "set.zip").unlink()
    with pytest.raises(DownloadError, match="redirects without end"):
        get()


@pytest.mark.parametrize("to", ["ftp://127.0.0.1/x.zip", "file:///etc/passwd"])
def test_redirects_lead_to_no_other_protocol(get, server, tmp_path, to):
    server.will(Behaviour(to=to))
    with pytest.raises(DownloadError):
        get()
    assert not (tmp_path / "set.zip").exists()


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x.zip", "file:///etc/passwd"])
def test_no_other_protocol_is_asked(get, url):
    with pytest.raises(DownloadError, match="only http"):
        get(url)


def test_a_way_from_https_to_http_is_refused():
    way = SimpleNamespace(url="https://b/x.zip", history=[])
    transfer._check_redirects("https://a/x.zip", way)
    plain = SimpleNamespace(url="https://b/", history=[way, SimpleNamespace(url="http://m/")])
    with pytest.raises(transfer._RefusedError, match="from https to http"):
        transfer._check_redirects("https://a/x.zip", plain)


def test_a_disk_without_room_is_said_before_anything_arrives(get, server, tmp_path, monkeypatch):
    server.will(Behaviour(DATA))
    usage = SimpleNamespace(free=transfer.SPARE_BYTES + 2 * len(DATA) - 1)
    monkeypatch.setattr(transfer.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(DownloadError, match="are needed in"):
        get()
    usage.free += 1
    assert_whole(get(), tmp_path)


def test_nothing_that_has_the_name_is_overwritten(get, server, tmp_path):
    server.will(Behaviour(DATA))
    (tmp_path / "set.zip").write_text("mine")
    with pytest.raises(DownloadError, match="cannot write"):
        get()
    assert (tmp_path / "set.zip").read_text() == "mine"
