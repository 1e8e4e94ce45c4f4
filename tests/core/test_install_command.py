"""The command that adds an extra, for each way in which catsclean may have been installed."""

import json
import os
import shlex
from importlib import metadata

import pytest

from catsclean.core.install_command import install_command

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the quotes are those of a POSIX shell")
PLAIN = 'pip install "catsclean[train]"'


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Let pip have recorded an origin."""

    def install(text):
        info = tmp_path / "site/catsclean-0.1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: catsclean\nVersion: 0.1.0\n")
        if text is not None:
            (info / "direct_url.json").write_text(text)
        found = metadata.PathDistribution(info)
        monkeypatch.setattr(metadata, "distribution", lambda _name: found)

    return install


@pytest.fixture
def clone(tmp_path):
    folder = tmp_path / "my clone"
    folder.mkdir()
    (folder / "pyproject.toml").touch()
    return folder


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"url": 7}'])
def test_from_an_index_the_name_is_enough(installed, text):
    installed(text)
    assert install_command("train") == PLAIN


def test_where_nothing_is_installed_the_name_is_enough(monkeypatch):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", missing)
    assert install_command("train") == PLAIN


@pytest.mark.parametrize(("editable", "option"), [(True, ["-e"]), (False, [])])
def test_a_clone_is_named(installed, clone, editable, option):
    installed(json.dumps({"url": clone.as_uri(), "dir_info": {"editable": editable}}))
    assert shlex.split(install_command("train")) == ["pip", "install", *option, f"{clone}[train]"]


def test_the_working_folder_is_a_dot(installed, clone, monkeypatch):
    installed(json.dumps({"url": clone.as_uri(), "dir_info": {"editable": True}}))
    monkeypatch.chdir(clone)
    assert install_command("train") == "pip install -e '.[train]'"


def test_a_clone_that_is_gone_is_not_named(installed, tmp_path):
    installed(json.dumps({"url": (tmp_path / "gone").as_uri(), "dir_info": {}}))
    assert install_command("train") == PLAIN


def test_a_repository_is_named_with_its_revision(installed):
    info = {"vcs": "git", "requested_revision": "v1", "commit_id": "0" * 40}
    installed(json.dumps({"url": "https://example.org/c.git", "vcs_info": info}))
    command = "catsclean[train] @ git+https://example.org/c.git@v1"
    assert shlex.split(install_command("train"))[-1] == command


def test_an_archive_is_named(installed):
    installed(json.dumps({"url": "file:///tmp/c.whl", "archive_info": {}}))
    assert shlex.split(install_command("train"))[-1] == "catsclean[train] @ file:///tmp/c.whl"
