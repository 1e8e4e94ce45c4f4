"""Labels that lie beside pictures in tar shards."""

from contextlib import closing

import pytest
from packed import make_tar, opened

from catsclean.containers.container import Members
from catsclean.containers.tar_shard import TarShard
from catsclean.scan.webdataset_labels import find_beside, key_of, read_label


def label_of(tmp_path, files):
    made = make_tar(tmp_path / "a.tar", {"d/0.jpg": b"x", **files})
    with closing(opened(made, TarShard)) as container:
        members = container.members()
        beside = find_beside(members, [0])
        return read_label(container, members, beside.get("d/0", {}))


@pytest.mark.parametrize(
    ("files", "label"),
    [
        ({"d/0.cls": b"7\n"}, "7"),
        ({"d/0.cls": "Mäuse".encode()}, "Mäuse"),
        ({"d/0.CLS": b"Cat"}, "Cat"),
        ({"d/0.label": b"Cat"}, "Cat"),
        ({"d/0.cls": b"7", "d/0.label": b"Cat"}, "Cat"),
        ({"d/0.json": b'{"label": "Cat", "caption": "a cat"}'}, "Cat"),
        ({"d/0.json": b'{"cls": 3}'}, "3"),
        ({"d/0.cls": b"Cat", "d/0.json": b'{"label": "Dog"}'}, "Cat"),
        ({"d/0.cls": b"\x1b[31m"}, r"\x1b[31m"),
        ({}, ""),
        ({"d/1.cls": b"7"}, ""),
        ({"0.cls": b"7"}, ""),
        ({"d/0.cls": b""}, ""),
        ({"d/0.cls": b"two\nlines"}, ""),
        ({"d/0.cls": b"\xff\xfe"}, ""),
        ({"d/0.cls": b"x" * 100_000}, ""),
        ({"d/0.json": b"["}, ""),
        ({"d/0.json": b"[" * 100_000}, ""),
        ({"d/0.json": b"[1]"}, ""),
        ({"d/0.json": b'{"label": [1, 2]}'}, ""),
        ({"d/0.json": b'{"label": true}'}, ""),
        ({"d/0.json": b'{"caption": "a cat"}'}, ""),
    ],
)
def test_a_label_is_one_word_or_number_beside_the_picture(tmp_path, files, label):
    assert label_of(tmp_path, files) == label


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("0.jpg", ("0", ".jpg")),
        ("d.1/0.seg.png", ("d.1/0", ".seg.png")),
        ("d/0", ("d/0", "")),
        (".jpg", (".jpg", "")),
    ],
)
def test_the_key_of_a_sample_ends_at_the_first_dot_of_its_name(name, key):
    assert key_of(name) == key


def test_a_name_that_begins_with_its_dot_belongs_to_no_picture():
    members = Members()
    for name in ("Cat/.jpg", "Cat/._1.jpg", "Cat/.cls"):
        members.add(name, 1, 0)
    assert find_beside(members, [0]) == {}
