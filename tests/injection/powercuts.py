"""Power cuts: every state of the disk that the fsyncs so far allow, at every moment of a command.

A name is safe once its folder was fsynced, bytes and times once their file was.  What a folder was
asked to do since may have happened or not, each by itself (a rename is one step, and is safe once
either of its folders is); bytes that are not safe may be there or absent.  Real file systems allow
less; code that survives all of this survives them.
"""

import random
import stat
from dataclasses import dataclass, field

from .disk import Entry, look, put
from .points import killed, read_log


@dataclass(eq=False)
class Node:
    """A file, link or folder: as the system shows it, and as it is safe."""

    mode: int
    mtime_ns: int
    data: bytearray | None = None
    entries: dict | None = None
    safe: tuple = ()
    safe_entries: dict = field(default_factory=dict)
    _shown: tuple = ()

    def changed(self):
        self._shown = ()

    @property
    def shown(self):
        """Mode, time and bytes as the system shows them now."""
        if not self._shown:
            self._shown = self.mode, self.mtime_ns, None if self.data is None else bytes(self.data)
        return self._shown

    def settle(self):
        self.safe = self.shown

    @property
    def is_safe(self):
        return self.data is None or self.safe == self.shown


class Replay:
    """A disk on which the log of a command is done again, call by call."""

    def __init__(self, entries, root, inode):
        self.root, self.prefix = Node(stat.S_IFDIR | 0o755, 0, entries={}), f"{root}/"
        self.by_inode = {inode: self.root}
        # the log does not say their values, so they go with the bytes
        self.attributes = {e.data: e.attributes for e in entries.values() if e.attributes}
        for name in sorted(entries):
            entry = entries[name]
            node = self.by_inode.get(entry.inode)
            if node is None:
                node = Node(entry.mode, entry.mtime_ns)
                if entry.is_folder:
                    node.entries = {}
                else:
                    node.data = bytearray(entry.data)
                node.settle()
                self.by_inode[entry.inode] = node
            above, last = self.folder_of(self.prefix + name)
            above.entries[last] = above.safe_entries[last] = node
        self.pending = []

    def folder_of(self, path):
        above, _, last = path.removeprefix(self.prefix).rpartition("/")
        return self.node_at(self.prefix + above), last

    def node_at(self, path):
        node = self.root
        for part in path.removeprefix(self.prefix).split("/"):
            if part and node is not None:
                node = node.entries.get(part) if node.entries is not None else None
        return node

    def edit(self, *edits):
        """Do one step in folders: each (folder, name, node), None where the name goes."""
        _apply(edits, lambda folder: folder.entries)
        self.pending.append(edits)

    def do(self, call):
        """Do one call of the log again; tell whether it changed anything."""
        if call.result < 0 or call.kind not in "cs":
            return False
        handle = getattr(self, f"_{_HANDLERS.get(call.name, 'facts')}")
        return handle(call) is not False

    def _new(self, call, data=None):
        node = Node(int(call.facts["mode"], 8), int(call.facts["mtime"]), data)
        if data is None:
            node.entries = {}
        # a new file that was never fsynced may be there, and empty
        node.safe = (node.mode, node.mtime_ns, None if data is None else b"")
        self.by_inode[int(call.facts["ino"])] = node
        return node

    def _open(self, call):
        if call.facts.get("made") == "1":
            folder, name = self.folder_of(call.path)
            self.edit((folder, name, self._new(call, bytearray())))
            return None
        if call.facts.get("truncated") == "1":
            del self._node(call).data[:]
            return self._facts(call)
        return False

    def _node(self, call):
        return self.by_inode[int(call.facts["ino"])]

    def _facts(self, call):
        node = self.by_inode.get(int(call.facts.get("ino", -1)))
        if node is None:
            return False
        node.mode, node.mtime_ns = int(call.facts["mode"], 8), int(call.facts["mtime"])
        if node.data is not None and not stat.S_ISLNK(node.mode):
            size = int(call.facts["size"])
            del node.data[size:]
            node.data.extend(b"\0" * (size - len(node.data)))
        node.changed()
        return None

    def _write(self, call):
        node, at = self._node(call), int(call.facts["at"])
        data = bytes.fromhex(call.facts.get("data", ""))
        node.data.extend(b"\0" * (at - len(node.data)))
        node.data[at : at + len(data)] = data
        return self._facts(call)

    def _unlink(self, call):
        folder, name = self.folder_of(call.path)
        self.edit((folder, name, None))

    def _mkdir(self, call):
        folder, name = self.folder_of(call.path)
        self.edit((folder, name, self._new(call)))

    def _symlink(self, call):
        folder, name = self.folder_of(call.path)
        node = self._new(call, bytearray(call.facts["to"].encode("utf-8", "surrogateescape")))
        node.settle()
        self.edit((folder, name, node))

    def _link(self, call):
        folder, name = self.folder_of(call.second)
        self.edit((folder, name, self._node(call)))

    def _rename(self, call):
        old, new = self.folder_of(call.path), self.folder_of(call.second)
        self.edit((*old, None), (*new, old[0].entries[old[1]]))

    def _fsync(self, call):
        node = self._node(call)
        if node.entries is None:
            node.settle()
        else:
            done = [edits for edits in self.pending if any(edit[0] is node for edit in edits)]
            for edits in done:
                _apply(edits, lambda folder: folder.safe_entries)
                self.pending.remove(edits)

    def _sync(self, call):
        for edits in self.pending:
            _apply(edits, lambda folder: folder.safe_entries)
        self.pending.clear()
        for node in self.by_inode.values():
            node.settle()

    def choices(self):
        """Give the states that a power cut may leave now: name, steps that happened, bytes lost."""
        steps = range(len(self.pending))
        chosen = {"none": [], "all": list(steps)}
        for step in steps:
            chosen[f"only-{step}"] = [step]
            chosen[f"all-but-{step}"] = [other for other in steps if other != step]
        unsafe = [node for node in self.by_inode.values() if not node.is_safe]
        for name, some in chosen.items():
            yield name, some, set()
            if unsafe:
                yield f"{name}-without-bytes", some, set(unsafe)
        if len(unsafe) > 1:
            for number, node in enumerate(unsafe):
                yield f"all-without-bytes-of-{number}", chosen["all"], {node}

    def seen(self, chosen, without=frozenset()):
        """Give what lies on the disk where some steps happened and the bytes of some files did not."""
        folders = {}

        def entries(folder):
            if folder not in folders:
                folders[folder] = dict(folder.safe_entries)
            return folders[folder]

        for step in chosen:
            _apply(self.pending[step], entries)
        found = {}
        stack = [("", self.root)]
        while stack:
            above, folder = stack.pop()
            for name, node in entries(folder).items():
                mode, mtime_ns, data = node.safe if node in without else node.shown
                found[above + name] = Entry(
                    mode, mtime_ns, data, id(node), self.attributes.get(data, ())
                )
                if node.entries is not None:
                    stack.append((f"{above}{name}/", node))
        return found


