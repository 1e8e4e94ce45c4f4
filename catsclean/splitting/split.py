"""Split a manifest: by group, stratified by class, and reproducible."""

from __future__ import annotations

import contextlib
import os
from array import array
from collections import ChainMap, Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from catsclean.auditing.open_questions import refuse_open_questions
from catsclean.auditing.result import Audit
from catsclean.cleaning.came_back import CameBack, came_back
from catsclean.cleaning.reviewed import count_not_carried_out, kept_by_reviews
from catsclean.core import names
from catsclean.core.arguments import checked
from catsclean.core.links import Folders
from catsclean.core.manifest import Manifest
from catsclean.core.model import Status
from catsclean.core.notebook_view import NotebookView
from catsclean.core.progress_bar import with_bar
from catsclean.core.split_names import ASKED, FOUND, GROUPED, TRAIN, split_folders
from catsclean.core.state import StateFolder
from catsclean.core.text import count
from catsclean.errors import CatscleanError, SplitError, SplitUsageError, UsageError
from catsclean.scan.layout import find_sets
from catsclean.splitting import assign, history
from catsclean.splitting.assign import Cell, Shares
from catsclean.splitting.audited_samples import find_samples
from catsclean.splitting.class_counts import (
    check_enough,
    check_most,
    class_counts,
    count_classes,
    limit_classes,
    limit_training,
    read_count,
)
from catsclean.splitting.found_folders import (
    count_not_kept,
    find_renamed,
    keep_folders,
    mention_folders,
)
from catsclean.splitting.keep import keep_split as keep_in
from catsclean.splitting.keep import load_previous
from catsclean.splitting.linking import LinkMode, LinkName
from catsclean.splitting.name_groups import (
    BY_FOLDER,
    BY_NAME,
    group_by_folder,
    group_by_name,
)
from catsclean.splitting.places import find_skipped_by_keras
from catsclean.splitting.sample_groups import (
    PIXEL_COLUMNS,
    CopyLevel,
    Units,
    copy_columns,
    find_units,
)
from catsclean.splitting.shard_plan import MOST_BYTES, MOST_SAMPLES
from catsclean.splitting.shares import check_filled, find_warnings, tally
from catsclean.splitting.unchanged_sources import naming_the_audit
from catsclean.splitting.unit_splits import UnitSplits
from catsclean.splitting.write import check_split, write_split
from catsclean.splitting.write_shards import ShardWishes, check_shards, write_shards
from catsclean.splitting.written_split import WrittenSplit
from catsclean.validators.registry import validator_of

if TYPE_CHECKING:
    import pandas as pd


_MAX_SHOWN = 120
_REASONS = 3
# columns of the manifest that every split reads
_NEEDED: Final = (
    "path", "label", "sha256", "status", "reason", "group", "split", "format",
    ASKED, FOUND, GROUPED,
)  # fmt: skip
# those that nothing after the units needs, because they only say which samples belong together
_TO_JOIN: Final = ("sha256", "group", *PIXEL_COLUMNS)
# those that warnings are about
_SHOWN: Final = ["path", "label", "format"]


