"""Options that several commands share, where settings give what was not typed."""

import tarfile

import pytest
from pictures import make_dataset


@pytest.fixture
def planted(run, tmp_path, monkeypatch):
    """A data set with settings of its author inside, in which the working folder is."""
    (tmp_path / "outside").mkdir()
    root = make_dataset(tmp_path / "set", {"Cat": 3, "Dog": 3})
    (root / "catsclean.toml").write_text(
        f'state-dir = "stolen"\nfollow-links-to = [{str(tmp_path / "outside")!r}]\n'
    )
    monkeypatch.chdir(root)
    return root


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("command", ["audit . -q --select file", "plan . -q"])
def test_settings_inside_a_data_set_do_not_say_where_its_state_lies(
    run, planted, tmp_path, command
):
    assert run(*command.split()).returncode in {0, 1}
    assert names_in(planted) == ["Cat", "Dog", "catsclean.toml"]
    assert names_in(tmp_path) == ["outside", "set", "set.catsclean"]


def test_nor_those_where_the_data_set_is_found_from_the_working_folder(run, planted, tmp_path):
    run("audit", ".", "-q", "--select", "file")
    done = run("cache", "info")
    assert (done.returncode, done.stderr) == (0, "")
    assert str(tmp_path / "set.catsclean") in done.stdout


def test_nor_those_beside_containers(run, tmp_path, monkeypatch):
    folder = make_dataset(tmp_path / "pictures", {"Cat": 3, "Dog": 3})
    (tmp_path / "set").mkdir()
    for label in ("Cat", "Dog"):
        with tarfile.open(tmp_path / f"set/{label}.tar", "w") as tar:
            tar.add(folder / label, label)
    (tmp_path / "set/catsclean.toml").write_text('state-dir = "stolen"\n')
    monkeypatch.chdir(tmp_path / "set")
    assert run("plan", "Cat.tar", "Dog.tar", "-q").returncode == 0
    assert names_in(tmp_path / "set") == ["Cat.tar", "Dog.tar", "catsclean.toml"]
    assert names_in(tmp_path) == ["pictures", "set", "set.catsclean"]


def test_settings_outside_the_data_set_say_where_its_state_lies(run, tmp_path):
    make_dataset(tmp_path / "set", {"Cat": 3, "Dog": 3})
    (tmp_path / "catsclean.toml").write_text('state-dir = "mine"\n')
    assert run("plan", "set", "-q").returncode == 0
    assert names_in(tmp_path) == ["catsclean.toml", "mine", "set"]
    run("audit", "set", "-q", "--select", "file")
    assert "mine" in run("cache", "info").stdout


def test_a_refused_option_names_a_variable_only_if_it_is_set(run, monkeypatch):
    done = run("audit", "Pets", "--workers", "none")
    assert (done.returncode, "CATSCLEAN" in done.stderr) == (2, False)
    monkeypatch.setenv("CATSCLEAN_AUDIT_WORKERS", "none")
    done = run("audit", "Pets")
    assert done.returncode == 2
    assert "for CATSCLEAN_AUDIT_WORKERS: " in done.stderr
