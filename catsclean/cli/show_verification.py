"""Show on the terminal what became of the files of a manifest."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from catsclean.cli.output import say, show_hints, show_table
from catsclean.core import names
from catsclean.core.split_marker import read_marker
from catsclean.core.text import count

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from catsclean.auditing.verify_files import Verification

_SHOWN: Final = 20
_OTHERS_SHOWN: Final = 3
_NOT_AS_LISTED: Final = frozenset({"missing", "changed", "misplaced", "relabelled", "unread"})


def show_verification(found: Verification, *, quiet: bool) -> None:
    """Show a table for each kind of problem, and how many files are as the manifest says.

    Args:
        found: What was compared.
        quiet: Show problems only.
    """
    kinds = Counter(problem.kind for problem in found.problems)
    for kind, number in kinds.items():
        rows = [(one.path, one.why) for one in found.problems if one.kind == kind]
        show_table(f"{kind.capitalize()} ({count(number, 'file')})", ("File", "Why"), rows[:_SHOWN])
        if number > _SHOWN:
            say(f"And {number - _SHOWN:,} more: catsclean verify --json lists all.")
    where = names.text(str(found.folder))
    say(f"{count(found.whole, 'file')} in {where} as the manifest says.", hidden=quiet)
    if found.left_out:
        say(f"{count(found.left_out, 'file')} that it drops left out.", hidden=quiet)
    if found.unrecorded:
        say(f"{count(found.unrecorded, 'file')} without a digest in it: nothing can be said.")
    if found.ignored:
        shown = ", ".join(found.ignored[:_OTHERS_SHOWN])
        more = ", …" if len(found.ignored) > _OTHERS_SHOWN else ""
        say(f"{count(len(found.ignored), 'other file')} ignored ({shown}{more}).", hidden=quiet)
    if found.problems:
        _say_what_helps(found.folder, kinds.keys())
    if found.is_sound:
        say("Nothing is missing, changed or in two splits.", hidden=quiet)


def _say_what_helps(folder: Path, kinds: Collection[str]) -> None:
    """Say how files become as their manifest says, or the manifest as they are."""
    advice = ["Restore these files from a copy."] * bool(_NOT_AS_LISTED.intersection(kinds))
    advice += ["Move the unknown files away."] * ("unknown" in kinds)
    if (marker := read_marker(folder)) is not None:
        # an audit would leave the manifest of the split as it is
        of = f" of {names.text(root)!r}" if isinstance(root := marker.get("root"), str) else ""
        # pictures of a written split are apart: one that leaks came later
        advised = " ".join(advice or ["Move pictures away that its manifest does not list."])
        say(
            f"This is a split{of}. {advised.removesuffix('.')}, or move this folder away and split"
            " again."
        )
        return
    again = f"catsclean audit {names.shell_word(str(folder))}"
    if "leak" in kinds:
        say("Copies in two splits make a score too good: an audit says how to split without them.")
    if advice:
        say(f"{' '.join(advice)} If the changes are meant, audit again:")
        show_hints((again, "record the files as they are now"))
    else:
        show_hints((again, "list the copies, and how to split without them"))
