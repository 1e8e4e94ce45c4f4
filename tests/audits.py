"""Audits for the tests of reports: real pictures, findings as wanted, no scanning."""

import hashlib
from pathlib import Path

import numpy as np
import pictures
import pyarrow as pa

from catsclean.auditing.result import Audit
from catsclean.auditing.save import save_audit
from catsclean.core import names
from catsclean.core.content_evidence import COLUMNS as CONTENT_COLUMNS
from catsclean.core.content_evidence import ContentEvidence
from catsclean.core.evidence import Dataset
from catsclean.core.limits import Limits
from catsclean.core.manifest import COLUMNS, Manifest
from catsclean.core.model import Finding, Fix, Severity
from catsclean.core.state import StateFolder
from catsclean.scan.picture_vectors import folder_name
from catsclean.scan.vector_cache import VectorCache

# names that drive a terminal, forge a line, a cell, an annotation, markup or XML
HOSTILE_NAMES = (
    "\x1b[31mred\x1b[0m\x1b]52;c;ZXZpbA==\x07.jpg",
    "two\nlines.jpg",
    "carriage\rreturn.jpg",
    "[bold]markup[/bold].jpg",
    "right\u202eto-left\u2066.jpg",
    "%0A::error title=pwned::.jpg",
    "::error title=pwned::.jpg",
    "=cmd()|' !A0.jpg",
    "<script>alert(1)<!--.jpg",
    '"><img src=x onerror=alert(1)>.jpg',
    "'onmouseover=alert(1) x='.jpg",
    "{{7*7}}${7*7}.jpg",
    "]]>.jpg",
    "a|b`c*d_e~f.jpg",
    "@everyone #1 https:evil.example.jpg",
    "\x00".replace("\x00", "\x01") + "\x7f\x85\ufeff.jpg",
    "nul\ufffe\uffff.jpg",
    "back\\slash\\x41.jpg",
    b"not-utf8-\xff\xfe.jpg".decode("utf-8", "surrogateescape"),
    "emoji \U0001f431 m\u00fcsli \u732b.jpg",
)


def write_jpeg(path, seed=0, size=(96, 72)):
    """Write a small picture that is like no other; gives its bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pictures.jpeg(seed, size))
    return path.read_bytes()


def row_of(root, path, **fields):
    """Give the manifest's row of a picture that lies there."""
    native = root / names.decode(path)
    data = native.read_bytes()
    row = {
        "path": path,
        "label": path.split("/")[0] if "/" in path else None,
        "size_bytes": len(data),
        "mtime_ns": native.stat().st_mtime_ns,
        "sha256": hashlib.sha256(data).hexdigest(),
        "status": "keep",
        "phash64": 0,
        "phash256": hashlib.sha256(data[:200]).hexdigest(),
    }
    if data[:2] == b"\xff\xd8":
        row.update(width_px=96, height_px=72, mode="RGB", format="JPEG", frames=1)
    return {**row, **fields}


def make_audit(root, rows, findings, **summary):
    """Put an audit together from rows of the manifest and findings."""
    root = Path(root)
    for finding in findings:
        for row in rows:
            if row["path"] == finding.path and finding.fix is not Fix.NONE:
                row["status"] = "drop" if finding.fix is Fix.SAFE else "review"
    columns = {name: [row.get(name) for row in rows] for name in COLUMNS}
    schema = pa.schema([(name, pa.type_for_alias(kind)) for name, kind in COLUMNS.items()])
    table = pa.table(columns, schema=schema).sort_by("path")
    labels = sorted({row["label"] for row in rows if row["label"]})
    dataset = Dataset(root, "classes" if labels else "flat", {label: label for label in labels})
    limits = Limits()
    facts = {
        "schema_version": 1,
        "catsclean": "0.1.0",
        "created": "2026-11-22T12:00:00+00:00",
        "files": len(rows),
        "pictures": len(rows),
        "bytes": int(sum(row["size_bytes"] for row in rows)),
        "incomplete": False,
        "not_judged": 0,
        "outcomes": {"decoded": len(rows)},
        "jfif_filter_would_delete": 0,
        "limits": {name: getattr(limits, name) for name in limits.__slots__},
        "validators": {finding.validator: {} for finding in findings},
        "dataset": {},
        "seconds": 1.5,
        **summary,
    }
    return Audit(tuple(findings), Manifest(table, root), dataset, StateFolder.of(root), facts)


