"""Split the audited pictures into training, validation and test folders, without leaks.

Copies of a picture always go into the same split.

Examples:
  catsclean split PetImages --val 0.1 --test 0.1
  catsclean split PetImages --folds 5
  catsclean split PetImages --val 50/class --dry-run
  catsclean split PetImages --val 0.1 --shards

Docs: https://github.com/catsclean/catsclean/blob/main/docs/splitting.md
"""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

import catsclean
from catsclean import splitting
from catsclean.auditing import open_questions
from catsclean.cli import EXIT_FINDINGS, EXIT_OK, options, output
from catsclean.cli.interrupted import telling_what_is_written
from catsclean.cli.output import say, show_hints, show_table
from catsclean.cli.show_verification import show_verification
from catsclean.cli.split_form import SplitForm
from catsclean.core import leftovers, names, stand_ins
from catsclean.core.split_names import TRAIN
from catsclean.core.text import count, human_bytes
from catsclean.errors import DatasetError, SplitUsageError, UsageError
from catsclean.reports import split_lines, terminal

if TYPE_CHECKING:
    from catsclean.auditing.verify_files import Verification
    from catsclean.core.state import StateFolder
    from catsclean.splitting.linking import LinkName

_SIZES: Final = "Sizes"
_GROUPS: Final = "Groups"
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
            metavar="SIZE",
            help="Size of the validation split: a share (0.1), a number of pictures (2500), or a"
            " number per class (40/class).",
            show_default=False,
            rich_help_panel=_SIZES,
        ),
    ] = "0",
    test: Annotated[
        str,
        typer.Option(
            "--test",
            metavar="SIZE",
            help="Size of the test split, as for --val.",
            show_default=False,
            rich_help_panel=_SIZES,
        ),
    ] = "0",
    train: Annotated[
        str | None,
        typer.Option(
            "--train",
            metavar="SIZE",
            help="Size of the training split, per class: 40/class [default: all other pictures].",
            rich_help_panel=_SIZES,
        ),
    ] = None,
    max_per_class: Annotated[
        int | None,
        typer.Option(
            "--max-per-class",
            metavar="NUMBER",
            help="Use at most this many pictures per class, in all splits together.",
            rich_help_panel=_SIZES,
        ),
    ] = None,
    folds: Annotated[
        int | None,
        typer.Option(
            "--folds",
            metavar="NUMBER",
            help="Make this many folds for cross-validation.",
            rich_help_panel=_SIZES,
        ),
    ] = None,
    seed: Annotated[
        int,
        typer.Option("--seed", metavar="NUMBER", help="Random seed.", rich_help_panel=_SIZES),
    ] = 0,
    groups: Annotated[
        str | None,
        typer.Option(
            "--groups",
            metavar="GROUPS",
            help="Which copies stay together: exact (same bytes or pixels), near (also altered"
            " copies) or none [default: near]. Or a CSV file with the columns 'path' and that of"
            " --group-by.",
            rich_help_panel=_GROUPS,
        ),
    ] = None,
    group_by: Annotated[
        str | None,
        typer.Option(
            "--group-by",
            metavar="COLUMN",
            help="Keep pictures of one patient, video or photographer together: by a COLUMN of the"
            " manifest, FILE:COLUMN of a CSV, 'folder' (below the class folder) or 'name:REGEX'"
            " (in file names).",
            rich_help_panel=_GROUPS,
        ),
    ] = None,
    keep_split: Annotated[
        bool,
        typer.Option(
            "--keep-split",
            help="Keep existing validation and test folders. Pictures in a group with one of test"
            " are left out of the others, and those with one of validation out of training.",
            rich_help_panel=_GROUPS,
        ),
    ] = False,
    exclude_review: Annotated[
        bool,
        typer.Option(
            "--exclude-review",
            help="Skip pictures that are still to review.",
            rich_help_panel=options.FILES,
        ),
    ] = False,
    allow_incomplete: options.AllowIncomplete = False,
    follow_links_to: options.FollowLinksTo = None,
    output_: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FOLDER",
            help="Folder to write [default: NAME-split beside the data set].",
            rich_help_panel=options.OUTPUT,
        ),
    ] = None,
    link: Annotated[
        LinkChoice | None,
        typer.Option(
            "--link",
            metavar="HOW",
            help=f"How to place pictures: {options.one_of(LinkChoice)}. auto is reflink if the file"
            " system can, else copy. hardlink takes no space, but editing a picture in the split"
            " edits the original, too [default: auto].",
            rich_help_panel=options.OUTPUT,
        ),
    ] = None,
    shards: Annotated[
        bool,
        typer.Option(
            "--shards",
            help="Write tar shards (WebDataset) instead of folders of pictures.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = False,
    shard_samples: Annotated[
        int | None,
        typer.Option(
            "--shard-samples",
            metavar="NUMBER",
            help="With --shards: most pictures in a shard [default: 10000].",
            rich_help_panel=options.OUTPUT,
        ),
    ] = None,
    shard_bytes: Annotated[
        int | None,
        typer.Option(
            "--shard-bytes",
            metavar="NUMBER",
            help="With --shards: size of a shard at most, in bytes [default: 1000000000].",
            rich_help_panel=options.OUTPUT,
        ),
    ] = None,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="Read the split back from the disk, and compare every file with its digest.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = False,
    no_files: Annotated[
        bool,
        typer.Option(
            "--no-files",
            help="Write splits to the manifest only, not as folders.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = False,
    forget: Annotated[
        bool,
        typer.Option(
            "--forget",
            help="Forget the split that was saved last, and make none. Written folders stay.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Show the split without writing anything, or fail as writing would."
            " With --no-files, compare sizes beside a folder that is there.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = False,
    state_dir: options.StateDir = None,
    no_progress: options.NoProgress = False,
    quiet: options.Quiet = False,
) -> int:
    asked = {"val": _share("--val", val), "test": _share("--test", test)}
    if train is not None:
        asked["train"] = _share("--train", train)
    shares = {name: share for name, share in asked.items() if share}
    placed: LinkName | None = None if link is None else link.value
    form = SplitForm(placed, shards, no_files, seed, shard_samples, shard_bytes, verify=verify)
    # an interrupted split is resumed, so its folder stays for now
    state = output.find_state(
        path, state_dir, follow_links_to, quiet=quiet, tidy=False, buckets=True
    )
    if not state.exists(state.manifest):
        raise DatasetError(state.never_audited)
    output.warn_of_interrupted_run(state)
    if forget:
        return _forget(state, others=bool(shares or folds or keep_split or max_per_class))
    if not (shares or folds or keep_split or max_per_class):
        raise UsageError(
            "no split would get a picture. Add a size above 0: --val 0.1, --test 0.1 or --folds 5."
        )
    open_questions.refuse_open_questions(
        state.root, state, SplitUsageError,
        allow_incomplete=allow_incomplete, folders_are_groups=group_by == "folder",
    )  # fmt: skip
    levels = splitting.LEVELS
    result = catsclean.split(
        state,
        shares or None,
        seed,
        _group_by(None if groups in levels else groups, group_by),
        groups=groups if groups in levels else "near",
        keep_split=keep_split,
        folds=folds,
        exclude_review=exclude_review,
        allow_incomplete=allow_incomplete,
        max_per_class=max_per_class,
    )
    folder = output_ or output.beside(state, "-split")
    sidecars = options.settings_of(root=state.root).sidecars
    if dry_run:
        form.check(result, folder, sidecars)
        if not quiet:
            _show(result, exclude_review=exclude_review, never_changed=state.never_changed())
        say("Nothing was written.", hidden=quiet)
        return EXIT_OK
    target = folder.absolute()
    with telling_what_is_written(target, leftovers.part_of(target)):
        lines, verified = _write(form, result, folder, sidecars, hidden=no_progress or quiet)
        result.save()
    if not quiet:
        # what was refused has nothing to show
        _show(result, exclude_review=exclude_review, never_changed=state.never_changed())
        for line in [*lines, f"{names.text(stand_ins.shown(state.manifest))}: splits recorded"]:
            say(line)
    if verified is not None:
        show_verification(verified, quiet=quiet)
    if not folds and not quiet and _can_train(result):
        show_hints((f"catsclean train-baseline {state.arguments}", "train a first model"))
    return EXIT_OK if verified is None or verified.is_sound else EXIT_FINDINGS


def _forget(state: StateFolder, *, others: bool) -> int:
    """Forget the saved split, and say so."""
    if others:
        raise UsageError("--forget makes no split. Leave out the sizes, then split again.")
    number = splitting.forget_split(state)
    if number:
        say(f"The split of {count(number, 'picture')} is forgotten. Written folders stay.")
        split = f"catsclean split {state.arguments} --val 0.1"
        show_hints((split, "make a new one, from scratch"))
    else:
        say("No split is saved.")
    return EXIT_OK


def _write(
    form: SplitForm,
    result: splitting.Split,
    folder: Path,
    sidecars: Iterable[str] | None,
    *,
    hidden: bool,
) -> tuple[list[str], Verification | None]:
    """Write a split; return what there is to say, and how it reads back if that is asked for."""
    if form.no_files:
        return [], None
    with output.showing_count("writing", hidden=hidden) as progress:
        written = form.write(result, folder, progress, sidecars)
    verified = None
    if form.verify:
        with output.showing_count("verifying", hidden=hidden) as progress:
            verified = written.verify(progress)
    return _describe_written(written), verified


def _can_train(result: splitting.Split) -> bool:
    """Tell whether the training split has pictures of two classes or more."""
    rows = result.manifest.columns(["split", "label"])
    return bool(rows["label"][rows["split"] == TRAIN].nunique() > 1)


def _describe_written(written: splitting.WrittenSplit) -> list[str]:
    folder = names.text(str(written.folder))
    warnings = [f"Warning: {warning}." for warning in written.warnings]
    if written.reused:
        return [f"{folder}: already up to date", *warnings]
    size = written.copied_bytes
    how = count(written.shards, "shard", "shards") if written.shards else written.link
    lines = [f"{folder}: written ({how}{f', {human_bytes(size)}' if size else ''})"]
    if written.sidecars:
        along = count(written.sidecars, "sidecar file", "sidecar files")
        lines.append(f"{along} written beside the pictures.")
    lines += warnings
    if size >= _LARGE_COPY and not written.shards:
        lines.append(
            f"The copies take {human_bytes(size)}. --link hardlink takes no space, but then editing"
            " a picture in the split edits the original, too."
        )
    return lines


def _share(option: str, text: str) -> float | int | str:
    """Read 2500 as a number of pictures and 0.1 as a share; 40/class stays as it is.

    Raises:
        UsageError: It is neither; the message shows how to write it.
    """
    if (of_class := splitting.read_count(text)) is not None:
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
        f"{option} is a share below 1 (0.1), a number of pictures (2500), or a number per class"
        f" (40/class). Received: {names.text(text)!r}.{hint}"
    )


def _group_by(file: str | None, group_by: str | None) -> str | dict[str, object] | None:
    if group_by is None:
        if file is not None:
            raise UsageError(
                "--groups is exact, near, none, or a CSV file whose column --group-by names."
                f" Received: {file!a}. Add --group-by COLUMN."
            )
        return None
    if file is None and group_by.startswith(splitting.BY_NAME):
        return group_by
    if file is None and ":" in group_by:
        file, _, group_by = group_by.rpartition(":")
    return group_by if file is None else splitting.read_column(Path(file), group_by)


def _show(result: splitting.Split, *, exclude_review: bool, never_changed: str) -> None:
    # with many classes, a terminal shows a row per split
    most = terminal.MAX_CLASS_COLUMNS if sys.stdout.isatty() else None
    columns, rows = split_lines.share_rows(result, most)
    show_table("Splits", columns, rows, numbers=frozenset(columns) - {"Split", "Class"})
    to_leave_out = "" if exclude_review else "--exclude-review"
    for line in split_lines.describe_split(result, to_leave_out, never_changed):
        say(line)
