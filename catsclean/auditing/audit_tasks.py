"""Plan an audit as tasks, and run one: together they read what an audit would, on any machines.

A task commits one part to the cache.  The audit that follows finds it there, as it finds the parts
of an audit that was interrupted.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from catsclean.auditing.given_paths import Paths, dataset_of
from catsclean.content.embedder_names import DEFAULT, make_embedder
from catsclean.content.examine import choose_embedder
from catsclean.core import names
from catsclean.core.arguments import checked, whole_number
from catsclean.core.arrow import number_array, rows_of, to_numpy
from catsclean.core.evidence import INCOMPLETE, Outcome
from catsclean.core.limits import MOST_TASK_FILES, Limits
from catsclean.core.links import Folders, allowed_folders
from catsclean.core.progress_bar import with_bar
from catsclean.core.state import StateFolder
from catsclean.core.stored_table import table_rows
from catsclean.errors import StateError, UsageError
from catsclean.scan import reuse
from catsclean.scan.audit_plan import AuditPlan, describe_plans, load_plan
from catsclean.scan.cache import Cache, CachedEvidence, arrow_schema, fingerprint
from catsclean.scan.collect import list_files
from catsclean.scan.discover import OUTSIDE
from catsclean.scan.embedding import Embedder
from catsclean.scan.inspector import evidence_columns, reference
from catsclean.scan.known_members import KnownMembers
from catsclean.scan.parts import with_identity
from catsclean.scan.picture_vectors import FEWEST_PICTURES, Vectors
from catsclean.scan.read_task import ReadTask, cut_tasks, read_task
from catsclean.scan.scan import identify
from catsclean.scan.scan_options import ScanOptions
from catsclean.validators.registry import evidence_validators


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What a task did.

    Attributes:
        number: Its number.
        files: Number of its files.
        not_examined: Number of files that could not be examined: each will be a finding.
        was_done: The task had committed its part before, so nothing was read.
    """

    number: int
    files: int
    not_examined: int
    was_done: bool


@checked
def plan_audit(  # noqa: PLR0913 - every setting that decides what is read
    root: Paths,
    *,
    exclude: str | Iterable[str] | None = None,
    follow_links: bool = False,
    follow_links_to: Folders = None,
    limits: Limits | None = None,
    content: bool | None = None,
    embedder: str | Embedder | None = None,
    task_files: int = MOST_TASK_FILES,
    state_dir: str | os.PathLike[str] | None = None,
) -> AuditPlan:
    """Plan which files an audit has to read, cut into tasks that any machine can run.

    These are all files of the data set whose evidence is not in the cache and, if content is
    examined, the pictures whose vectors are not.  Run each task with :func:`run_task`, then
    :func:`audit` with the same settings: it reads nothing of what they read.  No file is opened
    here.

    Args:
        root: As in :func:`audit`.
        exclude: As in :func:`audit`.
        follow_links: As in :func:`audit`.
        follow_links_to: As in :func:`audit`.
        limits: As in :func:`audit`.
        content: Examine what the pictures show; None: if the extra ``content`` is installed.
        embedder: As in :func:`audit`.
        task_files: The most files of a task, up to 10,000; a task also has at most 256 MB.
        state_dir: As in :func:`audit`.

    Returns:
        The plan; its file lies in the state folder.

    Raises:
        DatasetError: The folder is missing or is not a folder, or `follow_links_to` names something
            else than a folder.
        ConfigError: A pattern is invalid, or the embedder is unknown.
        MissingExtraError: `content` or `embedder` needs an extra that is not installed.
        UsageError: `task_files` is out of bounds, an `embedder` is named although `content` is
            False, or the state folder would lie in a larger data set that was audited.
        StateError: The state folder cannot be written.
    """
    most_files = whole_number("task_files", task_files, most=MOST_TASK_FILES)
    folder, containers = dataset_of(root)
    state = StateFolder.of(folder, state_dir, follow_links_to)
    state.refuse_inside_audited()
    looker = choose_embedder(content, embedder, needed=True, runs=state.runs)
    options = ScanOptions(
        limits=limits or Limits(),
        inspectors=evidence_validators(),
        exclude=(exclude,) if isinstance(exclude, str) else tuple(exclude or ()),
        containers=containers,
        follow_links=follow_links or bool(state.follow_links_to),
        follow_links_to=state.follow_links_to,
    )
    made_ns = time.time_ns()
    _, listing = list_files(state.root, options, KnownMembers.load(state.cache))
    cache = Cache(state.cache, fingerprint(options.limits, options.inspectors))
    identity = identify(listing)
    opened = np.ones(len(identity), np.bool_)
    opened[list(listing.presets)] = False
    if len(identity) < FEWEST_PICTURES:
        looker = None  # the audit does not examine so few
    vectors = None if looker is None else Vectors(looker, state.vectors)
    schema = arrow_schema(evidence_columns(options.inspectors))
    known = _known(identity, cache.load(schema), vectors)
    places = np.asarray(listing.places) if listing.places else np.full(len(opened), OUTSIDE)
    identity = identity.append_column("place", number_array(places))
    wanted = rows_of(identity, np.flatnonzero(opened & ~known))
    sizes = to_numpy(wanted.column("size_bytes")).tolist()
    # what is beyond the limit is not read
    most_bytes = options.limits.max_bytes
    tasks = cut_tasks([size if size <= most_bytes else 0 for size in sizes], most_files)
    plan = AuditPlan(
        None, state.root, len(tasks), len(sizes), sum(sizes), int((opened & known).sum()),
        options.limits, options.exclude, containers, options.follow_links, options.follow_links_to,
        cache.fingerprint, made_ns,
        *(("", "") if looker is None else (looker.name, looker.version)),
    )  # fmt: skip
    if not tasks:
        return plan
    state.create()
    state.refuse_to_replace()
    try:
        return plan.save(cache.folder, wanted, tasks)
    except OSError as error:
        raise StateError(
            f"cannot write the plan to {str(cache.folder)!r}: {error.strerror or error}. Make room,"
            " or name another --state-dir (state_dir=)."
        ) from error


