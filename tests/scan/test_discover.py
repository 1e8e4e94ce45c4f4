import contextlib
import errno
import math
import os
import threading
from types import SimpleNamespace

import pytest

from catsclean.core.evidence import Outcome
from catsclean.core.links import Reach
from catsclean.core.path_patterns import exclusion
from catsclean.scan.discover import discover
from catsclean.scan.junk import closed_reason, is_closed


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "Pets"
    for path in ("Cat/1.jpg", "Cat/deeper/2.jpg", "Dog/3.jpg", "notes.txt"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"x")
    return root


def outcomes(listing):
    return {listing.paths[row]: outcome for row, (outcome, _) in listing.presets.items()}


def test_lists_every_file_in_a_fixed_order(root):
    assert discover(root).paths == ["notes.txt", "Cat/1.jpg", "Cat/deeper/2.jpg", "Dog/3.jpg"]


@pytest.fixture
def varied(root):
    """Many files in several folders, and of everything that is not a plain file, one."""
    for number in range(300):
        path = root / ("Cat", "Dog", "Dog/new")[number % 3] / f"{number}.jpg"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x" * number)
        os.utime(path, ns=(number, number))
    os.mkfifo(root / "Cat/pipe.jpg")
    (root / "Cat/out.jpg").symlink_to(root.parent)
    (root / "Cat/gone.jpg").symlink_to("nowhere.jpg")
    (root / "Dog/same.jpg").symlink_to("../Cat/1.jpg")
    os.link(root / "Cat/1.jpg", root / "Dog/linked.jpg")
    (root / os.fsdecode(b"Cat/\xff.jpg")).write_bytes(b"x")
    return root


@pytest.mark.parametrize("refused", [None, "123.jpg"])
def test_several_threads_ask_a_slow_disk_and_find_the_same(varied, monkeypatch, refused):
    threads, stat = set(), os.stat

    def ask(path, **named):
        threads.add(threading.current_thread())
        if path == refused:
            raise PermissionError(13, "Permission denied")
        return stat(path, **named)

    monkeypatch.setattr(os, "stat", ask)
    monkeypatch.setattr(os, "supports_dir_fd", {*os.supports_dir_fd, ask})
    serial = discover(varied, slow_s=math.inf)
    assert threads == {threading.main_thread()}
    assert discover(varied, slow_s=0) == serial
    assert len(threads) > 2
    assert len(serial.paths) == 309
    assert [thread for thread in threads if thread.is_alive()] == [threading.main_thread()]


def test_a_walk_of_few_files_starts_no_thread(root, monkeypatch):
    monkeypatch.setattr(threading.Thread, "start", None)
    assert len(discover(root, slow_s=0).paths) == 4


def test_a_link_loop_ends(root):
    (root / "Cat/again").symlink_to(root, target_is_directory=True)
    listing = discover(root)
    assert len(listing.paths) == 4
    assert listing.skipped_folders == [
        ("Cat/again", "a link to a folder inside the data set, not followed")
    ]


def test_a_link_out_of_the_root_is_not_followed(root, tmp_path):
    (tmp_path / "secret.jpg").write_bytes(b"x")
    (root / "Cat/out.jpg").symlink_to(tmp_path / "secret.jpg")
    assert outcomes(discover(root)) == {"Cat/out.jpg": Outcome.LINK_NOT_READ}


def test_a_link_inside_names_its_target(root):
    (root / "Dog/same.jpg").symlink_to("../Cat/1.jpg")
    listing = discover(root)
    [(outcome, detail)] = listing.presets.values()
    assert (outcome, detail) == (Outcome.LINKED, "a link to Cat/1.jpg")


def test_a_link_to_nowhere_and_one_to_itself_are_told(root):
    (root / "Cat/gone.jpg").symlink_to("nowhere.jpg")
    (root / "Cat/loop.jpg").symlink_to("loop.jpg")
    assert outcomes(discover(root)) == {
        "Cat/gone.jpg": Outcome.SPECIAL,
        "Cat/loop.jpg": Outcome.SPECIAL,
    }


