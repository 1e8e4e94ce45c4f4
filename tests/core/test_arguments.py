"""Whatever a public function is given, what it raises is a CatscleanError of one line."""

from dataclasses import dataclass

import numpy as np
import pictures
import pytest

import catsclean
from catsclean.errors import CatscleanError, ConfigError

NO_PATHS = (3, 2.5, True, b"Pets", "no\0thing", [], {"a": 1}, object(), "x" * 5000)
NO_NAMES = (3, -1, True, b"blurry", [None], ["blurry", 3], object(), "no such validator")
NO_LIMITS = (3, "50 MB", {"max_pixels": 5}, [1], object(), catsclean.Limits)
NO_OPTIONS = (3, "odd-size", ["odd-size"], {"odd-size": 3}, {3: {}}, {"odd-size": {3: 1}}, b"x")
NO_NUMBERS = (-1, 0, 2.5, float("nan"), "many", b"3", [], None, True)
NO_FLAGS = (3, 1, "yes", [], np.float64(1), object())
NO_ROOTS = (3, True, b"store", [3], [None], [b"store"], "no\0thing", "nowhere", object(), "")
NO_FOLDERS = (*NO_PATHS, None, "", r"C:\Users\me\Pets", "nowhere", "\udcff", range(3))


@dataclass
class Given:
    """An audited data set, and its split."""

    root: object
    audit: object
    split: object


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    root = pictures.make_dataset(tmp_path_factory.mktemp("given") / "Pets", {"Cat": 3, "Dog": 3})
    (root / "Cat/empty.jpg").touch()
    audit = catsclean.audit(root)
    return Given(root, audit, catsclean.split(audit, {"train": 0.5, "val": 0.5}))


def audit(given, root=None, **named):
    return catsclean.audit(given.root if root is None else root, save=False, workers=1, **named)


def check_files(given, **named):
    return catsclean.check_files(**{"paths": given.root / "Cat/0.jpg", "workers": 1, **named})


def load_audit(given, **named):
    return catsclean.load_audit(**{"root": given.root, **named})


def plan_cleaning(given, **named):
    return catsclean.plan_cleaning(**{"audit": given.audit, **named})


def undo(given, **named):
    return catsclean.undo(**{"root": given.root, **named})


def cleaning_log(given, **named):
    return catsclean.cleaning_log(**{"root": given.root, **named})


def split(given, **named):
    return catsclean.split(
        **{"manifest": given.audit, "shares": {"train": 0.5, "val": 0.5}} | named
    )


def write(given, **named):
    return given.split.write(**{"folder": "new", **named})


def write_shards(given, **named):
    return given.split.write_shards(**{"folder": "new", **named})


def find_duplicates(given, **named):
    return catsclean.find_duplicates(**{"pictures": given.root, **named})


def make_practice(given, **named):
    return catsclean.make_practice(**{"folder": "Practice", "count": 2, **named})


def train_baseline(given, **named):
    return catsclean.train_baseline(given.split, epochs=1, size=38, **named)


def predict(given, **named):
    return catsclean.predict(**{"model": given.root, "images": given.root / "Cat/0.jpg", **named})


def feature_maps(given, **named):
    return catsclean.feature_maps(
        **{"model": given.root, "image": given.root / "Cat/0.jpg", **named}
    )


