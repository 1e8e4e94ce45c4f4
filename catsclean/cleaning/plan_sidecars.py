"""Plan which sidecar files leave with their pictures."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from catsclean.cleaning.journal import Entry
from catsclean.cleaning.open_quarantine import open_folder
from catsclean.cleaning.selection import KeptBack, Move
from catsclean.core import names
from catsclean.core.safe_folder import NotAsRecordedError
from catsclean.core.state import StateFolder
from catsclean.scan.sidecar_files import find_sidecars

SIDECAR: Final = "sidecar"


def plan_sidecars(
    state: StateFolder, leaving: Iterable[Entry], samples: Collection[str], endings: frozenset[str]
) -> tuple[list[Move], list[KeptBack]]:
    """Find the sidecar files of the pictures that leave, and those that must stay.

    Args:
        state: The state folder; it knows the root.
        leaving: The files that leave.
        samples: Paths of the samples; other files, such as system junk, have no sidecars.
        endings: Extensions of sidecar files.

    Returns:
        The moves of those that belong to a single picture; the others, and why they stay.
    """
    planned = {entry.path for entry in leaving}
    pictures = [names.decode(path) for path in planned if path in samples]
    moves: list[Move] = []
    stay: list[KeptBack] = []
    if not pictures or not endings or not state.root.is_dir():
        return moves, stay
    with open_folder(state.root) as data:
        for sidecar in find_sidecars(data, pictures, endings):
            path, owner = names.encode(sidecar.path), names.encode(sidecar.picture)
            if path in planned:
                continue
            if sidecar.others:
                stay.append(KeptBack(path, (SIDECAR,), "belongs to several pictures of its name"))
                continue
            try:
                digest, status = data.digest(sidecar.path)
            except (NotAsRecordedError, OSError):
                stay.append(KeptBack(path, (SIDECAR,), "cannot be read"))
                continue
            message = f"belongs to {owner}"
            moves.append(Move(path, digest, status.st_size, (SIDECAR,), (message,), owner=owner))
    return moves, stay


def entry_of_sidecar(move: Move) -> Entry:
    """Return the journal's entry of a sidecar file."""
    return Entry(move.path, move.sha256, move.size_bytes, [SIDECAR], owner=move.owner)
