"""A small audited data set, of whose records fuzzing changes one at a time."""

import json
import tempfile
from functools import cache
from pathlib import Path

import audits
import numpy as np

from catsclean.auditing.save import save_audit
from catsclean.cleaning.plan import plan_cleaning
from catsclean.core.leftovers import SPLIT_KIND, SPLIT_MARKER
from catsclean.core.state import StateFolder
from catsclean.training.probe import NETWORK


@cache
def audited() -> StateFolder:
    """Make the data set: a picture was set aside, another one kept."""
    root = Path(tempfile.mkdtemp(prefix="fuzz-")) / "Pets"
    rows = []
    for number, path in enumerate(("Cat/0.jpg", "Cat/1.jpg", "Dog/0.jpg", "Dog/1.jpg")):
        audits.write_jpeg(root / path, number)
        rows.append(audits.row_of(root, path))
    found = [
        audits.find("exact-duplicate", "Cat/1.jpg", fix="safe", related=["Cat/0.jpg"]),
        audits.find("blurry", "Dog/1.jpg"),
    ]
    audit = audits.make_audit(root, rows, found)
    save_audit(audit)
    plan_cleaning(audit, keep=["Dog/1.jpg"]).apply()
    return audit.state


@cache
def paths() -> tuple[Path, ...]:
    """Return the records; the last two lie elsewhere, and anybody may have written them."""
    folder = audited().path
    marker, probe = folder / SPLIT_MARKER, folder / "probe.npz"
    marker.write_text(json.dumps({"kind": SPLIT_KIND, "pictures": 3, "seed": 0}))
    note = json.dumps({"network": NETWORK, "grid": 1, "labels": ["Cat", "Dog"], "size": 224})
    np.savez_compressed(
        probe, weights=np.zeros((2, 1280), np.float16), offsets=np.zeros(2), note=np.array(note)
    )
    [journal] = (folder / "quarantine").glob("*/journal.json")
    known = (folder / name for name in ("audit.json", "kept.json", "decisions.jsonl"))
    return (*known, journal, marker, probe)