_HANDLERS = {
    "open": "open", "openat": "open", "creat": "open", "fopen": "facts",
    "write": "write", "pwrite": "write", "writev": "write", "copy_file_range": "write",
    "sendfile": "write", "ioctl_ficlone": "write",
    "unlink": "unlink", "unlinkat": "unlink", "remove": "unlink", "rmdir": "unlink",
    "mkdir": "mkdir", "mkdirat": "mkdir", "symlink": "symlink", "symlinkat": "symlink",
    "link": "link", "linkat": "link", "rename": "rename", "renameat": "rename",
    "renameat2": "rename", "fsync": "fsync", "fdatasync": "fsync", "sync": "sync",
    "syncfs": "sync",
}  # fmt: skip


def _apply(edits, entries_of):
    for folder, name, node in edits:
        if node is None:
            entries_of(folder).pop(name, None)
        else:
            entries_of(folder)[name] = node


def _key(entries):
    """Tell states apart: names, what they hold, and which of them are one file."""
    numbers = {}
    return hash(
        tuple(
            (name, entry.exact, numbers.setdefault(entry.inode, len(numbers)))
            for name, entry in sorted(entries.items())
        )
    )


@dataclass(frozen=True)
class State:
    """One state that a power cut may leave: after which call, and what of it happened."""

    name: str
    what: str
    entries: dict


class PowerCuts:
    """The power cuts of a prepared scenario."""

    def __init__(self, prepared, *, with_fsync=True):
        self.prepared = prepared
        commands, scenario = prepared.commands, prepared.scenario
        put(commands.work, prepared.disk)
        self._before, log = look(commands.work), commands.scratch / "cuts.log"
        self._root_inode = commands.work.stat().st_ino
        commands.run(scenario.argv, scenario.system, log=log)
        self._log = [c for c in read_log(log) if c.kind == "c" or (c.kind == "s" and with_fsync)]
        self.after = look(commands.work)

    def _moments(self):
        """Do the command again; yield the disk after each call that changed something."""
        replay = Replay(self._before, self.prepared.commands.work, self._root_inode)
        for call in self._log:
            if replay.do(call):
                yield call, replay

    def replayed(self):
        """Give what lies on the disk when the whole log was done again."""
        *_, (_, replay) = self._moments()
        return replay.seen(range(len(replay.pending)))

    def states(self, wanted=None):
        """Give all states, each once; or those of some names."""
        seen = {_key(self._before)}
        for call, replay in self._moments():
            what = f"{call.name} {(call.second or call.path).removeprefix(replay.prefix)}"
            for choice, steps, without in replay.choices():
                name = f"cut:{self.prepared.scenario.name}:{call.number}:{choice}"
                if wanted is not None and name not in wanted:
                    continue
                entries = replay.seen(steps, without)
                if (key := _key(entries)) not in seen:
                    seen.add(key)
                    yield State(name, what, entries)

    def sample(self, count, seed):
        """Choose some states."""
        names = [
            f"cut:{self.prepared.scenario.name}:{call.number}:{choice}"
            for call, replay in self._moments()
            for choice, _, _ in replay.choices()
        ]
        return self.states(set(random.Random(seed).sample(names, min(count, len(names)))))

    def run(self, state):
        """Put a state on the disk, run what a user runs next, and judge it."""
        put(self.prepared.commands.work, state.entries)
        done = killed(self.prepared.scenario.argv, f"power cut after {state.what}")
        return self.prepared.judge(state.name, done, self.prepared.disk)
