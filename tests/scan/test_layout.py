import pytest

from catsclean.errors import ConfigError
from catsclean.scan.discover import Listing
from catsclean.scan.layout import Layout, find_doubt, find_sets, find_sets_in_splits, recognise


def listing(*paths):
    folders = sorted({path.rpartition("/")[0] for path in paths} - {""})
    return Listing(
        paths=list(paths), folders_of=[p.rpartition("/")[0] for p in paths], folders=folders
    )


def places(found, *paths, layout="auto"):
    kind = recognise(found, layout)
    return kind.kind, [kind.place(path.rpartition("/")[0]) for path in paths]


@pytest.mark.parametrize(
    ("paths", "kind"),
    [
        (("Cat/1.jpg", "Dog/1.jpg"), "classes"),
        (("Cat/a/1.jpg", "Dog/b/1.jpg"), "classes"),
        (("train/Cat/1.jpg", "train/Dog/1.jpg", "val/Cat/1.jpg"), "splits"),
        (("Training/Cat/1.jpg", "TEST2/Dog/1.jpg"), "splits"),
        (("one/Cat/1.jpg", "one/Dog/1.jpg", "two/Cat/2.jpg", "two/Dog/2.jpg"), "classes"),
        (("oak/leaf/1.jpg", "oak/bark/1.jpg", "elm/leaf/2.jpg", "elm/bark/2.jpg"), "classes"),
        (("oak/1/a.jpg", "oak/2/a.jpg", "elm/1/b.jpg", "elm/2/b.jpg"), "classes"),
        (("train/Cat/1.jpg", "train/Dog/1.jpg", "more/Cat/2.jpg", "more/Dog/2.jpg"), "splits"),
        (("training_set/Cat/1.jpg", "test_set/Cat/1.jpg"), "splits"),
        (("fold1/Cat/1.jpg", "fold2/Cat/1.jpg"), "splits"),
        (("1.jpg", "2.jpg"), "flat"),
        (("train/Cat/1.jpg", "train/Dog/1.jpg", "test/1.jpg"), "splits"),  # a test without labels
        (("train/Cat/1.jpg", "train/Dog/1.jpg", "train/1.jpg", "test1/1.jpg"), "splits"),
        (("train/1.jpg", "test/1.jpg"), "classes"),
        (("train/2021/1.jpg", "test/1.jpg"), "classes"),
        (("train/Cat/1.jpg", "train/Dog/1.jpg", "bus/1.jpg"), "classes"),
        (("Cat/1.jpg", "__MACOSX/Cat/1.jpg"), "classes"),
    ],
)
def test_recognises(paths, kind):
    assert recognise(listing(*paths)).kind == kind


def test_classes_give_labels_also_deeper_inside():
    paths = ("Cat/1.jpg", "Cat/a/b/2.jpg", "Dog/3.jpg", "loose.jpg")
    assert places(listing(*paths), *paths) == (
        "classes",
        [("Cat", ""), ("Cat", ""), ("Dog", ""), ("", "")],
    )


def test_splits_give_labels_and_splits():
    paths = ("train/Cat/1.jpg", "train/Dog/x/2.jpg", "val/Cat/3.jpg", "val/loose.jpg")
    assert places(listing(*paths), *paths, layout="splits")[1] == [
        ("Cat", "train"),
        ("Dog", "train"),
        ("Cat", "val"),
        ("", "val"),
    ]


def test_folders_of_a_system_are_no_classes():
    paths = ("Cat/1.jpg", "Dog/1.jpg", "__MACOSX/2.jpg")
    found = listing(*paths)
    assert places(found, "__MACOSX/2.jpg")[1] == [("", "")]
    assert recognise(found).class_folders(found.folders) == {"Cat": "Cat", "Dog": "Dog"}


def test_a_layout_can_be_forced():
    found = listing("train/Cat/1.jpg", "val/Cat/1.jpg")
    layout = recognise(found, "classes")
    assert (layout.kind, layout.forced) == ("classes", True)
    assert layout.place("train/Cat") == ("train", "")


def test_an_unknown_layout_is_refused():
    with pytest.raises(ConfigError, match="'folders'"):
        recognise(listing("1.jpg"), "folders")


