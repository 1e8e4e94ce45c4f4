"""Workers are killed, stopped and starved at random moments; no verdict is lost or doubled."""

import os
import random
import signal
import threading
import time
from dataclasses import replace

import pandas as pd
import pytest
from pictures import jpeg

from catsclean.reading.discover import discover
from catsclean.reading.limits import Limits
from catsclean.scan import dispatch, pool, slot
from catsclean.scan.gather import gather

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
LIMITS = replace(Limits(), timeout_s=5.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("faults")
    pictures = [jpeg(seed, (160 + seed, 120)) for seed in range(24)]
    for number in range(1200):
        (root / f"{number:04}.jpg").write_bytes(pictures[number % 24])
    return root


@pytest.fixture
def started(monkeypatch):
    """The workers that were started, in order."""
    processes = []
    make = slot.WorkerContext.Process

    def remember(self, *arguments, **named):
        processes.append(make(self, *arguments, **named))
        return processes[-1]

    monkeypatch.setattr(slot.WorkerContext, "Process", remember)
    return processes


def scan(root):
    gathered = gather(root, discover(root), LIMITS, [], workers=3, cache=None)
    return gathered.table.to_pandas()


class Storm:
    """Sends signals to random workers from a thread of its own."""

    def __init__(self, processes, signals, every_s, seed):
        self.processes, self.signals, self.every_s = processes, signals, every_s
        self.sent = 0
        self._chance = random.Random(seed)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._rage, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def _rage(self):
        while not self._over.wait(self._chance.uniform(0, 2 * self.every_s)):
            alive = [p for p in self.processes[-3:] if p.pid is not None]
            if alive:
                try:
                    os.kill(self._chance.choice(alive).pid, self._chance.choice(self.signals))
                except ProcessLookupError:
                    continue
                self.sent += 1


@pytest.mark.slow
def test_500_kills_at_random_moments_neither_lose_nor_double_a_verdict(folder, started):
    reference = scan(folder)
    kills = rounds = 0
    begun = time.monotonic()
    while kills < 500 and time.monotonic() - begun < 240:
        with Storm(started, (signal.SIGKILL, signal.SIGTERM), 0.04, seed=rounds) as storm:
            pd.testing.assert_frame_equal(scan(folder), reference)
        kills += storm.sent
        rounds += 1
    assert kills >= 500


def test_workers_that_stand_still_are_replaced(folder, started, monkeypatch):
    monkeypatch.setattr(pool, "_SPARE_SECONDS", -3.5)
    monkeypatch.setattr(dispatch, "_START_SECONDS", 4.0)
    reference = scan(folder)
    with Storm(started, (signal.SIGSTOP,), 0.4, seed=1) as storm:
        table = scan(folder)
    assert storm.sent
    lost = [row for row in table.to_dict("records") if row["outcome"] != "decoded"]
    # a worker that stood still while it was at a file is all that can be known of that file
    assert len(lost) <= storm.sent
    assert {row["outcome"] for row in lost} <= {"timeout"}
    assert len(table) == len(reference)


def test_no_worker_outlives_a_scan_that_was_given_up(folder, started):
    chunks = pool.run(str(folder), discover(folder).paths, [1] * 1200, LIMITS, (), workers=3)
    next(chunks)
    chunks.close()
    assert started
    assert not [process for process in started if process.is_alive()]
