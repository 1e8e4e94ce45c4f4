"""Plant defects of the folder: names, stray files, folders that are not classes."""

from __future__ import annotations

import os

from catsclean.testing.practice.encoding import photo, save
from catsclean.testing.practice.nursery import Nursery

_APPLE_DOUBLE = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        " + bytes(96)
_THUMBS = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
_DS_STORE = b"\x00\x00\x00\x01Bud1" + bytes(120)


def plant_folder_defects(nursery: Nursery) -> None:
    """Plant one to three cases for each validator of the family `dataset`, and system junk."""
    _plant_junk(nursery)
    _plant_names(nursery)
    nursery.write("0.jpg", _photo(nursery, "Cat"))
    nursery.record("0.jpg", "mixed-layout", "a picture beside the class folders")
    (nursery.root / "Bird").mkdir()
    nursery.record("Bird", "empty-class", "a class folder without a file")


def _photo(nursery: Nursery, label: str) -> bytes:
    return photo(nursery.draw(label), nursery.rng)


def _plant_junk(nursery: Nursery) -> None:
    for path, data, note in (
        ("Cat/Thumbs.db", _THUMBS, "the thumbnail cache of Windows"),
        ("Dog/Thumbs.db", _THUMBS + b"\0", "the thumbnail cache of Windows"),
        (".DS_Store", _DS_STORE, "folder settings of macOS"),
        ("Cat/._0.jpg", _APPLE_DOUBLE, "a resource fork of macOS: no picture"),
    ):
        nursery.write(path, data)
        nursery.record(path, "system-junk", note, ["hidden-file"] if "/." in f"/{path}" else [])
    for index in (1, 2):
        path = f"__MACOSX/Dog/._{index}.jpg"
        nursery.write(path, _APPLE_DOUBLE + bytes(index))
        note = "a resource fork in a folder that macOS puts into zip files"
        nursery.record(path, "system-junk", note, ["hidden-file", "junk-class"])
    nursery.mention("__MACOSX", ["junk-class"], "a folder that macOS puts into zip files")
    for label in ("Cat", "Dog"):
        original, data, _ = nursery.original(label, copies=0)
        number = original.split("/")[1].removesuffix(".jpg")
        path = f".ipynb_checkpoints/{number}-checkpoint.jpg"
        if nursery.has(path):  # a cat and a dog with the same number
            path = f".ipynb_checkpoints/{label}-{number}-checkpoint.jpg"
        nursery.write(path, data)
        also = ["hidden-file", "exact-duplicate", "label-conflict", "system-junk"]
        nursery.record(path, "junk-class", f"Jupyter's copy of {original}", also)
    nursery.mention(".ipynb_checkpoints", ["junk-class"], "Jupyter's copies")


def _plant_names(nursery: Nursery) -> None:
    path = nursery.next_name("Dog").replace("/", "/.")
    nursery.write(path, _photo(nursery, "Dog"))
    nursery.record(path, "hidden-file", "its name starts with a dot")
    path = nursery.next_name("Cat", ".webp")
    nursery.write(path, save(nursery.draw("Cat"), "WEBP", quality=85))
    nursery.record(path, "skipped-by-keras", "Keras' folder loader takes no .webp")
    path = nursery.next_name("Dog", ".jfif")
    nursery.write(path, _photo(nursery, "Dog"))
    nursery.record(path, "skipped-by-keras", "Keras' folder loader takes no .jfif")

    original = nursery.healthy["Cat"][-1]
    if not (nursery.root / original.upper()).exists() and not (nursery.root / "cat").exists():
        path = original.replace(".jpg", ".JPG")
        nursery.write(path, _photo(nursery, "Cat"))
        nursery.record(path, "case-collision", f"{original}, but for the case")
        nursery.mention(original, ["case-collision"], f"{path}, but for the case")
    if os.name == "nt":  # on Windows these names cannot exist, or mean a device
        return
    for path, note in (
        ("Cat/con.jpg", "a device's name on Windows"),
        ("Dog/a:b.jpg", "a colon is not allowed on Windows"),
        ("Cat/more./7.jpg", "its folder ends with a dot, which Windows drops"),
        ("Cat/\x1b[31mred\x1b[0m.jpg", "escape sequences that would colour a terminal"),
        ("Dog/two\nlines.jpg", "a newline"),
        (os.fsdecode(b"Dog/caf\xe9.jpg"), "bytes that are no UTF-8"),
    ):
        try:
            nursery.write(path, _photo(nursery, path[:3]))
        except OSError:  # a file system that is stricter
            continue
        nursery.record(path, "unportable-name", note)
