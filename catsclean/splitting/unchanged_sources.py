"""Check that the pictures to be written are still as the audit recorded them."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from typing import Final

from catsclean.core.safe_folder import NotAsRecordedError
from catsclean.core.state import StateFolder
from catsclean.core.text import count
from catsclean.errors import SplitError
from catsclean.splitting.packed_pictures import PictureSource
from catsclean.splitting.places import Item

_NAMED: Final = 5


class ChangedSinceAuditError(SplitError):
    """Pictures are not as the audit recorded them: somebody has to audit again."""


@contextlib.contextmanager
def naming_the_audit(state: StateFolder | None) -> Iterator[None]:
    """Name the command that helps if pictures changed since the audit."""
    try:
        yield
    except ChangedSinceAuditError as error:
        command = "" if state is None else f": catsclean audit {state.arguments}"
        raise SplitError(f"{error} Audit again, then split again{command}") from error


def check_sources(items: Sequence[Item], data: PictureSource) -> list[os.stat_result]:
    """Check, before the first picture is placed, that all are as the audit recorded them."""
    found: list[os.stat_result] = []
    bad: list[str] = []
    for item in items:
        try:
            status = _status_of(item, data)
            known = (item.size_bytes, item.mtime_ns)
            if (
                status is None
                or not stat.S_ISREG(status.st_mode)
                or (status.st_size, status.st_mtime_ns) != known
            ):
                # the time changed, for example because the data set was copied: compare the bytes
                status = data.check(item.source, item.sha256)
            found.append(status)
        except NotAsRecordedError as error:
            bad.append(f"{item.shown} {error}")
    if bad:
        more = f"; and {len(bad) - _NAMED} more" if len(bad) > _NAMED else ""
        raise ChangedSinceAuditError(
            f"{count(len(bad), 'picture does', 'pictures do')} not match the audit:"
            f" {'; '.join(bad[:_NAMED])}{more}."
            " Nothing was written."
        )
    return found


def _status_of(item: Item, data: PictureSource) -> os.stat_result | None:
    """Stat a picture; None if it is missing or behind a link: then its bytes decide."""
    try:
        return data.lstat(item.source)
    except NotAsRecordedError:
        return None
