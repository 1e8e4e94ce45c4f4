"""Starts the server of commands, and runs commands in it: with a fault, or none."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
# in the order of the shim's `enum action`
ACTIONS = (
    "none", "fail", "done", "short", "kill-before", "kill-after", "kill-halfway", "full", "dead",
)  # fmt: skip


def compiler():
    """Find a C compiler; None where there is none."""
    return next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)


def build(folder):
    """Compile the shim into a folder."""
    library = Path(folder) / "shim.so"
    subprocess.run(
        [compiler(), "-shared", "-fPIC", "-O1", "-w", "-o", library, HERE / "shim.c", "-ldl"],
        check=True,
    )
    return library


@dataclass(frozen=True)
class System:
    """A kind of file system: whether it has hard links and reflinks, and what is another disk."""

    links: bool = True
    clones: bool = False
    disk: str = ""


@dataclass(frozen=True)
class Fault:
    """What meets which call, counted from 1."""

    number: int
    action: str
    error: int = 0


@dataclass(frozen=True)
class Done:
    """What a command did: a negative exit code is a signal."""

    argv: tuple
    code: int
    out: str
    err: str
    calls: int
    fired: bool
    what: str

    @property
    def said(self):
        return self.out + self.err


class Commands:
    """Commands of catsclean, run in forks of one process.

    Attributes:
        scratch: Where outputs and logs go.
        work: The folder that commands run in; calls that touch what lies in it count.
    """

    def __init__(self, scratch):
        self.scratch = Path(scratch)
        self.work = self.scratch / "w"
        self.work.mkdir(parents=True)
        environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
        environment |= {
            "LD_PRELOAD": str(build(self.scratch)),
            "PYTHONPATH": str(REPOSITORY),
            "PYTHONHASHSEED": "0",
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "NO_COLOR": "1",
            "HOME": str(self.scratch),
        }
        self._server = subprocess.Popen(
            [sys.executable, HERE / "server.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._server.wait(10)
        self._server.kill()
        self._server.wait()
        self._server.stdout.close()

    @property
    def server_pid(self):
        return self._server.pid

    def ask(self, request):
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        answer = self._server.stdout.readline()
        if not answer:
            raise RuntimeError("the server of commands ended")
        return json.loads(answer)

    def warm_up(self, argv):
        """Run a command in the server itself, so that what it loads is loaded."""
        return self.ask({"warm": {"cwd": str(self.work), "argv": list(argv)}})

    def run(self, argv, system=System(), fault=None, log=None):
        """Run a command in the work folder."""
        out, err = self.scratch / "out.txt", self.scratch / "err.txt"
        request = {
            "argv": list(argv),
            "cwd": str(self.work),
            "out": str(out),
            "err": str(err),
            "log": str(log) if log else None,
            "no_links": int(not system.links),
            "clones": int(system.clones),
            "disk": str(self.work / system.disk) if system.disk else "",
            "number": fault.number if fault else -1,
            "action": ACTIONS.index(fault.action) if fault else 0,
            "errno": fault.error if fault else 0,
        }
        answer = self.ask(request)
        return Done(
            tuple(argv),
            answer["code"],
            out.read_text(errors="backslashreplace"),
            err.read_text(errors="backslashreplace"),
            answer["calls"],
            answer["fired"],
            answer["what"].replace(str(self.work) + "/", ""),
        )
