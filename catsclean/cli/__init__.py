"""The command line: one file a command, each of which parses, makes one library call and renders.

To add a command, add a file ``NAME_command.py`` with a function ``command``; its docstring is the
help text of the command.
"""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from catsclean.cli.commands import SETTINGS, Commands
from catsclean.cli.output import wrapped
from catsclean.cli.streams import forgive, output_failure
from catsclean.core import names
from catsclean.core.version import __version__
from catsclean.errors import CatscleanError, ManifestError, StateError, UsageError, WorkerError

EXIT_OK, EXIT_FINDINGS, EXIT_USAGE, EXIT_INCOMPLETE, EXIT_INTERRUPTED = 0, 1, 2, 3, 130
# an error of catsclean's own; the number is that of EX_SOFTWARE in sysexits.h
EXIT_CRASHED = 70
_STOPPED = "interrupted; the same command takes up where this one stopped."
# a pipeline must not take for findings what kept the command from looking for any
_COULD_NOT_BEGIN = (UsageError, StateError, ManifestError)
# Python looks for garbage after 700 new objects: among modules that have just been loaded, and
# among files that are all still listed, a sixth of what a short audit costs
_OBJECTS_BETWEEN_COLLECTIONS = 100_000


class StoppedError(Exception):
    """An interrupt that a command has seen; its text says how to go on from there."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; ends the process with one of the exit codes of docs/command-line.md."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    forgive()
    code = run(arguments)
    if failure := output_failure():
        reason = "it is closed" if failure.errno == errno.EBADF else failure.strerror or failure
        _complain(f"standard output did not take all that was found or done: {reason}.")
        code = EXIT_USAGE if code in {EXIT_OK, EXIT_FINDINGS} else code
    gc.freeze()  # the process ends: what its end would look through goes with it
    sys.exit(code)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit code, one of those of docs/command-line.md."""
    _use_safe_streams()
    _treat_termination_as_interrupt()
    try:
        code = _application()(
            args=list(arguments) if arguments is not None else None,
            standalone_mode=False,
            prog_name="catsclean",
        )
    except (KeyboardInterrupt, typer.Abort, StoppedError) as stop:
        return _interrupted(str(stop) if isinstance(stop, StoppedError) else _STOPPED)
    except typer.Exit as request:
        code = request.exit_code
    except _ParserError as error:
        _show_parser_error(error)
        return EXIT_USAGE
    except CatscleanError as error:
        _complain(str(error))
        if isinstance(error, WorkerError):
            return EXIT_INCOMPLETE
        return EXIT_USAGE if isinstance(error, _COULD_NOT_BEGIN) else EXIT_FINDINGS
    except OSError as error:
        # a disk that fails where nothing is known to do about it: no fault of the program's
        where = f" ({os.fsdecode(error.filename)})" if error.filename else ""
        _complain(f"cannot go on: {error.strerror or error}{where}. Run the same command again.")
        return EXIT_INCOMPLETE
    except Exception as error:  # noqa: BLE001 - what the others measured in an hour is not to be lost
        return _crashed(error, arguments)
    # typer makes an exit code of an interrupt
    if code == EXIT_INTERRUPTED:
        return _interrupted(_STOPPED)
    return code if isinstance(code, int) else EXIT_OK


def _application() -> Any:
    application = typer.Typer(
        name="catsclean",
        cls=Commands,
        help="The linter for image folders: find what is wrong, set it aside,"
        " split without leaks, train.",
        no_args_is_help=True,
        **SETTINGS,
    )
    application.callback()(_shared)
    return typer.main.get_command(application)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"catsclean {__version__}")
        raise typer.Exit


def _shared(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Print the version and end."
        ),
    ] = False,
) -> None:
    del version


def _interrupted(said: str) -> int:
    _complain(said)
    return EXIT_INTERRUPTED


def _crashed(error: Exception, arguments: Sequence[str] | None) -> int:
    """Write a report of an error that nobody expected, and say where it is."""
    from catsclean.cli.crash_report import ISSUES, write_report

    given = sys.argv[1:] if arguments is None else arguments
    try:
        report = write_report(error, given)
    except Exception:  # noqa: BLE001 - the first error is the one that counts
        report = None
    what = " ".join(f"{type(error).__name__}: {error}".split())
    where = (
        f"A report without pictures and without the place of your data is in {str(report)!r}:"
        f" please send it to {ISSUES}"
        if report
        else f"No report of it could be written; please describe it at {ISSUES}"
    )
    _complain(f"unexpected error, {what}. {where}")
    return EXIT_CRASHED


# typer gives no name to the base of its parser's errors
_ParserError: Any = typer.BadParameter.__mro__[2]


def _show_parser_error(error: Any) -> None:
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        return
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "catsclean"
    message = error.format_message().rstrip(".")
    _complain(f"{message}{'' if message.endswith('?') else '.'} Try: {command} --help")


def _complain(message: str) -> None:
    line = names.text(" ".join(message.splitlines()))
    text = wrapped(f"catsclean: {line}", sys.stderr)
    print(text, file=sys.stderr)  # noqa: T201 - this is the command line


def _use_safe_streams() -> None:
    # LANG=C must not end an audit that found a cat called Müsli
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _treat_termination_as_interrupt() -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    if hasattr(signal, "SIGTERM"):
        signal.signal(signal.SIGTERM, interrupt)
