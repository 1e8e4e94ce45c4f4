"""The address of the data set as seen from the page, for links from a picture to its file."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote


def address_of(root: Path, page: str | os.PathLike[str]) -> str | None:
    """Return the address of a data set relative to a page: ``../PetImages/``.

    Only for a data set that lies beside the page, or beside the page's folder as the state folder
    does: any other address would reveal the names of local folders to whoever gets the page.

    Args:
        root: The data set.
        page: The path at which the page will be saved.
    """
    folder = Path(page).resolve().parent
    steps = {folder: "", folder.parent: "../"}.get(root.parent)
    return None if steps is None or not root.name else f"{steps}{quote(os.fsencode(root.name))}/"
