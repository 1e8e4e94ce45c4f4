"""Golden splits: small manifests made from numbers alone, and who goes where in each recipe.

The expected values are in ``golden_splits.json``, written by ``python tests/splitting/golden.py``.
People compare models on a held-out part for years, so it stays the same over all versions: write
the file again only for a change that says so in the changelog.
"""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path

import pandas as pd

from catsclean.core.manifest import COLUMNS, Manifest
from catsclean.splitting import split

FILE = Path(__file__).with_name("golden_splits.json")
SEEDS = (0, 1, 7)
_TYPES = {"string": "string", "int64": "Int64", "int32": "Int32", "float32": "float32"}
_LEFT_OUT = "-"


def make_manifest(rows) -> Manifest:
    """Make a manifest of (path, label) and of whatever else the rows have."""
    table = pd.DataFrame(
        {"sha256": hashlib.sha256(row["path"].encode()).hexdigest(), "status": "keep", **row}
        for row in rows
    )
    extra = [name for name in table.columns if name not in COLUMNS]
    table = table.reindex(columns=[*COLUMNS, *extra]).sort_values("path", ignore_index=True)
    types = {name: _TYPES[kind] for name, kind in COLUMNS.items()}
    return Manifest(table.astype(types), Path("/data/Pets"))


def plain(count=40):
    """Two classes of single pictures, one twice as large as the other."""
    labels = ("Cat", "Cat", "Dog")
    return [{"path": f"{labels[n % 3]}/{n:03}.jpg", "label": labels[n % 3]} for n in range(count)]


def grouped():
    """Three classes in groups of one to six, some of which span classes."""
    chance = random.Random(20)
    rows = []
    for number in range(90):
        label = chance.choice(("Cat", "Cat", "Dog", "Owl"))
        group = f"g{chance.randrange(40)}" if chance.random() < 0.6 else None
        rows.append({"path": f"{label}/{number:03}.jpg", "label": label, "group": group})
    return rows


def oversized():
    """Groups that are larger than what is asked for, so that the nearest has to do."""
    sizes = {"Cat": (9, 7, 5, 4, 3), "Dog": (8, 8, 6, 3), "Owl": (5, 5, 5, 5)}
    return [
        {"path": f"{label}/{group}-{n}.jpg", "label": label, "group": f"{label}{group}"}
        for label, counts in sizes.items()
        for group, size in enumerate(counts)
        for n in range(size)
    ]


def tiny():
    """Classes of one to seven pictures, where rounding decides."""
    return [
        {"path": f"{label}/{n}.jpg", "label": label}
        for label, count in zip("ABCDEFG", range(1, 8), strict=True)
        for n in range(count)
    ]


def with_owners():
    """Groups of copies and owners of the pictures, which join into chains."""
    rows = grouped()
    chance = random.Random(21)
    for row in rows:
        row["owner"] = f"o{chance.randrange(30)}" if chance.random() < 0.7 else None
    return rows


def with_statuses():
    """Some pictures to drop, which still tie groups together, and some to review."""
    rows = grouped()
    chance = random.Random(22)
    for row in rows:
        row["status"] = chance.choice(("keep", "keep", "keep", "review", "drop"))
    return rows


def small_groups():
    """Classes that have pictures enough for every split, but not groups enough."""
    sizes = {"Cat": (1, 2), "Dog": (1, 3), "Owl": (1,) * 20, "Fox": (2, 2)}
    return [
        {"path": f"{label}/{group}-{n}.jpg", "label": label, "group": f"{label}{group}"}
        for label, counts in sizes.items()
        for group, size in enumerate(counts)
        for n in range(size)
    ]


def scattered(number, count, classes, groups):
    """Groups that nearly all span classes, so that no quota fits."""
    chance = random.Random(number)
    rows = []
    for picture in range(count):
        label = "ABCD"[chance.randrange(classes)]
        group = f"g{chance.randrange(groups)}" if chance.random() < 0.8 else None
        rows.append({"path": f"{label}/{picture:02}.jpg", "label": label, "group": group})
    return rows


