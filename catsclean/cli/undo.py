"""``catsclean undo``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from catsclean.cli import options


def command(
    path: options.OptionalRoot = None,
    run: Annotated[
        str | None,
        typer.Argument(
            help="The clean to undo, as the log names it; the last one where it is left out.",
            show_default=False,
        ),
    ] = None,
    state_dir: options.StateDir = None,
    no_progress: options.NoProgress = False,
    quiet: options.Quiet = False,
) -> int:
    """Bring the files of a clean back to where they were."""
    from catsclean.cleaning import undo
    from catsclean.cleaning.journal import is_run
    from catsclean.cli import EXIT_FINDINGS, EXIT_OK
    from catsclean.cli.showing import find_state, say, show_table, showing_count
    from catsclean.counting import count

    if path is not None and run is None and is_run(str(path)) and not Path(path).exists():
        path, run = None, str(path)
    state = find_state(path, state_dir, quiet=quiet)
    with showing_count("restoring", hidden=no_progress or quiet) as progress:
        result = undo(state, run, progress=progress)
    if result.refused:
        title = f"Still in the quarantine ({len(result.refused):,})"
        show_table(title, ("File", "Why"), list(result.refused))
    done = []
    if result.restored or result.refused or not result.revoked:
        done.append(f"{count(len(result.restored), 'file is', 'files are')} back in place")
    if result.revoked:
        done.append(f"{count(len(result.revoked), 'decision')} to keep taken back")
    say(f"{' and '.join(done)}, of run {result.run}.", hidden=quiet)
    again = f"  catsclean audit {state.arguments}"
    say(f"{again}    makes the manifest anew, with them in it", hidden=quiet)
    return EXIT_FINDINGS if result.refused else EXIT_OK