@dataclass(frozen=True)
class Split(NotebookView):
    """A manifest whose samples are assigned to splits.

    Attributes:
        manifest: All rows; ``split`` is NA for samples that are left out.
        table: One row per split and class: ``split``, ``label``, ``samples``, ``asked_share`` (NA
            if a split was kept as found), ``achieved_share`` (of the class), ``groups`` (groups
            of two and more samples that are whole in it).
        groups_kept_whole: Number of groups of two and more samples.
        moved: Samples that had another split in an earlier split.
        warnings: Warnings for users, one line each.
        state: The state folder in which :meth:`save` saves; None: beside the data set.
        left_over: Number of samples by class ("" without one) that are in no split because
            the request has numbers of each class, or a largest number.
        unlabelled: Number of samples that are in no split because they have no label, while others
            have one.
        to_review: Number of samples in a split that a person has not decided about yet.
        groups_of: What stays together: ``copies``, and ``own`` for groups of the caller's.
        not_kept: With `keep_split`, by held-out split and class ("" without one), the number of
            samples of the folder that are in no split: they cannot be used, or their group is in a
            split that is held out more firmly.
        renamed: With `keep_split`, the split of each folder that is called otherwise there, such
            as ``validation``: ``val``.
    """

    manifest: Manifest
    table: pd.DataFrame
    groups_kept_whole: int
    moved: int
    warnings: tuple[str, ...]
    state: StateFolder | None = field(default=None, repr=False)
    left_over: Mapping[str, int] = field(default_factory=dict)
    unlabelled: int = 0
    to_review: int = 0
    groups_of: tuple[str, ...] = ("copies",)
    not_kept: Mapping[tuple[str, str], int] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        counts = self.table.groupby("split", sort=False)["samples"].sum()
        parts = ", ".join(f"{name} {samples}" for name, samples in counts.items())
        left = sum(self.left_over.values())
        beside = f", {left:,} left over" if left else ""
        beside += f", {self.unlabelled:,} without a label" if self.unlabelled else ""
        return f"<Split: {parts}{beside}; {count(self.groups_kept_whole, 'group')} kept whole>"

    def save(self) -> None:
        """Save the splits in the state folder, as ``catsclean split`` does.

        Training reads them there, and the next split of the folder keeps them.

        Raises:
            SplitError: The data set was audited or cleaned since then, or rows were changed.
            DatasetError: The data set is not there.
            StateError: Another process holds the state folder, or it cannot be written.
        """
        keep_in(self.manifest, self.state or StateFolder.of(self.manifest.root))

    @with_bar("writing")
    @checked
    def write(
        self,
        folder: str | os.PathLike[str],
        link: LinkMode | LinkName = "auto",
        progress: Callable[[int, int], None] | None = None,
        *,
        sidecars: Iterable[str] | None = None,
    ) -> WrittenSplit:
        """Write ``folder/train/Cat/...``, with the files for other tools beside it.

        The folder is written completely or not at all; after an interruption, the same call
        continues.  Existing files are never overwritten.

        Args:
            folder: Target folder; it must be new or empty.
            link: ``auto`` (reflink if the file system can, else copy), ``reflink``, ``copy``,
                ``symlink`` or ``hardlink``.  A hard link is the same file under a second name: a
                program that changes a picture in the split changes the original as well.
            progress: Called with the number of files done and their total.
            sidecars: Extensions of files to place beside the picture of the same name, such as
                ``.txt``; None: those that docs/splitting.md lists; empty: none.

        Raises:
            SplitError: The folder exists, the disk is full, or a picture changed since the audit.
            UsageError: `link` is unknown.
        """
        state = self._state_here()
        place = None if state is None else state.path
        reach = None if state is None else state.reach()
        with naming_the_audit(state):
            return write_split(
                self.manifest, folder, link, progress, state=place, reach=reach, sidecars=sidecars
            )

    @checked
    def check(
        self,
        folder: str | os.PathLike[str],
        link: LinkMode | LinkName = "auto",
        *,
        sidecars: Iterable[str] | None = None,
    ) -> None:
        """Check that :meth:`write` could begin; nothing is written.

        Pictures are compared with the audit by size and time, and by their bytes if these differ.

        Args:
            folder: Target folder, as for :meth:`write`.
            link: As for :meth:`write`.
            sidecars: As for :meth:`write`.

        Raises:
            SplitError: The folder exists, or a picture changed since the audit.
            UsageError: `link` is unknown, or the folder lies inside the data set.
        """
        state = self._state_here()
        reach = None if state is None else state.reach()
        with naming_the_audit(state):
            check_split(self.manifest, folder, link, reach=reach, sidecars=sidecars)

    @with_bar("writing")
    @checked
    def write_shards(
        self,
        folder: str | os.PathLike[str],
        progress: Callable[[int, int], None] | None = None,
        *,
        seed: int = 0,
        samples_per_shard: int = MOST_SAMPLES,
        bytes_per_shard: int = MOST_BYTES,
        sidecars: Iterable[str] | None = None,
    ) -> WrittenSplit:
        """Write tar shards in the form of WebDataset: ``folder/train-000000.tar``.

        A shard holds its samples one after the other: ``000000000.jpg``, the number of its class in
        ``000000000.cls`` (by the sorted names of classes), its name in ``000000000.label``, and the
        sidecar files of the picture.  The same call writes the same bytes.  The folder is written
        completely or not at all; after an interruption, the same call starts again.  Existing files
        are never overwritten.

        Args:
            folder: Target folder; it must be new or empty.
            progress: Called with the number of files done and their total.
            seed: Another seed puts the samples of each split in another pseudo-random order.
            samples_per_shard: Most samples in a shard.
            bytes_per_shard: Largest shard in bytes; a sample that is larger alone has a shard to
                itself.
            sidecars: Extensions of files that go along with the picture of the same name, such as
                ``.txt``; None: those that docs/splitting.md lists; empty: none.

        Raises:
            SplitError: The folder exists, the disk is full, or a picture changed since the audit.
            UsageError: A number is invalid, or the folder lies inside the data set.
        """
        state = self._state_here()
        place = None if state is None else state.path
        reach = None if state is None else state.reach()
        wishes = ShardWishes(seed, samples_per_shard, bytes_per_shard, sidecars)
        with naming_the_audit(state):
            return write_shards(self.manifest, folder, wishes, progress, state=place, reach=reach)

    @checked
    def check_shards(
        self,
        folder: str | os.PathLike[str],
        *,
        seed: int = 0,
        samples_per_shard: int = MOST_SAMPLES,
        bytes_per_shard: int = MOST_BYTES,
        sidecars: Iterable[str] | None = None,
    ) -> None:
        """Check that :meth:`write_shards` could begin; nothing is written.

        Args:
            folder: Target folder, as for :meth:`write_shards`.
            seed: As for :meth:`write_shards`.
            samples_per_shard: As for :meth:`write_shards`.
            bytes_per_shard: As for :meth:`write_shards`.
            sidecars: As for :meth:`write_shards`.

        Raises:
            SplitError: The folder exists, or a picture changed since the audit.
            UsageError: As for :meth:`write_shards`.
        """
        state = self._state_here()
        reach = None if state is None else state.reach()
        wishes = ShardWishes(seed, samples_per_shard, bytes_per_shard, sidecars)
        with naming_the_audit(state):
            check_shards(self.manifest, folder, wishes, reach=reach)

    def _state_here(self) -> StateFolder | None:
        """Return the state folder; a manifest may come from elsewhere, without its data set."""
        if self.state is not None or not self.manifest.root.is_dir():
            return self.state
        return StateFolder.of(self.manifest.root)


