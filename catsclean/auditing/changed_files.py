"""The files that changed since a commit, as git knows them, for ``check --since``.

This is the one place where catsclean starts another program, and only if it is asked to.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from catsclean.core import names
from catsclean.errors import UsageError
from catsclean.scan.discover import may_be_picture
from catsclean.scan.junk import closed_reason

# no file monitor, no lock, no pattern in a path, and no program that the repository's settings name
_OPTIONS: Final = ("--no-optional-locks", "--literal-pathspecs", "-c", "core.fsmonitor=false")
_DIFF: Final = ("--no-ext-diff", "--no-textconv", "--no-renames", "--diff-filter=d")
_SHOWN: Final = 300


@dataclass(frozen=True, slots=True)
class ChangedFiles:
    """The files below a folder that changed.

    Attributes:
        paths: Files that changed or are new, absolute, in order.
        unchanged: Number of other pictures below the folder that git knows.
    """

    paths: tuple[Path, ...]
    unchanged: int


def find_changed(ref: str, root: Path, within: Sequence[Path] = ()) -> ChangedFiles:
    """Return the files that differ from where the present branch left another one.

    These are the files of commits, of the index and of the working folder, and those that git does
    not know yet and does not ignore.

    Args:
        ref: A commit, a branch or a tag.
        root: The folder to look in, absolute and resolved.
        within: Files or folders to look in, absolute; empty: all of `root`.

    Raises:
        UsageError: There is no git, no repository, no such commit, or no common history.
    """
    top = Path(_Git(root).line("rev-parse", "--show-toplevel")).resolve()
    git = _Git(top)
    base = git.common_commit(ref)
    changed = {
        *git.names("diff", *_DIFF, "--name-only", "-z", base, "--"),
        *git.names("ls-files", "--others", "--exclude-standard", "-z"),
    }
    places = [place for name in sorted(changed) if _is_wanted(place := top / name, root, within)]
    known = (top / name for name in git.names("ls-files", "-z"))
    others = {place for place in known if may_be_picture(place.name)} - set(places)
    files = tuple(place for place in places if _is_there(place))
    left = (place for place in others if _is_wanted(place, root, within) and _is_there(place))
    return ChangedFiles(files, sum(1 for _ in left))


class _Git:
    """The program git, in one folder."""

    def __init__(self, folder: Path) -> None:
        found = shutil.which("git")
        # Windows looks into the working folder, too: who made the data may have put one there
        if found is None or not Path(found).is_absolute():
            raise UsageError(
                "cannot find git, which knows what changed. Install it, or name the files."
            )
        self._program = found
        self._folder = folder

    def names(self, *arguments: str) -> list[str]:
        """Run a command of git and return the paths in its output.

        Raises:
            UsageError: It fails.
        """
        return [os.fsdecode(name) for name in self._ask(*arguments).split(b"\0") if name]

    def line(self, *arguments: str) -> str:
        """Run a command of git and return the line that it prints.

        Raises:
            UsageError: It fails.
        """
        return os.fsdecode(self._ask(*arguments)).rstrip("\r\n")

    def common_commit(self, ref: str) -> str:
        """Return the commit in which HEAD and another commit have their history in common.

        Raises:
            UsageError: There is no such commit, or nothing in common.
        """
        wish = f"{ref}^{{commit}}"
        found = self._run("rev-parse", "--verify", "--quiet", "--end-of-options", wish)
        if found.returncode or not ref:
            raise UsageError(
                f"git knows no commit of this name. Received: {names.received(ref)}."
                " Name a commit, a branch or a tag; a job in CI may have to fetch it first."
            )
        commit = os.fsdecode(found.stdout).strip()
        common = self._run("merge-base", commit, "HEAD")
        if common.returncode:
            raise UsageError(
                f"this commit and the present one have no common history. Received:"
                f" {names.received(ref)}. A shallow clone has too few commits: fetch all of them"
                " (fetch-depth: 0 of actions/checkout)."
            )
        return os.fsdecode(common.stdout).split()[0]

    def _ask(self, *arguments: str) -> bytes:
        done = self._run(*arguments)
        if done.returncode:
            said = names.text(" ".join(os.fsdecode(done.stderr).split()))[:_SHOWN].rstrip(".")
            raise UsageError(
                f"git cannot say which files changed in {names.text(str(self._folder))!r}: {said}."
                " Name the files."
            )
        return done.stdout

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(  # noqa: S603 - no shell; a caller's name follows --end-of-options
                [self._program, *_OPTIONS, *arguments],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            )
        except OSError as error:
            raise UsageError(
                f"cannot run git: {error.strerror or error}. Name the files."
            ) from error


def _is_wanted(place: Path, root: Path, within: Sequence[Path]) -> bool:
    """Return whether a file lies where somebody looks, and in no folder that an audit passes over.

    Such a folder is a state folder of catsclean: its quarantine holds what a clean took away.
    """
    if not place.is_relative_to(root):
        return False
    if any(map(closed_reason, place.relative_to(root).parts[:-1])):
        return False
    return not within or any(place.is_relative_to(one) for one in within)


def _is_there(place: Path) -> bool:
    """Return whether a name is a file's; a submodule is a folder."""
    return os.path.lexists(place) and (place.is_symlink() or not place.is_dir())
