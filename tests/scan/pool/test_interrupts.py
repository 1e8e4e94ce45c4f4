"""Ctrl-C and termination come at any moment, and nothing that was finished is done again."""

import os
import random
import signal
import threading
import time

import pytest
from pictures import jpeg

from catsclean.core.limits import Limits
from catsclean.scan import in_workers
from catsclean.scan.cache import Cache, fingerprint
from catsclean.scan.discover import discover
from catsclean.scan.pool import interrupts
from catsclean.scan.scan import gather

pytestmark = pytest.mark.skipif(os.name == "nt", reason="sends itself signals as POSIX does")
FILES = 600


class StoppedError(Exception):
    """What the signals of these tests raise."""


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM])
def interrupt(request):
    """Send this process a signal whose handler raises :class:`StoppedError`."""

    def stop(*_):
        raise StoppedError

    former = signal.signal(request.param, stop)
    yield lambda: os.kill(os.getpid(), request.param)
    signal.signal(request.param, former)


def test_a_signal_waits_until_all_is_put_away(interrupt):
    done = []
    with pytest.raises(StoppedError), interrupts.held_back():  # noqa: PT012 - the end raises
        interrupt()
        done.append("put away")
    assert done


def test_a_signal_takes_effect_where_it_is_admitted(interrupt):
    done = []
    with pytest.raises(StoppedError), interrupts.held_back():  # noqa: PT012 - the end raises
        interrupt()
        with interrupts.admitted():
            done.append("too late")
    assert not done


def test_a_signal_that_comes_where_it_is_admitted_takes_effect_at_once(interrupt):
    with pytest.raises(StoppedError), interrupts.held_back():  # noqa: PT012 - the end raises
        with interrupts.admitted():
            interrupt()
            time.sleep(10)
        pytest.fail("it was held back")


def test_the_former_handlers_come_back(interrupt):
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with interrupts.held_back(), interrupts.held_back(), interrupts.admitted():
        pass
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    with pytest.raises(StoppedError):
        interrupt()


def test_another_thread_holds_nothing_back(interrupt):
    before = signal.getsignal(signal.SIGINT)
    seen = []

    def work():
        with interrupts.held_back(), interrupts.admitted():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("interrupted")
    pictures = [jpeg(seed, (160 + seed, 120)) for seed in range(24)]
    for number in range(FILES):
        path = root / f"{number:04}.jpg"
        path.write_bytes(pictures[number % 24])
        os.utime(path, (10**9, 10**9))  # the cache trusts no file of the last second
    return root


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache", fingerprint(Limits(), []))


@pytest.fixture
def handed_over(monkeypatch):
    """The number of files that the workers have handed over, as the one entry of a list."""
    count = [0]
    run = in_workers.run

    def counted(*arguments, **named):
        for chunk, columns in run(*arguments, **named):
            count[0] += len(chunk)
            yield chunk, columns

    monkeypatch.setattr(in_workers, "run", counted)
    return count


def scan(root, cache, **options):
    return gather(root, discover(root), Limits(), [], workers=2, cache=cache, **options)


def test_what_is_being_put_away_when_a_signal_comes_is_not_done_again(
    folder, cache, handed_over, interrupt
):
    def stop_in_the_middle(progress):
        if progress.done_files > FILES / 3:
            interrupt()

    with pytest.raises(StoppedError):
        scan(folder, cache, progress=stop_in_the_middle)
    finished = handed_over[0]
    assert finished > FILES / 3
    assert scan(folder, cache).reused == finished


@pytest.mark.slow
def test_signals_at_random_moments_cost_nothing_that_was_finished(
    folder, cache, handed_over, interrupt
):
    chance = random.Random(8)
    whole = scan(folder, None).table
    for _ in range(6):
        cache.clear()
        handed_over[0] = 0
        over = threading.Event()
        target, delay_s = chance.randrange(FILES), chance.uniform(0, 0.03)

        def strike(over=over, target=target, delay_s=delay_s):
            while handed_over[0] < target and not over.wait(0.001):
                pass
            if not over.wait(delay_s):
                interrupt()

        thread = threading.Thread(target=strike)
        try:
            thread.start()
            try:
                scan(folder, cache)
            finally:
                over.set()
                thread.join()
        except StoppedError:
            pass  # on a fast machine the scan may be done before the signal comes
        finished = handed_over[0]
        again = scan(folder, cache)
        assert again.reused >= 0.99 * finished
        assert again.table.equals(whole)
