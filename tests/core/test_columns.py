"""The one list of columns: what reads it agrees, and it changes with a version only."""

import hashlib
from pathlib import Path

import pytest

from catsclean.core.columns import COLUMNS, Known, Origin
from catsclean.core.evidence import IDENTITY, READING
from catsclean.core.manifest import COLUMNS as MANIFEST
from catsclean.core.state import SCHEMA_VERSION
from catsclean.images.image import ImageFile
from catsclean.scan.cache import VERSION

DOCS = Path(__file__).parents[2] / "docs"
# version → digest of the columns that it has; never change a line, add one
MANIFESTS = {1: "2f6a79793e60860a"}
# version 4 has the columns of 3, and a checksum
CACHES = {2: "4889296697b26bd8", 3: "7d8d280855972b6d", 4: "7d8d280855972b6d"}


def digest(rows):
    return hashlib.sha256("\n".join(map(repr, rows)).encode()).hexdigest()[:16]


def test_the_manifest_changes_only_with_a_new_schema_version():
    found = digest(MANIFEST.items())
    assert MANIFESTS.get(SCHEMA_VERSION) == found, (
        f"raise SCHEMA_VERSION in core/state.py and add its line here: {found!r}"
    )


def test_what_reading_fills_changes_only_with_a_new_version_of_the_cache():
    kinds = {column.name: column.stored_kind for column in COLUMNS}
    found = digest((name, kinds[name], unknown) for name, unknown in READING.items())
    assert CACHES.get(VERSION) == found, (
        f"raise VERSION in scan/cache.py and add its line here: {found!r}"
    )


def test_every_column_has_one_row():
    names = [column.name for column in COLUMNS]
    assert len(names) == len(set(names))
    evidence = {column.name for column in COLUMNS if column.origin is not Origin.AUDIT}
    assert evidence == {*IDENTITY, *READING}


def test_the_docs_say_of_each_column_of_the_manifest_what_its_row_says():
    text = (DOCS / "manifest.md").read_text(encoding="utf-8")
    rows = [
        f"| `{column.name}` | {column.kind} | {column.meaning} |"
        for column in COLUMNS
        if column.known is not None
    ]
    assert "\n".join(rows) in text


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_what_stands_for_not_known_is_of_the_type_of_the_column(column):
    kinds = {
        str: {"string"},
        bool: {"bool"},
        int: {"int32", "int64"},
        float: {"float32", "float64"},
    }
    assert column.kind in kinds[type(column.unknown)]
    assert column.known in {None, *Known}


def test_the_docs_name_every_column_that_a_validator_may_read():
    text = (DOCS / "writing-a-validator.md").read_text(encoding="utf-8")
    assert [name for name in (*IDENTITY, *READING) if f"`{name}`" not in text] == []


def test_the_docs_name_all_that_a_validator_may_use_of_an_image():
    text = (DOCS / "writing-a-validator.md").read_text(encoding="utf-8")
    own = {"pillow", "check_size"}  # of the reader
    names = sorted({name for name in dir(ImageFile) if not name.startswith("_")} - own)
    assert [one for one in names if f"`{one}`" not in text and f"`{one}(" not in text] == []
