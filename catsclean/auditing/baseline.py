"""Baselines: findings that are already known, so that only new ones count.

A finding is identified by its validator, its path and the bytes of its file, so a changed file is
judged again.  The baseline also has path, validator and message of each finding, for people who
review it; only the fingerprint counts.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from catsclean.core.files import saving
from catsclean.core.manifest import Manifest
from catsclean.core.model import Finding
from catsclean.core.parse_json import parse_json
from catsclean.errors import ConfigError

_VERSION: Final = 2
# files of version 1 have bare fingerprints
_READABLE: Final = (1, 2)


def fingerprints(manifest: Manifest, findings: Iterable[Finding]) -> list[str]:
    """Return one fingerprint for each finding, in their order."""
    digests = _digests(manifest)
    return [_fingerprint(f.validator, _place(f), digests) for f in findings]


def known_below(
    manifest: Manifest, findings: Sequence[Finding], known: frozenset[str]
) -> frozenset[str]:
    """Return the fingerprints of known findings of a data set that lies in a folder further down.

    A check of single files names them from the working folder; the audit that wrote the baseline
    named them from its data set: ``data/Pets/Cat/1.jpg`` there is ``Cat/1.jpg`` here.
    """
    digests = _digests(manifest)
    found = set()
    for finding, own in zip(findings, fingerprints(manifest, findings), strict=True):
        path = finding.path or ""
        inner = path
        while own not in found and inner:
            if _fingerprint(finding.validator, inner, {inner: digests.get(path, "")}) in known:
                found.add(own)
            inner = inner.partition("/")[2]
    return frozenset(found)


def _place(finding: Finding) -> str:
    """Return the path of a finding, or a key for a class that is not a folder."""
    if finding.path is None and finding.label is not None:
        return f"\0{finding.label}"
    return finding.path or ""


def _digests(manifest: Manifest) -> dict[str, str]:
    table = manifest.table
    return dict(zip(table["path"], table["sha256"].fillna(""), strict=True))


def _fingerprint(validator: str, path: str, digests: Mapping[str, str]) -> str:
    text = "\0".join((validator, path, digests.get(path, "")))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def write_baseline(
    path: str | os.PathLike[str],
    manifest: Manifest,
    findings: Sequence[Finding],
    outside: Iterable[Path] = (),
) -> int:
    """Write all findings with their fingerprints; return the number of fingerprints.

    Args:
        path: The file to write.
        manifest: The manifest of the audit.
        findings: Its findings.
        outside: Folders that the file must not lie in.

    Raises:
        UsageError: The file cannot be written, lies in one of `outside`, or would replace
            something that is not a baseline.
    """
    entries = {
        (f.path or "", f.validator, f.message, fingerprint)
        for f, fingerprint in zip(findings, fingerprints(manifest, findings), strict=True)
    }
    listed = [
        {"path": path or None, "validator": validator, "message": message, "fingerprint": print_}
        for path, validator, message, print_ in sorted(entries)
    ]
    text = json.dumps({"catsclean_baseline": _VERSION, "findings": listed}, indent=1)
    with saving(path, is_baseline, outside) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8", newline="\n")
    return len({entry["fingerprint"] for entry in listed})


def is_baseline(head: bytes) -> bool:
    """Return whether a file that begins with `head` was written by :func:`write_baseline`."""
    return head.lstrip().startswith(b"{") and b'"catsclean_baseline"' in head


def read_baseline(path: str | os.PathLike[str]) -> frozenset[str]:
    """Read fingerprints that :func:`write_baseline` wrote.

    Raises:
        ConfigError: The file is missing, or is not a baseline.
    """
    try:
        content = parse_json(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not JSON"
        raise ConfigError(
            f"cannot read the baseline {str(path)!r}: {reason}. Write one with --write-baseline."
        ) from error
    prints = _listed(content)
    if prints is None:
        raise ConfigError(f"{str(path)!r} is not a baseline. Write one with --write-baseline.")
    return prints


def _listed(content: Any) -> frozenset[str] | None:
    """Return the fingerprints of a baseline of any version; None if it is not a baseline."""
    if not isinstance(content, dict) or content.get("catsclean_baseline") not in _READABLE:
        return None
    if content["catsclean_baseline"] == 1:
        prints = content.get("fingerprints")
    else:
        entries = content.get("findings")
        if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
            return None
        prints = [entry.get("fingerprint") for entry in entries]
    if not isinstance(prints, list) or not all(isinstance(one, str) for one in prints):
        return None
    return frozenset(prints)
