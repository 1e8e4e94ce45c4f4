"""Files that belong to a picture by their name leave with it, and come back with it."""

import contextlib
import importlib.util
import shutil
import signal
from pathlib import Path

import pytest

from catsclean.cleaning import cleaning_log, plan_cleaning, recover, undo
from catsclean.errors import UsageError

spec = importlib.util.spec_from_file_location("faults", Path(__file__).parents[1] / "faults.py")
faults = importlib.util.module_from_spec(spec)
spec.loader.exec_module(faults)

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


def beside(audited, *paths):
    for path in paths:
        (audited.root / path).write_bytes(f"beside {path}".encode())


@pytest.fixture
def boxed(make, tmp_path):
    """Two flawed pictures with sidecar files, and two that stay with theirs."""
    audited = make(tmp_path, 4)
    beside(audited, "Cat/0.txt", "Cat/0.json", "Cat/0.jpg.json", "Cat/0.XML", "Dog/1.caption")
    beside(audited, "Cat/1.txt", "Dog/0.txt", "Cat/classes.txt", "Cat/00.txt", "Cat/0.notes.txt")
    audited.find("Cat/0.jpg", "zero-length").find("Dog/1.jpg", "truncated")
    return audited.save()


LEAVING = {"Cat/0.txt", "Cat/0.json", "Cat/0.jpg.json", "Cat/0.XML", "Dog/1.caption"}


def test_sidecar_files_leave_with_their_picture_and_no_other_file_does(boxed, read_tree):
    before = read_tree(boxed.root)
    result = plan_cleaning(boxed.root).apply()
    gone = before.keys() - read_tree(boxed.root).keys()
    assert gone == {"Cat/0.jpg", "Dog/1.jpg", *LEAVING}
    assert set(result.moved) == gone
    assert result.refused == ()
    assert result.unaccounted == 0


def test_undo_brings_them_back_exactly(boxed, read_tree):
    before = read_tree(boxed.root)
    times = {p: (boxed.root / p).stat().st_mtime_ns for p in before}
    plan_cleaning(boxed.root).apply()
    undo(boxed.root)
    assert read_tree(boxed.root) == before
    assert {p: (boxed.root / p).stat().st_mtime_ns for p in before} == times


def test_the_plan_says_with_which_picture_each_leaves(boxed):
    plan = plan_cleaning(boxed.root)
    assert {(m.path, m.owner) for m in plan.moves["sidecar"]} == {
        (path, "Dog/1.jpg" if path.startswith("Dog") else "Cat/0.jpg") for path in LEAVING
    }
    assert plan.count == 2 + len(LEAVING)
    assert not plan.takes_most
    assert set(plan.to_pandas().query("validators == 'sidecar'")["path"]) == LEAVING


def test_a_sidecar_file_of_several_pictures_stays_and_the_plan_says_so(boxed, read_tree):
    (boxed.root / "Cat/0.png").write_bytes(b"another picture")
    plan = plan_cleaning(boxed.root)
    kept = {k.path: k.why for k in plan.kept_back}
    assert kept.keys() == {"Cat/0.txt", "Cat/0.json", "Cat/0.XML"}
    assert set(kept.values()) == {"belongs to several pictures of its name"}
    plan.apply()
    assert {"Cat/0.txt", "Cat/0.json", "Cat/0.XML"} <= read_tree(boxed.root).keys()
    assert "Cat/0.jpg.json" not in read_tree(boxed.root)


def test_a_sidecar_file_stays_where_its_picture_is_refused(boxed, read_tree):
    plan = plan_cleaning(boxed.root)
    (boxed.root / "Cat/0.jpg").write_bytes(b"changed")
    (boxed.root / "Dog/1.jpg").unlink()
    result = plan.apply()
    assert read_tree(boxed.root).keys() >= LEAVING
    assert result.moved == ()
    assert dict(result.refused)["Cat/0.txt"] == "stays, because its picture stays"
    assert dict(result.refused)["Dog/1.caption"] == "stays, since its picture is gone"
    assert result.unaccounted == 0


def test_a_sidecar_file_that_changed_stays_and_is_named(boxed, read_tree):
    plan = plan_cleaning(boxed.root)
    (boxed.root / "Cat/0.txt").write_bytes(b"mine")
    result = plan.apply()
    assert read_tree(boxed.root)["Cat/0.txt"] == b"mine"
    assert "Cat/0.jpg" in result.moved
    assert [path for path, _ in result.refused] == ["Cat/0.txt"]


def test_links_and_folders_of_such_names_stay(boxed, tmp_path):
    (boxed.root / "Cat/0.yml").symlink_to(tmp_path)
    (boxed.root / "Cat/0.csv").mkdir()
    plan_cleaning(boxed.root).apply()
    assert (boxed.root / "Cat/0.yml").is_symlink()
    assert (boxed.root / "Cat/0.csv").is_dir()


def test_a_picture_that_comes_back_alone_brings_its_sidecar_files(boxed, read_tree):
    plan_cleaning(boxed.root).apply()
    result = plan_cleaning(boxed.root, keep=["Cat/0.jpg"], select=[]).apply()
    assert set(result.returned) == {path for path in LEAVING if "Cat" in path} | {"Cat/0.jpg"}
    assert result.unaccounted == 0
    assert LEAVING - read_tree(boxed.root).keys() == {"Dog/1.caption"}


def test_other_endings_can_be_named_and_none_too(boxed, read_tree):
    beside(boxed, "Cat/0.boxes")
    assert "sidecar" not in plan_cleaning(boxed.root, sidecars=()).moves
    found = plan_cleaning(boxed.root, sidecars=[".BOXES"]).moves["sidecar"]
    assert [move.path for move in found] == ["Cat/0.boxes"]


@pytest.mark.parametrize("endings", [["txt"], [".jpg"], [7], [".a/b"]])
def test_endings_that_make_no_sense_are_one_clear_line(boxed, endings):
    with pytest.raises(UsageError, match="extension") as caught:
        plan_cleaning(boxed.root, sidecars=endings)
    assert len(str(caught.value).splitlines()) == 1


def test_the_log_names_them(boxed):
    plan_cleaning(boxed.root).apply()
    (run,) = cleaning_log(boxed.root)
    assert {file.path for file in run.files if file.validators == ("sidecar",)} == LEAVING


def test_a_kill_at_any_step_parts_no_picture_from_its_sidecar_files_for_good(boxed, read_tree):
    before = read_tree(boxed.root)

    def clean(fault):
        fault()
        plan_cleaning(boxed.root).apply()

    for number in range(0, 10_000, 4):
        code = faults.in_child(clean, lambda n=number: faults.kill_at(n))
        assert code in {0, -signal.SIGKILL}
        recover(boxed.root)
        gone = before.keys() - read_tree(boxed.root).keys()
        assert gone in (set(), {"Cat/0.jpg", "Dog/1.jpg", *LEAVING})
        with contextlib.suppress(UsageError):
            undo(boxed.root)
        assert read_tree(boxed.root) == before
        shutil.rmtree(boxed.state.quarantine, ignore_errors=True)
        if code == 0:
            break
    assert number > 30