@pytest.mark.parametrize(
    ("folders", "found"),
    [
        (["A/Cat", "A/Dog", "B/train/x", "B/test/x"], ["A", "B"]),
        (["A/Cat", "A/Dog", "B/rock", "B/paper", "C"], ["A", "B"]),
        (["A/Cat", "A/Dog", "B/rock", "B/paper", "C", "D"], []),  # as many classes
        (["A/Cat", "A/Dog", "B"], []),
        (["A/Cat", "A/Dog", "A", "B/rock", "B/paper", "B"], []),  # pictures beside the folders
        (["Cat/2021", "Cat/2022-05", "Dog/2020", "Dog/2019"], []),
        (["Cat", "Dog"], []),
        (["data/Cat", "data/Dog"], ["data"]),
        (["", "data/Cat", "data/Dog"], ["data"]),
        (["data/set/Cat", "data/set/Dog/old"], ["data/set"]),
        (["data/train/Cat", "data/train/Dog"], ["data"]),
        (["data/train/Cat", "data/train/Dog", "data/test"], ["data"]),
        (["data", "data/Cat", "data/Dog"], []),
        (["Cat/2021", "Cat/2022"], []),
        (["Cat/new/2021"], []),
        (["Cat"], []),
        (["Cat/siamese", "Dog/pug"], []),
        (["", "__MACOSX/a", "__MACOSX/b", "A"], []),
    ],
)
def test_class_folders_that_look_like_data_sets_are_found(folders, found):
    assert find_sets(folders) == found


@pytest.mark.parametrize(
    ("folders", "found"),
    [
        (["train/A/Cat", "train/A/Dog", "val/A/Cat", "val/A", "val/B", "train/B"], []),
        (["train/A/Cat", "train/A/Dog", "val/A/Cat", "val/B/x", "train/B/y"],
         ["train/A", "train/B", "val/A", "val/B"]),
        (["train/A/Cat", "train/A/Dog", "test"], ["train/A"]),
        (["train/A/x/Cat", "val/A/x/Dog"], ["train/A/x", "val/A/x"]),
        (["train/Cat", "val/Dog", "test"], []),
    ],
)  # fmt: skip
def test_class_folders_in_splits_are_judged_together(folders, found):
    assert find_sets_in_splits(folders) == found


@pytest.mark.parametrize(
    ("folders", "outer", "inner"),
    [
        (["oak/leaf", "oak/bark", "elm/leaf", "elm/bark"], ("elm", "oak"), ("bark", "leaf")),
        (["a/0", "a/1", "b/0", "b/1", "b/2"], ("a", "b"), ("0", "1", "2")),
        (["train/Cat", "train/Dog", "more/Cat", "more/Dog"], ("more", "train"), ("Cat", "Dog")),
        (["A/x/day", "A/y", "B/x", "B/y/night"], ("A", "B"), ("x", "y")),
    ],
)
def test_folders_of_the_same_names_leave_open_which_are_the_classes(folders, outer, inner):
    doubt = find_doubt(folders)
    assert (doubt.outer, doubt.inner) == (outer, inner)


@pytest.mark.parametrize(
    "folders",
    [
        ["train/Cat", "train/Dog", "test/Cat", "test/Dog"],
        ["Cat", "Dog"],
        ["Cat/a", "Cat/b", "Cat", "Dog/a", "Dog/b"],
        ["Cat/siamese", "Cat/persian", "Dog/pug", "Dog/boxer"],
        ["Cat/a", "Cat/b"],
        ["Cat/2020", "Cat/2021", "Cat/2022", "Dog/2020"],
        ["Cat/new", "Dog/new"],
        [""],
        [],
    ],
)
def test_other_folders_leave_nothing_open(folders):
    assert find_doubt(folders) is None


def test_a_junk_folder_is_neither_a_split_nor_a_class():
    assert Layout("splits").place("__MACOSX/Cat") == ("", "")
    assert Layout("splits").place("train/__MACOSX") == ("", "train")
    assert Layout("classes").place("__MACOSX/Cat") == ("", "")


def test_folders_in_splits_surely_name_classes_and_splits_alone_do_not():
    assert Layout("splits").has_classes(listing("train/Cat/1.jpg"))
    assert not Layout("splits").has_classes(listing("train/1.jpg", "test/2.jpg"))
    assert not Layout("classes").has_classes(listing("train/1.jpg", "test/2.jpg"))
