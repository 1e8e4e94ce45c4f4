import sys
import zipfile

import pytest

from catsclean import entry_points

GROUP = "some.group"


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The one folder in which distributions are looked for."""
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    return tmp_path


def declare(info, text):
    info.mkdir()
    (info / "entry_points.txt").write_text(text)


@pytest.mark.parametrize("ending", [".dist-info", ".egg-info"])
def test_a_distribution_that_names_the_group_is_seen(place, ending):
    declare(place / f"cats-1.0{ending}", f"[{GROUP}]\ncat = cats:Cat\n")
    assert entry_points.may_exist(GROUP)


def test_of_other_groups_nothing_comes(place):
    declare(place / "dogs-1.0.dist-info", "[console_scripts]\ndog = dogs:main\n")
    (place / "old-1.0.egg-info").write_text("Name: old")
    (place / "plain-1.0.dist-info").mkdir()
    assert not entry_points.may_exist(GROUP)


def test_a_folder_that_is_not_there_holds_none(place, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(place / "gone")])
    assert not entry_points.may_exist(GROUP)


def test_what_is_in_an_archive_or_an_egg_is_left_to_importlib(place, monkeypatch):
    with zipfile.ZipFile(place / "some.zip", "w") as archive:
        archive.writestr("module.py", "")
    (place / "some.egg").mkdir()
    for name in ("some.zip", "some.egg"):
        monkeypatch.setattr(sys, "path", [str(place / name)])
        assert entry_points.may_exist(GROUP)


def test_what_another_finder_may_know_of_is_left_to_importlib(place, monkeypatch):
    class Finder:
        def find_spec(self, name, path=None, target=None):
            return None

        def find_distributions(self, context=None):
            return []

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder()])
    assert entry_points.may_exist(GROUP)