@checked
def split(  # noqa: PLR0913 - every wish of a split, most of them by name
    manifest: Manifest | Audit | Split | str | os.PathLike[str] | StateFolder,
    shares: Shares | None = None,
    seed: int = 0,
    group_by: str | Mapping[str, object] | pd.Series[Any] | None = None,
    *,
    keep_split: bool = False,
    folds: int | None = None,
    groups: CopyLevel = "near",
    previous: Manifest | Split | Literal["auto"] | None = "auto",
    exclude_review: bool = False,
    allow_incomplete: bool = False,
    max_per_class: int | None = None,
    state_dir: str | os.PathLike[str] | None = None,
    follow_links_to: Folders = None,
) -> Split:
    """Assign each sample to a split; the members of a group are always in the same one.

    Samples with status ``drop`` are left out, and in a data set with classes also those outside of
    every class folder; samples to ``review`` are included unless `exclude_review` is set.

    Args:
        manifest: The samples: a manifest, an audit or a split that has one, or the folder of a
            data set (or its address in a bucket), for the samples of its last audit.
        shares: Share of each split, such as ``{"train": .8, "val": .1, "test": .1}``; a whole
            number from 1 up is a number of samples, and a text such as ``"40/class"`` a number of
            samples of each class.  ``train`` may be left out and takes the rest; with
            ``{"train": "40/class"}`` the rest is in no split.  None: the example, but no split
            besides ``train`` if `keep_split`, `folds` or `max_per_class` says what to do, as on
            the command line.
        seed: Another seed gives another split of the same quality.
        group_by: Keep samples of one patient, video or photographer together: a column of the
            manifest; ``"name:REGEX"``, the match of a regular expression in the file names;
            ``"folder"``, the folder below the class folder; or the value by path, as a dict or as
            a Series with paths as its index.  These groups are joined with those of copies.
        keep_split: Keep held-out folders that the audit found (``val``, ``test``), and split only
            the rest.  Of a group in several, ``test`` keeps its samples before ``val``, and both
            before ``train``; the others are left out, and counted in `warnings`.
        folds: Divide the samples outside held-out splits into this many folds, ``fold1`` and up.
        groups: Which copies stay together: ``near``, the groups of the manifest, which the
            selected validators of the audit reported; ``exact``, copies with the same bytes or
            pixels; ``none``, no copies.  `group_by` always counts.
        previous: An earlier split; its samples keep their split if the request is the same.
            ``auto``: for a folder, the last one that was saved (by :meth:`Split.save` or the
            command line); otherwise, and for None, the split in the manifest itself.
        exclude_review: Leave out samples with status ``review``, but for those that a review
            decided to keep.
        allow_incomplete: Split although the audit could not examine everything: files that it did
            not examine are in no split.
        max_per_class: Use at most so many samples of each class; the others are in no split.
        state_dir: State folder, if it is not beside the data set.
        follow_links_to: Folders outside the data set that links may lead into when pictures are
            written, if the audit followed links.

    Returns:
        The split; nothing is written before :meth:`Split.save` or :meth:`Split.write`.

    Raises:
        UsageError: Shares, folds or a column are invalid, or the folder was never audited.
        ManifestError: The manifest of the last audit is damaged.
        SplitError: There is nothing to split, one of the splits would get no sample at all, or a
            class has fewer samples than requested of each.
        SplitUsageError: The audit is incomplete, or it is unclear which folders are the classes.
    """
    samples, state = find_samples(manifest, state_dir, follow_links_to)
    refuse_open_questions(
        manifest, state, SplitUsageError, allow_incomplete=allow_incomplete,
        folders_are_groups=isinstance(group_by, str) and group_by == BY_FOLDER,
    )  # fmt: skip
    earlier = _earlier(previous, manifest, state, samples)
    table = _columns_for(samples, state, groups, group_by)
    used, unlabelled = _used(table, exclude_review=exclude_review)
    wishes = _read_wishes(
        table, used, shares, seed, group_by, folds, max_per_class, groups, keep_split=keep_split
    )
    wanted, of_class = wishes.wanted, wishes.of_class
    warnings = _warn_of_decisions(samples, state)
    columns = _columns_to_join(samples, table, groups, group_by, warnings)
    grouped = None if group_by is None else history.name_values(table, columns[-1])
    units = find_units(table, columns, wishes.seed, used)
    folders = split_folders(table)
    fixed: dict[int, str] = {}
    if keep_split:
        kept = keep_folders(folders, table["label"], units, used)
        fixed, used = kept.splits, used & ~kept.leaking
        warnings += kept.warnings
        units = find_units(table, columns, wishes.seed, used)
        wanted = _beside_kept(wanted, units, fixed, warnings)
        of_class = {name: number for name, number in of_class.items() if name in wanted}
    elif folders[used].notna().any():
        warnings.append(mention_folders(folders[used]))
    former = history.former_splits(table, units, earlier, wishes.asked, grouped)
    warnings += _mention(former)
    given = ChainMap(fixed, former.splits)
    del columns, earlier  # dealing the units out needs the memory
    table = table[[name for name in table.columns if name not in _TO_JOIN]]
    if wishes.most is not None:
        units, beyond = limit_classes(units, given, fixed, wishes.most)
        if not keep_split:  # a number of pictures is a share of the remaining ones
            left = int(used.sum()) - beyond.total()
            wanted = assign.check_shares(wishes.shares, left, wishes.classes)
    dealt = _assign(units, given, wanted, wishes.fold_names, of_class)
    splits, not_trained = limit_training(units, dealt, given, of_class.get(TRAIN))
    wanted = _with_folds(wanted, wishes.fold_names)
    again = former.is_kept_in(splits)
    check_filled(units, splits, wanted, again=again)
    added = _split_columns(table, units, used, splits, wishes.asked, grouped)
    counts = tally(units, splits, wanted, wishes.fold_names, of_class, not_trained)
    chosen = added["split"].notna()
    warnings += find_warnings(counts, units, splits, again=again) + _warn_of(table[_SHOWN][chosen])
    return Split(
        samples.with_columns(added, without=[GROUPED]),
        counts,
        sum(units.size(unit) > 1 for unit in splits),
        former.moved,
        tuple(warnings),
        state,
        _count_left_over(table["label"][used & ~chosen]),
        unlabelled,
        int((table["status"][chosen] == Status.REVIEW.value).sum()),
        ("copies",) * (groups != "none") + ("own",) * (group_by is not None),
        count_not_kept(folders, table["label"], chosen) if keep_split else {},
        find_renamed(folders) if keep_split else {},
    )


