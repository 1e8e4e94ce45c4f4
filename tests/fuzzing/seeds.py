"""What fuzzing begins with: for each target small inputs that reach far into it."""

from __future__ import annotations

import json
from pathlib import Path

# larger ones are slow to change, and the fuzzer cuts them anyway
MOST_BYTES = 4096


def write(target: str, folder: Path) -> None:
    """Write the seeds of one target into a folder, a file each."""
    _SEEDS[target](folder)


def _pictures(folder: Path) -> None:
    """Small whole pictures of each format, and the small ones of the hostile corpus."""
    import pictures
    from hostile import corpus

    small = pictures.draw(1, (24, 16))
    for kind in ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "ICO", "AVIF", "JPEG2000"):
        (folder / kind).write_bytes(pictures.encode(small, kind))
    (folder / "progressive").write_bytes(pictures.encode(small, "JPEG", progressive=True))
    (folder / "lossless").write_bytes(pictures.encode(small, "WEBP", lossless=True))
    for kind in ("GIF", "WEBP", "PNG", "TIFF", "MPO"):
        moving = pictures.encode(
            small, kind, save_all=True, append_images=[pictures.draw(2, (24, 16))]
        )
        (folder / f"moving-{kind}").write_bytes(moving)
    exif = small.getexif()
    exif[0x0112], exif[0x010E] = 6, "a cat"
    for kind in ("JPEG", "PNG", "WEBP", "TIFF"):
        (folder / f"exif-{kind}").write_bytes(pictures.encode(small, kind, exif=exif.tobytes()))
    for family in ("oddities", "disguises"):
        corpus.make_family(folder, family, MOST_BYTES)
        for path in (folder / family).iterdir():
            path.rename(folder / f"{family}-{path.name}")
        (folder / family).rmdir()


def _archives(folder: Path) -> None:
    """Small tar and zip archives and a table of pictures; the first byte says which it is."""
    import io
    import tarfile
    import zipfile

    import pictures
    import pyarrow as pa
    import pyarrow.parquet as pq

    picture = pictures.encode(pictures.draw(1, (6, 4)), "GIF")
    members = {"Cat/0.gif": picture, "Dog/1.cls": b"1", "../out.gif": picture, "empty.jpg": b""}

    def tar(mode: str) -> bytes:
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode=mode) as archive:  # type: ignore[call-overload]
            for name, data in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
            link = tarfile.TarInfo("link.gif")
            link.type, link.linkname = tarfile.SYMTYPE, "Cat/0.gif"
            archive.addfile(link)
        return stream.getvalue()

    def zipped(names: list[str], method: int) -> bytes:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", method) as archive:
            for name in names:
                archive.writestr(name, members[name])
        return stream.getvalue()

    inside = [name for name in members if not name.startswith("..")]
    for name, first, data in (
        ("tar", 0, tar("w")),
        ("tar-gz", 1, tar("w:gz")),
        ("zip", 1, zipped(list(members), zipfile.ZIP_STORED)),
        ("zip-deflated", 1, zipped(inside, zipfile.ZIP_DEFLATED)),
        ("zip-unpacked", 0, zipped(inside, zipfile.ZIP_STORED)),
    ):
        (folder / name).write_bytes(bytes([first]) + data)
    image = pa.array([{"bytes": picture, "path": "0.gif"}, {"bytes": picture, "path": None}])
    for name, table in {
        "parquet": pa.table({"image": image, "label": [0, 1]}),
        "parquet-plain": pa.table({"image": [picture], "label": ["Cat"]}),
    }.items():
        stream = io.BytesIO()
        pq.write_table(table, stream, compression="none", store_schema=False)
        (folder / name).write_bytes(b"\x02" + stream.getvalue())


def _labels(folder: Path) -> None:
    """Tables of labels, of each kind; the first byte says which it is."""
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    from catsclean.core.label_source import TABLE_ENDINGS

    rows = [{"file_name": "Cat/0.jpg", "label": "Cat"}, {"file_name": "Dog/1.jpg", "label": "Dog"}]
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), stream, compression="none", store_schema=False)
    lines = "\n".join(json.dumps(row) for row in rows)
    texts = {
        ".csv": b'file_name;label\n"Cat/0.jpg";Cat\nDog/1.jpg;"D""og"\n',
        ".tsv": b"id\tclass\n0\tCat\n1\t\n",
        ".json": json.dumps(rows).encode(),
        ".jsonl": lines.encode(),
        ".ndjson": lines.encode(),
        ".parquet": stream.getvalue(),
    }
    for number, ending in enumerate(TABLE_ENDINGS):
        (folder / f"table{ending}").write_bytes(bytes([number]) + texts[ending])


