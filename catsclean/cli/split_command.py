"""Split the pictures of the last audit into training, validation and test, without leaks."""

from __future__ import annotations

import contextlib
import math
import re
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from catsclean.auditing.open_questions import refuse_open_questions
from catsclean.cli import options
from catsclean.cli.output import find_state, say, show_table, showing_count, warn_of_interrupted_run
from catsclean.core import names
from catsclean.core.split_names import TRAIN
from catsclean.core.text import count, human_bytes
from catsclean.errors import DatasetError, SplitUsageError, UsageError
from catsclean.reports.terminal import MAX_CLASS_COLUMNS
from catsclean.splitting import Split, split
from catsclean.splitting.class_counts import describe_left_over, read_count
from catsclean.splitting.group_column import read_column
from catsclean.splitting.name_groups import BY_NAME
from catsclean.splitting.sample_groups import LEVELS
from catsclean.splitting.shares import fold_classes
from catsclean.splitting.write import WrittenSplit

_LARGE_COPY: Final = 1_000_000_000  # bytes; from here on the user hears what would take less
_WHOLE: Final = re.compile(r"[0-9]{1,15}")
_PERCENT: Final = re.compile(r"([0-9]{1,2}(?:\.[0-9]{1,6})?) ?%")


class LinkChoice(StrEnum):
    """How to place the pictures in the split's folders."""

    AUTO = "auto"
    REFLINK = "reflink"
    HARDLINK = "hardlink"
    SYMLINK = "symlink"
    COPY = "copy"


def command(
    path: options.OptionalRoot = None,
    val: Annotated[
        str,
        typer.Option(
            "--val",
            metavar="SHARE|NUMBER|N/class",
            help="Share to validate on, or a number of pictures, or of each class.",
        ),
    ] = "0",
    test: Annotated[
        str,
        typer.Option(
            "--test",
            metavar="SHARE|NUMBER|N/class",
            help="Share to test on, or a number of pictures, or of each class.",
        ),
    ] = "0",
    train: Annotated[
        str | None,
        typer.Option(
            "--train",
            metavar="N/class",
            help="Train on so many pictures of each class; without it, on all that is left.",
            show_default=False,
        ),
    ] = None,
    max_per_class: Annotated[
        int | None,
        typer.Option(
            "--max-per-class",
            help="Use at most so many pictures of each class in all splits together.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Another seed gives another split.")] = 0,
    groups: Annotated[
        str | None,
        typer.Option(
            "--groups",
            metavar="exact|near|none",
            help="Copies that stay together: those of the audit (near), those with the same bytes"
            " or pixels (exact), or none.  Or a CSV with the column 'path' and the one that"
            " --group-by names.",
            show_default=False,
        ),
    ] = None,
    group_by: Annotated[
        str | None,
        typer.Option(
            "--group-by",
            metavar="COLUMN|FILE:COLUMN|folder|name:REGEX",
            help="Keep samples of one patient, video or photographer together: by a column, by the"
            " folder below the class folder, or by what a regular expression finds in file names.",
            show_default=False,
        ),
    ] = None,
    keep_split: Annotated[
        bool, typer.Option("--keep-split", help="Leave folders that are held out as they are.")
    ] = False,
    folds: Annotated[
        int | None,
        typer.Option(
            "--folds", help="Deal what is not held out into this many folds.", show_default=False
        ),
    ] = None,
    exclude_review: Annotated[
        bool, typer.Option("--exclude-review", help="Leave out what still needs a look.")
    ] = False,
    allow_incomplete: options.AllowIncomplete = False,
    link: Annotated[
        LinkChoice,
        typer.Option(
            "--link",
            help="How to place the pictures. auto: reflink if the file system can, else copy."
            " hardlink: the same file under a second name; it takes no space, but a program that"
            " changes a picture in the split changes the original, too.",
        ),
    ] = LinkChoice.AUTO,
    no_files: Annotated[
        bool, typer.Option("--no-files", help="Write the manifest only, no folders.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the split; write and keep nothing.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Folder to write; NAME-split beside the data set where it is left out.",
            show_default=False,
        ),
    ] = None,
    state_dir: options.StateDir = None,
    follow_links_to: options.FollowLinksTo = None,
    no_progress: options.NoProgress = False,
    quiet: options.Quiet = False,
) -> None:
    asked = {"val": _share("--val", val), "test": _share("--test", test)}
    if train is not None:
        asked["train"] = _share("--train", train)
    shares = {name: share for name, share in asked.items() if share}
    # a split that was cut short is gone on with, so that its folder stays for now
    state = find_state(path, state_dir, follow_links_to, quiet=quiet, tidy=False)
    if not state.exists(state.manifest):
        raise DatasetError(state.never_audited)
    warn_of_interrupted_run(state)
    if not (shares or folds or keep_split or max_per_class):
        raise UsageError("nothing to hold out. Name --val 0.1, --test 0.1 or --folds 5.")
    refuse_open_questions(
        state.root,
        state,
        SplitUsageError,
        allow_incomplete=allow_incomplete,
        folders_are_groups=group_by == "folder",
    )
    result = split(
        state.root,
        shares,
        seed,
        _group_by(None if groups in LEVELS else groups, group_by),
        groups=groups if groups in LEVELS else "near",
        keep_split=keep_split,
        folds=folds,
        exclude_review=exclude_review,
        allow_incomplete=allow_incomplete,
        max_per_class=max_per_class,
        state_dir=state.path,
        follow_links_to=state.follow_links_to,
    )
    if dry_run:
        if not quiet:
            _show(result, exclude_review=exclude_review)
            say("Nothing was written.")
        return
    lines = []
    if not no_files:
        folder = output or state.root.with_name(f"{state.root.name}-split")
        with showing_count("writing", hidden=no_progress or quiet) as progress:
            sidecars = options.settings_of(root=state.root).sidecars
            written = result.write(folder, link.value, progress, sidecars=sidecars)
        lines += _describe_written(written)
    result.save()
    if not quiet:
        # what was refused has nothing to show
        _show(result, exclude_review=exclude_review)
        for line in [*lines, f"{names.text(str(state.manifest))}: has the splits"]:
            say(line)
        if not folds and (result.manifest.table["split"] == TRAIN).any():
            say(f"  catsclean train-baseline {state.arguments}    trains a first model on it")


