"""What the last audit left on disk, read with distrust: a state folder can come in a zip, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catsclean.cleaning.copies import Facts
from catsclean.duplicates.keeping import faults_found
from catsclean.errors import ManifestError
from catsclean.evidence import NOT_PREFERRED
from catsclean.given_splits import given_splits
from catsclean.manifest import check_path
from catsclean.model import Finding, Fix, Severity
from catsclean.reading import names
from catsclean.splits import firmest, found_splits
from catsclean.state import arrow_file

if TYPE_CHECKING:
    from collections.abc import Iterable

    from catsclean.duplicates.preferring import Preferences
    from catsclean.manifest import Manifest
    from catsclean.state import StateFolder


def read_facts(
    manifest: Manifest,
    findings: Iterable[Finding],
    state: StateFolder,
    preferences: Preferences | None = None,
) -> dict[str, Facts]:
    """Give what cleaning needs of each sample, by path."""
    columns = ["path", "sha256", "size_bytes", "width_px", "height_px", "group", "status", "reason"]
    more = ["format", "exif_orientation"]
    # the folders decide, and what a split held out, as they did for the findings
    table = manifest.table[columns].assign(
        split=found_splits(manifest.table), **{name: manifest.table[name] for name in more}
    )
    rows = table.astype(object).where(table.notna(), None)
    faults = faults_found(findings)
    found = {}
    given = given_splits(state)
    for path, sha256, size, width, height, group, status, reason, split, *rest in rows.itertuples(
        index=False, name=None
    ):
        pixels = (width or 0) * (height or 0)
        found[path] = Facts(
            sha256,
            size or 0,
            pixels,
            group,
            status,
            reason,
            firmest(split, given.get((path, sha256))),
            *(*rest, *faults(path), _preferred(preferences, path)),
        )
    return found


def _preferred(preferences: Preferences | None, path: str) -> int:
    place = None if preferences is None else preferences(path)
    return NOT_PREFERRED if place is None else place


def read_findings(state: StateFolder) -> tuple[Finding, ...]:
    """Read the findings of the last audit and check each.

    Raises:
        ManifestError: They are missing or damaged, or a row cannot be trusted; it is named.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    where = repr(names.text(str(state.findings)))
    try:
        with arrow_file(state.findings, "rb") as stream:
            rows = pq.read_table(stream).to_pylist()
    except FileNotFoundError as error:
        raise ManifestError(
            f"no findings at {where}. Run: catsclean audit {state.arguments}"
        ) from error
    except (OSError, ValueError, pa.ArrowException) as error:
        text = names.text(str(error).splitlines()[0] if str(error) else type(error).__name__)
        raise ManifestError(f"cannot read the findings {where}: {text}") from error
    findings = []
    for number, row in enumerate(rows, 1):
        try:
            findings.append(_finding(row))
        except (KeyError, TypeError, ValueError) as error:
            raise ManifestError(f"{where}, row {number}: {error}") from None
    return tuple(findings)


def _finding(row: dict[str, Any]) -> Finding:
    path = row["path"]
    return Finding(
        validator=_text(row["validator"]),
        severity=Severity(row["severity"]),
        fix=Fix(row["fix"]),
        path=None if path is None else names.encode(check_path(path)),
        label=None if row["label"] is None else _text(row["label"]),
        message=_text(row["message"]),
        related=tuple(_text(other) for other in row["related"] or ()),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text expected. Received: {value!a:.40}")
    return names.text(value)
