"""Write the files that describe a split to other tools: manifest, metadata.csv, Croissant."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from catsclean.core import names
from catsclean.core.manifest import COLUMNS, Manifest, keep_manifest
from catsclean.core.split_names import ASKED, FOUND, GROUPED, SOURCE

if TYPE_CHECKING:
    import pandas as pd


METADATA: Final = "metadata.csv"
CROISSANT: Final = "croissant.json"
MANIFEST: Final = "manifest.parquet"
# Hugging Face's imagefolder reads such columns as paths of more files, or as the picture itself
_OF_IMAGEFOLDER: Final = re.compile(r"(.*_)?file_names?|images?")
# https://docs.mlcommons.org/croissant/docs/croissant-spec.html, appendix 1
_CONTEXT: Final[dict[str, Any]] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "equivalentProperty": "cr:equivalentProperty",
    "samplingRate": "cr:samplingRate",
}
_FIELDS: Final = {
    "path": ("sc:Text", "Path below this folder, escaped as docs/manifest.md says."),
    "label": ("sc:Text", "Name of the class."),
    "split": ("sc:Text", "Which part of the data set it belongs to."),
    "sha256": ("sc:Text", "Digest of the file's bytes."),
    "width_px": ("sc:Integer", "Width in pixels."),
    "height_px": ("sc:Integer", "Height in pixels."),
}


def write_descriptions(
    manifest: Manifest, folder: Path, *, metadata: bool = True
) -> dict[str, int]:
    """Write the files that other tools read.

    The folders give the labels.  ``metadata.csv`` is written only for columns of the user's own,
    because Hugging Face's ``imagefolder`` reads no labels from the folders if it is there.

    Args:
        manifest: Manifest of the split, with paths below `folder`.
        folder: The folder in which the split is being made.
        metadata: Write ``metadata.csv``, too; only folders of pictures have a use for it.

    Returns:
        Their sizes in bytes, by path below the folder.
    """
    keep_manifest(manifest, folder / MANIFEST)
    table = folder / "manifest.csv"
    keep_manifest(manifest, table)
    written = [MANIFEST, table.name, CROISSANT]
    own = _own_columns(manifest.table) if metadata else []
    for split, rows in manifest.table.groupby("split", sort=True) if own else ():
        _write_metadata(rows, own, folder / str(split) / METADATA, str(split))
        written.append(f"{split}/{METADATA}")
    digest = hashlib.sha256(table.read_bytes()).hexdigest()
    text = json.dumps(_describe(manifest, digest), indent=1, ensure_ascii=False)
    _write(folder / CROISSANT, text + "\n")
    return {name: (folder / name).stat().st_size for name in written}


def _own_columns(table: pd.DataFrame) -> list[str]:
    """List the user's own columns that are not empty."""
    ours = {*COLUMNS, ASKED, FOUND, GROUPED, SOURCE}
    return [
        name
        for name in map(str, table.columns)
        if name not in ours and not _OF_IMAGEFOLDER.fullmatch(name) and table[name].notna().any()
    ]


def _write_metadata(rows: pd.DataFrame, own: list[str], path: Path, split: str) -> None:
    """Write the columns that Hugging Face's ``imagefolder`` joins to the pictures of one split."""
    cells = rows[own].astype("string").fillna("")
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["file_name", *map(names.cell, own)])
        for place, values in zip(
            rows["path"], cells.itertuples(index=False, name=None), strict=True
        ):
            # file names were made safe for CSV cells when their places were chosen
            file_name = names.unescape(place).removeprefix(f"{split}/")
            writer.writerow([file_name, *map(names.cell, values)])
        stream.flush()
        os.fsync(stream.fileno())


def _describe(manifest: Manifest, digest: str) -> dict[str, Any]:
    name = names.text(manifest.root.name)
    splits = sorted(manifest.table["split"].unique())
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": name,
        "description": f"{len(manifest)} pictures, split into {', '.join(splits)} by catsclean.",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": "manifest",
                "name": "manifest",
                "description": "One row per picture.",
                "contentUrl": "manifest.csv",
                "encodingFormat": "text/csv",
                "sha256": digest,
            },
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "pictures",
                "name": "pictures",
                "description": "The pictures, their classes and splits.",
                "key": {"@id": "pictures/path"},
                "field": [
                    {
                        "@type": "cr:Field",
                        "@id": f"pictures/{column}",
                        "name": column,
                        "description": meaning,
                        "dataType": kind,
                        "source": {
                            "fileObject": {"@id": "manifest"},
                            "extract": {"column": column},
                        },
                    }
                    for column, (kind, meaning) in _FIELDS.items()
                ],
            }
        ],
    }


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