@dataclass(frozen=True, slots=True)
class _Wishes:
    """The checked request of a call of :func:`split`.

    Attributes:
        shares: As given, or the default ones.
        wanted: Share of each split, from 0 to 1.
        of_class: Number of samples of each class, for the splits with such a number.
        most: Largest number of samples of each class to use; None: all.
        fold_names: Names of the folds, if any.
        classes: Number of classes.
        seed: The seed.
        asked: The request as text, which the next split compares with its own.
    """

    shares: Shares
    wanted: dict[str, float]
    of_class: dict[str, int]
    most: int | None
    fold_names: list[str]
    classes: int
    seed: int
    asked: str


def _read_wishes(  # noqa: PLR0913 - every wish is one
    table: pd.DataFrame,
    used: NDArray[np.bool_],
    shares: Shares | None,
    seed: int,
    group_by: str | Mapping[str, object] | pd.Series[Any] | None,
    folds: int | None,
    max_per_class: int | None,
    groups: str,
    *,
    keep_split: bool,
) -> _Wishes:
    seed = assign.check_seed(seed)
    fold_names = [] if folds is None else assign.check_folds(folds)
    if shares is None:
        shares = assign.default_shares(folds, keep_split, max_per_class)
    labels = table["label"][used]
    classes = labels.nunique(dropna=False)
    wanted = assign.check_shares(shares, len(labels), classes)
    of_class = class_counts(shares, folds)
    most = check_most(max_per_class)
    asked = _describe(
        shares,
        seed,
        group_by,
        keep_split=keep_split,
        folds=folds,
        max_per_class=most,
        groups=groups,
    )
    return _Wishes(shares, wanted, of_class, most, fold_names, classes, seed, asked)


