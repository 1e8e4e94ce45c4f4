"""Packs folders of pictures into tar shards, zip archives and Parquet tables for tests."""

import io
import json
import os
import tarfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from catsclean.containers.container import Members


def files_of(root: Path) -> dict[str, bytes]:
    """Read the files of a folder: path below it → bytes, sorted."""
    found = sorted(path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def make_tar(path: Path, files: Mapping[str, bytes], *more: tarfile.TarInfo) -> Path:
    """Write a tar file: files first, then members without content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for info in more:
            archive.addfile(info)
    return path


def make_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write a zip archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def make_parquet(
    path: Path,
    rows: Iterable[tuple[str | None, bytes | None]],
    labels: Sequence[int | None] | None = None,
    classes: Sequence[str] = (),
    group: int = 4,
) -> Path:
    """Write a table as Hugging Face's hub has them: path and bytes, and a label if there is one."""
    listed = [{"bytes": data, "path": name} for name, data in rows]
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    columns = {"image": pa.array(listed, kind)}
    features: dict[str, object] = {"image": {"_type": "Image"}}
    if labels is not None:
        columns["label"] = pa.array(labels, pa.int64())
        features["label"] = {"_type": "ClassLabel", "names": list(classes)}
    metadata = {b"huggingface": json.dumps({"info": {"features": features}}).encode()}
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns).replace_schema_metadata(metadata), path, row_group_size=group)
    return path


def opened(path: Path, kind: type) -> object:
    """Open a container of a kind."""
    return kind(os.open(path, os.O_RDONLY))


def contents(container: object, members: Members) -> dict[str, bytes]:
    """Read every member that may be opened: name → bytes."""
    return {
        name: container.read(members.places[row], members.sizes_bytes[row], 2**40)
        for row, name in enumerate(members.names)
        if row not in members.presets and row not in members.links
    }