def _records(folder: Path) -> None:
    """The records of a small data set after a clean; the first byte chooses one of them."""
    from fuzzing import records

    for number, path in enumerate(records.paths()):
        (folder / f"{number}").write_bytes(bytes([number]) + path.read_bytes())


def _manifests(folder: Path) -> None:
    """Manifests as catsclean writes them and as others may, Parquet and CSV."""
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    def rows(*paths: object, **columns: object) -> pa.Table:
        needed = {"path": paths, "label": "Cat", "sha256": "0" * 64, "status": "keep", **columns}
        return pa.table(
            {k: v if isinstance(v, tuple) else [v] * len(paths) for k, v in needed.items()}
        )

    root = {b"catsclean": json.dumps({"schema_version": 1, "root": "/data/set"}).encode()}
    newer = {b"catsclean": b'{"schema_version": 99, "root": 3}'}
    measured = {"width_px": 12, "size_bytes": 2**40, "phash64": -1, "brightness": 0.5}
    tables = {
        "whole": rows("Cat/0.jpg", "Dog/\\x1b.jpg", split="val", group="g", **measured),
        "root": rows("Cat/0.jpg").replace_schema_metadata(root),
        "newer": rows("Cat/0.jpg").replace_schema_metadata(newer),
        "climbs": rows("../../x.jpg", "/etc/passwd"),
        "twice": rows("a.jpg", "a.jpg", status=("drop", "lost")),
        "missing": rows("a.jpg", None, "b.jpg", label=("Cat", None, ""), sha256=None),
        "types": rows(b"a", label=1.5, size_bytes="x", more=[1]),
        "empty": rows(),
        "columns": pa.table({"path": ["a.jpg"]}),
    }
    for name, table in tables.items():
        stream = io.BytesIO()
        headed = table.schema.metadata is not None
        # neither compressed nor with statistics, so that a changed byte changes what is read
        pq.write_table(
            table, stream, compression="none", write_statistics=False, store_schema=headed
        )
        (folder / name).write_bytes((b"\xff" if headed else b"\x80") + stream.getvalue())
    head = "path,label,sha256,status,size_bytes\n"
    for name, text in {
        "csv": "Cat/0.jpg,Cat,,keep,12\n",
        "csv-formula": '"\\x3dcmd().jpg",,0123,drop,\n',
        "csv-quotes": '"a""\nb.jpg","Cat",,review,0\n',
        "csv-climbs": "../x.jpg,,,keep,\n/etc/passwd,,,keep,-1\n",
    }.items():
        (folder / name).write_bytes(b" " + (head + text).encode())


def _decisions(folder: Path) -> None:
    entry = {"path": "Cat/0.jpg", "sha256": "0" * 64, "action": "keep"}
    for action in ("keep", "quarantine"):
        text = json.dumps([{**entry, "action": action}, {**entry, "path": "Dog/1.jpg"}])
        (folder / action).write_bytes(b" " + text.encode())


def _settings(folder: Path) -> None:
    (folder / "settings").write_bytes(
        b'select = ["blurry"]\nlayout = "flat"\n[validators.odd-size]\nmax_ratio = 3.0\n'
    )
    (folder / "project").write_bytes(b"[tool.catsclean]\nignore = ['file']\nworkers = 2\n")
    known = {"catsclean_baseline": 1, "fingerprints": ["0" * 64]}
    (folder / "baseline").write_bytes(json.dumps(known).encode())


def _names(folder: Path) -> None:
    (folder / "name").write_bytes(b"=a\\x41\xff\x1b[31m.jpg")
    (folder / "text").write_bytes("Größe/猫🐈\u202e.jpg".encode())


_SEEDS = {
    "read_picture": _pictures,
    "walk_picture": _pictures,
    "judge_picture": _pictures,
    "open_container": _archives,
    "unpack_archive": _archives,
    "read_labels": _labels,
    "read_records": _records,
    "load_manifest": _manifests,
    "load_decisions": _decisions,
    "load_settings": _settings,
    "show_name": _names,
}
#: All targets by name, also for those who must not load what is fuzzed.
TARGETS = tuple(_SEEDS)
