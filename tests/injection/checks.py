"""What has to hold after a fault and after the commands that follow it, whatever the code does."""

import re
import stat
from dataclasses import dataclass

from .disk import EMPTIED, EMPTIED_MODE
from .scenarios import PETS, STATE

LOST, INEXACT, LEFT_BEHIND, TRACEBACK, SILENT, MIXED, UNCLEAR = KINDS = (
    "lost", "inexact", "left behind", "traceback", "silent", "mixed", "unclear",
)  # fmt: skip
_RUN = re.compile(r"\d{8}-\d{6}(?:-\d{1,4})?")
_OF_RUN = re.compile(rf"\(run ({_RUN.pattern})\)\.")
_ASIDE = re.compile(rf"{STATE}/quarantine/({_RUN.pattern})/files/(.+)")
_COUNTED = {
    "planned": re.compile(r"^Move: \S+ \(([\d,]+) files?\)", re.MULTILINE),
    "left": re.compile(r"^Could not move \(([\d,]+)\)", re.MULTILINE),
    # what an interrupted run moved was planned by an earlier command
    "moved": re.compile(
        r"(?<!complete now: )(?<![\d,])([\d,]+) files?(?: \([^)]*\))? moved to quarantine"
    ),
    "back": re.compile(r"([\d,]+) files? restored(?! from)"),
}
_TRACEBACK = re.compile(r"Traceback \(most recent call last\)|^Exception ignored", re.MULTILINE)
_SAVED, _READ = re.compile(r"(\d+) answers saved"), re.compile(r"(\d+) answers read")
_KILLED = -9
# what differs from run to run, or names the folder
_NOT_COMPARED = re.compile(r"split\.json|croissant\.json|.*\.parquet")


@dataclass(frozen=True)
class Flaw:
    """Something that must not be: one of `KINDS`, and what."""

    kind: str
    text: str


def shape(name):
    """Give a name with the run's name taken out of it."""
    return _RUN.sub("RUN", name)


class Reference:
    """How it all ends where nothing fails.

    Attributes:
        during: Names that may lie in the work folder after the first command that followed.
        finally: Names that may lie there when a chain has ended.
        tables: The tables of an audit.
        made: Files that the command makes outside of data set and state folder.
    """

    def __init__(self):
        self.during, self.finally_ = set(), set()
        self.tables, self.made = {}, {}

    def learn(self, step, entries, *, last):
        names = {shape(name) for name in entries}
        self.during |= names
        if last:
            self.finally_ |= names
        if step == 0:
            self.tables = _tables(entries)
            self.made = _outside(entries)


def _tables(entries):
    return {
        name: entries[f"{STATE}/{name}"].data
        for name in ("manifest.csv", "findings.csv")
        if f"{STATE}/{name}" in entries
    }


def _outside(entries):
    return {
        name: (entry.data if not _NOT_COMPARED.fullmatch(name.rpartition("/")[2]) else None)
        for name, entry in entries.items()
        if not name.startswith((PETS + "/", STATE + "/")) and not entry.is_folder
    }


def is_set_aside(entries):
    """Give the files in the quarantine, by path in the data set."""
    found = {}
    for name, entry in entries.items():
        if (match := _ASIDE.fullmatch(name)) and not entry.is_folder:
            found[match[2]] = entry
    return found


