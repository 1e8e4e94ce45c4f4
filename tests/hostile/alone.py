"""Reads files one by one, each in a worker process of its own, and says what each one cost.

Runs as a program of its own, so that a worker begins as small as it does in an audit:
``python alone.py ROOT TIMEOUT_S INSPECTORS PATH...`` prints one JSON object a file.  INSPECTORS are
the validators that gather evidence, as workers know them, with commas between.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys

from catsclean.core.limits import Limits
from catsclean.scan import worker


def main(root: str, timeout_s: str, inspectors: str, paths: list[str]) -> None:
    """Read every file in a fork of this process."""
    limits = Limits(timeout_s=float(timeout_s))
    named = tuple(inspectors.split(","))
    for path in paths:
        receive, send = os.pipe()
        child = os.fork()
        if not child:
            _be_worker(worker.Task(root, (path,), limits, named), send)
        os.close(send)
        with os.fdopen(receive, "rb") as stream:
            answer = stream.read()
        _, status, used = os.wait4(child, 0)
        code = os.waitstatus_to_exitcode(status)
        found = json.loads(answer) if code == 0 else {"outcome": _death(code), "detail": ""}
        cost = {"peak_bytes": used.ru_maxrss * 1024}
        # for people; no test goes by it
        cost["cpu_seconds"] = round(used.ru_utime + used.ru_stime, 3)
        print(json.dumps({"path": path, **found, **cost}), flush=True)  # noqa: T201


def _be_worker(task: worker.Task, send: int) -> None:
    status = 99
    try:
        worker.prepare(task.limits.memory_bytes)
        columns = worker.scan_chunk(task)
        found = {"outcome": columns["outcome"], "detail": columns["outcome_detail"][0]}
        assert len(found["outcome"]) == 1
        os.write(send, json.dumps({**found, "outcome": found["outcome"][0]}).encode())
        status = 0
    finally:
        os._exit(status)


def _death(code: int) -> str:
    return "timeout" if code == -signal.SIGPROF else f"died ({code})"


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
