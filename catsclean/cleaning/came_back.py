"""Files that an undo brought back after the last audit, which therefore does not know them."""

from __future__ import annotations

from dataclasses import dataclass

from catsclean.cleaning import journal as journals
from catsclean.cleaning.journal import Entry, Journal, MoveOutcome
from catsclean.cleaning.open_quarantine import has_runs, open_data, open_folder
from catsclean.cleaning.statuses import audit_of
from catsclean.core import names
from catsclean.core.leftovers import JOURNAL
from catsclean.core.manifest import Manifest
from catsclean.core.state import StateFolder
from catsclean.objects.bucket_state import is_in_bucket
from catsclean.validators.registry import validator_of


@dataclass(frozen=True, slots=True)
class CameBack:
    """What undos changed since the last audit; all paths are sorted.

    Attributes:
        unlisted: Files that the manifest does not list with these bytes.
        unjudged: Files whose rows undo changed back, but whose bytes the audit did not judge.
        renamed: Files that have their old paths again; the audit judged their bytes under others.
        beside: Sidecar files, and files that a system left: no audit judges them as pictures.
    """

    unlisted: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()
    renamed: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    @property
    def unknown(self) -> tuple[str, ...]:
        """The files whose bytes the audit does not know."""
        return tuple(sorted((*self.unlisted, *self.unjudged)))


class SaysWhatCameBack:
    """Mixin of the plans, which were made of the last audit."""

    _back: CameBack

    @property
    def came_back(self) -> tuple[str, ...]:
        """The files that an undo brought back, and whose bytes the last audit does not know."""
        return self._back.unknown

    @property
    def old_paths(self) -> tuple[str, ...]:
        """The files that an undo only gave their old paths again, after the last audit."""
        return self._back.renamed

    @property
    def came_back_beside(self) -> tuple[str, ...]:
        """The sidecar files and system files that an undo brought back, after the last audit."""
        return self._back.beside


def came_back(state: StateFolder, manifest: Manifest) -> CameBack:
    """Find the files that came back, and about which the last audit found nothing.

    An undo of a run that acted on this audit changes the manifest back, too.  The files of an
    earlier run were away, or had another name or other bytes, when this audit was made.

    Args:
        state: The state folder.
        manifest: The samples of its last audit.

    Raises:
        StateError: A journal cannot be trusted.
    """
    if not has_runs(state):
        return CameBack()
    found = _restored(state)
    if not found:
        return CameBack()
    beside = {path for path, entry in found.items() if _is_beside(entry)}
    known = manifest.lists(["path", "sha256"], found.keys() - beside)
    listed = set()
    for path, sha256 in zip(known["path"], known["sha256"], strict=True):
        if sha256 == found[path].sha256:
            listed.add(path)
            # of a file that has its old name again, undo changes the row back, but no findings
            if found[path].arrives is None or is_in_bucket(state):
                del found[path]
    with open_data(state) as data:
        present = data.present([names.decode(path) for path in found])
    there = sorted(path for path in found if names.decode(path) in present)
    pictures = [path for path in there if path not in beside]
    renamed = [path for path in pictures if _kept_its_bytes(found[path])]
    unknown = [path for path in pictures if path not in renamed]
    return CameBack(
        tuple(path for path in unknown if path not in listed),
        tuple(path for path in unknown if path in listed),
        tuple(renamed),
        tuple(path for path in there if path in beside),
    )


def _restored(state: StateFolder) -> dict[str, Entry]:
    """Return what undos brought back after the last audit, by path."""
    last_audit, found = audit_of(state), dict[str, Entry]()
    with open_folder(state.path), open_folder(state.quarantine) as quarantine:
        for run in journals.runs(quarantine):
            journal = Journal.read(quarantine, run)
            for entry in journal.entries:
                if entry.outcome is MoveOutcome.RESTORED:
                    if journal.audit != last_audit and _is_later(state, run):
                        found[entry.path] = entry
                elif entry.outcome is MoveOutcome.MOVED:
                    found.pop(entry.path, None)
    return found


def _is_later(state: StateFolder, run: str) -> bool:
    """Return whether the journal of a run was written after the last audit."""
    if is_in_bucket(state):
        return True  # the times of copies on this machine say nothing
    try:
        journal = (state.quarantine / run / JOURNAL).stat()
        return journal.st_mtime_ns > (state.path / "audit.json").stat().st_mtime_ns
    except OSError:
        return True


def _kept_its_bytes(entry: Entry) -> bool:
    """Return whether a file had another path, but the same bytes, when it was audited."""
    return entry.arrives is not None and entry.arrives_sha256 == entry.sha256


def _is_beside(entry: Entry) -> bool:
    """Return whether a file is none of the pictures: a sidecar file, or what a system left."""
    return entry.owner is not None or all(validator_of(n).junk_by_name for n in entry.validators)
