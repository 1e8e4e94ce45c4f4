"""Runs commands of catsclean in forks of a process that has loaded everything, under the shim.

Started by :mod:`injection.commands` with the shim preloaded; reads one request a line (JSON) from
its standard input and answers each by one line.  A fork does in a tenth of a second what a new
process does in a whole one.
"""

import atexit
import contextlib
import ctypes
import fcntl
import gc
import importlib
import json
import os
import signal
import sys
import threading
import traceback
import warnings

LONGEST_S = 120  # a command that takes longer hangs
_LOG_FD = 900


def save_manifest(root, *targets):
    """Save the manifest of the last audit where a user's script wants it."""
    from catsclean import load_audit
    from catsclean.errors import CatscleanError

    try:
        for target in targets:
            load_audit(root).manifest.save(target)
    except (CatscleanError, OSError) as error:
        print(f"catsclean: {error}", file=sys.stderr)
        return 2
    return 0


def answer_review(root):
    """Answer every question of a review as it suggests, as the page does, in one entry."""
    from catsclean import load_audit
    from catsclean.errors import CatscleanError
    from catsclean.reviewing.refusals import RefusedRequestError
    from catsclean.reviewing.session import Review

    try:
        review = Review(load_audit(root))
        answers = []
        for queue in review.summary()["queues"]:
            for asked in review.questions(queue["key"], 0, 100)["questions"]:
                stands = (asked["answer"] or {}).get("entry", "")
                if asked["suggested"] and not stands:
                    answers.append(
                        {"question": asked["key"], "expected": "", "decisions": asked["suggested"]}
                    )
        if answers:
            _, taken = review.save({"entry": f"entry-{len(answers):04}", "answers": answers})
            if not taken:
                print("catsclean: the answers were not taken", file=sys.stderr)
                return 2
        print(f"{len(_answered(review))} answers saved")
    except (CatscleanError, RefusedRequestError, OSError) as error:
        print(f"catsclean: {error}", file=sys.stderr)
        return 2
    return 0


def read_review(root):
    """Say how many answers a review has."""
    from catsclean import load_audit
    from catsclean.errors import CatscleanError
    from catsclean.reviewing.session import Review

    try:
        print(f"{len(_answered(Review(load_audit(root))))} answers read")
    except (CatscleanError, OSError) as error:
        print(f"catsclean: {error}", file=sys.stderr)
        return 2
    return 0


def _answered(review):
    return [
        asked
        for queue in review.summary()["queues"]
        for asked in review.questions(queue["key"], 0, 100)["questions"]
        if asked["answer"]
    ]


def clean_from_page(root):
    """Carry out the plan that the page of a review shows."""
    from catsclean.core.state import StateFolder
    from catsclean.errors import CatscleanError
    from catsclean.reviewing.work import PageWork

    try:
        work = PageWork(StateFolder.of(root), lambda: None)
        work.clean(work.plan()["id"])
        for thread in threading.enumerate():
            if thread.name == "catsclean-clean":
                thread.join()
    except (CatscleanError, OSError) as error:
        print(f"catsclean: {error}", file=sys.stderr)
        return 2
    if work.job.failed or not work.job.said:
        print(f"catsclean: {' '.join(work.job.said)}", file=sys.stderr)
        return 2
    print("\n".join(work.job.said))
    # files that could not be moved are named
    return int(any("stays" in line for line in work.job.said))


CALLS = {
    "save-manifest": save_manifest,
    "answer-review": answer_review,
    "read-review": read_review,
    "clean-from-page": clean_from_page,
}


def main():
    # above what commands open: the numbers of their descriptors are as they would be
    requests = os.fdopen(fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, 800), "r")
    answers = os.fdopen(fcntl.fcntl(1, fcntl.F_DUPFD_CLOEXEC, 800), "w")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.environ.pop("LD_PRELOAD")  # the programs that a command starts are not what is tested
    warnings.filterwarnings("ignore", message=".*fork.*", category=DeprecationWarning)
    shim = ctypes.CDLL(None)
    shim.injection_what.restype = ctypes.c_char_p
    shim.injection_seen.restype = ctypes.c_long
    shim.injection_share()
    workers = None
    for line in requests:
        request = json.loads(line)
        if "warm" in request:
            workers = warm_up(**request["warm"])
            answer = {"threads": threading.active_count()}
        else:
            answer = run(request, shim, workers)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def warm_up(cwd, argv):
    """Run a command in this process: loads modules, and starts the server of worker processes."""
    os.chdir(cwd)
    stderr = os.dup(2)
    os.dup2(1, 2)
    with contextlib.suppress(SystemExit):
        from catsclean.__main__ import main as command_line

        sys.argv = ["catsclean", *argv]
        command_line()
    os.chdir("/")
    os.dup2(stderr, 2)
    os.close(stderr)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.freeze()
    from multiprocessing import forkserver

    server = forkserver._forkserver
    if server._forkserver_pid is None:
        return None
    return {**vars(server), "_forkserver_alive_fd": os.dup(server._forkserver_alive_fd)}


def use_workers(known):
    """Take workers from the parent's server: a server of its own takes each command half a second."""
    from multiprocessing import forkserver

    server = forkserver._forkserver
    vars(server).update(known, _lock=threading.Lock())
    server.ensure_running = lambda: None


def run(request, shim, workers):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os._exit(command(request, shim, workers, writing))
    os.close(writing)
    with os.fdopen(reading) as stream:
        loaded = stream.read()
    _, status = os.waitpid(child, 0)
    for name in loaded.split():
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    return {
        "code": os.waitstatus_to_exitcode(status),
        "calls": shim.injection_seen(),
        "fired": bool(shim.injection_fired()),
        "what": os.fsdecode(shim.injection_what()),
    }


def command(request, shim, workers, pipe):
    """Run one command in this fork; give its exit code."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(LONGEST_S)
    known = set(sys.modules)
    for name, descriptor in (("out", 1), ("err", 2)):
        file = os.open(request[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, descriptor)
        os.close(file)
    os.chdir(request["cwd"])
    if workers is not None:
        use_workers(workers)
    log = -1
    if request["log"]:
        file = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
        os.dup2(file, _LOG_FD)
        os.close(file)
        log = _LOG_FD
    shim.injection_system(request["no_links"], request["clones"], os.fsencode(request["disk"]))
    shim.injection_arm(
        os.fsencode(request["cwd"]), ctypes.c_long(request["number"]), request["action"],
        request["errno"], log,
    )  # fmt: skip
    status = 0
    try:
        name, *rest = request["argv"]
        if name in CALLS:
            status = CALLS[name](*rest)
        else:
            sys.argv = ["catsclean", *request["argv"]]
            from catsclean.__main__ import main as command_line

            command_line()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
        status = 1
    try:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        if pipe is not None:
            new = [name for name in set(sys.modules) - known if not name.startswith("_")]
            os.write(pipe, "\n".join(new)[:60_000].encode())
    return status


if __name__ == "__main__":
    main()
