import io
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packed import make_tar, opened

from catsclean.containers.tar_shard import TarShard
from catsclean.core import names
from catsclean.errors import SplitError
from catsclean.scan.webdataset_labels import find_beside, read_label
from catsclean.splitting.places import Item
from catsclean.splitting.shard_plan import (
    header_of,
    label_text,
    packed_size,
    plan_shards,
    shuffled_places,
)


def item(place, size):
    return Item(f"in/{place}", place, f"in/{place}", "0" * 64, size, None)


samples = st.lists(
    st.tuples(
        st.sampled_from(["train", "val"]),
        st.integers(0, 5000),
        st.sampled_from([None, "Cat", "Dog"]),
        st.lists(st.integers(0, 2000), max_size=2),
    ),
    min_size=1,
    max_size=30,
)


@given(samples, st.integers(1, 6), st.integers(1, 60_000))
def test_samples_stay_whole_and_shards_within_their_limits(samples, most_samples, most_bytes):
    pictures, labels, sidecars = [], [], []
    for number, (split, size, label, more) in enumerate(samples):
        stem = f"{split}/{number:09d}"
        pictures.append(item(f"{stem}.jpg", size))
        labels.append(label)
        sidecars += [item(f"{stem}.{at}.txt", each) for at, each in enumerate(more)]
    plan = plan_shards(pictures, labels, sidecars, most_samples, most_bytes)
    ends: dict[str, int] = {}
    keys: dict[str, list[str]] = {}
    for file in plan.files:
        assert file.offset == ends.get(file.shard, 0)  # each begins where the last one ends
        ends[file.shard] = file.offset + packed_size(file.name, file.size_bytes)
        keys.setdefault(file.shard, []).append(file.name.partition(".")[0])
    assert len(plan.files) == sum(
        1 + 2 * (label is not None) + len(m) for _, _, label, m in samples
    )
    for shard, size in plan.sizes_bytes.items():
        alone = len(set(keys[shard])) == 1
        assert len(set(keys[shard])) <= most_samples
        assert size <= most_bytes or alone
        assert keys[shard] == sorted(keys[shard])  # the files of a sample are neighbours
        assert ends[shard] <= size - 1024
    assert sum(len(set(found)) for found in keys.values()) == len(samples)


@given(st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=150))
@settings(max_examples=50)
def test_a_file_takes_the_place_that_tarfile_gives_it(text):
    name = text.encode("utf-8", "surrogateescape" if text.isascii() else "replace").decode()
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo(name)
        info.size = 700
        archive.addfile(info, io.BytesIO(b"x" * 700))
        end = archive.offset
    assert end == packed_size(name, 700)
    assert stream.getvalue().startswith(header_of(name, 700) + b"x" * 700)


@given(st.text(min_size=1, max_size=20))
@settings(max_examples=30, deadline=None)
def test_a_label_is_read_as_it_was_written(tmp_path_factory, text):
    label = names.escape(text)
    path = tmp_path_factory.mktemp("tar") / "a.tar"
    make_tar(path, {"0.jpg": b"", "0.cls": b"7", "0.label": label_text(label)})
    shard = opened(path, TarShard)
    members = shard.members()
    found = read_label(shard, members, find_beside(members, [0])["0"])
    shard.close()
    # a label of several lines, or one that is not text, is written as it is shown
    as_shown = "\\" in label and label_text(label) == label.encode()
    assert found == (names.escape(label) if as_shown else label)


def test_the_order_of_samples_depends_on_seed_and_path_alone(many):
    table = many(200)
    table["split"] = "train"
    places = dict(zip(table["path"], shuffled_places(table, 0), strict=True))
    shuffled = table.sample(frac=1, random_state=1)
    assert dict(zip(shuffled["path"], shuffled_places(shuffled, 0), strict=True)) == places
    assert dict(zip(table["path"], shuffled_places(table, 1), strict=True)) != places
    in_order = sorted(places, key=places.get)
    cats = [sum(path.startswith("Cat") for path in in_order[at : at + 50]) for at in (0, 50, 100)]
    assert all(10 < number < 40 for number in cats)  # every part of the order holds all classes


@pytest.mark.parametrize(
    ("path", "kind", "ending"),
    [
        ("Cat/1.jfif", "JPEG", ".jpg"),
        ("Cat/1", "PNG", ".png"),
        ("Cat/1.JPEG", "JPEG", ".jpg"),
        ("Cat/1.webp", "WEBP", ".webp"),
        ("Cat/1.jpg", "WEBP", ".webp"),
        ("Cat/1.tif", "TIFF", ".tif"),
        ("Cat/1.xyz", None, ".xyz"),
    ],
)
def test_the_extension_is_that_of_the_format(table_of, path, kind, ending):
    table = table_of([{"path": path, "split": "val", "format": kind}])
    assert shuffled_places(table, 0) == [f"val/000000000{ending}"]


def test_a_picture_without_a_size_is_refused():
    with pytest.raises(SplitError, match=r"no size of in/val/0\.jpg"):
        plan_shards([item("val/0.jpg", None)], [None], [], 1, 1)
