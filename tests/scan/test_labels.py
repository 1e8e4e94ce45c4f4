import errno
import json
import os

import packed
import pytest
from pictures import jpeg

from catsclean.containers import parquet_table
from catsclean.core.label_source import LabelKind
from catsclean.core.links import Reach
from catsclean.errors import ConfigError
from catsclean.images import read_file
from catsclean.scan import label_tables, table_labels
from catsclean.scan.container_listing import list_members
from catsclean.scan.discover import discover
from catsclean.scan.labels import LabelWish, check_labels, find_labels, labels_of_files


@pytest.fixture
def make(tmp_path):
    """Make a data set of empty files and tables; give its root."""

    def write(*paths, **tables):
        root = tmp_path / "Pets"
        for path in paths:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).touch()
        for path, text in tables.items():
            (root / path.replace("__", "/")).with_suffix(".csv").write_text(text, encoding="utf-8")
        return root

    return write


def read(root, labels="auto", layout="auto"):
    found = find_labels(Reach(root), listing := discover(root), layout, wish=check_labels(labels))
    of, splits = found.places(listing)
    table = dict(zip(listing.paths, zip(of, splits, strict=True), strict=True))
    return found.source, {path: one for path, one in table.items() if not path.endswith(".csv")}


def numbered(*words, between="."):
    return [f"{word}{between}{n}.jpg" for word in words for n in range(4)]


def test_folders_as_ever(make):
    source, labels = read(make("Cat/1.jpg", "Dog/1.jpg"))
    assert (source.kind, source.note) == (LabelKind.FOLDERS, "")
    assert labels == {"Cat/1.jpg": ("Cat", ""), "Dog/1.jpg": ("Dog", "")}


def test_names_in_a_flat_folder(make):
    source, labels = read(make(*numbered("cat", "dog")))
    assert source.kind is LabelKind.NAMES
    assert labels["cat.0.jpg"] == ("cat", "")


def test_names_in_splits_and_a_test_set_without_labels(make):
    train = [f"train/{name}" for name in numbered("cat", "dog")]
    source, labels = read(make(*train, "test1/1.jpg", "test1/2.jpg"))
    assert source.kind is LabelKind.NAMES
    assert labels["train/dog.3.jpg"] == ("dog", "train")
    assert labels["test1/1.jpg"] == ("", "test1")


def test_names_in_the_only_folder(make):
    source, labels = read(
        make(*[f"images/{n}" for n in numbered("Abyssinian", "pug", between="_")])
    )
    assert source.kind is LabelKind.NAMES
    assert labels["images/pug_0.jpg"] == ("pug", "")


def test_class_folders_come_before_names(make):
    agreeing = [f"{name.split('.')[0]}s/{name}" for name in numbered("cat", "dog")]
    source, labels = read(make(*agreeing))
    assert (source.kind, labels["cats/cat.0.jpg"][0]) == (LabelKind.FOLDERS, "cats")
    assert "same labels" in source.note


def test_names_that_are_no_classes_are_mentioned(make):
    source, labels = read(
        make(*[f"{a}/{n}" for a in ("Cat", "Dog") for n in numbered("web", "own")])
    )
    assert labels["Cat/own.0.jpg"][0] == "Cat"
    assert source.note.endswith("--labels names reads these")


def test_folders_that_are_only_parts_are_asked_about(make):
    root = make(*[f"batch_{n}/{name}" for n in (1, 2) for name in numbered("cat", "dog")])
    with pytest.raises(ConfigError, match=r"--labels folders, or --labels names"):
        read(root)
    assert read(root, "names")[1]["batch_1/cat.0.jpg"] == ("cat", "")
    assert read(root, "folders")[1]["batch_1/cat.0.jpg"] == ("batch_1", "")


def test_a_metadata_table_in_each_split(make):
    source, labels = read(
        make(
            "train/1.jpg", "train/2.jpg", "test/1.jpg",
            train__metadata="file_name,label\n1.jpg,cat\n2.jpg,dog\n",
            test__metadata="file_name,label\n1.jpg,dog\n",
        )
    )  # fmt: skip
    assert [table.file for table in source.tables] == ["test/metadata.csv", "train/metadata.csv"]
    assert labels == {
        "test/1.jpg": ("dog", "test"), "train/1.jpg": ("cat", "train"), "train/2.jpg": ("dog", "train"),
    }  # fmt: skip


