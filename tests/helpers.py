"""Makes evidence by hand, for what no real file shows cheaply."""

from pathlib import Path

import pandas as pd
import pyarrow as pa

from catsclean.core.content_evidence import COLUMNS, ContentEvidence
from catsclean.core.evidence import IDENTITY, PAIR, READING, Dataset, Evidence, Outcome


def make_evidence(rows, **dataset):
    """Make evidence of rows that name only what matters; the rest is filled in.

    A row without an outcome decoded; one without a label has its first folder's name.  `dataset`
    gives fields of :class:`Dataset`.
    """
    defaults = {**IDENTITY, **READING, "group": "", "recorded_sha256": ""}
    table = []
    for row in rows:
        path = row["path"]
        label = path.split("/")[0] if "/" in path else ""
        table.append({**defaults, "label": label, "outcome": Outcome.DECODED.value, **row})
    columns = {name: [row.get(name, value) for row in table] for name, value in defaults.items()}
    extra = {name for row in rows for name in row} - defaults.keys()
    columns |= {name: [row.get(name) for row in table] for name in sorted(extra)}
    samples = pd.DataFrame(columns).sort_values("path", ignore_index=True)
    for name, value in defaults.items():
        if isinstance(value, str):
            samples[name] = samples[name].astype(object)
    dataset.setdefault("root", Path("/data/PetImages"))
    dataset.setdefault("layout", "classes")
    labels = {label for label in samples["label"] if label}
    dataset.setdefault("folders", {label: label for label in sorted(labels)})
    pairs = pd.DataFrame({name: [] for name in PAIR})
    return Evidence(samples, Dataset(**dataset), pairs)


def with_content(evidence, facts=None, **columns):
    """Add what the pictures show: columns by name, each a mapping of paths to values."""
    empty = {"string": "", "bool": False, "int32": 0, "float": float("nan")}
    table = [
        {
            field.name: columns.get(field.name, {}).get(path, empty[str(field.type)])
            for field in COLUMNS
        }
        | {"path": path, "label": label}
        for path, label in zip(evidence.rows["path"], evidence.rows["label"], strict=True)
    ]
    content = ContentEvidence(table=pa.Table.from_pylist(table, COLUMNS), facts=facts or {})
    return evidence.replaced(content=content)
