"""Forget the split that was saved last; folders that were written stay as they are."""

from __future__ import annotations

import json
import os

from catsclean.core.arguments import checked
from catsclean.core.belonging import unwritable
from catsclean.core.files import replacing
from catsclean.core.manifest import keep_manifest, load_manifest
from catsclean.core.split_names import ASKED, FOUND, FOUND_FROM, GROUPED, split_folders
from catsclean.core.state import StateFolder
from catsclean.errors import DatasetError
from catsclean.objects.bucket_state import open_data_set


@checked
def forget_split(
    root: str | os.PathLike[str] | StateFolder, state_dir: str | os.PathLike[str] | None = None
) -> int:
    """Remove the split that was saved last from the state folder.

    The next split starts from scratch, and no copy counts as held out because of the one that is
    forgotten.  Splits that the folders of the data set name stay, and so do the folders that were
    written.

    Args:
        root: The data set, its address in a bucket, or its state folder.
        state_dir: The state folder, if it is not beside the data set.

    Returns:
        Number of samples of the manifest whose split is forgotten; 0 if none was saved.

    Raises:
        DatasetError: The data set was never audited.
        ManifestError: The manifest is damaged, or cannot be written.
        StateError: Another command works on this data set, or the state folder cannot be written.
    """
    state = root if isinstance(root, StateFolder) else open_data_set(root, state_dir)
    if not state.exists(state.manifest):
        raise DatasetError(state.never_audited)
    with state.lock():
        manifest = load_manifest(state)
        assigned = 0
        try:
            # an interrupted call leaves nothing that a second one does not remove
            state.split.unlink(missing_ok=True)
            if ASKED in manifest.column_names:
                known = [name for name in FOUND_FROM if name in manifest.column_names]
                columns = manifest.columns(known)
                assigned = int((columns[ASKED].notna() & columns["split"].notna()).sum())
                own = [ASKED, FOUND, GROUPED]
                manifest = manifest.with_columns({"split": split_folders(columns)}, without=own)
                keep_manifest(manifest, state.manifest)
                keep_manifest(manifest, state.manifest.with_suffix(".csv"))
            summary = state.read_summary()
            if summary.pop("saved_split", None):
                with replacing(state.path / "audit.json") as temporary:
                    text = json.dumps(summary, indent=1)
                    temporary.write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise unwritable(state.path, error) from error
    return assigned