def _with_folds(wanted: dict[str, float], names: Sequence[str]) -> dict[str, float]:
    """Replace the share of training by equal shares of the folds."""
    if not names:
        return wanted
    others = {name: share for name, share in wanted.items() if name != TRAIN}
    return others | dict.fromkeys(names, wanted[TRAIN] / len(names))


def _mention(former: history.Former) -> list[str]:
    """Describe how an earlier split is used, one line each."""
    lines = []
    if former.bridged:
        lines.append(
            f"{count(former.bridged, 'group')} spanned two earlier splits:"
            f" {count(former.moved, 'sample')} moved, towards training"
        )
    if former.others:
        other = names.text(former.asked_before)[:_MAX_SHOWN]
        if former.regrouped:
            other = "the group column has changed"
        lines.append(
            f"the earlier split had other settings ({other}), so this one does not follow it:"
            " pictures may change their split"
        )
    return lines


def _beside_kept(
    wanted: Mapping[str, float], units: Units, fixed: Mapping[int, str], warnings: list[str]
) -> dict[str, float]:
    """Return the shares that remain beside the splits that are kept as found.

    Raises:
        UsageError: Nothing is left for training.
    """
    total = sum(units.size(unit) for unit in range(len(units.counts)))
    kept: Counter[str] = Counter()
    for unit, name in fixed.items():
        kept[name] += units.size(unit)
    shares = {name: number / max(total, 1) for name, number in kept.items()}
    warnings += [
        f"{name} stays as found, with {shares[name]:.1%} of the samples, so asking for"
        f" {wanted[name]:.1%} has no effect: without --keep-split (keep_split=True), {name} is"
        " split again"
        for name in sorted(wanted.keys() & shares.keys())
    ]
    rest = {name: share for name, share in wanted.items() if name not in {TRAIN, *shares}}
    left = 1 - sum(shares.values())
    if sum(rest.values()) >= left:
        held = f"{' and '.join(sorted(shares))} stay as found with {1 - left:.1%} of the samples"
        more = f", and {sum(rest.values()):.1%} asked for {' and '.join(rest)}" if rest else ""
        less = (
            "Ask for less."
            if rest
            else "Leave out --keep-split (keep_split=True) to split them again."
        )
        raise UsageError(f"nothing would be left to train on: {held}{more}. {less}")
    # training should get all that is neither requested elsewhere nor kept, see tally
    return {TRAIN: 1 - sum(rest.values()), **rest}


