"""Containers that are meant to do harm: each audit ends with findings or one clear line."""

import struct
import tarfile
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from packed import files_of, make_parquet, make_tar, make_zip
from pictures import jpeg, make_dataset

import catsclean
from catsclean.containers import parquet_table
from catsclean.errors import DatasetError

BOMB_BYTES = 50_000_000


@pytest.fixture
def folder(tmp_path):
    return make_dataset(tmp_path / "PetImages", {"Cat": 3, "Dog": 3})


@pytest.fixture
def audit(tmp_path):
    """Audit containers; nothing is written beside them."""

    def audited(path):
        def around():
            return sorted(str(path) for path in tmp_path.rglob("*"))

        before = around()
        try:
            return catsclean.audit(path, save=False, cache=False, content=False)
        finally:
            assert around() == before

    return audited


def found(audit, *validators):
    return {f.path: f.message for f in audit.findings if f.validator in validators}


def entry(name, kind, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def test_a_tar_file_that_ends_too_early(folder, tmp_path, audit):
    path = make_tar(tmp_path / "in/a.tar", files_of(folder))
    path.write_bytes(path.read_bytes()[:-12_000])
    made = audit(path)
    assert made.incomplete
    assert len(made.manifest) >= 5
    assert any("end" in message for message in found(made, "unreadable").values())


def test_a_tar_file_with_everything_that_must_not_be_opened(folder, tmp_path, audit):
    hostile = [
        entry("../up.jpg", tarfile.REGTYPE),
        entry("/etc/passwd.jpg", tarfile.REGTYPE),
        entry("Cat/out.jpg", tarfile.SYMTYPE, "../../secret.jpg"),
        entry("Cat/hard.jpg", tarfile.LNKTYPE, "/etc/passwd"),
        entry("Cat/nowhere.jpg", tarfile.SYMTYPE, "missing.jpg"),
        entry("Cat/zeros.jpg", tarfile.CHRTYPE),
        entry("Cat/disk.jpg", tarfile.BLKTYPE),
        entry("Cat/pipe.jpg", tarfile.FIFOTYPE),
    ]
    (tmp_path / "secret.jpg").write_bytes(jpeg(77))
    made = audit(make_tar(tmp_path / "in/a.tar", files_of(folder), *hostile))
    assert len(found(made, "special-file")) == len(hostile)
    assert len(made.manifest) == len(hostile) + 6


def test_a_tar_file_of_nothing_but_empty_files(tmp_path, audit):
    files = [entry(f"Cat/{number}.jpg", tarfile.REGTYPE) for number in range(5_000)]
    made = audit(make_tar(tmp_path / "in/a.tar", {}, *files))
    assert len(found(made, "zero-length")) == 5_000


def test_zip_bombs(folder, tmp_path, audit):
    bomb = bytes(BOMB_BYTES)
    path = make_zip(tmp_path / "in.zip", {**files_of(folder), "Cat/bomb.jpg": bomb})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Dog/larger.jpg", bytes(3 * BOMB_BYTES))
        archive.writestr("Dog/liar.jpg", bomb)
    data = bytearray(path.read_bytes())
    at = data.rindex(b"Dog/liar.jpg") - 46  # its entry in the directory
    data[at + 24 : at + 28] = struct.pack("<I", 100)  # says that it unpacks to 100 bytes
    path.write_bytes(data)
    made = audit(path)
    assert found(made, "not-an-image").keys() >= {"Cat/bomb.jpg"}
    assert found(made, "over-limit").keys() == {"Dog/larger.jpg"}
    assert found(made, "unreadable").keys() == {"Dog/liar.jpg"}


def test_a_zip_archive_with_a_false_directory(folder, tmp_path, audit):
    path = make_zip(tmp_path / "in.zip", files_of(folder))
    data = bytearray(path.read_bytes())
    end = data.rindex(b"PK\x05\x06")
    data[end + 12 : end + 20] = struct.pack("<II", 2**31, 2**31)  # its size and place
    path.write_bytes(data)
    with pytest.raises(DatasetError, match="not a readable zip archive") as caught:
        audit(path)
    assert len(str(caught.value).splitlines()) == 1


def test_a_zip_archive_whose_entries_point_at_each_other(folder, tmp_path, audit):
    path = make_zip(tmp_path / "in.zip", files_of(folder))
    data = bytearray(path.read_bytes())
    first = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", first + 4)
    data[second + 42 : second + 46] = data[first + 42 : first + 46]  # where its bytes are
    path.write_bytes(data)
    assert len(found(audit(path), "unreadable")) >= 1


@pytest.mark.parametrize(
    "columns",
    [
        {"image": pa.array(["1.jpg"])},
        {"image": pa.array([17])},
        {"image": pa.array([[b"x"]])},
        {"image": pa.array([{"path": "1.jpg", "bytes": "text"}])},
        {"nothing": pa.array([], pa.null())},
    ],
)
def test_a_table_of_wrong_types(tmp_path, audit, columns):
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    with pytest.raises(DatasetError, match="no column of this table holds the bytes") as caught:
        audit(tmp_path / "a.parquet")
    assert len(str(caught.value).splitlines()) == 1


def test_a_table_with_a_row_that_takes_too_much_memory(folder, tmp_path, audit, monkeypatch):
    monkeypatch.setattr(parquet_table, "_LARGEST_PAGE", 100_000)
    rows = [*files_of(folder).items(), ("Dog/huge.jpg", bytes(200_000))]
    made = audit(make_parquet(tmp_path / "in/a.parquet", rows, group=1))
    assert found(made, "over-limit").keys() == {"Dog/huge.jpg"}
    assert len(made.manifest) == 7


def test_a_table_that_is_cut(folder, tmp_path, audit):
    path = make_parquet(tmp_path / "in/a.parquet", files_of(folder).items())
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(DatasetError, match="not a readable Parquet table"):
        audit(path)
