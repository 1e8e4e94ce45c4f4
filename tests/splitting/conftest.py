"""Manifests made by hand, in memory, and small folders of files that go with them."""

import hashlib

import pandas as pd
import pytest

from catsclean.core.manifest import COLUMNS, Manifest

TYPES = {"string": "string", "int64": "Int64", "int32": "Int32", "float32": "float32"}


def make_table(rows):
    """Make a manifest's table from dicts; a path alone is enough."""
    filled = [
        {
            "label": row["path"].split("/")[0] if "/" in row["path"] else None,
            "sha256": hashlib.sha256(row["path"].encode()).hexdigest(),
            "status": "keep",
            "format": "JPEG",
        }
        | row
        for row in rows
    ]
    table = pd.DataFrame(filled)
    order = [*COLUMNS, *(c for c in table.columns if c not in COLUMNS)]
    table = table.reindex(columns=order)
    return table.astype({name: TYPES[kind] for name, kind in COLUMNS.items()})


def make_many(count, labels=("Cat", "Dog"), grouped=0.0, start=0, salt=""):
    """Make `count` samples, a share of them in groups of two and three."""
    rows = []
    per = count // len(labels)
    for label in labels:
        in_groups = round(per * grouped)
        for number in range(start, start + per):
            row = {"path": f"{label}/{salt}{number}.jpg"}
            if number < in_groups:
                row["group"] = f"{label}{salt}{number * 2 // 5}"
            rows.append(row)
    return make_table(rows)


@pytest.fixture
def manifest_of(tmp_path):
    def make(table):
        return Manifest(table, tmp_path / "Pets")

    return make


@pytest.fixture
def table_of():
    return make_table


@pytest.fixture
def many():
    return make_many


@pytest.fixture
def pets(tmp_path):
    """Six cats and six dogs on disk, one of them deeper, and their manifest."""
    root = tmp_path / "Pets"
    rows = []
    for label in ("Cat", "Dog"):
        for number in range(6):
            path = f"{label}/deeper/{number}.jpg" if number == 5 else f"{label}/{number}.jpg"
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            data = f"{label} {number}".encode() * 99
            (root / path).write_bytes(data)
            rows.append(
                {
                    "path": path,
                    "label": label,
                    "sha256": hashlib.sha256(data).hexdigest(),
                    "size_bytes": len(data),
                    "mtime_ns": (root / path).stat().st_mtime_ns,
                }
            )
    return Manifest(make_table(rows), root)
