"""Run tasks on an engine: on other processes or machines than this one.

An engine is a ``concurrent.futures`` executor, or any object with its method ``submit``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeVar

from catsclean.core import names
from catsclean.errors import CatscleanError, UsageError, WorkerError
from catsclean.scan.pool import interrupts

if TYPE_CHECKING:
    from concurrent.futures import Future

#: The engines that have a name.
ENGINES: Final = ("local", "ray")
_WATCH_SECONDS: Final = 1.0
_TASKS_AT_ONCE: Final = 256
# Many tasks, so that all processors of an engine have work until the end.
_MOST_TASKS: Final = 256
# The first failure may be that of a machine that is about to be removed from the cluster, and the
# second that of its neighbour.
_TRIES: Final = 3
Task = TypeVar("Task")
Answer = TypeVar("Answer")


class TaskEngine(Protocol):
    """Calls functions elsewhere, as a ``concurrent.futures`` executor does.

    Three members are optional: ``tasks_at_once``, the number of tasks to submit before the first
    has ended, 256 if it is missing; ``cancel_all()``, which ends the tasks that were submitted; and
    ``share(value)``, which returns an argument that stands for a large value in every task.
    """

    def submit(self, work: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        """Call a function that the engine's processes can import; return its future."""


#: Engines that have a name.
EngineName = Literal["local", "ray"]


def choose_engine(engine: object, address: str | None) -> TaskEngine | None:
    """Return the engine that a user asks for; None: this machine, without an engine.

    Args:
        engine: ``local``, ``ray``, or an executor; None: ``local``.
        address: Address of a Ray cluster.

    Raises:
        UsageError: There is no such engine, or the address is for another one.
        MissingExtraError: Ray is not installed.
    """
    if engine == "ray":
        from catsclean.scan.ray_engine import RayEngine

        return RayEngine(address)
    if address is not None:
        raise UsageError(
            f"an address is for the engine 'ray'. Received: {names.text(str(address))!r} with"
            f" {names.received(engine)}. Add --engine ray (engine='ray')."
        )
    if engine is None or engine == "local":
        return None
    if not isinstance(engine, str) and callable(getattr(engine, "submit", None)):
        chosen: TaskEngine = engine  # type: ignore[assignment]
        return chosen
    raise UsageError(
        f"the engine must be one of {', '.join(ENGINES)}, or in Python an executor with the method"
        f" submit. Received: {names.received(engine)}."
    )


def size_of_task(amount: int, least: int) -> int:
    """Return how much of some work a task of an engine is to have.

    Args:
        amount: The whole work, such as a number of files.
        least: No task has less: about a second of work, because each starts a process, which costs
            0.05 s.
    """
    return max(least, -(-amount // _MOST_TASKS))


def in_pieces(numbers: range, length: int) -> list[range]:
    """Cut a range into pieces of one length; the last one may be shorter."""
    return [numbers[at : at + length] for at in range(0, len(numbers), length)]


def run_tasks(
    engine: TaskEngine,
    work: Callable[..., Answer],
    tasks: Iterable[Task],
    *,
    shared: object = None,
    most_at_once: int = _TASKS_AT_ONCE,
) -> Iterator[tuple[int, Answer]]:
    """Run tasks on an engine; yield the number of each with its answer, in any order.

    A task that fails is given to the engine again, twice.  If the caller stops, or is interrupted,
    no task is begun any more.

    Args:
        engine: The engine.
        work: Works on a task; the engine's processes import it.
        tasks: The tasks; they are made as they are submitted.
        shared: Second argument of every call; None: there is none.
        most_at_once: The most tasks to submit before the first has ended, if each of them carries
            what is shared.

    Raises:
        WorkerError: The engine is broken, or a task failed three times.
        CatscleanError: A task failed three times, with this error.
    """
    from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, wait  # most audits need none

    at_once = int(getattr(engine, "tasks_at_once", _TASKS_AT_ONCE))
    also: tuple[Any, ...] = ()
    if shared is not None:
        also, at_once = _shared_by(engine, shared, at_once, most_at_once)
    left = enumerate(tasks)
    again: deque[tuple[int, Task, int]] = deque()
    running: dict[Future[Answer], tuple[int, Task, int]] = {}
    try:
        while True:
            while len(running) < at_once:
                job = again.popleft() if again else next(((*one, 0) for one in left), None)
                if job is None:
                    break
                running[_submit(engine, work, job[1], *also)] = job
            if not running:
                return
            with interrupts.admitted():
                done, _ = wait(running, _WATCH_SECONDS, FIRST_COMPLETED)
            for future in done:
                number, task, tries = running.pop(future)
                error = future.exception()
                if error is None:
                    yield number, future.result()
                elif isinstance(error, BrokenExecutor) or tries + 1 >= _TRIES:
                    raise _failed(error, tries + 1) from error
                else:
                    again.append((number, task, tries + 1))
    finally:
        if running and hasattr(engine, "cancel_all"):
            engine.cancel_all()
        for future in running:
            future.cancel()


def _shared_by(
    engine: TaskEngine, shared: object, at_once: int, most_at_once: int
) -> tuple[tuple[Any], int]:
    """Return what stands for a shared argument, and how many tasks to submit with it."""
    share = getattr(engine, "share", None)
    if share is not None:
        return (share(shared),), at_once
    return (shared,), min(at_once, most_at_once)


def _submit(engine: TaskEngine, work: Callable[..., Answer], *arguments: object) -> Future[Answer]:
    try:
        return engine.submit(work, *arguments)
    except RuntimeError as error:  # it is broken, or was shut down
        raise _failed(error, 0) from error


def _failed(error: BaseException, tries: int) -> CatscleanError:
    # Ray raises an error of its own, whose text is the whole traceback of the other machine
    cause = getattr(error, "cause", None)
    cause = cause if isinstance(cause, BaseException) else error
    if isinstance(cause, CatscleanError):
        return cause
    said = names.text(f"{type(cause).__name__}: {cause}".strip().partition("\n")[0])
    kept = "What was read is saved; run the same audit again."
    if tries < _TRIES:
        return WorkerError(f"the engine takes no more tasks: {said}. {kept}")
    return WorkerError(f"a task failed {tries} times on the engine: {said}. {kept}")
