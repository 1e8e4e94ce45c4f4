"""Tasks on an engine: each is answered once, failures are repeated, and interrupts end them."""

import contextlib
import os
import re
import signal
import socket
import threading
import time
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from importlib.util import find_spec

import pytest

from catsclean.core.install_command import install_command
from catsclean.errors import DatasetError, MissingExtraError, UsageError, WorkerError
from catsclean.scan import ray_engine
from catsclean.scan.engines import choose_engine, in_pieces, run_tasks, size_of_task
from catsclean.scan.pool import interrupts


class Here:
    """Works at once, in this thread; keeps count of what was submitted and not yet answered."""

    def __init__(self, **members):
        self.submitted = []
        self.__dict__.update(members)

    def submit(self, work, /, *arguments):
        self.submitted.append(arguments)
        future = Future()
        try:
            future.set_result(work(*arguments))
        except BaseException as error:  # noqa: BLE001 - as an executor does
            future.set_exception(error)
        return future


def double(number):
    return 2 * number


def test_every_task_is_answered_once():
    with ThreadPoolExecutor(3) as executor:
        answers = dict(run_tasks(executor, double, range(40)))
    assert answers == {number: 2 * number for number in range(40)}
    assert dict(run_tasks(Here(), double, [])) == {}


def test_tasks_are_made_as_they_are_submitted():
    made = []

    def tasks():
        for number in range(20):
            made.append(number)
            yield number

    answers = run_tasks(Here(tasks_at_once=3), double, tasks())
    next(answers)
    assert len(made) == 3
    assert len(list(answers)) == 19


@pytest.mark.parametrize("failures", [1, 2])
def test_a_task_that_fails_is_given_to_the_engine_again(failures):
    left = dict.fromkeys((3, 5), failures)

    def flaky(number):
        if left.get(number):
            left[number] -= 1
            raise OSError(5, "Input/output error")
        return double(number)

    engine = Here()
    assert dict(run_tasks(engine, flaky, range(8))) == {n: 2 * n for n in range(8)}
    assert len(engine.submitted) == 8 + 2 * failures


def test_a_task_that_fails_three_times_ends_the_audit_with_its_reason():
    def fail(error):
        raise error

    with pytest.raises(WorkerError, match="a task failed 3 times on the engine: ValueError: odd"):
        list(run_tasks(Here(), fail, [ValueError("odd\nmore")]))
    with pytest.raises(DatasetError, match="not mounted"):
        list(run_tasks(Here(), fail, [DatasetError("not mounted")]))


def test_the_error_of_another_machine_is_told_and_not_its_traceback():
    class RemoteError(Exception):
        cause = DatasetError("not mounted there")

    def fail(_task):
        raise RemoteError("a long\ntraceback")

    with pytest.raises(DatasetError, match=r"^not mounted there$"):
        list(run_tasks(Here(), fail, [1]))


def die(number):
    if number == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_an_executor_that_is_broken_or_shut_down_is_told():
    executor = ProcessPoolExecutor(1)
    with pytest.raises(WorkerError, match="the engine takes no more tasks"):
        list(run_tasks(executor, die, range(9)))
    with pytest.raises(WorkerError, match="the engine takes no more tasks"):
        list(run_tasks(executor, double, range(9)))
    executor.shutdown()
    with pytest.raises(WorkerError, match="What was read is saved; run the same audit again"):
        list(run_tasks(executor, double, range(9)))


def test_when_the_caller_stops_nothing_more_is_begun():
    begun, go_on = [], threading.Event()

    def wait(number):
        begun.append(number)
        if number:
            go_on.wait(60)

    with ThreadPoolExecutor(1) as executor:
        answers = run_tasks(executor, wait, range(50))
        next(answers)
        answers.close()
        go_on.set()
    assert len(begun) <= 3


def test_an_engine_that_can_end_tasks_is_asked_to():
    class Slow(Here):
        """Answers the first task only."""

        def submit(self, work, /, *arguments):
            return super().submit(work, *arguments) if not self.submitted else Future()

    ended = []
    answers = run_tasks(Slow(cancel_all=lambda: ended.append(True)), double, range(4))
    assert next(answers) == (0, 0)
    answers.close()
    assert ended == [True]
    list(run_tasks(Here(cancel_all=lambda: ended.append(True)), double, range(4)))
    assert ended == [True]


def test_what_is_shared_goes_along_with_few_tasks_at_a_time():
    engine, made = Here(), []

    def tasks():
        for number in range(5):
            made.append(number)
            yield number

    answers = run_tasks(
        engine, lambda task, shared: task * shared, tasks(), shared=10, most_at_once=2
    )
    first = next(answers)
    assert made == [0, 1]
    assert dict([first, *answers]) == {0: 0, 1: 10, 2: 20, 3: 30, 4: 40}
    assert engine.submitted == [(number, 10) for number in range(5)]


def test_work_is_cut_into_tasks_of_a_second_or_more_and_not_too_many():
    assert [size_of_task(amount, 100) for amount in (5, 25_600, 256_000)] == [100, 100, 1_000]
    assert in_pieces(range(2, 9), 3) == [range(2, 5), range(5, 8), range(8, 9)]
    assert in_pieces(range(0), 3) == []


@pytest.mark.skipif(os.name == "nt", reason="sends a signal")
@pytest.mark.parametrize("within", [contextlib.nullcontext, interrupts.held_back])
def test_ctrl_c_ends_the_wait_for_a_task(within):
    done = threading.Event()

    def interrupt():
        time.sleep(0.3)
        os.kill(os.getpid(), signal.SIGINT)
        done.wait(5)  # a signal that has to wait comes too late
        done.set()

    in_time = False
    with ThreadPoolExecutor(1) as executor:
        thread = threading.Thread(target=interrupt)
        thread.start()
        with contextlib.suppress(KeyboardInterrupt), within():
            try:
                list(run_tasks(executor, lambda _: done.wait(60), range(3)))
            except KeyboardInterrupt:
                in_time = not done.is_set()
        done.set()
        thread.join()
    assert in_time


@pytest.mark.skipif(not find_spec("ray"), reason="needs Ray")
def test_an_address_where_no_cluster_answers_is_told_at_once():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    engine = choose_engine("ray", f"127.0.0.1:{port}")
    with pytest.raises(UsageError, match=f"no Ray cluster answers: .*'127.0.0.1:{port}'"):
        list(run_tasks(engine, double, range(3)))


def test_engines_are_chosen_by_name_or_given():
    executor = Here()
    assert choose_engine(None, None) is None
    assert choose_engine("local", None) is None
    assert choose_engine(executor, None) is executor


@pytest.mark.parametrize(
    ("engine", "address", "said"),
    [
        ("spark", None, "must be one of local, ray"),
        (7, None, "an executor with the method submit"),
        (None, "auto", "an address is for the engine 'ray'"),
        ("local", "auto", "an address is for the engine 'ray'"),
    ],
)
def test_an_engine_that_does_not_exist_is_told(engine, address, said):
    with pytest.raises(UsageError, match=said):
        choose_engine(engine, address)


def test_without_the_extra_ray_is_told(monkeypatch):
    monkeypatch.setattr(ray_engine, "find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError, match=re.escape(install_command("ray"))):
        choose_engine("ray", None)
