"""The state folder: all that catsclean stores about a data set, beside it and never inside.

``PetImages.catsclean/`` holds ``manifest.parquet``, ``findings.parquet`` (both also as ``.csv``),
``audit.json``, ``kept.json``, ``decisions.jsonl``, ``split.parquet``, ``labels.parquet``,
``label-rows.csv``, ``cache/``, ``quarantine/``, ``runs/`` and ``lock``.  Inside the data set it
would become a class for every loader that lists folders.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from catsclean.core import names, stand_ins, state_names
from catsclean.core.belonging import check_belonging, read_recorded, unreadable, unwritable
from catsclean.core.bucket_address import is_address
from catsclean.core.container_names import is_container_name
from catsclean.core.files import SUFFIX
from catsclean.core.fixed_places import never_changed, never_moved
from catsclean.core.leftovers import remove_leftovers
from catsclean.core.links import Folders, Reach, allowed_folders
from catsclean.core.name_calls import make_durable, make_folder
from catsclean.core.not_a_folder import explain_file, explain_missing
from catsclean.core.parse_json import parse_json
from catsclean.core.split_marker import is_split
from catsclean.errors import DatasetError, StateError, UsageError

SCHEMA_VERSION = 1
_SEARCH_DEPTH = 3
_NAME_IT = "Name the folder that holds the class folders."


class DamagedError(StateError):
    """The record of the last audit is damaged."""


class SeveralAuditedError(UsageError):
    """No data set was named, and several audited ones are near.

    Attributes:
        found: Their state folders.
    """

    def __init__(self, base: Path, found: Sequence[StateFolder]) -> None:
        """Name the data sets below a folder."""
        self.found = tuple(found)
        shown = ", ".join(names.text(str(state.root.relative_to(base))) for state in found)
        super().__init__(
            f"more than one audited data set here ({shown}). Name the one that you mean."
        )


@dataclass(frozen=True, slots=True)
class StateFolder:
    """The state folder of one data set.

    Attributes:
        root: The data set, a folder or a container, absolute, links resolved.
        path: The state folder, absolute; it need not exist yet.
        named: Data set and state folder as the user named them, for commands to paste; either may
            be missing.
        follow_links_to: Folders outside the data set that the user lets links lead into. They
            are never read from a file, because the author of the data set may have written it.
    """

    root: Path
    path: Path
    named: tuple[str, str | None] | None = field(default=None, compare=False, repr=False)
    follow_links_to: tuple[Path, ...] = field(default=(), compare=False, repr=False)

    @classmethod
    def of(
        cls,
        root: str | os.PathLike[str],
        state_dir: str | os.PathLike[str] | None = None,
        follow_links_to: Folders = None,
    ) -> StateFolder:
        """Return the state folder of a data set: beside it, or `state_dir` if given.

        Links may lead into `follow_links_to`, folders outside the data set.

        Raises:
            DatasetError: `root` does not exist, is neither a folder nor a container, or contains
                `state_dir`; or `follow_links_to` names something else than a folder.
            StateError: `state_dir` belongs to another data set.
        """
        given = _given(root)
        folder = Path(given)
        # a container in a bucket is here only while it is read
        elsewhere = stand_ins.is_stand_in(folder)
        if not elsewhere and not folder.exists():
            raise DatasetError(explain_missing(given))
        if (
            not elsewhere
            and not folder.is_dir()
            and not (folder.is_file() and is_container_name(folder.name))
        ):
            raise DatasetError(explain_file(folder, given))
        folder = folder.resolve()
        allowed = allowed_folders(follow_links_to)
        if state_dir is None:
            if folder == folder.parent:
                raise DatasetError(
                    "the root folder has no folder beside it to write to."
                    " Name a --state-dir (state_dir=)."
                )
            return cls(folder, _beside(folder), (given, None), allowed)
        if not os.fspath(state_dir):  # pathlib would read it as the working folder
            raise DatasetError("the state folder must not be empty. Received: ''. Name one.")
        if is_address(state_dir) and not Path(state_dir).exists():
            raise DatasetError(
                "the state folder of a folder lies on this machine, too."
                f" Received: {names.text(os.fspath(state_dir))!r}. Name a folder."
            )
        state = Path(state_dir).resolve()
        if state == folder or state.is_relative_to(folder):
            raise DatasetError(
                "the state folder must not be inside the data set, where loaders would take it for"
                f" a class. Received: {str(state_dir)!r}. Name a folder outside it."
            )
        if state != _beside(folder):
            check_belonging(folder, state)
        return cls(folder, state, (given, os.fspath(state_dir)), allowed)

    def refuse_inside_audited(self) -> None:
        """Refuse to make a new state folder inside a larger data set that was audited.

        There it would become a class.  A folder that the audit of the larger one took for a data
        set of its own is not refused, nor one that has a state folder already.

        Raises:
            UsageError: It would be made there.
        """
        if whole := self.audited_around():
            outer = Path(whole).resolve()
            inside = names.encode(self.root.relative_to(outer).as_posix())
            raise UsageError(
                f"{inside!r} is a part of the audited data set {names.encode(outer.name)!r}, where"
                " its state folder would become a class. Audit all of it (catsclean audit"
                f" {names.shell_word(whole)}), or add --state-dir FOLDER (state_dir=)."
            )

    def audited_around(self) -> str:
        """Return the audited data set that this one is a part of, as the user would name it.

        Empty if there is none, or if this one has a state folder already.
        """
        if self.path != _beside(self.root) or self.exists(self.path / state_names.AUDIT):
            return ""
        for outer in self.root.parents:
            if not outer.name:
                continue
            around = StateFolder(outer, _beside(outer))
            if not around.exists(around.path / state_names.AUDIT) or around.never_changed():
                continue  # a state folder beside containers is no class
            inside = names.encode(self.root.relative_to(outer).as_posix())
            own = around._doubtful_folders()
            if not any(f"{inside}/".startswith(f"{folder}/") for folder in own):
                return self._named_above(outer)
        return ""

    def _doubtful_folders(self) -> frozenset[str]:
        """Return the folders that the last audit took, or may have taken, for sets of their own."""
        summary = self.read_summary()
        skipped = summary.get("dataset", {}).get("skipped_folders", ())
        splits = [path for path, reason in skipped if is_split(reason)]
        outer = summary.get("layout_doubt", {}).get("outer", ())
        return frozenset([*summary.get("several_sets", ()), *outer, *splits])

    def _named_above(self, outer: Path) -> str:
        """Return how to name a folder above the data set, in the way the user named the latter."""
        above = (one for one in Path(self.given).parents if one.resolve() == outer)
        return str(next(above, outer))

    def reach(self) -> Reach:
        """Return where links in the data set may lead.

        They are followed if the last audit followed them, or if the user names folders for them.

        Raises:
            StateError: ``audit.json`` is damaged, or was written by a newer catsclean.
        """
        dataset = self.read_summary().get("dataset")
        followed = isinstance(dataset, dict) and dataset.get("follow_links") is True
        allowed = self.follow_links_to
        return Reach(self.root, followed or bool(allowed), allowed)

    def never_changed(self, summary: Mapping[str, Any] | None = None) -> str:
        """Return what the pictures of the last audit lie in, if catsclean never changes it.

        Args:
            summary: The record of the last audit, if the caller has read it.

        Returns:
            As :func:`catsclean.core.fixed_places.never_changed`.

        Raises:
            StateError: ``audit.json`` is damaged, or was written by a newer catsclean.
        """
        return never_changed(self.root, self._containers(summary))

    def never_moved(self, summary: Mapping[str, Any] | None = None) -> str:
        """Return what the pictures of the last audit lie in, if catsclean never moves them.

        Args:
            summary: As for :meth:`never_changed`.

        Returns:
            As :func:`catsclean.core.fixed_places.never_moved`.

        Raises:
            StateError: As :meth:`never_changed`.
        """
        return never_moved(self.root, self._containers(summary), self.path)

    def _containers(self, summary: Mapping[str, Any] | None) -> list[str]:
        dataset = (self.read_summary() if summary is None else summary).get("dataset")
        containers = dataset.get("containers") if isinstance(dataset, dict) else None
        return containers if isinstance(containers, list) else []

    @property
    def given(self) -> str:
        """The data set as the user named it, else its absolute path."""
        return self.named[0] if self.named else str(self.root)

    @property
    def arguments(self) -> str:
        """Arguments that name this data set in a command to paste, quoted for the shell."""
        usual = None if self.path == _beside(self.root) else str(self.path)
        root, state_dir = self.named or (str(self.root), usual)
        option = "" if state_dir is None else f" --state-dir {names.shell_word(state_dir)}"
        for folder in self.follow_links_to:
            option += f" --follow-links-to {names.shell_word(str(folder))}"
        return names.shell_word(root) + option

    @property
    def never_audited(self) -> str:
        """Message if there was no audit."""
        name = names.encode(self.root.name)
        return f"{name!r} was never audited. Run: catsclean audit {self.arguments}"

    @property
    def manifest(self) -> Path:
        """The manifest of the last audit (Parquet)."""
        return self.path / state_names.MANIFEST_NAMES[0]

    @property
    def findings(self) -> Path:
        """The findings of the last audit (Parquet)."""
        return self.path / state_names.FINDINGS_NAMES[0]

    @property
    def report(self) -> Path:
        """The default place of the page that ``catsclean report`` makes."""
        return self.path / state_names.REPORT

    @property
    def cache(self) -> Path:
        """Folder of the evidence cache."""
        return self.path / state_names.CACHE

    @property
    def split(self) -> Path:
        """The manifest of the last split (Parquet)."""
        return self.path / state_names.SPLIT

    @property
    def kept(self) -> Path:
        """The recorded decisions that stand, made from the journal."""
        return self.path / state_names.KEPT

    @property
    def decision_journal(self) -> Path:
        """All decisions about pictures, one entry a line."""
        return self.path / state_names.DECISION_JOURNAL

    @property
    def labels(self) -> Path:
        """The labels that a caller passed to the last audit (Parquet)."""
        return self.path / state_names.LABELS

    @property
    def label_rows(self) -> Path:
        """The rows of label tables that do not fit the files (CSV)."""
        return self.path / state_names.LABEL_ROWS

    @property
    def vectors(self) -> Path:
        """Folder of the vectors of pictures."""
        return self.cache / "vectors"

    @property
    def content(self) -> Path:
        """What the pictures show, as the last audit examined it (Arrow)."""
        return self.path / state_names.CONTENT

    @property
    def places(self) -> Path:
        """The places of pictures on the map of the last page that computed them (Arrow)."""
        return self.cache / "map.arrow"

    @property
    def thumbnails(self) -> Path:
        """The small pictures that a review made (SQLite)."""
        return self.cache / "thumbnails.sqlite"

    @property
    def written(self) -> Path:
        """The record of the tables that the last audit wrote."""
        return self.cache / "written.json"

    @property
    def tried_repairs(self) -> Path:
        """What the last repairs could not repair."""
        return self.cache / "tried-repairs.json"

    @property
    def quarantine(self) -> Path:
        """Folder of the quarantine: one subfolder per clean."""
        return self.path / state_names.QUARANTINE

    @property
    def runs(self) -> Path:
        """Folder of training runs: one subfolder per run."""
        return self.path / state_names.RUNS

    def exists(self, path: Path) -> bool:
        """Return whether a file of the state folder exists.

        Raises:
            StateError: The state folder cannot be read.
        """
        try:
            path.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            raise unreadable(self.path, error) from error
        return True

    def read_summary(self) -> dict[str, Any]:
        """Read ``audit.json``, the record of the last audit; empty if there was none.

        Raises:
            StateError: It is damaged, or was written by a newer catsclean.
        """
        try:
            text = (self.path / state_names.AUDIT).read_text(encoding="utf-8")
            summary = parse_json(text) if text else None
        except FileNotFoundError:
            return {}
        except PermissionError as error:
            raise unreadable(self.path, error) from error
        except (OSError, ValueError):
            summary = None
        version = summary.get("schema_version") if isinstance(summary, dict) else None
        if not isinstance(summary, dict) or not isinstance(version, int):
            raise self.damaged()
        if version > SCHEMA_VERSION:
            raise StateError(
                f"the state folder was written by a newer catsclean (schema {version}, known:"
                f" {SCHEMA_VERSION})."
                " Upgrade catsclean, or name another --state-dir (state_dir=)."
            )
        return summary

    def damaged(self) -> StateError:
        """Make the error for a damaged ``audit.json``."""
        return DamagedError(
            f"audit.json in {stand_ins.shown(self.path)!r} is damaged."
            f" Run: catsclean audit {self.arguments}"
        )

    def refuse_to_replace(self) -> None:
        """Refuse to replace files of a newer catsclean or of others; damaged files may be replaced.

        Raises:
            StateError: It was written by a newer catsclean, holds files that are not catsclean's,
                or cannot be read.
        """
        with suppress(DamagedError):
            if self.read_summary():
                return
        # these are written before the first table
        first = (state_names.LOCK, state_names.LOCK_HOLDER)
        if any(self.exists(self.path / name) for name in first):
            return
        for name in state_names.TABLES:
            if self.exists(self.path / name):
                raise StateError(
                    f"{name} in {stand_ins.shown(self.path)!r} was not written by catsclean, but"
                    " would be replaced. Name another --state-dir (state_dir=)."
                )

    def create(self) -> None:
        """Make the folder.

        Raises:
            StateError: It cannot be made or written.
        """
        try:
            made = [folder for folder in (self.path, *self.path.parents) if not folder.exists()]
            for folder in reversed(made):
                make_folder(os.fspath(folder))
            for folder in made:  # a power cut must not remove the folder that holds a journal
                make_durable(folder.parent)
            if not self.path.is_dir():
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        except OSError as error:
            raise StateError(
                f"cannot make the state folder {str(self.path)!r}: {error.strerror}. Name a"
                " --state-dir (state_dir=) that can be written."
            ) from error

    def remove_leftovers(self) -> None:
        """Remove the leftovers of killed commands, unless another command is at work."""
        if os.access(self.path, os.W_OK):
            with suppress(StateError), self.lock():
                pass  # taking the lock removes them

    def refresh(self) -> None:
        """Learn what others changed; a folder on this machine is always as it is."""

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Make what the block appends to a journal last, where the folder itself is not enough.

        Unlike :meth:`lock`, this does not wait for a command that is at work on this machine.

        Raises:
            StateError: It cannot be made to last; the journal may have the line nevertheless.
        """
        yield

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Lock the state folder: only one command changes it at a time.

        The leftovers of killed commands are removed first.

        Raises:
            StateError: Another process holds it (the message names its pid), or it cannot be
                written.
        """
        self.create()
        lock = FileLock(self.path / state_names.LOCK, timeout=0)
        holder = self.path / state_names.LOCK_HOLDER
        try:
            lock.acquire()
        except Timeout:
            try:
                pid = holder.read_text(encoding="ascii").strip()
            except (OSError, ValueError):
                pid = "unknown"
            raise StateError(
                f"another catsclean (pid {pid}) is working on {self.root.name!r}."
                " Wait for it to end, then try again."
            ) from None
        except OSError as error:
            raise unwritable(self.path, error) from error
        try:
            with suppress(OSError):  # only the message above needs the pid
                # never write through a link that was planted under this name
                holder.unlink(missing_ok=True)
                holder.write_text(str(os.getpid()), encoding="ascii")
            remove_leftovers(self.path)
            yield
        finally:
            _release(lock)


def _release(lock: FileLock) -> None:
    """Release the lock; if that fails, a command whose work is done must not fail."""
    for _ in range(2):
        with suppress(OSError):
            lock.release(force=True)
            return


def find_audited(start: str | os.PathLike[str] = ".") -> StateFolder:
    """Find the audited data set around a folder, or else the only one below it.

    For commands without a path.

    Raises:
        UsageError: There is none, or more than one.
    """
    base = Path(start).resolve()
    for folder in (base, *base.parents):  # inside a data set, choose that one
        state = folder.with_name(folder.name + SUFFIX) if folder.name else folder
        if folder.name and os.access(state / state_names.AUDIT, os.F_OK):
            return StateFolder(folder, state)
    found: list[StateFolder] = []
    denied: list[StateError] = []
    for depth in range(_SEARCH_DEPTH):
        for state in sorted(base.glob("/".join(["*"] * depth + [f"*{SUFFIX}"]))):
            one = StateFolder(state.with_name(state.name.removesuffix(SUFFIX)), state)
            try:
                if one.root.exists() and one.exists(state / state_names.AUDIT):
                    found.append(one)
            except StateError as error:
                denied.append(error)
    if not found and denied:
        raise denied[0]
    if not found:
        raise UsageError(
            f"no audited data set around or below {str(base)!r}. Run: catsclean audit FOLDER"
        )
    if len(found) > 1:
        raise SeveralAuditedError(base, found)
    return found[0]


def locate(
    root: str | os.PathLike[str] | None = None,
    state_dir: str | os.PathLike[str] | None = None,
    follow_links_to: Folders = None,
) -> StateFolder:
    """Find a state folder: from a data set, from a state folder, or near the working folder.

    Links may lead into `follow_links_to`, folders outside the data set.

    Raises:
        DatasetError: `root` is not a folder, or `state_dir` lies inside it.
        StateError: `state_dir` belongs to another data set.
        UsageError: Neither is given, and no audited data set lies around the working folder, and
            not exactly one below it; or the data set of `state_dir` is unknown or missing.
    """
    allowed = allowed_folders(follow_links_to)
    if root is not None:
        return StateFolder.of(root, state_dir, allowed)
    if state_dir is None:
        return replace(find_audited(), follow_links_to=allowed)
    path = Path(state_dir).resolve()
    shown = f"Received: {names.text(os.fspath(state_dir))!r}."
    recorded = read_recorded(path)
    if recorded is None:
        raise UsageError(f"no audit in this state folder. {shown} Name the data set, too.")
    beside = path.with_name(path.name.removesuffix(SUFFIX))
    known = [folder for folder in (beside, recorded.root) if folder is not None and folder != path]
    for folder in known:
        if folder.exists() and recorded.fits(folder) is not False:
            return StateFolder(folder, path, (str(folder), os.fspath(state_dir)), allowed)
    raise UsageError(
        f"the data set of this state folder is no longer where it was, {recorded.shown!r}. {shown}"
        " Name the data set, too."
    )


def _given(root: object) -> str:
    if isinstance(root, (str, os.PathLike)) and (given := os.fspath(root)):
        return os.fsdecode(given)
    raise DatasetError(f"no folder given. Received: {names.received(root)}. {_NAME_IT}")


def _beside(root: Path) -> Path:
    return root.with_name(root.name + SUFFIX)