def test_a_pipe_is_named_and_never_opened(root):
    os.mkfifo(root / "Cat/pipe.jpg")
    listing = discover(root)
    [(outcome, detail)] = listing.presets.values()
    assert (outcome, detail) == (Outcome.SPECIAL, "a named pipe, never opened")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every folder")
def test_an_unreadable_folder_is_told(root):
    (root / "Dog").chmod(0)
    try:
        assert discover(root).unreadable_folders == [("Dog", "Permission denied")]
    finally:
        (root / "Dog").chmod(0o700)


def test_a_folder_that_cannot_be_listed_is_told(root, monkeypatch):
    scandir = os.scandir

    def refuse(path):
        if os.fspath(path).endswith("Dog"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    listing = discover(root)
    assert listing.unreadable_folders == [("Dog", "Permission denied")]
    assert "Cat/1.jpg" in listing.paths


@pytest.mark.parametrize("name", [".git", ".hg", "Pets.catsclean", ".Pets-split.catsclean-part"])
def test_the_stores_of_tools_are_not_entered(root, name):
    (root / name).mkdir()
    (root / name / "1.jpg").write_bytes(b"x")
    listing = discover(root)
    assert len(listing.paths) == 4
    assert [folder for folder, _ in listing.skipped_folders] == [name]


def test_hard_links_are_counted(root):
    os.link(root / "Cat/1.jpg", root / "Dog/1.jpg")
    listing = discover(root)
    linked = [row for row, count in enumerate(listing.links) if count == 2]
    assert len({listing.inodes[row] for row in linked}) == 1
    assert len(linked) == 2


def test_names_that_are_no_text_are_escaped(root):
    with open(os.fsencode(root) + b"/Cat/\xff\x1b.jpg", "wb") as stream:
        stream.write(b"x")
    assert r"Cat/\udcff\x1b.jpg" in discover(root).paths


def test_a_link_into_a_folder_that_is_not_entered_leaves_a_picture_unread(root):
    (root / ".git").mkdir()
    (root / ".git/1.jpg").write_bytes(b"x")
    (root / "Cat/in.jpg").symlink_to("../.git/1.jpg")
    listing = discover(root)
    [(outcome, detail)] = listing.presets.values()
    assert (outcome, listing.links_lead_out) == (Outcome.LINK_NOT_READ, False)
    assert detail == "a link that leads into a folder that is not entered, not followed"


def test_a_folder_that_is_left_out_is_never_entered(root, monkeypatch):
    entered = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: [entered.append(str(path)), scandir(path)][1])
    listing = discover(root, exclusion(("Cat/",)))
    assert listing.paths == ["notes.txt", "Dog/3.jpg"]
    assert (listing.folders, listing.excluded) == (["Dog"], 1)
    assert not [path for path in entered if "Cat" in path]


@pytest.mark.parametrize("name", [".git", "__MACOSX", "Pets.catsclean"])
def test_a_folder_that_was_skipped_is_known_by_the_reason(name):
    assert is_closed(name, closed_reason(name, packed=True))
    assert not is_closed(name, "the user leaves it out")


@pytest.fixture
def linked(root, tmp_path):
    """A data set with links that may be followed, and the folder outside that they lead into."""
    outside = tmp_path / "outside"
    (outside / "Bird").mkdir(parents=True)
    (outside / "Bird/4.jpg").write_bytes(b"x")
    (outside / "5.jpg").write_bytes(b"x")
    os.mkfifo(outside / "pipe.jpg")
    return root, Reach(root, follow=True, folders=(outside,)), outside