def _known(
    identity: pa.Table, cached: CachedEvidence | None, vectors: Vectors | None
) -> NDArray[np.bool_]:
    """Return for each file whether an audit would not have to read it."""
    source = reuse.match(identity, cached)
    known = source >= 0
    if cached is not None and vectors is not None:
        places = np.flatnonzero(known)
        rows = table_rows(cached.table.select(["outcome", "sha256"]), source[places])
        decoded = to_numpy(rows.column("outcome")) == Outcome.DECODED.value
        places, digests = places[decoded], to_numpy(rows.column("sha256"))[decoded]
        known[places[~vectors.have(digests.tolist())]] = False
    return known


@with_bar("reading")
@checked
def run_task(
    plan: AuditPlan | str | os.PathLike[str],
    number: int,
    *,
    follow_links_to: Folders = None,
    embedder: str | Embedder | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> TaskResult:
    """Read the files of one task of a plan, and commit their evidence as one part.

    It reads in one child process.  Running a task again, or twice at once, is harmless: a part that
    is committed stays, and is whole or not there.

    Args:
        plan: The plan, or its file.
        number: Number of the task, from 0.
        follow_links_to: The folders that the plan was made with.
        embedder: The embedder that the plan was made with; None: ``lite0``, if it has one.  It is
            never taken from a file, because the author of the data set may have written it.
        progress: Called with the number of files read and their total.

    Raises:
        ConfigError: The embedder is unknown.
        MissingExtraError: The plan needs the extra ``content``, which is not installed.
        UsageError: There is no such plan or task, or it was made with other versions of catsclean,
            Pillow or simplejpeg than this machine has.
        DatasetError: The data set is not on this machine.
        StateError: The plan is damaged, or the part cannot be written.
        WorkerError: No process that reads can be started.
    """
    number = whole_number("number", number, least=0)
    allowed = allowed_folders(follow_links_to)
    chosen = plan if isinstance(plan, AuditPlan) else load_plan(Path(plan), allowed)
    files, cache = chosen.files_of(number), chosen.cache
    state = StateFolder.of(chosen.root, cache.folder.parent)
    inspectors, looker = evidence_validators(), _embedder_of(chosen, embedder, state.runs)
    if (done := cache.load_task(chosen.id, number)) is not None:
        return TaskResult(number, len(files), _count_not_examined(done), was_done=True)
    paths, sizes, places = (
        to_numpy(files.column(name)).tolist() for name in ("path", "size_bytes", "place")
    )
    task = ReadTask(
        chosen.reach, paths, sizes, chosen.limits, tuple(map(reference, inspectors)),
        chosen.fingerprint, places=places if set(places) != {OUTSIDE} else (), embedder=looker,
    )  # fmt: skip
    answer = read_task(task, progress)
    table = with_identity(files.drop_columns(["place"]), answer.table)
    try:
        if looker is not None:  # first: the task counts as done if its evidence is there
            name = f"{chosen.id}-{number:06d}"
            Vectors(looker, state.vectors).keep_apart(answer.vectors, name)
        cache.save_task(chosen.id, number, table, chosen.made_ns)
    except OSError as error:
        # another process that ran the same task at the same time may have committed it
        if cache.load_task(chosen.id, number) is None:
            raise StateError(
                f"cannot write the part of task {number} to {str(cache.folder)!r}:"
                f" {error.strerror or error}. Make room, and run the task again."
            ) from error
    return TaskResult(number, len(files), _count_not_examined(table), was_done=False)


def _embedder_of(plan: AuditPlan, embedder: str | Embedder | None, runs: Path) -> Embedder | None:
    """Return the embedder of a plan, which the caller must name if it is not the default one."""
    if not plan.embedder:
        if embedder is not None:
            raise UsageError(
                "the plan examines no content, so its tasks take no embedder (--embedder,"
                " embedder=). Leave it out, or make a plan with --content."
            )
        return None
    looker = make_embedder(embedder or DEFAULT, runs)
    if (looker.name, looker.version) != (plan.embedder, plan.embedder_version):
        version = " in another version" if looker.name == plan.embedder else ""
        raise UsageError(
            f"the plan was made with the embedder {names.text(plan.embedder)!r}."
            f" Received: {names.text(looker.name)!r}{version}. Name the same one with --embedder"
            " (embedder=)."
        )
    return looker


def plan_notes(
    root: Paths,
    state_dir: str | os.PathLike[str] | None = None,
    limits: Limits | None = None,
) -> list[str]:
    """Say which plans of a data set an audit with some limits cannot complete from its parts.

    Nothing is said about a state folder that cannot be used: the audit itself does that.
    """
    with contextlib.suppress(UsageError, StateError, OSError):
        bounds = limits or Limits()
        folder = StateFolder.of(dataset_of(root)[0], state_dir).cache
        return describe_plans(Cache(folder, fingerprint(bounds, evidence_validators())), bounds)
    return []


def _count_not_examined(table: pa.Table) -> int:
    return int(np.isin(to_numpy(table.column("outcome")), [one.value for one in INCOMPLETE]).sum())
