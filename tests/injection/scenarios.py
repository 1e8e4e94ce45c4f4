"""What is run under faults: a prepared disk, one command, and what a user would run next."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field

from . import disk
from .commands import System

PETS, STATE = "Pets", "Pets.catsclean"
AUDIT = ("audit", PETS, "-j", "1")
CLEAN = ("clean", PETS, "--apply")
UNDO = ("undo", PETS)
REPORT = ("report", PETS)
FIX = ("fix", PETS, "--apply", "--select", "wrong-extension,unsupported-by-tensorflow")
KEEP = ("clean", PETS, "decisions.json", "--apply")
# so that all three ways of moving a file are taken
WAYS = {
    "links": System(),
    "renames": System(links=False),
    "copies": System(disk=STATE),
}


@dataclass(frozen=True)
class Scenario:
    """One command under faults.

    Attributes:
        name: Its name on the command line.
        argv: The command.
        prepare: Makes what lies in the work folder before it; gives the pictures that must survive.
        chains: What is run afterwards; a point takes one of them.
        system: The file system.
        safe: The files that a clean may set aside.
        lost: Files that somebody took out of the quarantine before.
        target: The folder that a split makes.
        renamed: Files that the command renames: their new names.
    """

    name: str
    argv: tuple
    prepare: Callable
    chains: tuple
    system: System = field(default_factory=System)
    safe: frozenset = frozenset(disk.SAFE)
    lost: frozenset = frozenset()
    target: str = ""
    renamed: dict = field(default_factory=dict)


def originals(work):
    """Give the files of the data set by their path in it."""
    return {name: e for name, e in disk.look(work / PETS).items() if not e.is_folder}


def fresh(commands, system):
    disk.make_pets(commands.work / PETS)
    return originals(commands.work)


def audited(commands, system):
    found = fresh(commands, system)
    _go(commands, system, AUDIT, {1})
    return found


def changed(commands, system):
    audited(commands, system)
    disk.change_pets(commands.work / PETS)
    return originals(commands.work)


def cleaned(commands, system):
    found = audited(commands, system)
    _go(commands, system, CLEAN)
    return found


def repairable(commands, system):
    """Some files are to be repaired."""
    fresh(commands, system)
    disk.add_repairable(commands.work / PETS)
    _go(commands, system, AUDIT, {1})
    return originals(commands.work)


def repaired(commands, system):
    found = repairable(commands, system)
    _go(commands, system, FIX)
    return found


def decided(commands, system):
    """Two files that left were decided to be kept."""
    found = cleaned(commands, system)
    entries = [
        {"path": name, "action": "keep", "sha256": hashlib.sha256(found[name].data).hexdigest()}
        for name in ("Cat/copy.jpg", "Dog/gone/cut.jpg")
    ]
    document = {
        "schema_version": 1, "kind": "catsclean-decisions", "root": PETS, "decisions": entries,
    }  # fmt: skip
    (commands.work / "decisions.json").write_text(json.dumps(document))
    return found


def robbed(commands, system):
    """One file was taken out of the quarantine."""
    found = cleaned(commands, system)
    (taken,) = commands.work.glob(f"{STATE}/quarantine/*/files/Cat/cut.jpg")
    taken.unlink()
    return found


def reported(commands, system):
    found = audited(commands, system)
    _go(commands, system, REPORT)
    return found


def saved(commands, system):
    found = audited(commands, system)
    _go(commands, system, SAVE)
    return found


def mislabelled(commands, system):
    """Somebody gave new labels to some files, and decided that another one leaves."""
    found = audited(commands, system)
    entries = [
        {"path": name, "sha256": hashlib.sha256(found[name].data).hexdigest(), **more}
        for name, more in {
            **{name: {"action": "relabel", "label": "Dog"} for name in disk.RELABELLED},
            "Dog/2.jpg": {"action": "quarantine"},
        }.items()
    ]
    document = {
        "schema_version": 1, "kind": "catsclean-decisions", "root": PETS, "decisions": entries,
    }  # fmt: skip
    (commands.work / "labels.json").write_text(json.dumps(document))
    return found


def relabelled(commands, system):
    found = mislabelled(commands, system)
    _go(commands, system, RELABEL)
    return found


def answered(commands, system):
    found = audited(commands, system)
    _go(commands, system, ANSWER)
    return found


RELABEL = ("clean", PETS, "labels.json", "--apply")
ANSWER, COUNT_ANSWERS = ("answer-review", PETS), ("read-review", PETS)
CLEAN_FROM_PAGE = ("clean-from-page", PETS)
SAVE = ("save-manifest", PETS, "saved.parquet", "saved.csv")


def split(link, *more):
    return ("split", PETS, "--val", "0.3", "--link", link, *more)


def all_scenarios():
    """Give every scenario by its name."""
    after_audit = ((CLEAN, UNDO), (AUDIT, CLEAN, UNDO), (REPORT, CLEAN, UNDO))
    after_clean = ((UNDO,), (CLEAN, UNDO))
    # one file that could not come back makes a second run of the second try
    after_keep = ((UNDO, UNDO), (KEEP, UNDO, UNDO, UNDO))
    made = [
        Scenario("audit-first", AUDIT, fresh, after_audit),
        Scenario(
            "audit-again", AUDIT, changed, after_audit, safe=frozenset(disk.SAFE_AFTER_CHANGE)
        ),
        Scenario("report", REPORT, reported, ((REPORT,), (CLEAN, UNDO))),
        Scenario("save", SAVE, saved, ((SAVE,),)),
        Scenario(
            "undo-of-a-missing-file", UNDO, robbed, ((UNDO,), (CLEAN, UNDO)),
            lost=frozenset({"Cat/cut.jpg"}),
        ),
    ]  # fmt: skip
    fixed = {"safe": frozenset(disk.REPLACED), "renamed": disk.RENAMED}
    made += [
        Scenario(
            "answer-review", ANSWER, audited,
            ((COUNT_ANSWERS, ANSWER, COUNT_ANSWERS), (ANSWER, CLEAN_FROM_PAGE, UNDO)),
        ),
        Scenario(
            "clean-from-page", CLEAN_FROM_PAGE, answered, ((UNDO,), (CLEAN_FROM_PAGE, UNDO, UNDO)),
        ),
    ]  # fmt: skip
    moved = {"safe": frozenset({*disk.SAFE, "Dog/2.jpg"}), "renamed": disk.RELABELLED}
    after_relabel = ((UNDO, UNDO), (RELABEL, UNDO, UNDO))
    for way, system in WAYS.items():
        made += [
            Scenario(
                f"fix-by-{way}", FIX, repairable, ((UNDO,), (FIX, UNDO, UNDO)), system, **fixed
            ),
            Scenario(
                f"undo-fix-by-{way}", UNDO, repaired, ((UNDO,), (FIX, UNDO, UNDO)), system, **fixed
            ),
            Scenario(f"relabel-by-{way}", RELABEL, mislabelled, after_relabel, system, **moved),
            Scenario(f"undo-relabel-by-{way}", UNDO, relabelled, after_relabel, system, **moved),
        ]  # fmt: skip
    for way, system in WAYS.items():
        made += [
            Scenario(f"clean-by-{way}", CLEAN, audited, after_clean, system),
            Scenario(f"undo-by-{way}", UNDO, cleaned, after_clean, system),
            Scenario(
                f"keep-by-{way}", KEEP, decided, after_keep, system,
                safe=frozenset({*disk.SAFE, disk.ORIGINAL}),
            ),
        ]  # fmt: skip
    for link, system in {
        "copy": System(),
        "hardlink": System(),
        "symlink": System(),
        "reflink": System(clones=True),
    }.items():
        argv = split(link)
        chains = ((argv,), (REPORT, argv))
        made.append(
            Scenario(f"split-{link}", argv, audited, chains, system, target=f"{PETS}-split")
        )
    argv, system = split("copy", "-o", "disk/out"), System(disk="disk")
    made.append(Scenario("split-other-disk", argv, audited, ((argv,),), system, target="disk/out"))
    argv = ("split", PETS, "--val", "0.3", "--shards")
    made.append(
        Scenario("split-shards", argv, audited, ((argv,), (REPORT, argv)), target=f"{PETS}-split")
    )
    argv = (*split("copy"), "--no-files")
    made.append(Scenario("split-no-files", argv, audited, ((argv,), (CLEAN, UNDO))))
    return {scenario.name: scenario for scenario in made}


def in_suite():
    """Give the names of the scenarios that the suite tries: one way of moving for repairs, labels."""
    more = re.compile(r"(undo-)?(fix|relabel)-by-(renames|copies)")
    return [name for name in all_scenarios() if not more.fullmatch(name)]


def _go(commands, system, argv, codes=frozenset({0})):
    done = commands.run(argv, system)
    if done.code not in codes:
        raise RuntimeError(f"{' '.join(argv)} ended with {done.code}: {done.said}")


def clear(commands):
    shutil.rmtree(commands.work)
    commands.work.mkdir()
