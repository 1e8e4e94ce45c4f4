"""The points: each call of a scenario, and each fault that it can meet."""

import errno
import hashlib
import itertools
import random
from dataclasses import dataclass

from . import disk
from .checks import Judge, Reference, is_set_aside
from .commands import Done, Fault
from .scenarios import UNDO, all_scenarios, clear

_NAMES = {
    "unlink", "unlinkat", "remove", "rmdir", "mkdir", "mkdirat", "rename", "renameat", "renameat2",
    "link", "linkat", "symlink", "symlinkat", "open", "openat", "creat",
}  # fmt: skip
_PARTIAL = {"write", "pwrite", "writev", "copy_file_range", "sendfile"}
_REFUSALS = {
    "c": (errno.EIO, errno.ENOSPC, errno.EACCES, errno.EINTR),
    "r": (errno.EIO, errno.EACCES, errno.EINTR, errno.ESTALE),
    "s": (errno.EIO, errno.ENOSPC, errno.EINTR),
    "e": (errno.EIO,),
}
_LIES = (errno.ENOENT, errno.EEXIST, errno.ESTALE, errno.ETIMEDOUT, errno.EIO)
_LIES_ABOUT_BYTES = (errno.ESTALE, errno.ETIMEDOUT, errno.EIO)


@dataclass(frozen=True)
class Call:
    """A call that a command makes where nothing fails: `kind` is the shim's."""

    number: int
    name: str
    kind: str
    result: int
    path: str
    second: str
    facts: dict


def read_log(path):
    """Read what the shim wrote down."""
    calls = []
    for line in path.read_bytes().split(b"\n"):
        if not line:
            continue
        number, name, kind, result, _, first, second, *facts = line.split(b"\t")
        calls.append(
            Call(
                int(number),
                name.decode(),
                kind.decode(),
                int(result),
                _unescaped(first),
                _unescaped(second),
                dict(fact.decode("utf-8", "surrogateescape").partition("=")[::2] for fact in facts),
            )
        )
    return calls


def _unescaped(text):
    for byte in (b"\t", b"\n", b"%"):
        text = text.replace(b"%%%02x" % ord(byte), byte)
    return text.decode("utf-8", "surrogateescape")


def faults_of(call, *, first_change):
    """Give the faults that one call can meet."""
    codes = _REFUSALS[call.kind]
    if call.kind == "r":  # there are many of them: EIO for each, and the others in turn
        codes = (codes[0], codes[1 + call.number % (len(codes) - 1)])
    found = [Fault(call.number, "fail", code) for code in codes]
    if call.kind == "c":
        lies = _LIES if call.name in _NAMES else _LIES_ABOUT_BYTES
        found += [Fault(call.number, "done", code) for code in lies]
        if call.name in _PARTIAL:
            found += [Fault(call.number, action) for action in ("short", "kill-halfway")]
        if first_change:  # later ones are the same as a kill after the change before
            found.append(Fault(call.number, "kill-before"))
        found.append(Fault(call.number, "kill-after"))
        found.append(Fault(call.number, "full", errno.ENOSPC))
        found.append(Fault(call.number, "dead", errno.EIO))
    if call.name == "flock":
        found.append(Fault(call.number, "fail", errno.ENOLCK))
    return found


@dataclass(frozen=True)
class Verdict:
    """What became of one point: its name, the call that was met, what is wrong."""

    name: str
    what: str
    steps: tuple
    flaws: tuple


class Prepared:
    """A scenario with its disk made ready, and how it ends where nothing fails."""

    def __init__(self, commands, scenario):
        self.commands, self.scenario = commands, scenario
        clear(commands)
        self.originals = scenario.prepare(commands, scenario.system)
        self.disk = disk.look(commands.work)
        self.reference = Reference()
        log = commands.scratch / "calls.log"
        for number, chain in enumerate(scenario.chains):
            disk.put(commands.work, self.disk)
            for step, argv in enumerate((scenario.argv, *chain)):
                where = log if (number, step) == (0, 0) else None
                commands.run(argv, scenario.system, log=where)
                self.reference.learn(step, disk.look(commands.work), last=step == len(chain))
            if number == 0:
                self.calls = read_log(log)

    def points(self):
        """Give every fault of every call."""
        changes = [call.number for call in self.calls if call.kind == "c"]
        return [
            fault
            for call in self.calls
            for fault in faults_of(call, first_change=call.number == changes[0])
        ]

    def name_of(self, fault):
        error = f":{errno.errorcode[fault.error]}" if fault.error else ""
        return f"{self.scenario.name}:{fault.number}:{fault.action}{error}"

    def chain_of(self, name):
        chains = self.scenario.chains
        return chains[hashlib.sha256(name.encode()).digest()[0] % len(chains)]

    def run(self, fault):
        """Run one point."""
        disk.put(self.commands.work, self.disk)
        done = self.commands.run(self.scenario.argv, self.scenario.system, fault)
        return self.judge(self.name_of(fault), done, self.disk)

    def judge(self, name, done, before):
        """Judge what a command left, run what a user runs next, and judge that."""
        chain = list(self.chain_of(name))
        judge = Judge(self.scenario, self.originals, self.reference)
        steps = [done]
        for step in itertools.count():
            if step:
                done = self.commands.run(chain[step - 1], self.scenario.system)
                steps.append(done)
            entries = disk.look(self.commands.work)
            last = step == len(chain)
            if last and done.argv == UNDO and done.code in {0, 1}:
                aside = is_set_aside(entries)
                if aside and aside.keys() < is_set_aside(before).keys():
                    chain.append(UNDO)  # an undo is of one run, and there may be more of them
                    last = False
            judge.after(step, done, before, entries, last=last)
            if last:
                break
            before = entries
        return Verdict(name, steps[0].what, tuple(steps), tuple(dict.fromkeys(judge.flaws)))


def killed(argv, what):
    """Stand for a command that a power cut ended."""
    return Done(tuple(argv), -9, "", "", 0, True, what)


def prepare(commands, name):
    """Make a scenario ready."""
    return Prepared(commands, all_scenarios()[name])


def fault_named(text):
    """Read back the part of a point's name that says what meets which call."""
    number, action, *error = text.split(":")
    return Fault(int(number), action, getattr(errno, error[0]) if error else 0)


def sample(points, count, seed):
    """Choose some points so that every kind of fault is among them, spread over all calls."""
    chance = random.Random(seed)
    by_kind = {}
    for point in points:
        by_kind.setdefault((point.action, point.error), []).append(point)
    kinds = list(by_kind.values())
    chance.shuffle(kinds)
    chosen = []
    while kinds and len(chosen) < count:
        for some in list(kinds):
            if len(chosen) < count:
                chosen.append(some.pop(chance.randrange(len(some))))
            if not some:
                kinds.remove(some)
    return sorted(chosen, key=lambda fault: (fault.number, fault.action, fault.error))