def _assign(
    units: Units,
    given: Mapping[int, str],
    wanted: Mapping[str, float],
    folds: list[str],
    of_class: Mapping[str, int],
) -> UnitSplits:
    splits, free = UnitSplits(len(units.counts)), array("q")
    taken: Counter[Cell] = Counter()
    for unit, counts in enumerate(units.counts):
        if not counts:
            continue
        if unit in given:
            splits[unit] = given[unit]
            assign.add(taken, given[unit], counts)
        else:
            free.append(unit)
    quotas = assign.find_quotas(units, free, taken, wanted, of_class)
    if of_class:
        check_enough(count_classes(units, chain(splits, free)), quotas, of_class)
    splits.update(assign.fill(units, free, quotas, taken))
    if folds:
        training = [unit for unit, name in splits.items() if name == TRAIN]
        splits.update(assign.deal(units, training, folds, taken))
    return splits


def _split_columns(
    table: pd.DataFrame,
    units: Units,
    used: NDArray[np.bool_],
    splits: Mapping[int, str],
    asked: str,
    grouped: pd.Series[Any] | None,
) -> dict[str, pd.Series[Any]]:
    """Return the split of each sample, the user's groups, and the request."""
    import pandas as pd

    found = split_folders(table)
    names = sorted(set(splits.values()))
    place = {name: at for at, name in enumerate(names)}
    code_of = np.full(len(units.counts), -1, np.int32)
    chosen = np.fromiter(splits, np.int64, len(splits))
    code_of[chosen] = np.fromiter(map(place.__getitem__, splits.values()), np.int32, len(splits))
    codes = np.where(used, code_of[units.of_sample], -1)
    columns = {} if grouped is None else {GROUPED: grouped}
    for column, texts in (("split", names), (ASKED, [asked])):
        own = np.minimum(codes, len(texts) - 1)
        columns[column] = pd.Series(pd.Categorical.from_codes(own, texts), index=table.index)
    if found.notna().any():
        columns[FOUND] = found
    return columns


def _warn_of_decisions(samples: Manifest, state: StateFolder | None) -> list[str]:
    """Warn if a review decided about samples, or an undo brought files back, and no more is known.

    A clean would carry out the decisions, and an audit would find the files.
    """
    if state is None:
        return []
    warnings = []
    if waiting := count_not_carried_out(state, samples):
        are = "is" if waiting == 1 else "are"
        said = f"{count(waiting, 'decision')} of a review {are} not carried out yet, nor in this"
        run = f"run catsclean clean {state.arguments} --apply, and split again"
        warnings.append(f"{said} split: {run}")
    back = CameBack()
    with contextlib.suppress(CatscleanError):  # the samples may be here without their pictures
        back = came_back(state, samples)
    again = f"run catsclean audit {state.arguments}, and split again"
    if missing := len(back.unlisted):
        said = f"{count(missing, 'file')} came back since the last audit, and no split has"
        warnings.append(f"{said} {'it' if missing == 1 else 'them'}: {again}")
    if changed := len(back.unjudged) + len(back.renamed):
        said = count(changed, "file was", "files were")
        warnings.append(f"{said} changed back since the last audit: {again}")
    return warnings


