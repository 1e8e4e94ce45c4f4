"""Find what is wrong in a folder of images, set it aside, split without leaks, train.

Examples:
  catsclean audit PetImages
  catsclean clean PetImages --apply
  catsclean split PetImages --val 0.1

Docs: https://github.com/catsclean/catsclean/blob/main/docs/command-line.md
"""

# One file a command: it parses, makes one library call and renders.  To add a command, add a file
# ``NAME_command.py`` with a function ``command``.  The docstring of the file is the help of the
# command, as the one above is the help of the program.

from __future__ import annotations

import errno
import gc
import os
import re
import signal
import sys
import warnings
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from catsclean.cli.commands import PARSER_ERROR, SETTINGS, Commands
from catsclean.cli.streams import forgive, output_failure, wrapped
from catsclean.cli.unknown_option import explain_unknown_option
from catsclean.core import names
from catsclean.core.version import __version__
from catsclean.errors import CatscleanError, ManifestError, StateError, UsageError, WorkerError

EXIT_OK, EXIT_FINDINGS, EXIT_USAGE, EXIT_INCOMPLETE, EXIT_INTERRUPTED = 0, 1, 2, 3, 130
# an error of catsclean's own; the number is that of EX_SOFTWARE in sysexits.h
EXIT_CRASHED = 70
_STOPPED = "interrupted. Run the same command again to continue."
# a command that could not begin must not look to a pipeline like one with findings
# the parser names the variables of every option; if one gave the value, the message begins with it
_VARIABLES = re.compile(r" \(env var: '.*?'\)(?=[: ]|$)")
_COULD_NOT_BEGIN = (UsageError, StateError, ManifestError)
# Python looks for garbage after 700 new objects: among modules that have just been loaded, and
# among files that are all still listed, a sixth of what a short audit costs
_OBJECTS_BETWEEN_COLLECTIONS = 100_000


class StoppedError(Exception):
    """An interrupt that a command handled; its text says how to continue."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with one of the codes in docs/command-line.md."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    if not sys.warnoptions:  # what a library warns of is a finding, or nothing that a user can do
        warnings.simplefilter("ignore")
    forgive()
    code = run(arguments)
    if failure := output_failure():
        reason = "it is closed" if failure.errno == errno.EBADF else failure.strerror or failure
        _complain(f"cannot write to standard output: {reason}. Some of the output is missing.")
        code = EXIT_USAGE if code in {EXIT_OK, EXIT_FINDINGS} else code
    gc.freeze()  # the process ends: what its end would look through goes with it
    sys.exit(code)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code, one of those in docs/command-line.md."""
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
    except PARSER_ERROR as error:
        _show_parser_error(error)
        return EXIT_USAGE
    except CatscleanError as error:
        _complain(str(error))
        if isinstance(error, WorkerError):
            return EXIT_INCOMPLETE
        return EXIT_USAGE if isinstance(error, _COULD_NOT_BEGIN) else EXIT_FINDINGS
    except OSError as error:
        # a disk that fails, and not a fault of the program
        # a call on an open folder names its number
        named = isinstance(error.filename, str | bytes | os.PathLike) and error.filename
        where = f" ({os.fsdecode(error.filename)})" if named else ""
        advice = "Run the same command again."
        if isinstance(error, PermissionError):
            advice = "Ask for permission to read and write there, or name another folder."
        _complain(f"cannot continue: {error.strerror or error}{where}. {advice}")
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
        help=__doc__,
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
            "--version",
            "-V",
            callback=_show_version,
            is_eager=True,
            help="Show the version and exit.",
        ),
    ] = False,
) -> None:
    del version


def _interrupted(said: str) -> int:
    _complain(said)
    return EXIT_INTERRUPTED


def _crashed(error: Exception, arguments: Sequence[str] | None) -> int:
    """Write a report of an unexpected error, and print where it is."""
    from catsclean.cli.crash_report import ISSUES, write_report

    given = sys.argv[1:] if arguments is None else arguments
    try:
        report = write_report(error, given)
    except Exception:  # noqa: BLE001 - the first error is the one that counts
        report = None
    what = " ".join(f"{type(error).__name__}: {error}".split())
    where = (
        f"Please send the report {str(report)!r} to {ISSUES}. It has no pictures, and no paths of"
        " your data."
        if report
        else f"A report could not be written. Please describe the error at {ISSUES}"
    )
    _complain(f"unexpected error, {what}. {where}")
    return EXIT_CRASHED


def _show_parser_error(error: Any) -> None:
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        return
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "catsclean"
    # pydantic, which typer converts by, puts this before its own text
    # and the parser puts each of several choices on a line, after a tab
    message = " ".join(line.strip() for line in error.format_message().splitlines())
    message = message.rstrip(".").replace(": Value error, ", ": ")
    message = _VARIABLES.sub("", message)
    message = explain_unknown_option(error, command) or message
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
