"""Decide about pictures in the web browser, one key a picture.

It shows what the last audit found, as questions with a suggested answer. Every answer is saved at
once; `catsclean clean`, or the page itself, carries them out. Nothing is sent to another machine.

Examples:
  catsclean review PetImages
  catsclean review PetImages --port 8080 --no-open

Docs: https://github.com/catsclean/catsclean/blob/main/docs/review.md
"""

from __future__ import annotations

import contextlib
import getpass
import os
import socket
import webbrowser
from typing import TYPE_CHECKING, Annotated, Final

import typer

import catsclean
from catsclean import cleaning
from catsclean.cli import EXIT_OK, options
from catsclean.cli.output import find_state, say, show_hints
from catsclean.core import names
from catsclean.core.text import count

if TYPE_CHECKING:
    from catsclean.reviewing.serve import ServedReview

_LOOPBACK: Final = "127.0.0.1"


def command(
    path: options.OptionalRoot = None,
    host: Annotated[
        str,
        typer.Option(
            "--host",
            metavar="ADDRESS",
            help="Listen at this address of the machine. Others than the default can be reached"
            " from other machines, without encryption.",
        ),
    ] = _LOOPBACK,
    port: Annotated[
        int,
        typer.Option("--port", metavar="NUMBER", min=0, max=65535, help="Port; 0: a free one."),
    ] = 0,
    no_open: Annotated[
        bool, typer.Option("--no-open", help="Print the address, and open no web browser.")
    ] = False,
    save_decisions: Annotated[
        str | None,
        typer.Option(
            "--save-decisions",
            metavar="FILE",
            help="Write what was decided so far to a decisions file, for another copy of the data"
            " set, and start no review.",
        ),
    ] = None,
    state_dir: options.StateDir = None,
    follow_links_to: options.FollowLinksTo = None,
    quiet: options.Quiet = False,
) -> int:
    state = find_state(path, state_dir, follow_links_to, quiet=quiet, buckets=True)
    if save_decisions is not None:
        number = cleaning.save_decisions(state, save_decisions)
        say(f"{count(number, 'decision')} saved.", hidden=quiet)
        return EXIT_OK
    with catsclean.review(state, host=host, port=port) as served:
        typer.echo(served.address)
        if not quiet:
            _say_how(served)
        if not no_open and not _is_remote():
            with contextlib.suppress(webbrowser.Error, OSError):
                webbrowser.open(served.address)
        with contextlib.suppress(KeyboardInterrupt):
            served.wait()
        decided, done = served.decided, served.carried_out
    if done:
        say(f"{count(done, 'decision')} carried out.", hidden=quiet)
    if not decided:
        say("Nothing was decided.", hidden=quiet or bool(done))
        return EXIT_OK
    say(f"{decided:,} decided, all saved.", hidden=quiet)
    show_hints((f"catsclean clean {state.arguments}", "see what they would do"), hidden=quiet)
    return EXIT_OK


def _is_remote() -> bool:
    """Tell whether somebody works here from another machine, who would not see a browser."""
    return any(os.environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY"))


def _say_how(served: ServedReview) -> None:
    if _is_remote() and served.host == _LOOPBACK:
        with contextlib.suppress(OSError, KeyError):
            where = names.shell_word(f"{getpass.getuser()}@{socket.gethostname()}")
            tunnel = f"ssh -N -L {served.port}:{_LOOPBACK}:{served.port} {where}"
            say(f"From your own machine, open a tunnel first:  {tunnel}")
    say("Ctrl-C ends the review. Every decision is saved when you make it.")