def test_a_metadata_table_without_labels_is_none(make):
    source, _ = read(make("1.jpg", "2.jpg", metadata="file_name,text\n1.jpg,a cat\n"))
    assert source.kind is LabelKind.FOLDERS


def test_a_metadata_table_that_says_what_the_folders_say(make):
    table = "file_name,label\nCat/1.jpg,0\nCat/2.jpg,0\nDog/1.jpg,1\n"
    source, labels = read(make("Cat/1.jpg", "Cat/2.jpg", "Dog/1.jpg", metadata=table))
    assert labels["Cat/1.jpg"][0] == "Cat"
    assert "metadata.csv and the class folders give the same labels" in source.note


def test_a_metadata_table_that_contradicts_the_folders_is_asked_about(make):
    table = "file_name,label\nCat/1.jpg,Cat\nCat/2.jpg,Dog\nCat/3.jpg,Cat\nDog/1.jpg,Dog\n"
    root = make("Cat/1.jpg", "Cat/2.jpg", "Cat/3.jpg", "Dog/1.jpg", metadata=table)
    with pytest.raises(
        ConfigError, match=r"1 picture, such as 'Cat/2.jpg': 'Dog' and 'Cat'.*folders"
    ):
        read(root)
    assert read(root, "folders")[1]["Cat/2.jpg"][0] == "Cat"
    assert read(root, "metadata")[1]["Cat/2.jpg"][0] == "Dog"


def test_a_metadata_table_comes_before_names(make):
    table = "file_name,label\n" + "".join(f"{n},pet\n" for n in numbered("cat", "dog"))
    assert read(make(*numbered("cat", "dog"), metadata=table))[1]["cat.0.jpg"][0] == "pet"


def test_two_tables_that_contradict_each_other_are_one_line(make):
    root = make(
        "train/1.jpg", "train/2.jpg",
        metadata="file_name,label\ntrain/1.jpg,cat\n",
        train__metadata="file_name,label\n1.jpg,dog\n2.jpg,dog\n",
    )  # fmt: skip
    with pytest.raises(ConfigError, match=r"'train/1.jpg' has two labels"):
        read(root)


def test_a_table_that_the_user_names(make, tmp_path):
    root = make("train/a1.jpg", "train/b2.jpg", "test/a1.jpg")
    file = tmp_path / "a:b.csv"
    file.write_text("id,breed\na1,pug\nb2,boxer\n")
    source, labels = read(root, f"{file}:id,breed")
    assert labels["train/a1.jpg"] == ("pug", "train")
    assert labels["test/a1.jpg"] == ("", "test")
    [table] = source.tables
    assert (table.path_column, table.label_column, table.folder) == ("id", "breed", "train")
    assert (table.by_id, table.rows, len(table.sha256)) == (True, 2, 64)
    assert read(root, file)[1] == labels
    assert read(root, f"{file}:id,breed,test")[1]["test/a1.jpg"] == ("pug", "test")
    assert type(source).from_plain(json.loads(json.dumps(source.to_plain()))) == source


def test_a_mapping_of_native_or_escaped_paths(make):
    root = make("a\x1b/1.jpg", "a\x1b/2.jpg")
    mapping = {"a\x1b/1.jpg": "cat", "a\x1b/2.jpg": 3}
    _, labels = read(root, mapping)
    assert labels == {"a\\x1b/1.jpg": ("cat", ""), "a\\x1b/2.jpg": ("3", "")}
    assert read(root, dict(zip(labels, ["cat", 3], strict=True)))[1] == labels


def test_a_mapping_of_paths_as_windows_writes_them(make):
    root = make("Cat/1.jpg", "Cat/2.jpg")
    assert read(root, {r"Cat\1.jpg": "tom"})[1] == {"Cat/1.jpg": ("tom", ""), "Cat/2.jpg": ("", "")}


def test_numbered_parts_in_each_of_which_lies_one_word_are_classes(make):
    root = make(
        *[f"batch_{n}/{word}.{i}.jpg" for n, word in enumerate(("cat", "dog")) for i in "12"]
    )
    source, labels = read(root)
    assert (source.kind, labels["batch_0/cat.1.jpg"][0]) == (LabelKind.FOLDERS, "batch_0")


