"""What becomes of one file, whatever lies in its old and its new place, and whatever call fails.

The outcomes are recorded in `move_table.json`; `python tests/cleaning/test_move_table.py` writes
it again (with ``PYTHONPATH=.:tests``): read the difference.  Whatever they are, no picture is lost.
"""

import errno
import hashlib
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import disk_calls
import pytest
from open_files import open_below

from catsclean.cleaning.move import Job, Route, _part, move_files
from catsclean.core.links import Reach
from catsclean.core.safe_folder import Folder, NotAsRecordedError

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the calls are those of Linux"
)
RECORD = Path(__file__).with_name("move_table.json")
RIGHT, OTHER, LONGER = b"the picture", b"Another one", b"a longer file"
DIGEST = hashlib.sha256(RIGHT).hexdigest()
TARGET = "../kept/right"  # of links
OLD, NEW = "Cat/1.jpg", "run/files/Cat/1.jpg"
PLACES = ("nothing", "right", "other", "longer", "link", "other link", "folder", "pipe")
# what a file system lacks: hard links, then renaming without replacing; or they lie on two disks
WAYS = {
    "link": {},
    "rename": {"link": lambda _: errno.EPERM},
    "neither": {"link": lambda _: errno.EPERM, "renameat2": lambda _: errno.EINVAL},
    "copy": {"link": lambda name: 0 if name.endswith(".part") else errno.EXDEV},
    "copy, then rename": {
        "link": lambda name: errno.EPERM if name.endswith(".part") else errno.EXDEV,
        "renameat2": lambda name: 0 if name.endswith(".part") else errno.EXDEV,
    },
    "rename across": {
        "link": lambda name: 0 if name.endswith(".part") else errno.EPERM,
        "renameat2": lambda name: 0 if name.endswith(".part") else errno.EXDEV,
    },
}


@dataclass
class Sides:
    """Two folders, with a file that is to go from one to the other."""

    folder: Path

    def __post_init__(self):
        for name in ("data", "quarantine", "kept"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "data/kept").mkdir()
        (self.folder / "data/kept/right").write_bytes(RIGHT)

    @property
    def old(self):
        return self.folder / "data" / OLD

    @property
    def new(self):
        return self.folder / "quarantine" / NEW


def lay(path, what, *, same_as=None):
    if what == "nothing":
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if what == "same":
        path.hardlink_to(same_as)
    elif what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    elif "link" in what:
        path.symlink_to(TARGET if what == "link" else "elsewhere")
    else:
        path.write_bytes({"right": RIGHT, "other": OTHER, "longer": LONGER}[what])


def found_at(path):
    if path.is_symlink():
        return "link" if path.readlink() == Path(TARGET) else "other link"
    if path.is_dir():
        return "folder"
    if path.is_fifo():
        return "pipe"
    if not path.exists():
        return "nothing"
    data = path.read_bytes()
    return {RIGHT: "right", OTHER: "other", LONGER: "longer"}.get(data, f"{len(data)} bytes")


def found(sides):
    same = sides.old.is_file() and sides.new.is_file() and sides.old.samefile(sides.new)
    left = sorted(path.suffix for path in sides.folder.rglob(".*"))
    both = f"{found_at(sides.old)} | {'same' if same else found_at(sides.new)}"
    return both + "".join(f" + {suffix}" for suffix in left)


def move(sides, *, back=False, link=None, refused=False):
    """Move the file, or bring it back; give what was said of it."""

    def before(_job):
        if refused:
            raise NotAsRecordedError("stays")

    reach = Reach(sides.folder / "data", follow=True)
    with (
        Folder(sides.folder / "data", reach) as data,
        Folder(sides.folder / "quarantine") as quarantine,
    ):
        places = (NEW, OLD) if back else (OLD, NEW)
        route = Route(quarantine, data, data) if back else Route(data, quarantine, data)
        [said] = move_files([Job(*places, DIGEST, len(RIGHT), link)], route, before=before)
        return said or "moved"


def outcome(sides, *, fault=None, way="link", **named):
    """Say what came of a move, and what lies where."""
    try:
        with disk_calls.counted(fault, WAYS[way]):
            said = move(sides, **named)
    except OSError as error:
        said = f"raises {errno.errorcode[error.errno]}"
    return f"{said} -> {found(sides)}"


def placements():
    """Give each case: its name, what lies where, and how it is moved."""
    for back in (False, True):
        for link in (None, TARGET):
            for old in PLACES:
                for new in (*PLACES, "same"):
                    if new == "same" and old in {"nothing", "folder"}:
                        continue
                    name = (
                        f"{'back' if back else 'out'}{' as a link' if link else ''}: {old} | {new}"
                    )
                    yield name, old, new, {"back": back, "link": link}
    for way in WAYS:
        for back in (False, True):
            for name in ("right", "other", "link"):
                for refused in (False, True):
                    here = ("nothing", name) if back else (name, "nothing")
                    title = f"{way}, {'back' if back else 'out'}{', refused' if refused else ''}: {name}"
                    more = {"link": TARGET if name == "link" else None, "refused": refused}
                    yield title, *here, {"back": back, "way": way, **more}


