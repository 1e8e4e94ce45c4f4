"""The audit: list and read the files, find duplicates, judge, and conclude."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from catsclean.auditing.carried_split import carry_split
from catsclean.auditing.given_paths import Paths, dataset_of
from catsclean.auditing.given_splits import with_given_splits
from catsclean.auditing.given_validators import inspect_given
from catsclean.auditing.gone_files import find_gone
from catsclean.auditing.kept_view import read_kept
from catsclean.auditing.known_before import with_known_before
from catsclean.auditing.label_corrections import correct_labels
from catsclean.auditing.no_pictures import explain_no_pictures
from catsclean.auditing.own_columns import carry_own_columns
from catsclean.auditing.path_ignores import PerPathIgnores, path_ignores
from catsclean.auditing.recorded_labels import wish_for_labels
from catsclean.auditing.result import Audit
from catsclean.auditing.save import save_audit
from catsclean.auditing.saved_decisions import kept_paths, mark_kept
from catsclean.auditing.summary import summarise
from catsclean.content.examine import choose_embedder, examine_content
from catsclean.core import names
from catsclean.core.arguments import checked
from catsclean.core.evidence import Evidence
from catsclean.core.label_source import LabelKind
from catsclean.core.limits import Limits
from catsclean.core.links import Folders
from catsclean.core.manifest import from_evidence
from catsclean.core.progress_bar import with_bar
from catsclean.core.split_names import LayoutName
from catsclean.core.state import StateFolder
from catsclean.duplicates.preferred import Preferences, find_preferred, preferences_of
from catsclean.duplicates.regrouping import regroup
from catsclean.duplicates.relate_cached import compare_with, relate_duplicates, state_of_other
from catsclean.errors import DatasetError, StateError, UsageError
from catsclean.objects.bucket_state import ends_leases, open_data_set
from catsclean.scan.cache import Cache
from catsclean.scan.collect import list_folder, scan_folder
from catsclean.scan.embedding import Embedder
from catsclean.scan.engines import EngineName, TaskEngine, choose_engine
from catsclean.scan.labels import LabelWish
from catsclean.scan.layout import check_layout
from catsclean.scan.picture_vectors import Vectors
from catsclean.scan.pool.number import check_workers
from catsclean.scan.scan import ProgressCallback
from catsclean.scan.scan_options import ScanOptions
from catsclean.validators.base import Validator
from catsclean.validators.judge import Judgement, judge_unless
from catsclean.validators.registry import all_validators, evidence_validators, is_ignored, resolve


@ends_leases
@with_bar("")
@checked
def audit(  # noqa: PLR0913 - every setting of an audit, all but the first by name
    root: Paths,
    *,
    select: str | Iterable[str] | None = None,
    ignore: str | Iterable[str] | None = None,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    validators: Iterable[Validator | type[Validator]] | None = None,
    exclude: str | Iterable[str] | None = None,
    follow_links: bool = False,
    follow_links_to: Folders = None,
    per_path_ignores: PerPathIgnores | None = None,
    layout: LayoutName = "auto",
    labels: Any = None,
    workers: int | None = None,
    engine: EngineName | TaskEngine | None = None,
    address: str | None = None,
    limits: Limits | None = None,
    against: str | os.PathLike[str] | None = None,
    cache: bool = True,
    verify: bool = False,
    probe: Literal["tensorflow"] | None = None,
    content: bool | None = None,
    embedder: str | Embedder | None = None,
    state_dir: str | os.PathLike[str] | None = None,
    save: bool = True,
    prefer: str | Iterable[str] = (),
    progress: ProgressCallback | None = None,
) -> Audit:
    """Look at every file of a data set and report its defects.

    No file of the data set is written, moved or opened for writing, and no program is started.

    Args:
        root: Folder of the data set; or a tar, zip or Parquet file with pictures in it, or several
            of them.  A folder that holds such files and no pictures is read in the same way.
            A folder in a bucket is named by its address, such as ``s3://bucket/PetImages``.
        select: Validators or families to run, as a list or as a text with commas between; None:
            those that are on by default; ``+name`` adds one to them.
        ignore: Validators or families to leave out; without ``unsupported-by-tensorflow``, pictures
            that only TensorFlow cannot read are used like all others.
        options: Options by validator, such as ``{"odd-size": {"max_ratio": 16.0}}``.
        validators: Validators of your own, classes or instances, which run beside the selected
            ones; their evidence is not cached.
        exclude: Patterns of files and folders to leave out as if they were not there, one or
            several, as those of a ``.gitignore``: ``"*_mask.png"``, ``"raw/"``, ``"/Cat/old"``.
        follow_links: Read the files that links in the data set lead to, as loaders do, if they lie
            in the data set as well.
        follow_links_to: Folders outside the data set that links may lead into, one or several;
            implies `follow_links`.
        per_path_ignores: Validators or families to ignore by path: ``{"raw/**": ["blurry"]}``,
            with patterns as those of a ``.gitignore``.  The files themselves stay in the audit;
            ``summary["ignored_by_path"]`` counts the findings that were left out.
        layout: ``auto``, ``classes``, ``splits`` or ``flat``.
        labels: Where the labels come from: ``folders``, ``names`` (the word before the number in
            ``cat.0.jpg``), ``name:REGEX`` with a group, ``metadata`` (Hugging Face's tables), or a
            table, ``FILE:PATH,LABEL`` or ``FILE:PATH,LABEL,FOLDER``; or a mapping from path to
            label, a pandas Series or DataFrame, or an Arrow table.  ``auto``: recognise it; None:
            as in the last audit if that was told, else ``auto``.
        workers: Number of worker processes; None: one for each processor, and fewer if there is
            little to do.
        engine: Where files are read, examined and compared, and where a long search for duplicates
            runs: ``local``, in worker processes of this machine; ``ray``, on a Ray cluster; or an
            executor of ``concurrent.futures`` or with its interface, such as Dask's
            ``Client.get_executor()``.  The processes of an engine must see the data set under the
            same path.  None: ``local``.
        address: Address of the Ray cluster, such as ``auto``; None: the one that Ray finds, else a
            new one on this machine.  The connection stays open; ``ray.shutdown()`` ends it.
        limits: Bounds on each file.
        against: Another audited or unaudited data set: report pictures that it already has.
        cache: Take evidence of unchanged files from the last audit, and save it for the next.
        verify: Read every file again and compare it with the evidence of the last audit.
        probe: ``"tensorflow"``: ask TensorFlow itself about every picture, if it is installed.
        content: Examine what the pictures show, for wrong labels and odd pictures; None: if the
            extra ``content`` is installed and a validator that needs it is selected.
        embedder: The network that looks at pictures: ``lite0``, ``onnx:FILE``, ``keras:NAME``,
            ``keras:RUN`` with the name of a training run of this data set, the name of an entry
            point, or an object with the members of :class:`~catsclean.scan.embedding.Embedder`;
            None: ``lite0``.
        state_dir: State folder; None: ``NAME.catsclean`` beside the data set.
        save: Write manifest, findings and summary to the state folder.  If False, a state folder
            that cannot be made is not an error: the audit runs without a cache.
        prefer: Patterns of files and folders, as those of a ``.gitignore``, such as ``"Sorted/"``:
            among copies of one picture, a usable one that matches is suggested as the original.
            An earlier pattern counts more than a later one.
        progress: Called from time to time with a :class:`~catsclean.scan.scan.Progress`.

    Returns:
        The audit; its state folder now holds manifest, findings and summary.

    Raises:
        DatasetError: The folder is missing, is not a folder, or holds no pictures, or
            `follow_links_to` names something else than a folder.
        ConfigError: A validator, an option, the layout or the embedder is unknown, an object is not
            a validator, a pattern is invalid, or the labels cannot be read or contradict one
            another.
        MissingExtraError: `content`, `embedder` or `engine` needs an extra that is not installed.
        UsageError: `against` is the data set itself, `workers` is not a number from 1 up, the
            `engine` is unknown, no cluster has this `address`, an
            `embedder` is named although `content` is False, or the state folder would lie in a
            larger data set that was audited.
        StateError: The state folder cannot be written, or in a bucket another command holds it.
        WorkerError: No process that reads can be started, or the engine is broken.
    """
    begun = time.monotonic()
    workers, layout = check_workers(workers), check_layout(layout)
    if probe is not None:
        from catsclean.scan.tensorflow_probe import check_probe

        check_probe(probe)
    state, containers = _locate(root, state_dir, follow_links_to, save=save)
    # read twice, and an iterator can be read only once
    ignore = ignore if ignore is None or isinstance(ignore, str) else list(ignore)
    chosen = resolve(select, ignore, options, validators)
    preferences = preferences_of(prefer)
    ignored = path_ignores(per_path_ignores, [validator.name for validator in chosen])
    other = None if against is None else _another(state, against, given=state_dir is not None)
    needed = any(validator.uses_content for validator in chosen)
    looker = choose_embedder(content, embedder, needed=needed, runs=state.runs)
    wish = wish_for_labels(labels, state)
    scanning = ScanOptions(
        limits=limits or Limits(),
        inspectors=evidence_validators(),
        workers=workers,
        cache=cache,
        verify=verify,
        layout=layout,
        labels=wish,
        containers=containers,
        exclude=(exclude,) if isinstance(exclude, str) else tuple(exclude or ()),
        follow_links=follow_links or bool(state.follow_links_to),
        follow_links_to=state.follow_links_to,
        progress=progress,
        engine=choose_engine(engine, address),
    )
    listed = list_folder(state.root, scanning, state.cache)
    cache = _prepare(state, save=save, cache=cache)
    vectors = None if looker is None else Vectors(looker, state.vectors if cache else None)
    scanning = replace(scanning, cache=cache, vectors=vectors)
    evidence, counted = scan_folder(state, scanning, listed)
    given_labels = listed.labelling.given
    del listed  # with millions of files it takes much memory
    if probe is not None:
        from catsclean.scan.tensorflow_probe import ask_tensorflow

        evidence = ask_tensorflow(evidence, scanning.limits, scanning.workers)
    if not len(evidence):
        raise DatasetError(explain_no_pictures(state.root, evidence.dataset))
    evidence = correct_labels(evidence, read_kept(state))
    evidence = _relate(evidence, state, scanning, chosen, preferences)
    if other is not None:
        evidence = _compare(evidence, state, other, scanning)
    if content is not False and (needed or content):
        evidence = examine_content(evidence, state, scanning)
    evidence = inspect_given(evidence, chosen, scanning)
    judged = judge_unless(evidence, chosen, ignored)
    result = _conclude(evidence, judged, state, for_tensorflow=_is_for_tensorflow(ignore))
    result.summary.update(summarise(evidence, judged, chosen, scanning.limits, counted))
    result.summary["seconds"] = round(time.monotonic() - begun, 3)
    evidence.release(texts=True)  # writing the tables needs the memory
    if save:
        save_audit(result, remember=cache, given_labels=given_labels)
    _note_end(*([other] if save else [state, other]) if cache else ())
    return result


def _locate(
    root: Paths, state_dir: str | os.PathLike[str] | None, follow_links_to: Folders, *, save: bool
) -> tuple[StateFolder, tuple[str, ...]]:
    """Return the state folder of a data set, and the containers in it that alone are read."""
    place, containers = dataset_of(root)
    state = open_data_set(place, state_dir, follow_links_to, writes=save)
    if save:
        state.refuse_inside_audited()
    return state, containers


def _relate(
    evidence: Evidence,
    state: StateFolder,
    scanning: ScanOptions,
    validators: Sequence[Validator],
    preferences: Preferences | None,
) -> Evidence:
    """Find the duplicates, group those that a validator reports, and note which are preferred."""
    evidence = relate_duplicates(evidence, state, scanning)
    if len(evidence.pair_rows):
        masks = (validator.joins(evidence) for validator in validators)
        evidence = regroup(evidence, [mask for mask in masks if mask is not None])
    evidence = with_known_before(with_given_splits(evidence, state), state)
    return evidence.replaced(preferred=find_preferred(evidence, preferences))


def _compare(
    evidence: Evidence, state: StateFolder, other: StateFolder, scanning: ScanOptions
) -> Evidence:
    """Read the other data set and find the pictures that it has too."""
    # the exclude patterns, the layout and the labels describe this data set, not the other one
    folders = LabelWish(LabelKind.FOLDERS)
    whole = replace(scanning, exclude=(), layout="auto", labels=folders, verify=False)
    elsewhere, _ = scan_folder(other, whole)
    return compare_with(evidence, elsewhere, state, scanning)


def _note_end(*states: StateFolder | None) -> None:
    """Note in the caches that the audit has ended; what is saved notes it itself."""
    for state in states:
        if state is not None:
            Cache(state.cache, "").note_end()


def _is_for_tensorflow(ignore: str | Iterable[str] | None) -> bool:
    """Return whether a picture that only TensorFlow cannot read is one that cannot be used."""
    refusing = [name for name, kind in all_validators().items() if kind.tensorflow_refuses]
    return not all(is_ignored(name, ignore) for name in refusing)


def _conclude(
    evidence: Evidence, judged: Judgement, state: StateFolder, *, for_tensorflow: bool
) -> Audit:
    """Make the audit: add the user's own columns and the decisions to keep to the manifest."""
    findings = judged.findings
    manifest = from_evidence(evidence, findings, for_tensorflow=for_tensorflow)
    decisions = read_kept(state)
    manifest = mark_kept(carry_own_columns(manifest, state), evidence, findings, decisions)
    manifest, saved_split = carry_split(manifest, state)
    kept, content = kept_paths(manifest, decisions), evidence.content
    summary = find_gone(evidence, manifest.packed, state)
    if saved_split:
        summary["saved_split"] = saved_split
    return Audit(findings, manifest, evidence.dataset, state, summary, evidence, kept, content)


def _prepare(state: StateFolder, *, save: bool, cache: bool) -> bool:
    """Make the state folder if it is needed; return whether it holds a cache.

    Raises:
        StateError: It cannot be made, but saving the audit needs it; or a newer version wrote it.
    """
    if not save and not cache:
        return False
    try:
        state.refuse_inside_audited()
        state.create()
    except (StateError, UsageError):
        if save:
            raise
        return False  # the audit works without a cache, too
    state.refuse_to_replace()
    return cache


def _another(state: StateFolder, against: str | os.PathLike[str], *, given: bool) -> StateFolder:
    other = state_of_other(against, state, given=given)
    if other.root == state.root or (state.root.exists() and other.root.samefile(state.root)):
        raise UsageError(
            "cannot compare a data set with itself (--against, against=)."
            f" Received: {names.encode(str(against))!r}. Name another one."
        )
    return other
