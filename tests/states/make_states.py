"""Make state folders of every kind with today's code, packed as tests/states/VERSION.tar.xz.

``PYTHONPATH=.:tests python tests/states/make_states.py``, once for each release: what a release has
written stays readable (`test_older_states.py`).  Older archives are never made again.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from injection import disk

import catsclean
from catsclean.scan import parts

HERE = Path(__file__).parent
SETS = "Pets"
SECOND = 1_000_000_000
# a neutral place: state folders name the data set that they belong to
_PLACE = Path(tempfile.gettempdir(), "catsclean-states")


def make_pets(folder: Path) -> Path:
    """Make the data set, with times that an archive keeps."""
    root = folder / SETS
    disk.make_pets(root)
    disk.add_repairable(root)
    for path in root.rglob("*"):
        if path.is_file():
            when = path.stat().st_mtime_ns // SECOND * SECOND
            os.utime(path, ns=(when, when))
    return root


def audit(root: Path) -> None:
    catsclean.audit(root, workers=1, content=False)


def audited(root: Path) -> None:
    audit(root)


def half_audited(root: Path) -> None:
    """The files are read and lie in parts, and the audit is killed before it joins those."""

    def dying() -> None:
        parts._PART_SECONDS = 0
        replace = os.replace

        def replacing(*arguments: object, **named: object) -> None:
            if str(arguments[1]).endswith("evidence.arrow"):
                os._exit(9)
            replace(*arguments, **named)

        os.replace = replacing
        audit(root)

    _in_fork(dying, 9)


def cleaned(root: Path) -> None:
    audit(root)
    catsclean.plan_cleaning(root).apply()


def half_cleaned(root: Path) -> None:
    """Three names are gone from the data set, and the journal says that the run is planned."""
    audit(root)
    _in_fork(lambda: _die_at_unlink(4, lambda: catsclean.plan_cleaning(root).apply()), 9)


def half_undone(root: Path) -> None:
    cleaned(root)
    _in_fork(lambda: _die_at_unlink(4, lambda: catsclean.undo(root)), 9)


def repaired(root: Path) -> None:
    audit(root)
    select = ["wrong-extension", "unsupported-by-tensorflow"]
    catsclean.plan_repairs(root, select=select).apply()


def split_recorded(root: Path) -> None:
    audit(root)
    made = catsclean.split(root, {"val": 0.3})
    made.write(root.with_name("out"))
    made.save()


def decided(root: Path) -> None:
    """Decisions in a file were carried out: a picture is kept whatever an audit finds."""
    audit(root)
    data = (root / "Cat/1.jpg").read_bytes()
    entry = {"path": "Cat/1.jpg", "action": "keep", "sha256": hashlib.sha256(data).hexdigest()}
    document = {"schema_version": 1, "kind": "catsclean-decisions", "root": SETS}
    file = root.with_name("decisions.json")
    file.write_text(json.dumps({**document, "decisions": [entry]}))
    catsclean.plan_cleaning(root, file).apply()


def reviewed(root: Path) -> None:
    """The questions of a review are answered, and nothing was carried out yet."""
    audit(root)
    from injection.server import answer_review

    answer_review(str(root))


KINDS: dict[str, Callable[[Path], None]] = {
    make.__name__.replace("_", "-"): make
    for make in (
        audited, half_audited, cleaned, half_cleaned, half_undone, repaired, split_recorded, decided,
        reviewed,
    )
}  # fmt: skip


def _in_fork(work: Callable[[], object], code: int) -> None:
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if ended != code:
        raise RuntimeError(f"a process that was to be killed ended with {ended}")


def _die_at_unlink(number: int, work: Callable[[], object]) -> None:
    unlink, left = os.unlink, number

    def dying(*arguments: object, **named: object) -> None:
        nonlocal left
        left -= 1
        if not left:
            os._exit(9)
        unlink(*arguments, **named)

    os.unlink = dying
    work()


def main() -> None:
    archive = HERE / f"{catsclean.__version__}.tar.xz"
    shutil.rmtree(_PLACE, ignore_errors=True)
    with tarfile.open(archive, "w:xz", preset=9, format=tarfile.PAX_FORMAT) as packed:
        for kind, make in KINDS.items():
            folder = _PLACE / kind
            folder.mkdir(parents=True)
            make(make_pets(folder))
            for path in sorted(folder.rglob("*")):
                if not path.name.startswith("lock"):  # of a process that has ended
                    _add(packed, path)
    shutil.rmtree(_PLACE)


def _add(packed: tarfile.TarFile, path: Path) -> None:
    info = packed.gettarinfo(path, str(path.relative_to(_PLACE)))
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mtime = path.stat().st_mtime_ns // SECOND
    data = io.BytesIO(path.read_bytes()) if info.isreg() else None
    packed.addfile(info, data)


if __name__ == "__main__":
    sys.exit(main())
