"""Ctrl-C ends a command although a server takes the call and says nothing."""

import os
import signal
import subprocess
import sys
import threading
import time

import buckets
import pytest
from packed import make_tar
from patience import HANG_S
from pictures import jpeg

from catsclean.objects.requests_in_threads import in_threads, wait_for_request

# as long as the server would keep a command waiting
HANGS_S = 30.0
ENDS_S = 15.0


def test_a_request_returns_or_raises_what_it_would():
    assert wait_for_request(lambda: threading.current_thread().name) == "catsclean-request"
    with pytest.raises(KeyError):
        wait_for_request(lambda: {}["a"])


def test_other_threads_make_their_requests_themselves():
    names = []
    ask = lambda: threading.current_thread().name  # noqa: E731
    thread = threading.Thread(target=lambda: names.append(wait_for_request(ask)), name="own")
    thread.start()
    thread.join()
    assert names == ["own"]


def test_a_limit_ends_the_wait():
    done = threading.Event()
    with pytest.raises(TimeoutError):
        wait_for_request(done.wait, 0.01)
    done.set()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
@pytest.mark.parametrize("hanging", ["", "P/Cat/1.jpg", "P/0.tar", "P.catsclean/lock"])
def test_ctrl_c_ends_an_audit_of_a_bucket_that_hangs(bad, tmp_path, hanging):
    if hanging.endswith(".tar"):
        packed = make_tar(tmp_path / "0.tar", {f"Cat/{n}.jpg": jpeg(n) for n in range(3)})
        bad.objects[hanging] = packed.read_bytes()
    else:
        for number in range(3):
            bad.objects[f"P/Cat/{number}.jpg"] = jpeg(seed=number)
    bad.rules[hanging] = buckets.Rule(waits_s=HANGS_S)
    arguments = ["audit", "s3://any/P", "--no-content"]
    if "catsclean" not in hanging:
        arguments += ["--state-dir", str(tmp_path / "state")]
    command = [sys.executable, "-m", "catsclean", *arguments]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        while not any(key == hanging for _, key in bad.log):
            time.sleep(0.01)
        begun = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=HANGS_S + 5)
        assert time.monotonic() - begun < ENDS_S
    assert process.returncode == 130
    assert "interrupted" in said


@pytest.mark.parametrize("threads", [1, 4])
def test_calls_run_at_a_time_and_results_keep_their_order(threads):
    together = threading.Barrier(threads)

    def call(number):
        together.wait(HANG_S)
        return number * 2

    assert in_threads(call, range(8), threads) == [number * 2 for number in range(8)]


def test_after_an_error_no_further_call_begins_and_those_that_run_end():
    begun, ended = [], []

    def call(number):
        begun.append(number)
        if number == 1:
            raise ValueError("no")
        time.sleep(0.02)
        ended.append(number)

    with pytest.raises(ValueError, match="no"):
        in_threads(call, range(1000), 4)
    assert len(begun) < 100
    assert len(ended) == len(begun) - 1