def content_of(rows, *, flagged=(), doubtful=(), worth_seeing=0, reliable=True):
    """Make what a network could have said about the pictures of a manifest.

    Suspicious are the flagged labels first, then the doubtful ones; the last picture is the oddest.
    The next three rows are the neighbours of each, and the map is a line.
    """
    rows = sorted(rows, key=lambda row: row["path"])
    paths = [row["path"] for row in rows]
    labels = sorted({row["label"] for row in rows if row["label"]})
    suspects = [*flagged, *doubtful]
    order = suspects + [path for path in paths if path not in suspects]
    table = []
    for number, row in enumerate(rows):
        path, label, judged = row["path"], row["label"] or "", bool(labels)
        other = labels[(labels.index(label) + 1) % len(labels)] if judged else ""
        wrong = judged and path in suspects
        near = (paths * 2)[number + 1 : number + 4]
        table.append(
            {
                "path": path,
                "label": label,
                "not_judged": "" if judged else "it has no label",
                "suggested": other if wrong else label,
                "given_probability": 0.25 if wrong else 0.9,
                "suggested_probability": 0.75 if wrong else 0.9,
                "flagged": path in flagged,
                "label_rank": order.index(path) + 1 if judged else 0,
                "neighbours": "\n".join(near) if judged else "",
                "odd_rank": len(rows) - number,
                "oddness": number / 10,
                "neighbour_distance": 0.5,
                "neither": 2.0,
                "likely_name": "comic book" if number % 2 else "tabby cat",
                "likely_name_probability": number / len(rows),
                "map_x": number / len(rows),
                "map_y": 0.5,
            }
        )
    judge = {"judged": 0, "reliable": False}
    if labels:
        judge = {
            "judged": len(rows), "accuracy": 0.875, "error": 0.0125, "chance": 0.5,
            "reliable": reliable, "neighbours": 5, "reasons": {},
        }  # fmt: skip
    found = [
        {
            "given": label,
            "suggested": labels[at - 1],
            "count": 3,
            "share": 0.125,
            "probability": 0.7,
        }
        for at, label in enumerate(labels)
        if len(labels) > 1
    ]
    facts = {
        "embedder": "lite0", "embedder_version": "1", "pictures": len(rows), "embedded": len(rows), "judge": judge,
        "overlaps": found if reliable else [], "label_clues": None,
        "odd": {"worth_seeing": worth_seeing, "named": True},
    }  # fmt: skip
    return ContentEvidence(table=pa.Table.from_pylist(table, CONTENT_COLUMNS), facts=facts)


def save_vectors(audit):
    """Keep a vector of each picture, on an arc: pictures whose paths are neighbours are alike."""
    facts = audit.content.facts
    folder = folder_name(facts["embedder"], facts["embedder_version"])
    cache = VectorCache(audit.state.vectors / folder)
    table = audit.manifest.table.sort_values("path")
    angle = np.linspace(0, 3, len(table))
    vectors = np.column_stack([np.cos(angle), np.sin(angle), np.ones(len(table))])
    cache.add(table["sha256"], (vector.tobytes() for vector in vectors.astype(np.float16)))
    cache.save()


def save_as_audited(manifest, findings=()):
    """Write a manifest into its state folder, as the audit that found it would have done."""
    summary = {"schema_version": 1, "files": len(manifest), "bytes": 0, "incomplete": False}
    summary["dataset"] = {"root": manifest.root.name}
    state = StateFolder.of(manifest.root)
    state.create()
    audit = Audit(tuple(findings), manifest, Dataset(manifest.root, "classes"), state, summary)
    save_audit(audit, remember=False)
    return state


def find(validator, path, severity="warning", fix="review", message="", label="", related=()):
    """Make a finding."""
    if path is not None and not label and "/" in path:
        label = path.split("/")[0]
    return Finding(
        validator, Severity(severity), Fix(fix), path, label or None, message or validator,
        tuple(related),
    )  # fmt: skip


def hostile_audit(root):
    """Make an audit of pictures whose names are hostile, with a finding of each kind on each."""
    rows, findings = [], []
    for number, name in enumerate(HOSTILE_NAMES):
        native = root / "Cat" / name
        write_jpeg(native, number)
        path = names.encode(f"Cat/{name}")
        rows.append(row_of(root, path))
        # messages quote names, and what EXIF holds
        findings.append(find("solid-colour", path, message=f"as {path} is"))
        findings.append(find("undecodable", path, "error", "none", message=f"see {path}"))
    for one, other in zip(rows[::2], rows[1::2], strict=True):
        findings.append(find("near-duplicate", one["path"], related=[other["path"]]))
    findings.append(find("class-imbalance", None, "note", "none", message="1 class"))
    return make_audit(root, rows, findings)