def _warn_of(chosen: pd.DataFrame) -> list[str]:
    """Warn if a loader would misread these samples."""
    warnings = _find_wrapper(chosen)
    if skipped := find_skipped_by_keras(chosen):
        number = sum(skipped.values())
        warnings.append(
            "Keras' image_dataset_from_directory silently skips"
            f" {count(number, 'picture')} ({names.text(', '.join(skipped))}): convert to JPEG or"
            " PNG, or read with catsclean.training.dataset"
        )
    return warnings


def _count_left_over(labels: pd.Series[Any]) -> dict[str, int]:
    """Count by class the samples that could be used but are in no split."""
    numbers = labels.fillna("").value_counts().sort_index()
    return {str(label): int(number) for label, number in numbers.items()}


def _find_wrapper(table: pd.DataFrame) -> list[str]:
    """Warn if the only class looks like a folder around the data set."""
    if table["label"].nunique() != 1 or table["label"].isna().any():
        return []
    label = table["label"].iloc[0]
    found = find_sets(path.rpartition("/")[0] for path in table["path"])
    if not any(path.partition("/")[0] == label for path in found):
        return []
    return [
        f"the only class, {label!r}, looks like a data set of its own: audit {found[0]!r} in it"
    ]


def _earlier(
    previous: object, data: object, state: StateFolder | None, samples: Manifest
) -> Manifest:
    """Find the earlier split to follow: if there is no other, that in the manifest itself.

    Raises:
        UsageError: `previous` is not an earlier split.
        ManifestError: It is damaged.
    """
    if previous is None:
        return samples
    if isinstance(previous, str) and previous == "auto":
        # a caller who passes a manifest chooses the earlier split himself
        if state is None or not isinstance(data, (str, os.PathLike, StateFolder)):
            return samples
        earlier = load_previous(state)
        return samples if earlier is None else earlier
    own = getattr(previous, "manifest", previous)
    if not isinstance(own, Manifest):
        shown = names.text(repr(previous))[:_MAX_SHOWN]
        raise UsageError(
            f"previous must be a manifest, a split, 'auto' or None. Received: {shown}."
        )
    return own


def _used(table: pd.DataFrame, *, exclude_review: bool) -> tuple[NDArray[np.bool_], int]:
    """Return which samples can be used, and how many others could if they had a label.

    Raises:
        SplitError: None can be used.
    """
    out = [Status.DROP.value] + ([Status.REVIEW.value] if exclude_review else [])
    used: NDArray[np.bool_] = ~table["status"].isin(out).to_numpy(bool)
    labelled = table["label"].notna().to_numpy(bool)
    # beside class folders, a picture outside of them has no label, and no loader would read it
    usable = used & labelled if labelled.any() else used
    if not usable.any():
        raise SplitError(f"nothing to split: {_why_unused(table)}")
    return usable, int(used.sum() - usable.sum())


def _why_unused(table: pd.DataFrame) -> str:
    """Explain why no sample can be used: the findings of the audit, most frequent first."""
    if table.empty:
        return "the manifest has no samples."
    reasons = Counter(table["reason"].fillna("not read or not decoded").str.split(",").explode())
    named = ", ".join(
        f"{names.text(str(reason))} {number:,}" for reason, number in reasons.most_common(_REASONS)
    )
    text = f"none of {count(len(table), 'sample')} can be used ({named})."
    if refusing := sorted(str(one) for one in reasons if validator_of(one).tensorflow_refuses):
        text += (
            " If you do not train with TensorFlow, audit with"
            f" --ignore {','.join(refusing)}; otherwise convert them to JPEG or PNG."
        )
    return text


