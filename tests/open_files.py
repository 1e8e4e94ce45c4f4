"""Files that this process has open, for tests that nothing stays open."""

import contextlib
from pathlib import Path


def open_below(folder):
    """The files of a folder that are open; others of the process may close at any time."""
    found = []
    for descriptor in Path("/dev/fd").iterdir():
        with contextlib.suppress(OSError):  # that of the listing itself
            found.append(str(descriptor.readlink()))
    return sorted(one for one in found if Path(one).is_relative_to(folder))
