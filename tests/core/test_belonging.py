"""One state folder, one data set: wherever that is moved to, and no other."""

import shutil
import subprocess

import pyarrow.parquet as pq
import pytest
from pictures import jpeg, make_dataset

import catsclean
from catsclean.core.state import StateFolder, locate
from catsclean.errors import DatasetError, StateError, UsageError


def make(root, seed):
    make_dataset(root)
    for number in range(3):  # of sizes that no other set's pictures have
        (root / "Cat" / f"{seed}-{number}.jpg").write_bytes(jpeg(seed + number) + b"x" * seed)
    for path in root.glob("*/?.jpg"):
        path.write_bytes(jpeg(seed) + b"x" * seed)
    return root


@pytest.fixture
def one(tmp_path):
    """A data set that was audited with the state folder ``st``."""
    root = make(tmp_path / "one", 100)
    catsclean.audit(root, state_dir=tmp_path / "st", workers=1, select="file")
    return root


@pytest.fixture
def other(tmp_path):
    return make(tmp_path / "other", 200)


def belongs(root, state_dir):
    StateFolder.of(root, state_dir)


def test_another_data_set_is_refused_by_both_names(one, other, tmp_path):
    with pytest.raises(StateError, match=r"one'.*Received: .*other'"):
        catsclean.audit(other, state_dir=tmp_path / "st")


def test_another_data_set_is_refused_where_the_first_is_gone(one, other, tmp_path):
    shutil.rmtree(one)
    with pytest.raises(StateError):
        belongs(other, tmp_path / "st")


def test_a_data_set_that_was_renamed_or_moved_is_the_same(one, tmp_path):
    for place in ("renamed", "elsewhere/one"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        one = one.rename(tmp_path / place)
        belongs(one, tmp_path / "st")


def test_a_path_that_catsclean_did_not_write_says_nothing_of_where_a_data_set_is(one, tmp_path):
    manifest = tmp_path / "st" / "manifest.parquet"
    table = pq.read_table(manifest)
    paths = [r"Cat\q.jpg", *table["path"].to_pylist()[1:]]
    column = table.column_names.index("path")
    pq.write_table(table.set_column(column, table.schema.field(column), [paths]), manifest)
    belongs(one.rename(tmp_path / "renamed"), tmp_path / "st")


def test_a_data_set_of_the_same_name_on_another_machine_is_the_same(one, tmp_path):
    shutil.rmtree(one)
    belongs(make(tmp_path / "elsewhere" / "one", 300), tmp_path / "st")


def test_a_data_set_whose_files_were_all_replaced_is_the_same(one, tmp_path):
    shutil.rmtree(one)
    belongs(make(tmp_path / "one", 300), tmp_path / "st")


def test_a_copy_is_another_data_set_while_the_first_is_there(one, tmp_path):
    shutil.copytree(one, tmp_path / "copy")
    with pytest.raises(StateError):
        belongs(tmp_path / "copy", tmp_path / "st")


def test_what_was_set_aside_is_not_missed(one, tmp_path):
    (one / "Cat" / "empty.jpg").touch()
    catsclean.audit(one, state_dir=tmp_path / "st", workers=1, select="file")
    catsclean.plan_cleaning(one, state_dir=tmp_path / "st").apply()
    belongs(one.rename(tmp_path / "renamed"), tmp_path / "st")


def test_a_damaged_manifest_leaves_the_name_to_go_by(one, other, tmp_path):
    (tmp_path / "st" / "manifest.parquet").write_bytes(b"PAR1")
    belongs(one, tmp_path / "st")
    with pytest.raises(StateError):
        belongs(other, tmp_path / "st")


def test_nothing_of_another_data_set_is_undone_or_completed(one, other, tmp_path):
    (one / "Cat" / "empty.jpg").touch()
    catsclean.audit(one, state_dir=tmp_path / "st", workers=1, select="file")
    catsclean.plan_cleaning(one, state_dir=tmp_path / "st").apply()
    for call in (catsclean.undo, catsclean.plan_cleaning, catsclean.cleaning_log):
        with pytest.raises(StateError):
            call(other, state_dir=tmp_path / "st")
    assert not (other / "Cat" / "empty.jpg").exists()


def test_a_state_folder_tells_its_data_set(one, other, tmp_path, monkeypatch):
    catsclean.audit(other, workers=1, select="file")
    monkeypatch.chdir(tmp_path)
    state = locate(state_dir="st")
    assert (state.root, state.path) == (one, tmp_path / "st")
    assert state.arguments == f"{one} --state-dir st"


def test_a_state_folder_that_was_moved_with_its_data_set_tells_it(other, tmp_path):
    catsclean.audit(other, workers=1, select="file")
    (tmp_path / "new").mkdir()
    for name in ("other", "other.catsclean"):
        (tmp_path / name).rename(tmp_path / "new" / name)
    assert locate(state_dir=tmp_path / "new" / "other.catsclean").root == tmp_path / "new" / "other"


def test_a_state_folder_whose_data_set_is_gone_asks_for_it(one, tmp_path):
    one.rename(tmp_path / "renamed")
    with pytest.raises(UsageError, match="Name the data set, too"):
        locate(state_dir=tmp_path / "st")


def test_a_folder_without_an_audit_tells_nothing(tmp_path):
    with pytest.raises(UsageError, match="no audit in this state folder"):
        locate(state_dir=tmp_path)


@pytest.mark.parametrize("root", ["", None, 7])
def test_what_names_no_folder_is_refused(root):
    with pytest.raises(DatasetError, match="no folder given"):
        catsclean.audit(root)


def test_an_empty_text_is_no_state_folder(one):
    with pytest.raises(DatasetError, match="the state folder must not be empty"):
        catsclean.audit(one, state_dir="")


def test_arguments_are_what_the_user_named_quoted_for_the_shell(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("my cats", "e\x1b[31mRED", "-x", "it's"):
        (tmp_path / name).mkdir()
        state = StateFolder.of(name, "my st")
        command = f"printf '%s|' {state.arguments}"
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
        root, option, folder, _ = done.stdout.split("|")
        assert root == (f"./{name}" if name.startswith("-") else name)
        assert (option, folder) == ("--state-dir", "my st")
        assert state.arguments.isprintable()