class Judge:
    """Looks at the disk after each command of a point, and collects what is wrong."""

    def __init__(self, scenario, originals, reference):
        self.scenario, self.originals, self.reference = scenario, originals, reference
        self.flaws, self.named = [], set()
        self.answers = 0
        # an audit that says it is incomplete has not seen everything that is safe to move
        self.incomplete = False
        # a system that lets nobody set the permissions of a folder keeps the others
        self.permissions_fixed = False

    def find(self, kind, text):
        self.flaws.append(Flaw(kind, text))

    def after(self, step, done, before, entries, *, last):
        """Judge one command: 0 is the one that met the fault."""
        self._output(done)
        self._pictures(entries)
        self._accounts(done, before, entries)
        if step or done.code == 0:
            self._moved_wrongly(entries)
        if step:
            self._leftovers(done, entries, last=last)
        self._folders(done, entries, last=last)
        if last:
            self._ending(done, entries)

    def _output(self, done):
        name = done.argv[0]
        if done.code:
            self.named |= {path for path in self.scenario.lost if path in done.said}
        if _TRACEBACK.search(done.said):
            lines = [line for line in done.err.splitlines() if line and not line.startswith(" ")]
            self.find(TRACEBACK, f"{name}: {lines[-1] if lines else ''}")
        elif done.code not in {0, 1, 2, 3, _KILLED}:
            self.find(UNCLEAR, f"{name} ended with {done.code}")
        elif done.code in {1, 2, 3}:
            said = done.err.count("catsclean: ")
            if (done.code == 2 and said != 1) or not done.said.strip():
                self.find(UNCLEAR, f"{name} ended with {done.code} and {said} messages: {done.err}")

    def _pictures(self, entries):
        aside, whole = is_set_aside(entries), {e.data for e in entries.values()}
        for path, original in self.originals.items():
            renamed = self.scenario.renamed.get(path, path)
            here = entries.get(f"{PETS}/{path}") or entries.get(f"{PETS}/{renamed}")
            there = aside.get(path)
            if path in self.scenario.lost and here is None and there is None:
                continue
            for where, entry in (("its place", here), ("the quarantine", there)):
                if entry is not None and entry.data != original.data:
                    self.find(LOST, f"{path}: other bytes in {where}")
                elif entry is not None and entry.exact != original.exact:
                    self.find(INEXACT, f"{path}: mode, time or attributes differ in {where}")
            if here is None and there is None:
                if original.data in whole and original.data:
                    self.find(LOST, f"{path}: its bytes have other names only")
                else:
                    self.find(LOST, f"{path}: nowhere")

    def _folders(self, done, entries, *, last):
        command = done.argv[0]
        if command == "clean" and "--apply" in done.argv and done.code == 0:
            full = {name.rpartition("/")[0] for name in entries}
            for name, entry in entries.items():
                if name.startswith(f"{PETS}/") and entry.is_folder and name not in full:
                    self.find(LEFT_BEHIND, f"clean ended with 0, {name} is an empty folder")
        folder = entries.get(f"{PETS}/{EMPTIED}")
        self.permissions_fixed |= done.code != _KILLED and done.what.startswith("fchmod ")
        back = last and command == "undo" and folder is not None and not self.permissions_fixed
        if back and stat.S_IMODE(folder.mode) != EMPTIED_MODE:
            self.find(INEXACT, f"{EMPTIED} has other permissions")

    def _accounts(self, done, before, entries):
        said = {
            what: [int(number.replace(",", "")) for number in pattern.findall(done.said)]
            for what, pattern in _COUNTED.items()
        }
        planned, left, moved = (sum(said[what]) for what in ("planned", "left", "moved"))
        command = done.argv[0]
        aside, was_aside = is_set_aside(entries), is_set_aside(before)
        here = {path for path in self.originals if f"{PETS}/{path}" in entries}
        if command == "clean" and "--apply" in done.argv and said["moved"]:
            if moved + left != planned and done.code == 0:
                self.find(SILENT, f"clean: {moved} moved and {left} left of {planned}, code 0")
            renamed = {p for p, new in self.scenario.renamed.items() if f"{PETS}/{new}" in entries}
            gone = {p for p in self.originals if f"{PETS}/{p}" in before} - here - renamed
            if moved != len(gone) and done.code == 0 and not was_aside:
                self.find(SILENT, f"clean says {moved} moved, {len(gone)} are gone")
        self._answers(done)
        if command == "audit" and done.code in {0, 1, 3}:
            self.incomplete = done.code == 3
        if command == "clean" and done.code == 0 and not self.scenario.name.startswith("keep"):
            for path in (
                []
                if self.incomplete
                else sorted(self.scenario.safe - aside.keys() - self.scenario.lost)
            ):
                self.find(SILENT, f"clean ended with 0, {path} did not move")
            for path in sorted(aside.keys() & here):
                self.find(SILENT, f"clean ended with 0, {path} is here and in the quarantine")
        if command == "undo" and done.code == 0:
            for run in _OF_RUN.findall(done.out):
                for name in sorted(entries):
                    if (
                        name.startswith(f"{STATE}/quarantine/{run}/files/")
                        and not entries[name].is_folder
                    ):
                        self.find(SILENT, f"undo ended with 0, {shape(name)} is not back")
            came = here - {path for path in self.originals if f"{PETS}/{path}" in before}
            if said["back"] and sum(said["back"]) < len(came):
                self.find(SILENT, f"undo says {sum(said['back'])} back, {len(came)} came back")
        ended_well = command == "audit" and done.code in {0, 1} and not done.err.strip()
        if ended_well and _tables(entries) != self.reference.tables:
            self.find(MIXED, "an audit that ended well wrote other tables")
        if command in {"split", "save-manifest"} and (done.code == 0 or command == "split"):
            self._made(done, entries)

    def _answers(self, done):
        """A review that said that answers are saved has them from then on."""
        if saved := _SAVED.search(done.said):
            self.answers = max(self.answers, int(saved[1]))
        if (read := _READ.search(done.said)) and int(read[1]) < self.answers:
            self.find(LOST, f"{self.answers} answers were saved, {read[1]} are there")

    def _made(self, done, entries):
        made = _outside(entries)
        wanted = self.reference.made
        if done.code == 0:
            for name in sorted(wanted.keys() - made.keys()):
                self.find(LOST, f"{done.argv[0]} ended with 0, {name} is missing")
        # a split is there whole or not at all
        folder = self.scenario.target
        inside = {name for name in made if folder and name.startswith(f"{folder}/")}
        should = {name for name in wanted if name.startswith(f"{folder}/")}
        if inside and not should <= inside:
            self.find(LOST, f"{folder} is there, but not whole")
        for name in sorted(wanted.keys() & made.keys()):
            if wanted[name] is not None and made[name] != wanted[name]:
                self.find(LOST, f"{name}: other bytes than it should have")

    def _moved_wrongly(self, entries):
        aside = is_set_aside(entries).keys() & self.originals.keys()
        for path in sorted(aside - self.scenario.safe):
            self.find(MIXED, f"{path} was set aside")

    def _leftovers(self, done, entries, *, last):
        known = self.reference.finally_ if last else self.reference.during
        # a file that could not be brought back yet is named, and waits in the quarantine
        waits = set() if last else self._waiting(entries)
        for name in sorted(entries):
            if shape(name) not in known and name not in waits:
                self.find(LEFT_BEHIND, f"after {done.argv[0]}: {shape(name)}")
        for name in entries:
            parts = name.split("/")
            is_run = parts[:2] == [STATE, "quarantine"] and len(parts) == 3
            if is_run and f"{name}/journal.json" not in entries:
                self.find(LEFT_BEHIND, f"after {done.argv[0]}: a run without a journal")

    def _waiting(self, entries):
        """Give the names of the originals in the quarantine, and of the folders around them."""
        found = set()
        for name in entries:
            parts = name.split("/")
            if parts[:2] == [STATE, "quarantine"] and "/".join(parts[4:]) in self.originals:
                found |= {"/".join(parts[:length]) for length in range(5, len(parts) + 1)}
        return found

    def _ending(self, done, entries):
        if done.argv[0] != "undo":
            return
        aside = is_set_aside(entries)
        for path in self.originals:
            if path in self.scenario.lost:
                if path not in self.named:
                    self.find(SILENT, f"{path} is gone, and no command said so and failed")
            elif f"{PETS}/{path}" in entries:
                if path in aside:
                    self.find(LEFT_BEHIND, f"{path} is back, and in the quarantine as well")
            elif done.code == 0 or path not in done.said:
                self.find(SILENT, f"{path} is not back, and undo does not name it")