CALLS = [
    (audit, "root", [value for value in NO_FOLDERS if value is not None]),
    (audit, "state_dir", NO_PATHS),
    (audit, "against", (*NO_PATHS, "", "nowhere", r"C:\Users\me\Pets")),
    (audit, "select", NO_NAMES),
    (audit, "ignore", NO_NAMES),
    (audit, "exclude", (3, b"raw/", [None], ["raw", 3], object())),
    (audit, "limits", NO_LIMITS),
    (audit, "options", NO_OPTIONS),
    (audit, "layout", (3, "", "tree", [], b"flat", object())),
    (audit, "per_path_ignores", (3, "raw", ["raw"], {"raw": 3}, {3: ["blurry"]}, b"raw")),
    (audit, "prefer", (3, b"raw/", [None], ["raw", 3], object())),
    (audit, "follow_links", NO_FLAGS),
    (audit, "follow_links_to", NO_ROOTS),
    (audit, "validators", (3, "blurry", [3], b"x", object())),
    (audit, "probe", (3, "", "torch", b"tensorflow", [])),
    (check_files, "paths", (3, b"a.jpg", "no\0thing", [3], ["x" * 5000], "nowhere.jpg")),
    (check_files, "root", (*NO_PATHS, "")),
    (check_files, "select", NO_NAMES),
    (check_files, "follow_links", NO_FLAGS),
    (check_files, "follow_links_to", NO_ROOTS),
    (check_files, "limits", NO_LIMITS),
    (check_files, "options", NO_OPTIONS),
    (load_audit, "root", NO_FOLDERS),
    (load_audit, "state_dir", NO_PATHS),
    (load_audit, "follow_links_to", NO_ROOTS),
    (plan_cleaning, "prefer", (3, b"raw/", [None], ["raw", 3], object())),
    # of an audit itself the folders are known
    (plan_cleaning, "follow_links_to", [value for value in NO_ROOTS if value != "nowhere"]),
    (plan_cleaning, "audit", NO_FOLDERS),
    (plan_cleaning, "decisions", ("no\0thing", "x" * 5000, "nowhere.json")),
    (plan_cleaning, "select", NO_NAMES),
    (plan_cleaning, "keep", (3, b"a", [None], object(), "nowhere.jpg")),
    (plan_cleaning, "quarantine", (3, b"a", [None], object(), "nowhere.jpg")),
    (plan_cleaning, "baseline", (*NO_PATHS, "nowhere.json")),
    (undo, "root", NO_FOLDERS),
    (undo, "run", (3, "nothing", b"x", [], "../..")),
    (undo, "state_dir", NO_PATHS),
    (cleaning_log, "root", NO_FOLDERS),
    (split, "manifest", NO_FOLDERS),
    (split, "shares", (3, "half", [], {"train": "x"}, {"train": -1}, {3: 0.5}, b"x")),
    (split, "folds", (-1, 2.5, "x", [], b"3")),
    (split, "group_by", (3, b"x", "no such column")),
    (split, "state_dir", NO_PATHS),
    (split, "follow_links_to", NO_ROOTS),
    (write, "folder", (*NO_PATHS, None, "")),
    (write, "link", (3, "", "teleport", b"copy", [], None)),
    (write_shards, "folder", (*NO_PATHS, None, "")),
    (write_shards, "seed", (2.5, "x", [], b"3")),
    (write_shards, "samples_per_shard", NO_NUMBERS[:-2]),
    (write_shards, "bytes_per_shard", NO_NUMBERS[:-2]),
    (write_shards, "sidecars", ("txt", [3], ["/.txt"], [".jpg"])),
    (find_duplicates, "pictures", (3, b"Pets", "no\0thing", "nowhere", None, "x" * 5000)),
    (find_duplicates, "radius", (-1, 2.5, "x", [], b"3")),
    (find_duplicates, "follow_links", NO_FLAGS),
    (find_duplicates, "follow_links_to", NO_ROOTS),
    (make_practice, "folder", (*NO_PATHS, None)),
    (make_practice, "count", NO_NUMBERS[:-2]),
    (make_practice, "seed", (-1, 2.5, "x", b"3", [])),
]
TRAINING = [
    (train_baseline, "recipe", (3, "", "resnet", [], {}, b"course")),
    (train_baseline, "train", (3, b"train", [3], "nowhere")),
    (train_baseline, "val", (3, b"val", [3], "nowhere")),
    (train_baseline, "seed", (-1, 2.5, "x", 2**40, b"3", True)),
    (train_baseline, "memory", (-1, 2.5, "x", [])),
    (train_baseline, "steps_per_call", (-1, 0, 2.5, "x")),
    (train_baseline, "workers", (-1, 0, 2.5, "x")),
    (train_baseline, "precision", (3, "", "float8", [], b"float32")),
    (train_baseline, "fit", (3, "", "fill", b"crop")),
    (train_baseline, "device", (3, "", "tpu", b"cpu")),
    (train_baseline, "limits", NO_LIMITS),
    (train_baseline, "state_dir", NO_PATHS),
    (train_baseline, "follow_links_to", NO_ROOTS),
    (train_baseline, "run_dir", NO_PATHS),
    (train_baseline, "weights", NO_PATHS),
    (train_baseline, "learning_rate", (-1, "x", [], float("nan"))),
    (train_baseline, "no_such_thing", (3,)),
    (predict, "model", (*NO_FOLDERS,)),
    (predict, "limits", NO_LIMITS),
    (predict, "labels", (3, b"x", [3])),
    (feature_maps, "model", (*NO_FOLDERS,)),
    (feature_maps, "max_channels", NO_NUMBERS[:-2]),
    (feature_maps, "limits", NO_LIMITS),
]


