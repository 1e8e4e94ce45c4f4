"""Fuzzes one target by coverage: ``python tests/fuzzing/fuzz.py TARGET [libFuzzer's options]``.

For example ``python tests/fuzzing/fuzz.py read_picture -max_total_time=1800 -seed=1``.  Needs
atheris (``pip install --group fuzz``).  Interesting inputs are kept in a new folder below TMPDIR,
unless a folder is named as the last argument.  Nothing there is deleted; in memory it is faster.
"""

import sys
import tempfile
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))
with atheris.instrument_imports(include=["catsclean"]):
    from fuzzing.targets import TARGETS


def seeds(folder: Path) -> None:
    """Begin with small whole pictures of each format, and with files that load."""
    import json

    import pictures

    small = pictures.draw(1, (24, 16))
    for kind in ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "ICO"):
        (folder / kind).write_bytes(pictures.encode(small, kind))
    (folder / "progressive").write_bytes(pictures.encode(small, "JPEG", progressive=True))
    (folder / "animated").write_bytes(
        pictures.encode(small, "GIF", save_all=True, append_images=[pictures.draw(2, (24, 16))])
    )
    exif = small.getexif()
    exif[0x0112], exif[0x010E] = 6, "a cat"
    (folder / "exif").write_bytes(pictures.encode(small, "JPEG", exif=exif.tobytes()))
    entry = {"path": "Cat/0.jpg", "sha256": "0" * 64, "action": "keep"}
    (folder / "decisions").write_bytes(b" " + json.dumps([entry]).encode())
    (folder / "manifest").write_bytes(b" path,label,size_bytes\nCat/0.jpg,Cat,12\n")
    (folder / "settings").write_bytes(b'select = ["blurry"]\n[options.blurry]\nlimit = 3\n')
    (folder / "name").write_bytes(b"=a\\x41\xff\x1b[31m.jpg")


def main() -> None:
    """Run the fuzzer; it ends the process itself."""
    name, *options = sys.argv[1:] or [""]
    if name not in TARGETS:
        sys.exit(f"name one target: {', '.join(TARGETS)}")
    folder = tempfile.mkdtemp(prefix="corpus-")
    seeds(Path(folder))
    atheris.Setup([sys.argv[0], "-max_len=4096", *options, folder], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
