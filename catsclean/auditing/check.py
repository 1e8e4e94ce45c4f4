"""Check single files, such as those of a commit: only what each file shows by itself.

Only an audit finds duplicates, and judges labels and the set as a whole.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from catsclean.auditing.changed_files import find_changed
from catsclean.auditing.given_validators import inspect_given
from catsclean.auditing.path_ignores import PerPathIgnores, path_ignores
from catsclean.auditing.result import Audit
from catsclean.core import names
from catsclean.core.arguments import checked
from catsclean.core.container_names import is_container_name
from catsclean.core.evidence import INCOMPLETE, Outcome
from catsclean.core.limits import Limits
from catsclean.core.links import Folders, Reach, allowed_folders
from catsclean.core.manifest import from_evidence
from catsclean.core.not_a_folder import explain_url
from catsclean.core.state import StateFolder
from catsclean.core.version import __version__
from catsclean.errors import CatscleanError, ConfigError, UsageError
from catsclean.images import read_file
from catsclean.scan.collect import collect_evidence
from catsclean.scan.container_listing import list_members
from catsclean.scan.discover import (
    LEADS_NOWHERE,
    Listing,
    may_be_picture,
    signed_inode,
    special_target,
    target_of,
)
from catsclean.scan.labels import LabelWish, check_labels, labels_of_files
from catsclean.scan.pool.number import check_workers
from catsclean.scan.scan import gather
from catsclean.scan.scan_options import ScanOptions
from catsclean.validators.base import Validator
from catsclean.validators.judge import judge_unless
from catsclean.validators.registry import evidence_validators, resolve, validator_of

FAMILIES: Final = ("file", "metadata")
# an object of its own: who names nothing at all has forgotten something, an empty list is fine
_UNNAMED: Final[list[str]] = []


@checked
def check_files(  # noqa: PLR0913 - every setting of a check, all but the first by name
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]] = _UNNAMED,
    *,
    since: str | None = None,
    root: str | os.PathLike[str] = ".",
    select: str | Iterable[str] | None = None,
    ignore: str | Iterable[str] | None = None,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    per_path_ignores: PerPathIgnores | None = None,
    validators: Iterable[Validator | type[Validator]] | None = None,
    labels: Any = None,
    limits: Limits | None = None,
    workers: int | None = None,
    follow_links: bool = False,
    follow_links_to: Folders = None,
) -> Audit:
    """Check some files only; nothing is cached and no state folder is made.

    Args:
        paths: The files, or one, relative to the working folder or absolute; all below `root`.
            A file that is not a picture, by its name or its content, is skipped; of a tar, zip
            or Parquet file, each file in it is checked.  With `since`, files or folders to look in.
        since: A commit, a branch or a tag: check the files below `root` that changed since the
            present branch left it, as git knows them, and those that are new.
            ``summary["not_checked"]`` counts the other pictures that git knows.
        root: The folder that paths in the findings are relative to.
        select: Validators or families to run; None: those of the families ``file`` and
            ``metadata`` that are on by default; ``+name`` adds.
        ignore: Validators or families to leave out.
        options: Options by validator.
        per_path_ignores: As for the audit; each pattern may count from any folder on the way to a
            file, because `root` may lie above the data set.
        validators: Validators of your own, classes or instances, which run beside the selected.
            Those that compare the files of a data set are skipped: ``summary["left_out"]``.
        labels: Where the labels of the files come from, as for :func:`catsclean.audit`; None: the
            folder of each file.
        limits: Bounds on each file.
        workers: Number of worker processes; None: as many as pay off for so many files.
        follow_links: Check what links lead to, if that lies below `root`.  Otherwise a picture that
            is a link is reported, and the result is incomplete.
        follow_links_to: Folders outside of `root` that links may lead into, one or several;
            implies `follow_links`.

    Returns:
        An audit of these files; it is not saved.

    Raises:
        UsageError: A path is missing, is a folder (without `since`), or lies outside of `root`; or
            git is missing, or knows no repository here, or not that commit.
        ConfigError: A validator or an option is unknown, an object is not a validator, no
            selected validator can judge a file by itself, or the labels cannot be read.
        DatasetError: `follow_links_to` names something else than a folder.
    """
    begun = time.monotonic()
    workers = check_workers(workers)
    if not isinstance(root, (str, os.PathLike)) or not os.fspath(root):
        raise UsageError(
            f"root must be a folder above the files. Received: {names.received(root)}."
        )
    base = Path(root).resolve()
    folders = allowed_folders(follow_links_to)
    reach = Reach(base, follow_links or bool(folders), folders)
    wish = LabelWish() if labels is None else check_labels(labels)
    given, not_checked = _several(paths, since, base)
    listing = _unpacked(_list(given, reach), reach)
    labelling = labels_of_files(reach, listing, wish)
    bounds = limits or Limits()
    resolved = resolve(_selection(select), ignore, options, validators)
    known = [validator.name for validator in resolved]
    ignored = path_ignores(per_path_ignores, known, anywhere=True)
    chosen, left_out = _by_themselves(resolved)
    inspectors = evidence_validators()
    gathered = gather(reach, listing, bounds, inspectors, workers=workers, cache=None)
    state = StateFolder(base, base)
    evidence = collect_evidence(base, listing, labelling, gathered.table)
    dataset = replace(evidence.dataset, follow_links=reach.follow, follow_links_to=reach.folders)
    evidence = evidence.replaced(dataset=dataset)
    evidence = inspect_given(evidence, chosen, ScanOptions(limits=bounds, workers=workers))
    judged = judge_unless(evidence, chosen, ignored)
    findings = judged.findings
    unjudged = len(evidence.ended(*INCOMPLETE))
    failed = any(validator_of(finding.validator).makes_incomplete for finding in findings)
    summary = {
        "catsclean": __version__,
        "files": len(evidence),
        "pictures": len(evidence.decoded),
        "bytes": int(evidence.rows["size_bytes"].sum()),
        "incomplete": bool(unjudged or failed or listing.unreadable_folders),
        "not_judged": unjudged,
        "links_not_read": len(evidence.ended(Outcome.LINK_NOT_READ)),
        "limits": {name: getattr(bounds, name) for name in bounds.__slots__},
        "validators": {validator.name: validator.options() for validator in chosen},
        "left_out": left_out,
        "not_checked": not_checked,
        "ignored_by_path": judged.left_out,
        "validator_tracebacks": judged.tracebacks,
        "seconds": round(time.monotonic() - begun, 3),
    }
    manifest = from_evidence(evidence, findings)
    return Audit(findings, manifest, evidence.dataset, state, summary, evidence)


def _selection(select: str | Iterable[str] | None) -> list[str]:
    """Put the families for single files before a selection that only adds to the default ones."""
    names = select.split(",") if isinstance(select, str) else list(select or ())
    adds = all(isinstance(name, str) and name.strip().startswith("+") for name in names)
    return [*FAMILIES, *names] if adds else names


def _by_themselves(validators: list[Validator]) -> tuple[list[Validator], list[str]]:
    """Return the validators that can judge single files, and the names of the others."""
    left_out = [validator.name for validator in validators if validator.compares]
    if len(left_out) == len(validators):
        raise ConfigError(
            "no selected validator can judge a single file: these compare the files of a data set."
            f" Received: {', '.join(left_out)}. Run: catsclean audit FOLDER"
        )
    return [validator for validator in validators if not validator.compares], left_out


def _several(
    paths: object, since: str | None, base: Path
) -> tuple[list[str | os.PathLike[str]], int]:
    """Return the files to check, and the number of pictures that are left out."""
    if paths is _UNNAMED and since is None:
        raise UsageError("paths must name files, or since= a commit. Received: neither.")
    # a single path becomes a list of one
    alone = isinstance(paths, str | os.PathLike) or not hasattr(paths, "__iter__")
    listed: list[Any] = [paths] if alone else list(paths)  # type: ignore[call-overload]
    for path in listed:
        if not isinstance(path, str | os.PathLike):
            raise UsageError(f"paths must name files. Received: {names.received(path)}.")
    if since is None:
        return listed, 0
    for path in listed:
        if not os.path.lexists(path):
            shown = names.text(os.fspath(path))
            raise UsageError(f"no such file or folder. Received: {shown!r}.")
    found = find_changed(since, base, [Path(path).resolve() for path in listed])
    return list(found.paths), found.unchanged


def _list(paths: Iterable[str | os.PathLike[str]], reach: Reach) -> Listing:
    base = reach.root
    found: dict[str, Path] = {}
    for given in paths:
        # the folders are resolved, so that a name matches; the file itself may be a link
        path = Path(os.path.abspath(given))  # noqa: PTH100 - resolve() would follow it
        try:
            place = path.parent.resolve() / path.name
            relative = place.relative_to(base).as_posix()
        except ValueError:
            raise UsageError(
                f"this file is not in {str(base)!r}. Received: {str(given)!a}."
                " Name a folder above it (--root, root=)."
            ) from None
        found[names.encode(relative)] = place
    listing = Listing()
    for path_shown in sorted(found):
        _add(listing, path_shown, found[path_shown], reach)
    return listing


def _unpacked(listing: Listing, reach: Reach) -> Listing:
    """Return the files with those in containers in their place."""
    packed = [
        path
        for row, path in enumerate(listing.paths)
        if is_container_name(path) and row not in listing.presets
    ]
    return list_members(reach, listing, packed, beside=True) if packed else listing


def _to_audit(folder: str) -> str:
    """Return what can be audited: the folder, or the audited data set that it is a part of."""
    with suppress(CatscleanError):
        return StateFolder.of(folder).audited_around() or folder
    return folder


def _add(listing: Listing, path: str, place: Path, reach: Reach) -> None:
    try:
        status = place.lstat()
    except OSError as error:
        url = explain_url(path)
        raise UsageError(url or f"no such file. Received: {path!r} ({error.strerror})") from None
    if stat.S_ISDIR(status.st_mode):
        raise UsageError(
            f"check takes files, not folders. Received: {path!r}."
            f" Run: catsclean audit {names.shell_word(_to_audit(names.decode(path)))}"
        )
    if stat.S_ISLNK(status.st_mode):
        status, preset = _of_link(path, place, status, reach)
        if preset is not None:
            listing.presets[len(listing.paths)] = preset
    elif not stat.S_ISREG(status.st_mode):
        kind = read_file.kind_of(status.st_mode)
        listing.presets[len(listing.paths)] = (Outcome.SPECIAL, f"a {kind}, never opened")
    listing.paths.append(path)
    listing.folders_of.append(path.rpartition("/")[0])
    listing.sizes_bytes.append(status.st_size)
    listing.mtimes_ns.append(status.st_mtime_ns)
    listing.inodes.append(signed_inode(status.st_ino))
    listing.links.append(status.st_nlink)


def _of_link(
    path: str, place: Path, own: os.stat_result, reach: Reach
) -> tuple[os.stat_result, tuple[Outcome, str] | None]:
    """Return the status of the link's target if it may be read; else the link's own, and why."""
    found = target_of(place)
    if found is None:
        return own, (Outcome.SPECIAL, LEADS_NOWHERE)
    target, status = found
    if not stat.S_ISREG(status.st_mode):
        return own, special_target(status)
    if reach.follow and reach.place(target) is not None:
        return status, None
    where = "" if target.is_relative_to(reach.root) else f" that leads out of {str(reach.root)!r}"
    outcome = Outcome.LINK_NOT_READ if may_be_picture(path) else Outcome.SPECIAL
    return own, (outcome, f"a link{where}, not followed")
