"""Swap labels by a seed and see how many of them the judge of labels ranks first and flags.

    python benchmarks/content_labels.py VECTORS.npz --folder PetImages --swaps 20 60
    python benchmarks/content_labels.py VECTORS.npz --below training --share 0.03 --sources

The file holds `paths` (relative, the class is the last folder) and `e`, the vectors.  Prints
Markdown: AUROC, average precision, recall among the first n and 2n of n swaps, and precision and
recall of the flags, as means over the seeds.  Groups are those of an audit of --folder, or with
--sources the pictures whose names agree before ".rf."; --whole swaps whole sources.  If cleanlab is
installed, its label quality on the same vectors and folds is one more row.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import tempfile
from pathlib import Path, PurePosixPath

import numpy as np

from catsclean.content.label_judge import judge_labels


def load(args):
    """Return paths, vectors, codes of the labels, and sources, in the order of the paths."""
    with np.load(args.vectors) as held:
        paths, vectors = held["paths"], held["e"]
    chosen = np.flatnonzero([str(p).startswith(args.below) for p in paths])
    chosen = chosen[np.argsort(paths[chosen])]
    paths, vectors = [PurePosixPath(str(p)) for p in paths[chosen]], vectors[chosen]
    _, labels = np.unique([p.parent.name for p in paths], return_inverse=True)
    names = [str(p.parent / p.name.split(".rf.")[0]) for p in paths]
    return paths, vectors, labels, np.unique(names, return_inverse=True)[1]


def audited_groups(folder, paths):
    """Number the groups of duplicates that an audit finds; others are groups of one."""
    import catsclean

    with tempfile.TemporaryDirectory() as state:
        audit = catsclean.audit(folder, state_dir=Path(state) / "state", content=False)
        table = audit.manifest.table
    group = dict(zip(table["path"], table["group"].fillna(""), strict=True))
    names = [group.get(str(p)) or str(p) for p in paths]
    return np.unique(names, return_inverse=True)[1]


def swap(labels, units, number, seed, classes):
    """Return the labels with some units' swapped, and which pictures those are."""
    rng = random.Random(seed)
    count = int(units.max()) + 1
    wrong = np.isin(units, rng.sample(range(count), number))
    shift = np.array([rng.randrange(1, classes) for _ in range(count)])[units]
    return np.where(wrong, (labels + shift) % classes, labels), wrong


def figures(score, wrong, flagged, left_out):
    from sklearn.metrics import average_precision_score, roc_auc_score

    score, wrong, flagged = score[~left_out], wrong[~left_out], flagged[~left_out]
    order, number = np.argsort(-score, kind="stable"), int(wrong.sum())
    return [
        roc_auc_score(wrong, score),
        average_precision_score(wrong, score),
        wrong[order[:number]].mean(),
        wrong[order[: 2 * number]].sum() / number,
        wrong[flagged].mean() if flagged.any() else np.nan,
        flagged[wrong].mean(),
    ]


def cleanlab_figures(vectors, given, wrong, left_out):
    """Datalab's label issues, from the vectors alone."""
    from cleanlab import Datalab

    lab = Datalab({"y": given}, label_name="y", verbosity=0)
    lab.find_issues(features=vectors.astype(np.float32), issue_types={"label": {}})
    issues = lab.get_issues("label")
    score = 1 - issues["label_score"].to_numpy()
    return figures(score, wrong, issues["is_label_issue"].to_numpy(), left_out)


def row(name, rows):
    print(f"| {name} | " + " | ".join(f"{value:.3f}" for value in np.nanmean(rows, 0)) + " |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("vectors")
    parser.add_argument("--folder", help="the data set: its duplicate groups are used")
    parser.add_argument("--below", default="", help="use only paths that begin like this")
    parser.add_argument("--sources", action="store_true", help="groups are names before .rf.")
    parser.add_argument("--whole", action="store_true", help="swap whole sources")
    parser.add_argument("--swaps", type=int, nargs="*", default=[])
    parser.add_argument("--share", type=float, help="swap this share of pictures or sources")
    parser.add_argument("--pictures", type=int, help="use so many pictures, drawn by the seed")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument(
        "--wrong", nargs="*", default=[], help="paths known to be wrong: not counted"
    )
    args = parser.parse_args()
    paths, vectors, labels, sources = load(args)
    groups = np.arange(len(paths))
    if args.sources:
        groups = sources
    elif args.folder:
        groups = audited_groups(args.folder, paths)
    classes = int(labels.max()) + 1
    untouched = judge_labels(vectors, labels, groups)
    print(f"{len(paths)} pictures in {len(set(groups))} groups;", end=" ")
    print(f"accuracy {untouched.accuracy:.3f} ± {untouched.error:.3f}, flagged untouched:")
    flagged = [one for one in np.argsort(untouched.rank) if untouched.flagged[one]]
    print(f"{len(flagged)} pictures in {len(set(groups[flagged]))} groups")
    for index in flagged[:10]:
        print(f"  {untouched.rank[index]}. {paths[index]}")
    print("\n| swaps | AUROC | AP | in n | in 2n | flag precision | flag recall |")
    print("|---|---|---|---|---|---|---|")
    units = sources if args.whole else np.arange(len(paths))
    share = [round(args.share * (int(units.max()) + 1))] if args.share else []
    known = np.isin([str(p) for p in paths], args.wrong)
    for number in [*args.swaps, *share]:
        ours, theirs = [], []
        for seed in range(args.seeds):
            given, wrong = swap(labels, units, number, seed, classes)
            rows = np.arange(len(paths))
            if args.pictures:
                kept = random.Random(seed).sample(range(len(paths)), args.pictures)
                rows = np.sort(kept)
                given = labels.copy()
                given[rows], wrong[:] = labels[rows], False
                swapped, which = swap(labels[rows], np.arange(len(rows)), number, seed, classes)
                given[rows], wrong[rows] = swapped, which
            part = judge_labels(vectors[rows], given[rows], groups[rows])
            ours.append(figures(part.score, wrong[rows], part.flagged, known[rows]))
            if importlib.util.find_spec("cleanlab"):
                theirs.append(
                    cleanlab_figures(vectors[rows], given[rows], wrong[rows], known[rows])
                )
        row(f"{number}", ours)
        if theirs:
            row(f"{number}, cleanlab", theirs)


if __name__ == "__main__":
    main()
