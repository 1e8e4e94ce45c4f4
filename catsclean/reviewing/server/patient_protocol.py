"""HTTP with deadlines: uvicorn itself waits for ever for the rest of a request.

A connection that has to send something (the head of a request, its body) or to take something (an
answer) does so within a deadline, or is closed.  There is a bound on the number of connections.
Beyond it, the one that has been waited for longest makes room, so that somebody who holds thousands
of connections open does not lock out the owner, whose requests arrive whole.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

#: A head of more than twice as many bytes ends the connection.
MOST_HEAD_BYTES: Final = 16 * 2**10
_HEAD, _BODY, _ANSWER, _NEXT = "head", "body", "answer", "next request"


@dataclass(slots=True)
class ClientPatience:
    """How long the connections of a server are waited for, and how many there may be.

    Attributes:
        head_s: Seconds from the first byte of a request, or from the connection, to the end of
            its head.
        body_s: Seconds from there to the end of its body.
        answer_s: Seconds for which a client may take nothing of an answer.
        most_connections: Their largest number.
    """

    head_s: float = 10.0
    body_s: float = 10.0
    answer_s: float = 120.0
    most_connections: int = 1_200
    # those that are waited for, longest first
    waiting: dict[PatientProtocol, None] = field(default_factory=dict)


class PatientProtocol(H11Protocol):
    """A connection whose patience is limited."""

    def __init__(self, patience: ClientPatience, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._patience = patience
        self._awaited = ""
        self._stuck = False
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a request; beyond the bound, end the connection that is waited for longest."""
        super().connection_made(transport)
        self._wait_for(_HEAD)
        if len(self.connections) > self._patience.most_connections:
            next(iter(self._patience.waiting)).give_up()

    def data_received(self, data: bytes) -> None:
        """Take some bytes; they do not put off a deadline that runs already."""
        # h11 measures only heads that are not complete, so a larger part could hold a whole one
        for start in range(0, len(data), MOST_HEAD_BYTES):
            if self.transport.is_closing():
                return
            super().data_received(data[start : start + MOST_HEAD_BYTES])
        self._wait_for(self._missing(_HEAD))

    def on_response_complete(self) -> None:
        """Wait for the next request; uvicorn's own deadline ends that."""
        super().on_response_complete()
        self._wait_for(self._missing(_NEXT))

    def pause_writing(self) -> None:
        """Wait until the client takes more of an answer."""
        super().pause_writing()
        self._stuck = True
        self._wait_for(_ANSWER)

    def resume_writing(self) -> None:
        """Note that the client has taken the answer."""
        super().resume_writing()
        self._stuck = False
        self._wait_for(self._missing(_NEXT))

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._wait_for("")
        super().connection_lost(exc)

    def _missing(self, of_the_next_request: str) -> str:
        """Return what the client has to do before this side can go on; empty: nothing."""
        if self._stuck:
            return _ANSWER
        theirs = self.conn.their_state
        if theirs is h11.SEND_BODY:
            return _BODY
        return of_the_next_request if theirs is h11.IDLE else ""

    def _wait_for(self, what: str) -> None:
        if what == self._awaited:
            return
        patience = self._patience
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        patience.waiting.pop(self, None)
        self._awaited = what
        if what:
            patience.waiting[self] = None
        seconds = {_HEAD: patience.head_s, _BODY: patience.body_s, _ANSWER: patience.answer_s}
        if what in seconds:
            self._deadline = self.loop.call_later(seconds[what], self.give_up)

    def give_up(self) -> None:
        """End the connection at once."""
        self._wait_for("")
        self.transport.abort()
