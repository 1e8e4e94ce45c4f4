"""The state folder of another data set is not audited, whatever its name."""

import shutil

import pictures
import pytest

import catsclean
from catsclean.core import state_names
from catsclean.errors import CatscleanError
from catsclean.scan.discover import discover
from catsclean.scan.junk import STATE_FOLDER
from catsclean.scan.own_states import is_state

QUICK = {"content": False, "workers": 1}


def make_cleaned(home):
    """Make pictures and beside them a state folder of another name, with a picture set aside."""
    root = pictures.make_dataset(home / "images", {"Cat": 4, "Dog": 4})
    (root / "Cat/empty.jpg").touch()
    shutil.copy(root / "Dog/1.jpg", root / "Dog/copy.jpg")
    audit = catsclean.audit(root, state_dir=home / "pets-state", **QUICK)
    catsclean.split(audit, {"val": 0.5}).save()
    done = catsclean.plan_cleaning(audit).apply()
    assert len(done.moved) == 2
    return home


@pytest.fixture(scope="module")
def cleaned_once(tmp_path_factory):
    return make_cleaned(tmp_path_factory.mktemp("own").resolve() / "home")


@pytest.fixture
def home(cleaned_once, tmp_path):
    return shutil.copytree(cleaned_once, tmp_path.resolve() / "home")


def skipped(root):
    return [path for path, reason in discover(root).skipped_folders if reason == STATE_FOLDER]


def below(root, folder):
    return [path for path in discover(root).paths if path.startswith(f"{folder}/")]


def test_it_is_left_out_and_named_so_that_no_clean_empties_its_quarantine(tmp_path):
    home = make_cleaned(tmp_path.resolve() / "home")
    audit = catsclean.audit(home, **QUICK)
    named = {one.path: one.message for one in audit.findings if "pets-state" in (one.path or "")}
    assert named == {
        "pets-state": "catsclean's own state folder, which some loaders take for a class; skipped"
    }
    catsclean.plan_cleaning(audit).apply()
    undone = catsclean.undo(home / "images", state_dir=home / "pets-state")
    assert len(undone.restored) == 2


def test_everything_in_a_state_folder_is_known(cleaned_once):
    inside = {path.name for path in (cleaned_once / "pets-state").iterdir()}
    assert inside <= state_names.NAMES


@pytest.mark.parametrize("left", ["quarantine", "cache lock", "audit.json manifest.csv"])
def test_it_is_recognised_by_what_a_command_that_was_cut_short_left(home, left):
    for path in (home / "pets-state").iterdir():
        if path.name not in left.split():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert skipped(home) == ["pets-state"]
    assert below(home, "pets-state") == []


def test_a_damaged_record_of_the_audit_hides_no_quarantine_from_us(home):
    (home / "pets-state/audit.json").write_text("{")
    assert skipped(home) == ["pets-state"]


@pytest.mark.parametrize("name", ["audit.json", "quarantine", "cache"])
def test_what_is_a_link_or_of_another_kind_says_nothing(home, tmp_path, name):
    state = home / "pets-state"
    (tmp_path / "kept").mkdir()
    for path in state.iterdir():
        if path.name != "lock":
            path.rename(tmp_path / "kept" / path.name)
    (state / "lock.pid").touch()
    (state / name).symlink_to(tmp_path / "kept" / name)
    assert not is_state(state, sorted(path.name for path in state.iterdir()))
    (state / name).unlink()
    (state / name).mkdir() if name == "audit.json" else (state / name).touch()
    assert not is_state(state, sorted(path.name for path in state.iterdir()))


def test_a_folder_that_is_gone_is_no_state_folder(tmp_path):
    assert not is_state(tmp_path / "gone", ["audit.json", "manifest.csv"])


def test_data_beside_the_state_are_audited_and_only_the_state_is_not(home):
    (home / "images").rename(home / "pets-state/images")
    assert skipped(home) == ["pets-state/cache", "pets-state/quarantine"]
    assert {path.split("/")[1] for path in discover(home).paths} == {"images"}
    assert skipped(home / "pets-state") == ["cache", "quarantine"]


def test_a_state_folder_alone_is_no_data_set(home):
    with pytest.raises(CatscleanError, match="set aside in a state folder"):
        catsclean.audit(home / "pets-state", **QUICK)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("audit.json", '{"schema_version": 1, "catsclean": "0.1.0"}'),
        ("audit.json", '{"findings": []}'),
        ("audit.json", ""),
        ("lock", ""),
        ("quarantine/20261201-044114/journal.json", '{"entries": []}'),
        ("quarantine/mine/journal.json", '{"schema_version": 2, "run": "20261201-044114"}'),
        ("cache/evidence.arrow", ""),
    ],
)
def test_a_class_that_has_only_one_of_the_names_is_a_class(tmp_path, name, text):
    root = pictures.make_dataset(tmp_path / "pets")
    path = root / "Cat" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    assert skipped(root) == []
    assert f"Cat/{name}" in discover(root).paths
