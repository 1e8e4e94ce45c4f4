"""Containers with changed bytes: they are listed or refused, and never anything else."""

import os
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packed import make_parquet, make_tar, make_zip

from catsclean.containers.container import DamagedContainerError
from catsclean.containers.opened import new_container

FILES = {"Cat/1.jpg": b"one" * 30, "Cat/2.jpg": b"", "Dog/" + "long" * 60 + ".jpg": b"three" * 400}


def make_table(path, files):
    return make_parquet(path, files.items(), [0, 0, 1], ["Cat", "Dog"], group=1)


MAKERS = {"a.tar": make_tar, "a.zip": make_zip, "a.parquet": make_table}


def open_(path):
    return new_container(os.open(path, os.O_RDONLY), path.name)


@pytest.mark.parametrize("name", MAKERS)
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_a_changed_container_is_listed_or_refused(tmp_path_factory, name, data):
    path = MAKERS[name](tmp_path_factory.mktemp("damaged") / name, FILES)
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(raw[: data.draw(st.sampled_from([len(raw), len(raw) * 9 // 10]))])
    try:
        container = open_(path)
    except DamagedContainerError:
        return
    with closing(container):
        try:
            members = container.members()
        except DamagedContainerError:
            return
        for row, name_inside in enumerate(members.names):
            for read in (
                lambda row=row: container.read(members.places[row], members.sizes_bytes[row], 9999),
                lambda name=name_inside: container.read_named(name, 9999),
            ):
                try:
                    assert len(read()) < 9999
                except OSError:
                    continue


@pytest.mark.parametrize("name", MAKERS)
def test_a_pointer_of_git_lfs_says_how_to_fetch_the_file(tmp_path, name):
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    (tmp_path / name).write_text(pointer)
    with (
        pytest.raises(DamagedContainerError, match=r"a Git LFS pointer; .* \(git lfs pull\)"),
        closing(open_(tmp_path / name)) as container,
    ):
        container.members()
