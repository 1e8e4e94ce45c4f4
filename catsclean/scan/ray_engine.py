"""Run tasks on a Ray cluster, as Ray's own tasks.  Nothing else in the package imports Ray."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future
from importlib.util import find_spec
from typing import Any, Final

from catsclean.core import install_command, names
from catsclean.errors import UsageError
from catsclean.scan.pool import interrupts
from catsclean.scan.ray_address import check_ray_address

# Ray repeats a task whose worker or machine is lost; errors that a task raises are ours to judge.
_LOST_TRIES: Final = 3
_LEAST_AT_ONCE: Final = 64
_SILENT: Final = "no Ray cluster answers: {}. Received: {!r}. Name another --address (address=)."


class RayEngine:
    """Tasks on Ray; it connects when the first task is submitted, and stays connected.

    Args:
        address: Address of the cluster; None: as ``ray.init`` chooses.

    Raises:
        MissingExtraError: Ray is not installed.
    """

    def __init__(self, address: str | None = None) -> None:
        if find_spec("ray") is None:
            raise install_command.missing_extra('the engine "ray" needs Ray', "ray")
        self._address = address
        self._ray: Any = None
        self._remote: dict[Callable[..., Any], Any] = {}
        self._running: dict[Future[Any], Any] = {}

    @property
    def tasks_at_once(self) -> int:
        """Number of tasks to submit before the first has ended: enough for all processors."""
        return max(_LEAST_AT_ONCE, 2 * int(self._connected().cluster_resources().get("CPU", 0)))

    def submit(self, work: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        """Call a function on the cluster, on one processor."""
        ray = self._connected()
        if work not in self._remote:
            self._remote[work] = ray.remote(num_cpus=1, max_retries=_LOST_TRIES)(work)
        reference = self._remote[work].remote(*arguments)
        future: Future[Any] = reference.future()
        self._running[future] = reference
        future.add_done_callback(lambda done: self._running.pop(done, None))
        return future

    def share(self, value: object) -> Any:
        """Put a large value where all machines of the cluster find it; return its reference."""
        return self._connected().put(value)

    def cancel_all(self) -> None:
        """End all tasks that were submitted and have not ended, at once."""
        for reference in list(self._running.values()):
            self._ray.cancel(reference, force=True)

    def _connected(self) -> Any:
        if self._ray is None:
            import ray

            if not ray.is_initialized():
                handler = signal.getsignal(signal.SIGTERM)
                try:
                    with interrupts.admitted():  # it waits for the cluster
                        check_ray_address(self._address)
                        ray.init(self._address, log_to_driver=False, logging_level=logging.ERROR)
                except (ConnectionError, ValueError, RuntimeError) as error:
                    said = names.text(str(error).partition("\n")[0]).rstrip(". ")
                    raise UsageError(_SILENT.format(said, self._address)) from error
                finally:
                    # Ray's own would end this process; None: it was not set by Python
                    main = threading.current_thread() is threading.main_thread()
                    if handler is not None and main:
                        signal.signal(signal.SIGTERM, handler)
            self._ray = ray
        return self._ray
