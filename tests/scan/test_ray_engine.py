"""The engine of Ray, with a module in Ray's place: Ray itself is asked in `test_engines_agree.py`."""

import contextlib
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from catsclean.errors import UsageError
from catsclean.scan import ray_engine
from catsclean.scan.engines import run_tasks
from catsclean.scan.ray_engine import RayEngine


class Reference:
    """Stands for the answer of a task, as Ray's references do."""

    def __init__(self, future):
        self._future = future

    def future(self):
        return self._future


class Ray:
    """Has what the engine uses of Ray, and works in threads of this process."""

    def __init__(self, processors=2, error=None):
        self.processors, self.error = processors, error
        self.executor = ThreadPoolExecutor(1)
        self.begun, self.remotes, self.stored, self.cancelled = [], [], [], []

    def is_initialized(self):
        return bool(self.begun)

    def init(self, address, **options):
        self.begun.append((address, options))
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if self.error is not None:
            raise self.error

    def cluster_resources(self):
        return {"CPU": self.processors}

    def remote(self, **options):
        def decorate(work):
            self.remotes.append((work, options))
            return self.Remote(self, work)

        return decorate

    class Remote:
        def __init__(self, ray, work):
            self.ray, self.work = ray, work

        def remote(self, *arguments):
            return Reference(self.ray.executor.submit(self.work, *arguments))

    def put(self, value):
        self.stored.append(value)
        return value

    def cancel(self, reference, *, force):
        self.cancelled.append((reference, force))


@pytest.fixture
def ray(monkeypatch):
    """Put a module in Ray's place, and leave the handler of a signal as it was."""
    before = signal.getsignal(signal.SIGTERM)
    stand_in = Ray()
    monkeypatch.setitem(sys.modules, "ray", stand_in)
    monkeypatch.setattr(ray_engine, "find_spec", lambda _name: True)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    yield stand_in
    stand_in.executor.shutdown()
    signal.signal(signal.SIGTERM, before)


def double(number, times=1):
    return 2 * number * times


def test_tasks_are_rays_own_and_each_function_becomes_one_once(ray):
    engine = RayEngine()
    assert dict(run_tasks(engine, double, range(5))) == {n: 2 * n for n in range(5)}
    assert ray.remotes == [(double, {"num_cpus": 1, "max_retries": 3})]
    assert len(ray.begun) == 1


def test_what_tasks_share_is_stored_once(ray):
    assert dict(run_tasks(RayEngine(), double, [1, 2], shared=10)) == {0: 20, 1: 40}
    assert ray.stored == [10]


@pytest.mark.parametrize(("processors", "at_once"), [(2, 64), (500, 1_000)])
def test_a_large_cluster_is_given_tasks_for_all_its_processors(ray, processors, at_once):
    ray.processors = processors
    assert RayEngine().tasks_at_once == at_once


def test_a_cluster_that_is_connected_already_is_used(ray):
    ray.begun.append("by the user")
    assert RayEngine("10.0.0.1:6379").submit(double, 3).result() == 6
    assert ray.begun == ["by the user"]


def own_handler(*_):
    pass


@pytest.mark.parametrize("error", [None, RuntimeError("no cluster")])
@pytest.mark.parametrize("own", [own_handler, signal.SIG_DFL])
def test_connecting_leaves_the_handler_of_a_signal_as_it_was(ray, own, error):
    ray.error = error
    signal.signal(signal.SIGTERM, own)
    with pytest.raises(UsageError) if error else contextlib.nullcontext():
        RayEngine("auto").share(1)
    assert ray.begun[0][0] == "auto"
    assert signal.getsignal(signal.SIGTERM) is own


def test_a_handler_of_a_signal_that_is_not_pythons_cannot_be_set_again(ray, monkeypatch):
    monkeypatch.setattr(signal, "getsignal", lambda _number: None)
    assert RayEngine().share(1) == 1


def test_another_thread_than_the_main_one_may_connect(ray, monkeypatch):
    # signals belong to the main thread, which alone may set a handler: also Ray's own init
    monkeypatch.setattr(Ray, "init", lambda self, *given, **_: self.begun.append(given))
    answers = []
    thread = threading.Thread(target=lambda: answers.append(RayEngine().share(5)))
    thread.start()
    thread.join()
    assert answers == [5]


@pytest.mark.parametrize("kind", [ConnectionError, ValueError, RuntimeError])
def test_a_cluster_that_does_not_answer_is_told_in_one_line(ray, kind):
    ray.error = kind("ray.init failed. \nand many lines more")
    with pytest.raises(UsageError, match=r"answers: ray\.init failed\. Received: 'auto'") as told:
        RayEngine("auto").share(1)
    assert "\n" not in str(told.value)


def test_tasks_that_have_not_ended_are_ended_at_once_and_others_are_forgotten(ray):
    engine, go_on = RayEngine(), threading.Event()
    engine.submit(double, 1).result()
    ray.executor.submit(int).result()  # by now the first one is forgotten
    waiting = engine.submit(go_on.wait, 60)
    engine.cancel_all()
    go_on.set()
    assert waiting.result()
    assert [(one.future(), force) for one, force in ray.cancelled] == [(waiting, True)]
