"""Everything in a folder that is no plain file, and names that were not meant to be read."""

from __future__ import annotations

import os
import shutil
import socket
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pictures import draw, encode

# what only the superuser makes, and what the superuser needs help not to be able to read
DEVICES = ("places/device-of-zeros.jpg", "places/device-of-a-disk.jpg")
DENIED = ("places/denied.jpg", "places/denied-folder", "places/denied-inside/picture.jpg")
_DEEP_FOLDERS, _DEEP_NAME = 30, "d" * 200
NAMES = (
    b"\x1b]52;c;ZXZpbA==\x07\x1b[2J.jpg", b"new\nline.jpg", b"not-utf-8-\xff\xfe.jpg", b"-rf.jpg",
    b"n" * 251 + b".jpg", b".jpg", b"..jpg", b"two  blanks .jpg ", b"%s%n%x.jpg", b"$(touch pwned).jpg",
    b"`touch pwned`;.jpg", "gpj.\u202egpj".encode(), b"=cmd()|.jpg", b"picture.jpg.exe", b"[a]*?.jpg",
    b"\\..\\..\\x.jpg", b"con.jpg", b"\xef\xbb\xbf.jpg", b"{{7*7}}.jpg", b"<img src=x>.jpg",
)  # fmt: skip


def can_deny() -> bool:
    """Tell whether this user can be kept from reading a file of its own."""
    return not _is_superuser() or shutil.which("setpriv") is not None


def command_without_powers() -> list[str]:
    """Give the command before a command that takes the superuser's right to read everything."""
    if not _is_superuser() or not can_deny():
        return []
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", "--"]


def make(root: Path, outside: Path) -> None:
    """Make the folder `places` below `root`; `outside` is where links lead out of it."""
    place = root / "places"
    place.mkdir()
    outside.mkdir()
    (outside / "secret.jpg").write_bytes(encode(draw(20, (40, 40))))
    (place / "picture.jpg").write_bytes(encode(draw(21, (40, 40))))
    _make_special(place)
    _make_links(place, outside)
    (place / "picture-of-two-names-a.jpg").write_bytes(encode(draw(22, (40, 40))))
    os.link(place / "picture-of-two-names-a.jpg", place / "picture-of-two-names-b.jpg")
    for name, size in (("sparse-4-gigabytes.jpg", 2**32), ("sparse-32-megabytes.png", 2**25)):
        with (place / name).open("wb") as stream:
            stream.truncate(size)
    (place / "folder.jpg").mkdir()
    (place / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(99))
    (place / "._picture.jpg").write_bytes(b"\0\5\x16\7" + bytes(99))
    _make_deep(place)
    for number, name in enumerate(NAMES):
        with open(os.fsencode(place) + b"/" + name, "wb") as stream:
            stream.write(encode(draw(100 + number, (40, 40))))
    if can_deny():
        _deny(place)


def make_deletable(root: Path) -> None:
    """Give the rights back that the tests' clean-up needs."""
    for name in ("denied-folder", "denied-inside"):
        with suppress(OSError):
            (root / "places" / name).chmod(0o700)


def _make_special(place: Path) -> None:
    os.mkfifo(place / "pipe.jpg")
    here = Path.cwd()
    with socket.socket(socket.AF_UNIX) as server:
        os.chdir(place)  # the name of a socket is short by nature, that of the folder is not
        try:
            server.bind("socket.jpg")
        finally:
            os.chdir(here)
    for name, kind, number in (
        ("device-of-zeros.jpg", stat.S_IFCHR, os.makedev(1, 5)),
        ("device-of-a-disk.jpg", stat.S_IFBLK, os.makedev(7, 250)),
    ):
        with suppress(OSError):
            os.mknod(place / name, 0o600 | kind, number)


def _make_links(place: Path, outside: Path) -> None:
    links: dict[str, str | Path] = {
        "link-to-itself.jpg": "link-to-itself.jpg",
        "link-to-b.jpg": "link-to-a.jpg",
        "link-to-a.jpg": "link-to-b.jpg",
        "link-to-nothing.jpg": "nothing.jpg",
        "link-to-a-picture.jpg": "picture.jpg",
        "link-to-a-pipe.jpg": "pipe.jpg",
        "link-to-zeros.jpg": "/dev/zero",
        "link-to-the-terminal.jpg": "/dev/tty",
        "link-to-passwords.jpg": "/etc/passwd",
        "link-out.jpg": outside / "secret.jpg",
        "folder-link-up": "..",
        "folder-link-here": ".",
        "folder-link-out": outside,
        "folder-link-to-everything": "/",
    }
    for name, target in links.items():
        (place / name).symlink_to(target)


def _make_deep(place: Path) -> None:
    """Nest folders until the whole path is longer than the system takes (4,096 bytes)."""
    descriptor = os.open(place, os.O_RDONLY)
    for _ in range(_DEEP_FOLDERS):
        os.mkdir(_DEEP_NAME, dir_fd=descriptor)
        inner = os.open(_DEEP_NAME, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    os.close(descriptor)


def _deny(place: Path) -> None:
    picture = encode(draw(23, (40, 40)))
    steps: list[tuple[str, Callable[[Path], None]]] = [
        ("denied.jpg", lambda path: path.chmod(0)),
        ("denied-folder/picture.jpg", lambda path: path.parent.chmod(0)),
        ("denied-inside/picture.jpg", lambda path: path.parent.chmod(0o400)),
    ]
    for name, deny in steps:
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_bytes(picture)
        deny(place / name)


def _is_superuser() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