def _describe_written(written: WrittenSplit) -> list[str]:

    folder = names.text(str(written.folder))
    warnings = [f"Warning: {warning}." for warning in written.warnings]
    if written.reused:
        return [f"{folder}: lies there already", *warnings]
    size = written.copied_bytes
    lines = [f"{folder}: written ({written.link}{f', {human_bytes(size)}' if size else ''})"]
    if written.sidecars:
        along = count(written.sidecars, "sidecar file lies", "sidecar files lie")
        lines.append(f"{along} beside the pictures of their names.")
    lines += warnings
    if size >= _LARGE_COPY:
        lines.append(
            f"The copies take {human_bytes(size)}. --link hardlink takes no space, but then a"
            " program that changes a picture in the split changes the original, too."
        )
    return lines


def _share(option: str, text: str) -> float | int | str:
    """Read 2500 as a number of pictures and 0.1 as a share; 40/class stays as it is.

    Raises:
        UsageError: It is neither; it says how it is written.
    """
    if (of_class := read_count(text)) is not None:
        return f"{of_class}/class" if of_class or option == "--train" else 0
    with contextlib.suppress(ValueError):
        if _WHOLE.fullmatch(text):
            return int(text)
        share = float(text)
        if 0 <= share < 1:
            return share
    hint = ""
    if percent := _PERCENT.fullmatch(text):
        hint = f" Write {option} {float(percent[1]) / 100:g}."
    elif text.count(",") == 1:
        hint = f" Write {option} {names.text(text.replace(',', '.'))}."
    raise UsageError(
        f"{option} is a share below 1, such as 0.1 for a tenth, or a whole number of pictures,"
        f" such as 2500, or of each class, such as 40/class. Received: {names.text(text)!r}.{hint}"
    )


def _group_by(file: str | None, group_by: str | None) -> str | dict[str, object] | None:

    if group_by is None:
        if file is not None:
            raise UsageError(
                "--groups is exact, near or none, or a file: name its column with --group-by"
                f" COLUMN. Received: {file!a}."
            )
        return None
    if file is None and group_by.startswith(BY_NAME):
        return group_by
    if file is None and ":" in group_by:
        file, _, group_by = group_by.rpartition(":")
    return group_by if file is None else read_column(Path(file), group_by)


def _show_shares(result: Split) -> None:
    """Show a row for each split and class; on a terminal, of many classes one for each split."""

    def asked(share: float) -> str:
        return "kept" if math.isnan(share) else f"{share:.2%}"

    table = result.table.astype({"asked_share": "float64"})
    classes = table["label"].nunique()
    if sys.stdout.isatty() and classes > MAX_CLASS_COLUMNS:
        columns: tuple[str, ...] = (
            "Split",
            "Samples",
            "Asked",
            "Achieved",
            f"Of the {classes:,} classes",
        )
        rows: list[tuple[str, ...]] = [
            (
                row.split,
                f"{row.samples:,}",
                asked(row.asked_share),
                f"{row.achieved_share:.2%}",
                f"{row.least:.2%} to {row.most:.2%}",
            )
            for row in fold_classes(table).itertuples()
        ]
        show_table("Splits", columns, rows, numbers=frozenset(columns[1:]))
        return
    columns = ("Split", "Class", "Samples", "Asked", "Achieved", "Groups")
    rows = [
        (
            row.split,
            row.label or "-",
            f"{row.samples:,}",
            asked(row.asked_share),
            f"{row.achieved_share:.2%}",
            f"{row.groups:,}",
        )
        for row in table.itertuples()
    ]
    show_table("Splits", columns, rows, numbers=frozenset(columns[2:]))


def _show(result: Split, *, exclude_review: bool) -> None:
    _show_shares(result)
    whole = result.groups_kept_whole
    say(f"{count(whole, 'group')} of two and more, all kept whole." if whole else "No groups.")
    table = result.manifest.table
    if left := describe_left_over(result.left_over):
        say(f"{left}.")
    dropped = int((table["status"] == "drop").sum())
    review = int(((table["status"] == "review") & table["split"].notna()).sum())
    if dropped:
        left = count(dropped, "sample is", "samples are")
        say(f"{left} left out, dropped by the audit or a clean.")
    if review and not exclude_review:
        still = count(review, "sample still needs", "samples still need")
        say(f"{still} a look and went in; --exclude-review leaves such out.")
    for warning in result.warnings:
        say(f"Warning: {warning}.")
