"""Save a split in the state folder: in the manifest for training, and apart for the next split."""

from __future__ import annotations

from typing import Final

from catsclean.core import names
from catsclean.core.arrow import digest_of
from catsclean.core.manifest import Manifest, keep_manifest, load_manifest
from catsclean.core.split_names import ASKED, GROUPED
from catsclean.core.state import StateFolder
from catsclean.errors import SplitError

_SAME: Final = ("path", "sha256", "status")


def load_previous(state: StateFolder) -> Manifest | None:
    """Load the split that was saved last; None if there is none.

    Raises:
        ManifestError: It is damaged.
    """
    earlier = state.split
    if not state.exists(earlier):
        return None
    return Manifest.load(earlier, state.root, ("split", ASKED, GROUPED))


def keep_split(manifest: Manifest, state: StateFolder) -> None:
    """Write a manifest with splits to the state folder.

    Raises:
        SplitError: The manifest there has other samples, or other statuses for them.
        ManifestError: The manifest there is damaged.
        StateError: The state folder is held by another process, or cannot be written.
    """
    with state.lock():
        there = load_manifest(state, ()) if state.exists(state.manifest) else None
        if there is not None and _digests_of(manifest) != _digests_of(there):
            name = names.encode(state.root.name)
            raise SplitError(
                f"the manifest of {name!r} has changed since this split was made: its samples or"
                " their status differ. Split the folder again, or save this split elsewhere:"
                " split.manifest.save(FILE)."
            )
        # use the id of the audit that lies there now: it may have found other defects in the same
        # samples since
        audit_id = manifest.audit_id if there is None else there.audit_id
        manifest = Manifest(manifest.packed, manifest.root, audit_id)
        keep_manifest(manifest, state.manifest)
        keep_manifest(manifest, state.manifest.with_suffix(".csv"))
        keep_manifest(manifest, state.split)


def _digests_of(manifest: Manifest) -> list[bytes]:
    table = manifest.packed
    return [digest_of(table.column(name)) for name in _SAME]
