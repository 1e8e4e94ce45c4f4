"""Where the page lies as seen from the data set, for links from a picture to its file."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote


def address_of(root: Path, page: str | os.PathLike[str]) -> str | None:
    """Return the address of a data set relative to a page: ``../PetImages/``.

    Only of one that lies beside the page, or beside the page's folder as the state folder does: an
    address of anything further away would tell whoever gets the page how the folders here are
    called.

    Args:
        root: The data set.
        page: Where the page will lie.
    """
    folder = Path(page).resolve().parent
    steps = {folder: "", folder.parent: "../"}.get(root.parent)
    return None if steps is None or not root.name else f"{steps}{quote(os.fsencode(root.name))}/"