@pytest.mark.parametrize(
    ("labels", "part"),
    [
        ("nams", "no such file. Received: 'nams'. Did you mean 'names'?"),
        ("x.csv:a,b", "no such file"),
        ("name:(", "not a regular expression"),
        ("name:(zzz)", "no file name says a label"),
        ("names", "such as cat.0.jpg"),
        ("metadata", "no metadata.csv or metadata.jsonl or metadata.parquet"),
        (7, "labels must be"),
        (["a"], "labels must be"),
        ("", "labels must be"),
        ({"gone.jpg": "cat"}, "no row of 'labels=' gives a file a label"),
    ],
)
def test_a_wrong_request_is_one_line(make, labels, part):
    with pytest.raises(ConfigError) as caught:
        read(make("Cat/1.jpg", "Dog/1.jpg"), labels)
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_neither_pipes_nor_links_nor_too_large_tables_are_read(make, tmp_path, monkeypatch):
    root = make("1.jpg")
    (tmp_path / "secret.csv").write_text("file_name,label\n1.jpg,secret\n")
    (root / "metadata.csv").symlink_to(tmp_path / "secret.csv")
    assert read(root)[0].kind is LabelKind.FOLDERS
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(ConfigError, match="no such file"):
        read(root, tmp_path / "pipe.csv")
    monkeypatch.setattr(label_tables, "MAX_BYTES", 10)
    with pytest.raises(ConfigError, match="may have 10"):
        read(root, tmp_path / "secret.csv")


def test_a_table_of_a_gigabyte_is_refused_before_it_is_read(make, tmp_path):
    (tmp_path / "t.csv").touch()
    os.truncate(tmp_path / "t.csv", 2**30)
    with pytest.raises(ConfigError, match=r"1,073,741,824 bytes; a table of labels may have"):
        read(make("1.jpg"), tmp_path / "t.csv")


def test_a_table_in_the_data_set_that_is_too_large_is_refused(make, monkeypatch):
    root = make("1.jpg", "2.jpg", labels="file,label\n1.jpg,cat\n")
    assert read(root, root / "labels.csv")[1]["1.jpg"] == ("cat", "")
    monkeypatch.setattr(table_labels, "MAX_BYTES", 10)
    with pytest.raises(ConfigError, match=r"'labels\.csv' is too large, 21 bytes; a table"):
        read(root, root / "labels.csv")


def test_a_metadata_table_that_takes_too_much_memory_to_unpack_is_only_mentioned(
    tmp_path, monkeypatch
):
    rows = {"1.jpg": jpeg(1), "metadata.csv": b"file_name,label\n1.jpg," + b"cat" * 99}
    packed.make_parquet(tmp_path / "a.parquet", rows.items(), group=1)
    reach = Reach(tmp_path)
    listing = list_members(reach, discover(tmp_path))
    monkeypatch.setattr(parquet_table, "_LARGEST_PAGE", 60)
    note = find_labels(reach, listing, "auto", LabelWish()).source.note
    assert note.startswith("a.parquet/metadata.csv is not used: 'a.parquet/metadata.csv' is too")
    assert "large, in a page of" in note
    assert "limit" not in note  # of pages, which is not the one of tables


