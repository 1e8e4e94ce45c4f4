"""Start a server, and end it without leaving a process, a thread or a port behind.

It runs in a thread of its own, so that it serves a command, which waits for it, as well as a
notebook, which goes on.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from catsclean.core import names
from catsclean.errors import UsageError
from catsclean.reviewing.server.extra import require_extra
from catsclean.reviewing.server.guard import LOG, Guard
from catsclean.reviewing.server.hosts import in_address
from catsclean.reviewing.server.json_text import MOST_BODY_BYTES

if TYPE_CHECKING:
    from catsclean.reviewing.server.patient_protocol import ClientPatience

# Connections that wait to be accepted.  If they were fewer, a burst of them would hold up the
# owner's by a second: the system drops what it has no room for, and the other side tries again.
_BACKLOG: Final = 1024
_IDLE_S: Final = 30
# what is under way may end, such as a decision that is being written
_LAST_REQUESTS_S: Final = 0.5
_END_S: Final = 10.0
# descriptors beside those of connections: files, readers, libraries
_OTHER_FILES: Final = 200
_LOOK_S: Final = 0.5
_MOST_PORT: Final = 65535


class Served:
    """A server that runs.

    Attributes:
        address: What to open in a browser; it holds the start token.
        host: The address that is listened at.
        port: Its port.
    """

    def __init__(
        self, guard: Guard, listening: socket.socket, patience: ClientPatience, backlog: int
    ) -> None:
        self.host, self.port = listening.getsockname()[:2]
        self._guard = guard
        self._failure: BaseException | None = None
        self._ready = threading.Event()
        self._ended = threading.Event()
        self._server = _make_server(guard, patience, backlog, self._ready)
        self._thread = threading.Thread(
            target=self._run, args=(listening,), name="catsclean review", daemon=True
        )
        self.address = ""

    def wait(self) -> None:
        """Wait until somebody ends the server; Ctrl-C ends the wait, as any other."""
        # without a limit, Windows would not notice Ctrl-C
        while not self._ended.wait(_LOOK_S):
            pass

    def stop(self) -> None:
        """Let the server end soon; any thread may call this, also one that answers a request."""
        self._server.should_exit = True

    def _start(self) -> None:
        self._thread.start()
        self._ready.wait()
        failure = self._guard.failure or self._failure
        if failure is not None:
            raise failure

    def _end(self) -> None:
        self.stop()
        self._thread.join(_END_S)

    def _run(self, listening: socket.socket) -> None:
        try:
            asyncio.run(self._serve(listening))
        except BaseException as error:  # noqa: BLE001 - the thread that waits for it raises it
            self._failure = error
        finally:
            listening.close()
            self._ended.set()
            self._ready.set()

    async def _serve(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: LOG.error("in the server: %r", context))
        await self._server.serve(sockets=[listening])
        # what is open after the grace would outlive the loop that could close it
        for connection in tuple(self._server.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)


@contextmanager
def serving(
    app: Any,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    most_body_bytes: int = MOST_BODY_BYTES,
    patience: ClientPatience | None = None,
) -> Iterator[Served]:
    """Serve an application to its owner while the block runs.

    For many connections the process may open more files from then on than it could before.

    Args:
        app: An ASGI application; what it starts in its lifespan ends with the block.
        host: Where to listen; other machines reach anything but the loopback.
        port: The port; 0: a free one.
        most_body_bytes: A change with a longer body is refused.
        patience: Deadlines and the number of connections.

    Raises:
        MissingExtraError: The extra ``review`` is not installed.
        UsageError: The port is taken, or cannot be listened at.
    """
    require_extra()
    from catsclean.reviewing.server.patient_protocol import ClientPatience

    patience = patience or ClientPatience()
    patience.most_connections, backlog = _room_for(patience.most_connections)
    listening = _listen(host, port, backlog)
    guard = Guard(app, host, most_body_bytes)
    served = Served(guard, listening, patience, backlog)
    served.address = f"http://{in_address(host)}:{served.port}{guard.opening}"
    try:
        served._start()  # noqa: SLF001 - only here is a server started and ended
        yield served
    finally:
        served._end()  # noqa: SLF001


def _make_server(
    guard: Guard, patience: ClientPatience, backlog: int, ready: threading.Event
) -> Any:
    import logging

    import uvicorn

    from catsclean.reviewing.server.patient_protocol import MOST_HEAD_BYTES, PatientProtocol

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready.set()

    # without a handler Python itself would print what uvicorn logs
    logging.getLogger("uvicorn").addHandler(logging.NullHandler())
    return Server(
        uvicorn.Config(
            guard,
            loop="asyncio",
            # httptools takes the head of a request whatever its size
            http=partial(PatientProtocol, patience),  # type: ignore[arg-type]
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=backlog,
            timeout_keep_alive=_IDLE_S,
            timeout_graceful_shutdown=_LAST_REQUESTS_S,  # type: ignore[arg-type]
            h11_max_incomplete_event_size=MOST_HEAD_BYTES,
        )
    )


def _listen(host: str, port: int, backlog: int) -> socket.socket:
    """Open the port, so that a problem is known before anything else is loaded.

    Raises:
        UsageError: It cannot be opened.
    """
    if not 0 <= port <= _MOST_PORT:
        raise UsageError(f"a port is a number from 0 (any free one) to 65535. Received: {port!r}.")
    shown = names.text(host)
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=backlog)
    except (OSError, ValueError) as error:
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            raise UsageError(
                f"port {port} of {shown} is taken by another program. Name another port, or none"
                " for a free one."
            ) from error
        why = names.text(getattr(error, "strerror", None) or str(error))
        raise UsageError(
            f"cannot listen at port {port} of {shown!r}: {why}. Name an address"
            " of this machine, and a port from 1024 up."
        ) from error


def _room_for(connections: int) -> tuple[int, int]:
    """Let this process open enough files.

    Returns:
        How many connections it may have, and how many may wait to be accepted: a burst of them is
        accepted before any can be refused.
    """
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return connections, _BACKLOG
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _BACKLOG + _OTHER_FILES
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return connections, _BACKLOG
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):
        wanted = soft
    room = max(4, wanted - min(_OTHER_FILES, wanted // 2))
    return min(connections, room // 2), min(_BACKLOG, room // 2)