def test_a_followed_link_to_a_folder_lists_its_files_below_the_link(linked):
    root, reach, outside = linked
    (root / "Bird").symlink_to(outside / "Bird")
    (root / "Cat/one.jpg").symlink_to(outside / "5.jpg")
    listing = discover(reach)
    assert {"Bird/4.jpg", "Cat/one.jpg"} < set(listing.paths)
    assert "Bird" in listing.folders
    assert (listing.presets, listing.skipped_folders) == ({}, [])


def test_a_followed_link_to_files_that_are_listed_is_a_second_name(linked):
    root, reach, _ = linked
    (root / "Dog/same.jpg").symlink_to("../Cat/1.jpg")
    assert outcomes(discover(reach)) == {"Dog/same.jpg": Outcome.LINKED}


def test_a_folder_is_entered_through_one_link_only_and_never_in_a_circle(linked):
    root, reach, outside = linked
    (root / "Bird").symlink_to(outside / "Bird")
    (root / "Birds").symlink_to(outside / "Bird")
    (root / "Cat/deeper/above").symlink_to(root / "Cat")
    (root / "whole").symlink_to(root)
    (root / ".git").symlink_to(outside / "Bird")
    assert discover(reach).skipped_folders == [
        (".git", "a version control system's own store"),
        ("Birds", "a link to a folder that another link leads to, not followed"),
        ("whole", "a link back to a folder above it, not followed"),
        ("Cat/deeper/above", "a link back to a folder above it, not followed"),
    ]


def test_a_followed_link_to_a_pipe_is_never_opened(linked):
    root, reach, outside = linked
    (root / "Cat/pipe.jpg").symlink_to(outside / "pipe.jpg")
    [(outcome, detail)] = discover(reach).presets.values()
    assert (outcome, detail) == (Outcome.SPECIAL, "a link to a named pipe, never opened")


@pytest.mark.parametrize(
    ("error", "listed"),
    [
        (FileNotFoundError(errno.ENOENT, "gone"), {}),
        (OSError(errno.EIO, "Input/output error"), {"Cat/1.jpg": Outcome.UNREADABLE}),
    ],
)
def test_a_file_whose_status_the_system_refuses_is_told_unless_it_is_gone(
    root, monkeypatch, error, listed
):
    stat, scandir = os.stat, os.scandir

    def refuse(*_, **__):
        raise error

    class Entry:
        name, path = "1.jpg", str(root / "Cat/1.jpg")
        is_symlink = is_dir = lambda *_, **__: False
        stat = refuse

    def asking(name, **options):
        return refuse() if name == "1.jpg" else stat(name, **options)

    @contextlib.contextmanager
    def scanning(folder):
        with scandir(folder) as entries:
            yield [Entry() if entry.name == "1.jpg" else entry for entry in entries]

    monkeypatch.setattr(os, "stat", asking)
    monkeypatch.setattr(os, "supports_dir_fd", {*os.supports_dir_fd, asking})
    monkeypatch.setattr(os, "scandir", scanning)
    listing = discover(root)
    assert outcomes(listing) == listed
    assert ("Cat/1.jpg" in listing.paths) == bool(listed)
    assert {"Cat/deeper/2.jpg", "Dog/3.jpg", "notes.txt"} <= set(listing.paths)


@pytest.mark.parametrize(("time_ns", "kept"), [(2**80, 2**63 - 1), (-(2**80), 1 - 2**63)])
def test_a_time_billions_of_years_away_is_the_last_one_that_can_be_kept(
    root, monkeypatch, time_ns, kept
):
    stat = os.stat

    def asking(name, **options):
        found = stat(name, **options)
        names = ("st_mode", "st_size", "st_ino", "st_nlink")
        return SimpleNamespace(
            **{each: getattr(found, each) for each in names}, st_mtime_ns=time_ns
        )

    monkeypatch.setattr(os, "stat", asking)
    monkeypatch.setattr(os, "supports_dir_fd", {*os.supports_dir_fd, asking})
    assert set(discover(root).mtimes_ns) == {kept}