@pytest.mark.parametrize("place", ["inside", "outside"])
def test_a_table_that_the_system_refuses_is_one_line(make, tmp_path, monkeypatch, place):
    root = make("1.jpg", labels="file,label\n1.jpg,cat\n")
    file = root / "labels.csv"
    if place == "outside":
        file = file.rename(tmp_path / "labels.csv")

    def refuse(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(read_file, "read_file", refuse)
    monkeypatch.setattr(read_file, "read_regular", refuse)
    with pytest.raises(
        ConfigError, match=r"read the labels in 'labels\.csv': Permission denied\.$"
    ):
        read(root, file)


def test_a_table_is_called_by_its_place_seen_from_the_data_set(make, tmp_path):
    root = make("1.jpg")
    for place in ("Pets/labels.csv", "labels.csv"):
        (tmp_path / place).write_text("file,label\n1.jpg,cat\n")
    elsewhere = tmp_path / "Pets"
    other = make_other(tmp_path)
    called = [
        read(root, file)[0].tables[0].file
        for file in (root / "labels.csv", tmp_path / "labels.csv")
    ]
    assert called == ["labels.csv", "../labels.csv"]
    assert read(other, elsewhere / "labels.csv")[0].tables[0].file == str(elsewhere / "labels.csv")


def make_other(folder):
    root = folder / "deep" / "set"
    root.mkdir(parents=True)
    (root / "1.jpg").touch()
    return root


def test_a_file_that_is_no_table_is_refused_by_its_ending(make, tmp_path):
    (tmp_path / "labels.txt").touch()
    with pytest.raises(ConfigError, match=r"a table of labels ends in \.csv, .*labels\.txt"):
        read(make("1.jpg"), tmp_path / "labels.txt")


def test_a_layout_that_the_user_names_settles_what_gives_the_labels(make):
    root = make(*[f"train/{name}" for name in numbered("cat", "dog")])
    assert read(root)[1]["train/cat.0.jpg"] == ("cat", "train")
    assert read(root, layout="classes")[1]["train/cat.0.jpg"] == ("train", "")
    assert read(root, "names", layout="splits")[1]["train/cat.0.jpg"] == ("cat", "train")
    assert read(root, "names", layout="flat")[1]["train/cat.0.jpg"] == ("cat", "")


def test_a_set_that_shows_no_words_any_more_is_read_as_the_last_audit_read_it(make):
    root = make("cat.0.jpg", "cat.1.jpg")
    listing = discover(root)
    assert find_labels(Reach(root), listing, "auto", LabelWish()).source.kind is LabelKind.FOLDERS
    found = find_labels(Reach(root), listing, "auto", LabelWish(fallback=LabelKind.NAMES))
    assert (found.source.kind, found.labels) == (LabelKind.NAMES, ["cat", "cat"])


@pytest.mark.parametrize(
    ("recorded", "kind", "labels"),
    [
        (["Tiger", "Tiger", "Poodle"], LabelKind.FOLDERS, ["Cat", "Cat", "Dog"]),
        (["Tiger", "Lynx", "Lynx"], LabelKind.CONTAINER, ["Tiger", "Lynx", "Lynx"]),
    ],
)
def test_labels_that_containers_record_come_before_folders_that_say_something_else(
    make, recorded, kind, labels
):
    root = make("Cat/1.jpg", "Cat/2.jpg", "Dog/1.jpg")
    listing = discover(root)
    listing.labels = recorded
    found = find_labels(Reach(root), listing, "auto", LabelWish())
    assert found.source.kind is kind
    assert found.places(listing)[0] == labels


def test_labels_that_containers_record_are_all_there_is_without_class_folders(make):
    root = make("1.jpg", "2.jpg")
    listing = discover(root)
    listing.labels = ["Tiger", ""]
    found = find_labels(Reach(root), listing, "auto", LabelWish())
    assert (found.source.kind, found.labels) == (LabelKind.CONTAINER, ["Tiger", ""])


def labels_of(root, wish="auto", recorded=None):
    listing = discover(root)
    listing.labels = recorded
    found = labels_of_files(Reach(root), listing, check_labels(wish))
    labels = found.labels if found.labels is not None else found.places(listing)[0]
    return dict(zip(listing.paths, labels, strict=True))


def test_some_files_have_the_labels_of_their_folders_or_of_what_the_user_names(make, tmp_path):
    root = make("train/Cat/cat.1.jpg", "2.jpg")
    assert labels_of(root) == {"train/Cat/cat.1.jpg": "Cat", "2.jpg": ""}
    assert labels_of(root, "names") == {"train/Cat/cat.1.jpg": "cat", "2.jpg": ""}
    assert labels_of(root, recorded=["", "Tiger"]) == {"train/Cat/cat.1.jpg": "Tiger", "2.jpg": ""}
    table = tmp_path / "other.csv"
    table.write_text("file,label\nelsewhere.jpg,Dog\n")
    assert set(labels_of(root, table).values()) == {""}


def test_a_metadata_table_that_cannot_be_read_is_only_mentioned(make):
    root = make("Cat/1.jpg", "Dog/1.jpg", metadata="")
    (root / "metadata.csv").write_bytes(b"file_name,label\nCat/1.jpg,caf\xe9\n")
    source, labels = read(root)
    assert (source.kind, labels["Cat/1.jpg"][0]) == (LabelKind.FOLDERS, "Cat")
    assert source.note.startswith("metadata.csv is not used: cannot read")
    with pytest.raises(ConfigError, match=r"no metadata.csv.*UTF-8"):
        read(root, "metadata")


def test_a_metadata_table_of_other_files_or_in_a_junk_folder_is_not_used(make):
    root = make("1.jpg", "__MACOSX/1.jpg")
    (root / "__MACOSX/metadata.csv").write_text("file_name,label\n1.jpg,cat\n")
    assert read(root)[0].note == ""
    (root / "metadata.csv").write_text("file_name,label\ngone.jpg,cat\n")
    assert "no row of it" in read(root)[0].note