def placed(folder, old, new):
    sides = Sides(folder)
    lay(sides.old, old)
    lay(sides.new, new, same_as=sides.old)
    return sides


def faulty_moves():
    """Give each kind of move whose calls meet faults."""
    for way in ("link", "rename", "copy", "copy, then rename"):
        for back in (False, True):
            yield way, back, "right"
    yield "link", False, "link"
    yield "link", True, "link"


def moved_under_faults(folder, way, back, what):
    """Try each fault of a move, and then the move again; yield the fault and what came of both."""
    link = TARGET if what == "link" else None
    here = ("nothing", what) if back else (what, "nothing")
    sides = placed(folder / "none", *here)
    with disk_calls.counted(None, WAYS[way]) as calls:
        move(sides, back=back, link=link)
    for fault in disk_calls.faults_of(calls):
        sides = placed(folder / str(fault), *here)
        first = outcome(sides, fault=fault, way=way, back=back, link=link)
        yield str(fault), first, outcome(sides, way=way, back=back, link=link)


def all_outcomes(folder):
    found = {}
    for number, (name, old, new, named) in enumerate(placements()):
        found[name] = outcome(placed(folder / str(number), old, new), **named)
    for number, (way, back, what) in enumerate(faulty_moves()):
        title = f"{way}, {'back' if back else 'out'}, {what}"
        by_outcome = {}
        for fault, came, _ in moved_under_faults(folder / f"faults{number}", way, back, what):
            by_outcome.setdefault(came, []).append(fault)
        found[title] = {came: ", ".join(faults) for came, faults in by_outcome.items()}
    return found


def _recorded():
    return json.loads(RECORD.read_text(encoding="utf-8"))


@pytest.mark.parametrize("back", [False, True])
def test_whatever_lies_in_the_two_places_the_outcome_is_as_recorded(tmp_path, back):
    recorded = _recorded()
    for number, (name, old, new, named) in enumerate(placements()):
        if named["back"] is back:
            came = outcome(placed(tmp_path / str(number), old, new), **named)
            assert came == recorded[name], name


@pytest.mark.parametrize(("way", "back", "what"), list(faulty_moves()))
def test_whichever_call_fails_the_picture_is_there_and_the_next_move_completes(
    tmp_path, way, back, what
):
    title = f"{way}, {'back' if back else 'out'}, {what}"
    recorded = {
        fault: came for came, faults in _recorded()[title].items() for fault in faults.split(", ")
    }
    done = f"-> {what} | nothing" if back else f"-> nothing | {what}"
    for fault, came, then in moved_under_faults(tmp_path, way, back, what):
        assert what in came or "same" in came, f"lost at {fault}: {came}"
        assert then.endswith(done), f"{fault}: {came}, then {then}"
        assert came == recorded[fault], fault
        assert open_below(tmp_path) == [], f"{fault}: a file stays open"


def replaced(path, data):
    """Put another file under a name, as a program does that saves whole files."""
    new = path.with_name("new")
    new.write_bytes(data)
    new.replace(path)
    return 0


@pytest.mark.parametrize("way", ["link", "rename"])
@pytest.mark.parametrize("data", [OTHER, RIGHT])
def test_a_file_that_takes_the_name_between_the_check_and_the_move_stays(tmp_path, way, data):
    sides = placed(tmp_path, "right", "nothing")
    call = "link" if way == "link" else "renameat2"
    left = [1]
    failing = {**WAYS[way], call: lambda _: left and left.pop() and replaced(sides.old, data)}
    with disk_calls.counted(failing=failing):
        said = move(sides)
    if data == RIGHT:  # the very bytes, in another file
        assert (said, found(sides)) == ("moved", "nothing | right")
    elif way == "link":
        assert (said, found(sides)) == ("was replaced while it was moved", "other | nothing")
    else:
        assert (said, found(sides)) == (
            "changed since the audit: its bytes differ",
            "other | nothing",
        )


@pytest.mark.parametrize("back", [False, True])
def test_an_unfinished_copy_of_an_earlier_move_is_discarded(tmp_path, back):
    sides = placed(tmp_path, *(("nothing", "right") if back else ("right", "nothing")))
    for path, place in ((sides.old, OLD), (sides.new, NEW)):
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / _part(place, DIGEST).rpartition("/")[2]).write_bytes(b"half")
    assert found(sides).endswith("+ .part + .part")
    assert move(sides, back=back) == "moved"
    assert found(sides) == ("right | nothing" if back else "nothing | right")


def test_a_name_is_removed_only_while_it_is_that_of_the_moved_file(tmp_path):
    sides = placed(tmp_path, "right", "nothing")
    # somebody saves a new file once the second name is made, before the old one goes
    with disk_calls.counted(failing={"fsync": lambda _: replaced(sides.old, OTHER)}):
        said = move(sides)
    assert (said, found(sides)) == ("moved", "other | right")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        RECORD.write_text(
            json.dumps(all_outcomes(Path(scratch)), indent=0) + "\n", encoding="utf-8"
        )
