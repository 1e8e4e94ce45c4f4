"""What lies on the disk: looked at, put back as it was, drawn for the tests."""

import contextlib
import os
import random
import shutil
import stat
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw

OLD = 1_700_000_000_123_456_789  # a time with nanoseconds, long before any audit


@dataclass(frozen=True)
class Entry:
    """A file, folder or link: `data` is a file's bytes, a link's target, None for a folder."""

    mode: int
    mtime_ns: int
    data: bytes | None
    inode: int
    attributes: tuple = ()

    @property
    def is_folder(self):
        return stat.S_ISDIR(self.mode)

    @property
    def is_link(self):
        return stat.S_ISLNK(self.mode)

    @property
    def exact(self):
        """What has to be the same when a file is back: bytes, permissions, time, attributes."""
        return self.data, stat.S_IMODE(self.mode), self.mtime_ns, self.attributes


def look(folder):
    """Give all that lies below a folder, by relative path."""
    found = {}
    stack = [("", Path(folder))]
    while stack:
        above, path = stack.pop()
        with os.scandir(path) as entries:
            for entry in entries:
                status = entry.stat(follow_symlinks=False)
                name = above + entry.name
                data, attributes = None, ()
                if stat.S_ISDIR(status.st_mode):
                    stack.append((name + "/", Path(entry.path)))
                elif stat.S_ISLNK(status.st_mode):
                    data = os.fsencode(Path(entry.path).readlink())
                else:
                    data = Path(entry.path).read_bytes()
                    attributes = _attributes(entry.path)
                found[name] = Entry(
                    status.st_mode, status.st_mtime_ns, data, status.st_ino, attributes
                )
    return found


def _attributes(path):
    """Give the extended attributes of a file; none where the file system has none."""
    try:
        return tuple((name, os.getxattr(path, name)) for name in sorted(os.listxattr(path)))
    except OSError:
        return ()


def put(folder, entries):
    """Make a folder hold exactly what was looked at; names of one inode become hard links again."""
    shutil.rmtree(folder, ignore_errors=True)
    Path(folder).mkdir(parents=True)
    made = {}
    for name in sorted(entries):
        entry, path = entries[name], Path(folder, name)
        if entry.is_folder:
            path.mkdir()
            path.chmod(stat.S_IMODE(entry.mode))
        elif entry.is_link:
            path.symlink_to(os.fsdecode(entry.data))
        elif entry.inode in made:
            path.hardlink_to(made[entry.inode])
        else:
            made[entry.inode] = path
            path.write_bytes(entry.data)
            path.chmod(stat.S_IMODE(entry.mode))
            for attribute, value in entry.attributes:
                os.setxattr(path, attribute, value)
            os.utime(path, ns=(entry.mtime_ns, entry.mtime_ns))


def picture(seed, kind="JPEG"):
    """Draw a picture that is like no other."""
    chance = random.Random(seed)
    image = Image.new("RGB", (120, 90), tuple(chance.randrange(256) for _ in range(3)))
    draw = ImageDraw.Draw(image)
    for _ in range(40):
        x, y = chance.randrange(120), chance.randrange(90)
        box = (x, y, x + chance.randrange(5, 50), y + chance.randrange(5, 50))
        shape = draw.ellipse if chance.random() < 0.5 else draw.rectangle
        shape(box, fill=tuple(chance.randrange(256) for _ in range(3)))
    stream = BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


def make_pets(root):
    """Make the data set: `SAFE` are the files that a clean sets aside."""
    files = {f"Cat/{number}.jpg": picture(number) for number in range(3)}
    files |= {f"Dog/{number}.jpg": picture(10 + number) for number in range(3)}
    files |= {
        "Dog/nested/3.png": picture(20, "PNG"),
        "Cat/copy.jpg": files["Cat/0.jpg"],
        "Cat/cut.jpg": picture(30)[:2000],
        "Dog/gone/cut.jpg": picture(31)[:2000],
        "Cat/empty.jpg": b"",
        "Cat/Thumbs.db": b"\xd0\xcf\x11\xe0junk",
        "Dog/.DS_Store": b"\0\0\0\1Bud1",
    }
    for number, (name, data) in enumerate(files.items()):
        write(root / name, data, OLD + number * 1_000_000_001)
    (root / "Cat/cut.jpg").chmod(0o640)
    (root / "Dog/1.jpg").chmod(0o640)
    with contextlib.suppress(OSError):  # a file system without extended attributes
        os.setxattr(root / "Cat/cut.jpg", "user.origin", b"a camera")
    (root / EMPTIED).chmod(EMPTIED_MODE)


#: The folder that a clean empties, so that it leaves and comes back.
EMPTIED, EMPTIED_MODE = "Dog/gone", 0o750
#: The copy that leaves once the other one is decided to be kept.
ORIGINAL = "Cat/0.jpg"
SAFE = {
    "Cat/copy.jpg", "Cat/cut.jpg", "Dog/gone/cut.jpg", "Cat/empty.jpg", "Cat/Thumbs.db",
    "Dog/.DS_Store",
}  # fmt: skip


def change_pets(root):
    """Change the set after an audit: what was to leave is good now, and the other way round."""
    write(root / "Cat/cut.jpg", picture(40), OLD + 10**12)  # mended
    write(root / "Cat/0.jpg", picture(41), OLD + 10**12)  # so that its copy is the only one
    write(root / "Dog/1.jpg", picture(11)[:2000], OLD + 10**12)  # damaged
    write(root / "Dog/new.jpg", b"", OLD + 10**12)


#: Files that a repair renames, and those whose originals it sets aside.
RENAMED = {"Cat/misnamed.jpg": "Cat/misnamed.png", "Cat/misnamed.jpg.json": "Cat/misnamed.png.json"}
REPLACED = {"Dog/scan.tif"}


#: Files that get a new label, and with it a new place: a free name in the folder of the label.
RELABELLED = {"Cat/1.jpg": "Dog/1-2.jpg", "Cat/2.jpg": "Dog/2-2.jpg"}


def add_repairable(root):
    """Add a picture with a wrong extension and its sidecar file, and one in a rare format."""
    write(root / "Cat/misnamed.jpg", picture(50, "PNG"), OLD + 10**12)
    write(root / "Cat/misnamed.jpg.json", b"{}", OLD + 10**12)
    write(root / "Dog/scan.tif", picture(51, "TIFF"), OLD + 10**12)


SAFE_AFTER_CHANGE = {
    "Dog/gone/cut.jpg", "Cat/empty.jpg", "Cat/Thumbs.db", "Dog/.DS_Store", "Dog/1.jpg",
    "Dog/new.jpg",
}  # fmt: skip


def write(path, data, mtime_ns):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, ns=(mtime_ns, mtime_ns))
