"""Which call of ``catsclean split`` fits an audited data set."""

from __future__ import annotations

from catsclean.auditing.result import Audit
from catsclean.core.split_names import TRAIN, is_held_out, usual_name


def split_folders(audit: Audit) -> list[str]:
    """Return the names of the split folders that have classes, sorted."""
    dataset = audit.dataset
    return sorted({*dataset.splits, *(path.partition("/")[0] for path in dataset.folders)})


def split_options(audit: Audit) -> tuple[str, str]:
    """Return the options that split a data set, and what they do.

    Held-out folders that exist are kept, but for leaks: others compare their scores on them.
    """
    splits = set()
    if audit.dataset.layout == "splits":
        splits = set(map(usual_name, split_folders(audit)))
    held = sorted(filter(is_held_out, splits))
    if TRAIN not in splits or not held:
        leaking = {usual_name(name) for leak in audit.leaks for name in (leak.split, leak.other)}
        made = [name for name in ("val", "test") if name in leaking] or ["val"]
        folders = " and ".join(f"{name}/" for name in (TRAIN, *made))
        return " ".join(f"--{name} 0.1" for name in made), f"make {folders} without leaks"
    size = "--keep-split" if "val" in held else "--keep-split --val 0.1"
    return size, f"keep {' and '.join(held)}, but leave leaks out"
