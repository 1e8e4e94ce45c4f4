"""A `catsclean` for the shell that takes a tenth of a second to start, not a whole one.

The program is a few lines that ask a server: a process that has loaded everything, and that forks
for each command.  The fork has the caller's arguments, environment, folder and standard streams,
and its worker processes come from one server, too.
"""

import array
import atexit
import contextlib
import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

TESTS = Path(__file__).parent
NOT_LOADED = (".training", ".reviewing", ".ray_", "__main__")
CLIENT = """#!{python} -IS
import array, json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    streams = array.array("i", [0, 1, 2])
    server.sendmsg([b"+"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, streams)])
    request = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    server.sendall(len(request).to_bytes(8, "big") + request)
    code = server.recv(1)
sys.exit(code[0] if code else 70)
"""


@contextlib.contextmanager
def forking(warm_up):
    """Start the server; gives the text of a program that is `catsclean`.

    Args:
        warm_up: Folder and arguments of a command that loads what other commands need.
    """
    with tempfile.TemporaryDirectory(prefix="fork-") as place:
        address = str(Path(place) / "s")
        command = [sys.executable, __file__, address, json.dumps([str(part) for part in warm_up])]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=TESTS.parent) as server:
            try:
                assert server.stdout.readline() == b"ready\n"
                yield CLIENT.format(python=sys.executable, address=address)
            finally:
                server.kill()


def serve(address, warm_up_in, *warm_up_by):
    """Answer requests until somebody terminates this process."""
    from injection.server import warm_up

    ready = os.dup(1)
    with open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), 1)
    workers = warm_up(warm_up_in, warm_up_by)
    load()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who answer
        os.write(ready, b"ready\n")
        os.close(ready)
        while True:
            client, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                os._exit(answer(client, workers))
            client.close()


def load():
    """Load the package, except for what loads TensorFlow, a server or a cluster."""
    import pandas as pd  # noqa: F401 - the package loads it late
    import pyarrow.parquet  # noqa: F401

    import catsclean

    for found in pkgutil.walk_packages(catsclean.__path__, "catsclean."):
        if not any(name in found.name for name in NOT_LOADED):
            importlib.import_module(found.name)


def answer(client, workers):
    """Run one command in a fork of its own, and send its exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    streams = array.array("i")
    _, [(_, _, data)], _, _ = client.recvmsg(1, socket.CMSG_LEN(3 * streams.itemsize))
    streams.frombytes(data)
    stream = client.makefile("rb")
    request = json.loads(stream.read(int.from_bytes(stream.read(8), "big")))
    child = os.fork()
    if child == 0:
        os._exit(run(streams, *request, workers) & 255)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    client.sendall(bytes([code if code >= 0 else 128 - code]))
    return 0


def run(streams, arguments, folder, environment, workers):
    """Run one command in this process; gives its exit code."""
    from injection.server import use_workers

    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    if workers is not None:
        use_workers(workers)
    sys.argv = ["catsclean", *arguments]
    status = 0
    try:
        from catsclean.__main__ import main

        main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
        status = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return status


if __name__ == "__main__":
    sys.path[:0] = [str(TESTS), str(TESTS.parent)]
    serve(sys.argv[1], *json.loads(sys.argv[2]))
