"""Workers are killed and stopped at random moments; no verdict is lost or doubled."""

import os
import random
import signal
import threading

import pandas as pd
import pytest
from pictures import jpeg

from catsclean.core.limits import Limits
from catsclean.scan import in_workers
from catsclean.scan.discover import discover
from catsclean.scan.pool import worker_process
from catsclean.scan.scan import gather

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
LIMITS = Limits()
KILLS = 500
FILES = 600


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("faults")
    pictures = [jpeg(seed, (160 + seed, 120)) for seed in range(24)]
    for number in range(FILES):
        (root / f"{number:04}.jpg").write_bytes(pictures[number % 24])
    return root


@pytest.fixture
def started(monkeypatch):
    """The workers that were started, in order."""
    processes = []
    make = worker_process.WorkerContext.Process

    def remember(self, *arguments, **named):
        processes.append(make(self, *arguments, **named))
        return processes[-1]

    monkeypatch.setattr(worker_process.WorkerContext, "Process", remember)
    return processes


def scan(root):
    gathered = gather(root, discover(root), LIMITS, [], workers=3, cache=None)
    return gathered.table.to_pandas()


@pytest.fixture
def answers(monkeypatch):
    """A semaphore that is released with every chunk that workers hand over."""
    handed_over, run = threading.Semaphore(0), in_workers.run

    def counted(*arguments, **named):
        for answer in run(*arguments, **named):
            handed_over.release()
            yield answer

    monkeypatch.setattr(in_workers, "run", counted)
    return handed_over


class Storm:
    """Kills random workers from a thread of its own.

    It waits for an answer before each kill: were workers killed faster than they start, as on a
    slow machine, the scan would rightly give up.
    """

    def __init__(self, processes, answers, seed):
        self.processes, self.answers = processes, answers
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
        while not self._over.wait(self._chance.uniform(0, 0.02)):
            alive = [p for p in self.processes[-3:] if p.pid is not None]
            if alive and self.answers.acquire(timeout=0.02):
                how = self._chance.choice((signal.SIGKILL, signal.SIGTERM))
                try:
                    os.kill(self._chance.choice(alive).pid, how)
                except ProcessLookupError:
                    continue
                self.sent += 1


@pytest.mark.slow
def test_500_kills_at_random_moments_neither_lose_nor_double_a_verdict(folder, started, answers):
    reference = scan(folder)
    kills = rounds = 0
    while kills < KILLS:
        with Storm(started, answers, seed=rounds) as storm:
            pd.testing.assert_frame_equal(scan(folder), reference)
        kills += storm.sent
        rounds += 1


def test_no_worker_outlives_a_scan_that_was_given_up(folder, started):
    chunks = in_workers.run(str(folder), discover(folder).paths, [1] * FILES, LIMITS, (), workers=3)
    next(chunks)
    chunks.close()
    assert started
    assert not [process for process in started if process.is_alive()]