def _describe(
    shares: Shares,
    seed: int,
    group_by: object,
    *,
    keep_split: bool,
    folds: int | None,
    max_per_class: int | None,
    groups: str,
) -> str:
    """Describe the request in one line: splits with the same line belong together."""
    # training takes the rest, whether it is named or not; a split of size 0 asks for nothing
    said = sorted(
        name
        for name, asked in shares.items()
        if (read_count(asked) if name == TRAIN or isinstance(asked, str) else asked)
    )
    parts = [f"seed={seed}", *(f"{name}={_plain(shares[name])}" for name in said)]
    if max_per_class is not None:
        parts.append(f"max_per_class={max_per_class}")
    if folds is not None:
        parts.append(f"folds={folds}")
    if group_by is not None:
        parts.append(f"group_by={group_by if isinstance(group_by, str) else 'a column'}")
    if keep_split:
        parts.append("keep_split")
    if groups != "near":
        parts.append(f"groups={groups}")
    return " ".join(parts)


def _plain(share: float | str) -> str:
    number = read_count(share)
    return f"{share:g}" if number is None else f"{number}/class"


def _columns_for(
    samples: Manifest, state: StateFolder | None, groups: str, group_by: object
) -> pd.DataFrame:
    """Return the columns that a split needs: of millions of rows, all take too much memory.

    A picture that a review decided to keep is not to review any more, recorded by a clean or not.
    """
    needed = {*_NEEDED, *(PIXEL_COLUMNS if groups == "exact" else ())}
    if isinstance(group_by, str):
        needed.add(group_by)
    names = [name for name in samples.column_names if name in needed]
    table = samples.columns(names).reset_index(drop=True)
    if state is not None and (kept := kept_by_reviews(state, samples)):
        decided = table["path"].isin(kept) & (table["status"] == Status.REVIEW.value)
        table["status"] = table["status"].mask(decided, Status.KEEP.value)
    return table


def _columns_to_join(
    samples: Manifest, table: pd.DataFrame, groups: str, group_by: object, warnings: list[str]
) -> list[pd.Series[Any]]:
    """Return the columns whose equal values keep samples together; the user's own one is last."""
    columns = copy_columns(table, groups)
    if group_by is not None:
        columns.append(_group_column(samples, table, group_by, warnings))
    return columns


def _group_column(
    samples: Manifest, table: pd.DataFrame, group_by: object, warnings: list[str]
) -> pd.Series[Any]:
    import pandas as pd

    if isinstance(group_by, str) and group_by.startswith(BY_NAME):
        return group_by_name(table, group_by.removeprefix(BY_NAME), warnings)
    if isinstance(group_by, str):
        if group_by not in table.columns:
            if group_by == BY_FOLDER:
                return group_by_folder(table, warnings)
            known = ", ".join(str(column) for column in samples.column_names)
            raise UsageError(
                f"unknown column to group by. Received: {names.text(group_by)!r}. Name folder,"
                f" name:REGEX, or one of: {known}."
            )
        column = table[group_by]
    else:
        if isinstance(group_by, pd.Series):
            if not group_by.index.is_unique:
                raise UsageError("a Series to group by must have each path once in its index.")
            group_by = group_by.to_dict()
        if not isinstance(group_by, Mapping):
            shown = names.text(type(group_by).__name__)
            raise UsageError(
                "group_by must be the name of a column, a dict from path to group, or a Series"
                f" with paths as its index. Received: a {shown}."
            )
        column = pd.Series([group_by.get(path) for path in table["path"]], index=table.index)
        unknown = set(group_by) - set(table["path"])
        if unknown:
            theirs = names.text(str(min(unknown, key=str)))
            free = table["path"][column.isna()]
            ours = min(table["path"] if free.empty else free)
            rows = f"{len(unknown):,} of {count(len(group_by), 'row')} of the group column"
            text = f"{rows} match no sample, such as {theirs!r}; a sample here is {ours!r}"
            if len(unknown) == len(group_by):
                raise UsageError(f"{text}. Write paths as the manifest has them, below the root.")
            warnings.append(text)
    missing = int(column.isna().sum())
    if missing == len(column):
        raise UsageError("the column to group by is empty for every sample.")
    if missing:
        alone = count(missing, "sample has", "samples have")
        warnings.append(f"{alone} no group in the column: each is on its own")
    return column