def with_twins():
    """Pictures of the same bytes, which no group names, and some outside of every class."""
    rows = plain()
    for row in rows[:24]:
        row["sha256"] = hashlib.sha256(str(int(row["path"][4:7]) // 4).encode()).hexdigest()
    return [*rows, *({"path": f"stray-{n}.jpg", "label": None} for n in range(5))]


def unlabelled():
    """No classes at all."""
    return [{"path": f"{n:03}.jpg", "label": None} for n in range(30)]


def with_folders():
    """Folders that the audit found: train, val and test, and a copy of each held-out picture."""
    rows = []
    for number in range(60):
        where = ("train", "train", "train", "val", "test", "train")[number % 6]
        label = ("Cat", "Dog")[number // 6 % 2]
        group = f"g{number // 9}" if number % 9 in {0, 3, 4} else None
        path = f"{where}/{label}/{number:03}.jpg"
        status = "drop" if number % 36 == 4 else "keep"
        row = {"path": path, "label": label, "split": where, "group": group, "status": status}
        rows.append(row)
    return rows


def with_folders_moved():
    """The same pictures, some of which have come into another folder since."""
    rows = with_folders()
    for row in rows[::5]:
        row["split"] = "val" if row["split"] == "train" else row["split"]
    return rows


def _after(earlier, later, shares=None, **wishes):
    """Split, add and take away samples, and split again as before."""

    def run(seed):
        first = split(make_manifest(earlier()), shares, seed, **wishes)
        return split(make_manifest(later()), shares, seed, previous=first, **wishes)

    return run


def _asked(rows, shares=None, **wishes):
    return lambda seed: split(make_manifest(rows()), shares, seed, **wishes)


VAL = {"val": 0.2}
BOTH = {"val": 0.15, "test": 0.2}
RECIPES = {
    "plain, default shares": _asked(plain),
    "plain, val": _asked(plain, VAL),
    "plain, val and test": _asked(plain, BOTH),
    "plain, a third split": _asked(lambda: plain(60), {"val": 0.1, "test": 0.1, "calib": 0.1}),
    "plain, counts": _asked(plain, {"val": 5, "test": 7}),
    "plain, half": _asked(plain, {"val": 0.5}),
    "tiny classes, val": _asked(tiny, VAL),
    "tiny classes, val and test": _asked(tiny, BOTH),
    "groups, val": _asked(grouped, VAL),
    "groups, val and test": _asked(grouped, BOTH),
    "groups, counts": _asked(grouped, {"val": 11, "test": 13}),
    "oversized groups, val": _asked(oversized, VAL),
    "oversized groups, val and test": _asked(oversized, BOTH),
    "owners and groups, val and test": _asked(with_owners, BOTH, group_by="owner"),
    "statuses": _asked(with_statuses, BOTH),
    "statuses, review left out": _asked(with_statuses, BOTH, exclude_review=True),
    "statuses, counts": _asked(with_statuses, {"val": 5, "test": 7}),
    "small groups": _asked(small_groups, {"val": 0.1, "test": 0.1}),
    "tiny classes, large shares": _asked(tiny, {"val": 0.45, "test": 0.45}),
    "one picture": _asked(plain, {"val": 1}),
    "twins and strays": _asked(with_twins, BOTH),
    "no labels": _asked(unlabelled, BOTH),
    "scattered, val": _asked(lambda: scattered(20, 20, 3, 6), {"val": 0.3}),
    "scattered, val of more": _asked(lambda: scattered(1, 60, 4, 12), {"val": 0.3}),
    "scattered, val and test": _asked(lambda: scattered(67, 20, 3, 6), BOTH),
    "scattered, half": _asked(lambda: scattered(446, 20, 3, 6), {"val": 0.5}),
    "scattered, folds": _asked(lambda: scattered(0, 60, 4, 12), folds=3),
    "folds": _asked(plain, folds=3),
    "folds of groups": _asked(grouped, folds=4),
    "folds of oversized groups": _asked(oversized, folds=5),
    "folds beside a test split": _asked(grouped, {"test": 0.2}, folds=3),
    "folders kept": _asked(with_folders, {"calib": 0.1}, keep_split=True),
    "folders kept, val asked for": _asked(
        with_folders, {"val": 0.3, "calib": 0.1}, keep_split=True
    ),
    "folders kept, folds": _asked(with_folders, folds=3, keep_split=True),
    "folders split again": _asked(with_folders, BOTH),
    "after an earlier split": _after(lambda: grouped()[:60], lambda: grouped()[10:], BOTH),
    "after an earlier split, folds": _after(
        lambda: grouped()[:60], lambda: grouped()[10:], folds=3
    ),
    "after an earlier split, folders kept": _after(
        with_folders, with_folders_moved, {"calib": 0.2}, keep_split=True
    ),
    "after an earlier split, groups joined": _after(
        lambda: [{**row, "group": None} for row in grouped()], grouped, BOTH
    ),
}


def splits_of(recipe, seed) -> dict[str, str]:
    """Give the paths of each split in one line; what is left out is under ``-``."""
    table = RECIPES[recipe](seed).manifest.table
    found: dict[str, list[str]] = {}
    for path, name in zip(table["path"], table["split"].fillna(_LEFT_OUT), strict=True):
        found.setdefault(name, []).append(path)
    return {name: " ".join(paths) for name, paths in sorted(found.items()) if name != "train"}


def main() -> None:
    """Write the golden file."""
    golden = {recipe: {str(seed): splits_of(recipe, seed) for seed in SEEDS} for recipe in RECIPES}
    FILE.write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
