"""What is checked before a release, and that it is built the same every time."""

import importlib.util
import shutil
import subprocess
import tarfile
import zipfile
from importlib.machinery import PathFinder
from pathlib import Path

import pytest

import catsclean

ROOT = Path(__file__).parents[1]
SPEC = importlib.util.spec_from_file_location("release_tool", ROOT / "tools" / "release.py")
release = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(release)

HEAD = "# Changelog\n\n## [Unreleased]\n\n"
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


def git(folder, *arguments):
    identity = ("-c", "user.name=a", "-c", "user.email=a@b")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def test_the_notes_are_the_section_of_the_version():
    text = f"{HEAD}## [1.2.0] - 2026-12-31\n\n### Added\n\n- One.\n\n## [1.1.0] - 2026-11-30\n\n- Two.\n"
    assert release.read_notes(text, "1.2.0") == "### Added\n\n- One."


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"{HEAD}- New.\n\n## [1.2.0] - 2026-12-31\n\n- One.\n", "as unreleased"),
        (HEAD, "the first version in CHANGELOG.md is None"),
        (
            f"{HEAD}## [1.1.0] - 2026-12-31\n\n- One.\n",
            "the first version in CHANGELOG.md is 1.1.0",
        ),
        (f"{HEAD}## [1.2.0]\n\n- One.\n", "no date"),
        (f"{HEAD}## [1.2.0] - 2026-13-01\n\n- One.\n", "no date"),
        (f"{HEAD}## [1.2.0] - 2026-12-31\n\n## [1.1.0] - 2026-01-01\n\n- One.\n", "is empty"),
    ],
)
def test_a_changelog_without_a_section_of_the_version_is_refused(text, why):
    with pytest.raises(release.ReleaseError, match=why):
        release.read_notes(text, "1.2.0")


def test_the_changelog_is_of_the_form_that_a_release_needs():
    found = [
        one["name"] for one in release._SECTION.finditer((ROOT / "CHANGELOG.md").read_text("utf-8"))
    ]
    assert found[0] == "Unreleased"
    assert len(found) == len(set(found))


def test_all_files_name_the_same_version():
    assert release.read_version(ROOT) == catsclean.__version__


@pytest.mark.parametrize("name", ["CITATION.cff", "recipe/recipe.yaml"])
def test_a_file_that_names_another_version_is_refused(tmp_path, name):
    for each in ("catsclean/core/version.py", "CITATION.cff", "recipe/recipe.yaml"):
        (tmp_path / each).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / each, tmp_path / each)
    text = (tmp_path / name).read_text("utf-8")
    (tmp_path / name).write_text(
        text.replace(f"version: {catsclean.__version__}", "version: 9.9.9")
    )
    with pytest.raises(release.ReleaseError, match=r"says version 9\.9\.9"):
        release.read_version(tmp_path)


@needs_git
def test_a_tree_with_changes_or_new_files_is_refused(tmp_path):
    git(tmp_path, "init", "-q")
    (tmp_path / "a.txt").write_text("1")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "1")
    release.check_tree(tmp_path)
    (tmp_path / "new.txt").touch()
    with pytest.raises(release.ReleaseError, match=r"new\.txt"):
        release.check_tree(tmp_path)


def test_a_program_that_fails_ends_the_release(tmp_path):
    with pytest.raises(release.ReleaseError, match=r"ended with \d+"):
        release.call(["git", "no-such-command"], tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(not PathFinder.find_spec("hatchling"), reason="needs hatchling")
def test_two_builds_have_the_same_bytes_and_the_time_of_the_commit(tmp_path):
    wheel, sdist = sorted(
        release.build_twice(ROOT, tmp_path, "1700000000"),
        key=lambda path: path.suffix,
        reverse=True,
    )
    with zipfile.ZipFile(wheel) as archive:
        assert {entry.date_time[:3] for entry in archive.infolist()} == {(2023, 11, 14)}
    with tarfile.open(sdist) as archive:
        assert {entry.mtime for entry in archive if entry.isfile()} == {1700000000}


def test_digests_are_those_of_the_files(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    release.write_digests(tmp_path)
    assert (tmp_path / "SHA256SUMS").read_text() == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a\n"
    )
