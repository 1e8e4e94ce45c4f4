"""Which call of ``catsclean split`` fits a data set; its own held-out folders stay as they are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from catsclean.core.split_names import TRAIN, is_held_out, usual_name


def options_for(splits: Iterable[str], leaking: Collection[str] = ()) -> tuple[str, str]:
    """Return the options that split a data set, and what they do.

    Held-out folders that exist are kept, but for leaks: others compare their scores on them.

    Args:
        splits: Names of its split folders that have classes; empty if it has none.
        leaking: Usual names of the splits that share pictures.
    """
    usual = set(map(usual_name, splits))
    held = sorted(filter(is_held_out, usual))
    if TRAIN not in usual or not held:
        made = [name for name in ("val", "test") if name in leaking] or ["val"]
        folders = " and ".join(f"{name}/" for name in (TRAIN, *made))
        return " ".join(f"--{name} 0.1" for name in made), f"make {folders} without leaks"
    size = "--keep-split" if "val" in held else "--keep-split --val 0.1"
    return size, f"keep {' and '.join(held)}, but leave leaks out"


def options_from(summary: Mapping[str, Any]) -> tuple[str, str]:
    """Return the same for the summary of an audit, as its state folder has it."""
    dataset = summary.get("dataset")
    if not isinstance(dataset, dict) or dataset.get("layout") != "splits":
        return options_for(())
    splits, folders = dataset.get("splits"), dataset.get("folders")
    listed = [one for one in splits if isinstance(one, str)] if isinstance(splits, list) else []
    classes = folders if isinstance(folders, dict) else {}
    return options_for({*listed, *(path.partition("/")[0] for path in classes)})