def cases(calls):
    return [
        pytest.param(call, name, value, id=f"{call.__name__}-{name}-{value!r:.20}-{number}")
        for call, name, values in calls
        for number, value in enumerate(values)
    ]


def refuse(given, call, name, value, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CatscleanError) as caught:
        call(given, **{name: value})
    text = str(caught.value)
    assert text.strip()
    assert "\n" not in text
    assert len(text) < 12_000
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("call", "name", "value"), cases(CALLS))
def test_a_wrong_argument_is_refused_in_one_line(given, call, name, value, tmp_path, monkeypatch):
    refuse(given, call, name, value, tmp_path, monkeypatch)


@pytest.mark.tensorflow
@pytest.mark.parametrize(("call", "name", "value"), cases(TRAINING))
def test_a_wrong_argument_of_training_is_refused_in_one_line(
    keras, given, call, name, value, tmp_path, monkeypatch
):
    refuse(given, call, name, value, tmp_path, monkeypatch)
    assert not (given.audit.state.path / "runs").exists()


@pytest.fixture(scope="module")
def keras():
    pytest.importorskip("tensorflow")
    import warnings

    from catsclean.training.backend import load_keras

    with warnings.catch_warnings():
        # what TensorFlow and its dependencies deprecate among themselves is not ours to mend
        warnings.simplefilter("ignore")
        return load_keras()


def test_limits_as_a_dict_are_refused_with_what_to_write_instead(given):
    with pytest.raises(ConfigError, match=r"catsclean\.Limits\(max_pixels=") as caught:
        catsclean.audit(given.root, limits={"max_pixels": 5})
    assert "Received: {'max_pixels': 5}" in str(caught.value)


def test_none_stands_for_the_default(given):
    assert catsclean.plan_cleaning(given.audit, keep=None, quarantine=None).moves


def test_names_may_come_from_any_iterable(given):
    chosen = (name for name in ("zero-length", "blurry"))
    counts = audit(given, select=chosen, ignore={"blurry"}).counts()
    assert counts == {"zero-length": 1}


def test_the_numbers_of_numpy_are_numbers(tmp_path):
    practice = catsclean.make_practice(
        tmp_path / "P", count=np.int64(2), seed=np.uint8(3), defects=False
    )
    assert practice.healthy == {"Cat": 1, "Dog": 1}


@pytest.mark.parametrize("function", [catsclean.split, catsclean.audit, catsclean.cleaning_log])
def test_an_argument_that_does_not_exist_is_refused_with_the_name_of_the_function(function):
    said = rf"^{function.__name__}\(\) got an unexpected keyword argument 'stratify'$"
    with pytest.raises(TypeError, match=said):
        function("Pets", stratify=True)
    with pytest.raises(TypeError, match=rf"^{function.__name__}\(\) missing a required argument"):
        function()


def test_a_checked_function_keeps_its_signature_and_its_page():
    import inspect

    assert "limits" in inspect.signature(catsclean.audit).parameters
    assert catsclean.audit.__doc__.startswith("Look at every file")
